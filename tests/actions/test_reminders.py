from bloc.enums import Stage
from models import Notice
from tests.factories import cycle_of, on, plan, plan_data, report, reports_asked
from tests.places import kept

year = kept(reports_asked)  # steps are on 03/6, 06/6 and 07/6, at 7:30


def test_a_step_is_due_from_its_minute_on(year):
    assert [year.remind(f"2030-06-03 {clock}") for clock in ("07:29", "07:30")] == [0, 3]
    assert year.notices("reminder") == [f"reports/u{n}/reminder-3/2030-06-06/u{n}@b.example.vn" for n in (1, 2, 3)]


def test_a_run_twice_a_day_reminds_once(year):
    assert [year.remind(f"2030-06-03 {clock}") for clock in ("07:30", "07:30", "17:00")] == [3, 0, 0]


def test_a_missed_day_is_caught_up_once(year):
    assert [year.remind(f"2030-06-0{day} 08:00") for day in (4, 5)] == [3, 0]
    assert year.notices("reminder")[0] == "reports/u1/reminder-3/2030-06-06/u1@b.example.vn"


def test_of_several_missed_steps_only_the_most_urgent_is_sent(year):
    assert year.remind("2030-06-10 08:00") == 3
    assert year.notices("reminder", "overdue") == [f"reports/u{n}/overdue+1/2030-06-06/u{n}@b.example.vn" for n in (1, 2, 3)]


def test_a_reminder_of_a_deadline_has_no_use_once_it_has_passed(year):
    assert year.remind("2030-06-07 00:00") == 0
    assert year.remind("2030-06-07 07:30") == 3


def test_a_clock_that_goes_back_reminds_nobody_again(year):
    assert [year.remind(f"2030-06-0{day} 08:00") for day in (6, 3, 6, 7)] == [3, 0, 0, 3]


def test_who_is_done_is_not_reminded_and_who_was_refused_is(year):
    year.deposit("u1", report(), "2030-05-20 09:00")
    year.deposit("u2", b"no document", "2030-05-20 09:00")

    assert year.remind("2030-06-03 08:00") == 2
    assert year.notices("reminder") == [f"reports/u{n}/reminder-3/2030-06-06/u{n}@b.example.vn" for n in (2, 3)]


def test_who_is_done_before_the_mail_leaves_does_not_get_it(year):
    year.remind("2030-06-03 08:00")
    year.deposit("u1", report(), "2030-06-03 08:01")

    assert year.tidied("2030-06-03 08:02") == {"cancelled": 2}  # the invitation and the reminder


def test_a_role_that_nobody_has_falls_to_the_contact_and_then_to_the_secretary(base):
    secretary, first, *_ = plan_data()["contacts"]
    head = {"unit": "u2", "role": "head", "name": "Giám đốc", "email": "head@b.example.vn"}
    ladder = [{"before": "3", "to": ["head", "deputy_contact"]}]
    year = cycle_of(base, plan(contacts=[secretary, first, head], reminders={"ladder": ladder}))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert year.remind("2030-06-03 08:00") == 3
    assert year.notices("reminder") == [
        "reports/u1/reminder-3/2030-06-06/u1@b.example.vn",
        "reports/u2/reminder-3/2030-06-06/head@b.example.vn",
        "reports/u3/reminder-3/2030-06-06/secretary@b.example.vn",
    ]


def test_one_person_in_two_roles_gets_one_mail(base):
    secretary, first, *others = plan_data()["contacts"]
    ladder = [{"before": "3", "to": ["head", "contact"]}]
    year = cycle_of(base, plan(contacts=[secretary, first, first | {"role": "head"}, *others], reminders={"ladder": ladder}))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert year.remind("2030-06-03 08:00") == 3


def test_an_extension_moves_the_reminders_of_that_unit_alone(year):
    year.extend("u2", "2030-06-14", "2030-05-20 09:00")

    counts = [year.remind(f"2030-06-{day:02} 08:00") for day in (3, 6, 7, 11, 14, 17)]

    assert counts == [2, 2, 2, 1, 1, 1]
    assert [identity for identity in year.notices("reminder", "overdue") if "/u2/" in identity] == [
        "reports/u2/overdue+1/2030-06-14.1/u2@b.example.vn",
        "reports/u2/reminder+0/2030-06-14.1/u2@b.example.vn",
        "reports/u2/reminder-3/2030-06-14.1/u2@b.example.vn",
    ]


def test_a_reminder_expires_with_its_deadline_and_the_last_word_never(year):
    year.remind("2030-06-06 08:00")
    year.remind("2030-06-07 08:00")

    expiries = {row.kind: row.expires_at for row in year.rows(Notice)}

    assert expiries == {"invitation": on("2030-06-07"), "reminder": on("2030-06-07"), "overdue": None}
