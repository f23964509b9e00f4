import pytest

from bloc import files
from bloc.actions.undeliverable import follow_up
from bloc.enums import IncomingState, NoticeState, Stage
from bloc.language import Message
from bloc.settings import Settings
from models import Incoming, Notice
from notifications import claims, outcomes
from tests.factories import Year, cycle_of, moved, on, plan, plan_data, report, reports_asked
from tests.mails import sent
from tests.places import kept

pytestmark = pytest.mark.either


MONDAY = "2030-05-27 07:30"  # within two weeks of the reports' last day, 06/6
ON_THAT_MONDAY = "weekly/2030-05-27/secretary@b.example.vn"


year = kept(reports_asked)


def said(year: Year) -> dict:
    """Return what the newest digest says, each list as "what day: units"."""
    newest = max((row for row in year.rows(Notice) if row.kind == "weekly"), key=lambda row: row.queued_at)
    lists = {
        name: [f"{item['what']} {item['last_day'] or ''}: {', '.join(item['units'])}" for item in newest.values[name]]
        for name in ("due", "late", "undelivered", "uncertain")
    }
    waiting = [str(Message.from_json(one)) for one in newest.values["waiting"]]
    return {name: found for name, found in {"waiting": waiting, **lists}.items() if found}


# -- when


def test_it_is_due_from_its_minute_on_and_once(year):
    assert [year.digest(f"2030-05-27 {clock}") for clock in ("07:29", "07:30", "07:30", "17:00")] == [0, 1, 0, 0]
    assert year.notices("weekly") == [ON_THAT_MONDAY]


def test_three_days_down_are_caught_up_once_in_the_same_week(year):
    assert [year.digest(f"2030-05-{day} 08:00") for day in (30, 31)] == [1, 0]
    assert year.notices("weekly") == [ON_THAT_MONDAY]


def test_what_a_whole_week_missed_is_not_told_twice(year):
    year.digest("2030-05-20 07:30")

    assert [year.digest(f"2030-06-03 {clock}") for clock in ("06:00", "07:30")] == [0, 1]
    assert year.notices("weekly") == ["weekly/2030-06-03/secretary@b.example.vn"]


def test_a_clock_that_goes_back_tells_nothing_again(year):
    assert [year.digest(f"2030-05-27 {clock}") for clock in ("07:30", "06:30", "07:30")] == [1, 0, 0]
    assert year.cycle.weekly_at == on("2030-06-03 07:30")


def test_a_week_with_nothing_to_say_says_nothing_and_the_next_is_owed(year):
    assert year.digest("2030-05-20 07:30") == 0  # the last day is 17 days off
    assert year.notices("weekly") == []
    assert year.cycle.weekly_at == on(MONDAY)


def test_over_tet_it_waits_for_the_first_working_day(base):
    year = cycle_of(base, plan(activities=moved("opinions", "2030-02-15", opens="2030-01-29")), "2030-01-21 08:00")
    mornings = [f"2030-01-{day}" for day in range(28, 32)] + [f"2030-02-0{day}" for day in range(1, 9)]

    told = []
    for morning in mornings:
        year.advance(Stage.SIGNING, f"{morning} 07:00")
        told += [morning] * year.digest(f"{morning} 07:30")

    assert told == ["2030-02-07"]  # Tết lasts from Thursday 31/01 to Wednesday 06/02


def test_it_begins_with_the_year_and_ends_six_weeks_after_the_last_deadline_whatever_is_late(base):
    year = cycle_of(base, plan(), "2030-01-07 08:00")
    first = year.cycle.weekly_at
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")  # sheets, through 06/12: nobody sends one

    told = [year.digest(f"{day} 07:30") for day in ("2030-12-30", "2031-01-06", "2031-01-13", "2031-01-20")]

    assert first == on("2030-01-14 07:30")
    assert told == [1, 1, 1, 0]  # six weeks end with Friday 17/01
    assert year.cycle.weekly_at is None


def test_one_that_was_missed_until_the_year_was_over_is_not_caught_up(year):
    assert year.digest("2031-01-20 08:00") == 0
    assert (year.notices("weekly"), year.cycle.weekly_at) == ([], None)


def test_a_deadline_that_is_extended_beyond_the_end_has_it_go_on(year):
    year.digest("2031-01-13 07:30")
    ended = year.cycle.weekly_at

    year.extend("u3", "2031-01-31", "2031-01-20 09:00")

    assert (ended, year.cycle.weekly_at) == (None, on("2031-01-28 07:30"))  # after Tết
    assert year.digest("2031-01-28 07:30") == 1


def test_a_day_that_the_plan_takes_away_moves_it(year):
    year.digest("2030-05-20 07:30")
    year.apply(plan(calendar={"days_off": ["2030-05-27"]}), "2030-05-22 09:00")

    assert [year.digest(f"2030-05-{day} 07:30") for day in (27, 28)] == [0, 1]
    assert year.notices("weekly") == ["weekly/2030-05-28/secretary@b.example.vn"]


def test_one_that_has_not_left_by_the_next_is_of_no_use(year):
    year.digest(MONDAY)

    assert [(row.kind, row.expires_at) for row in year.rows(Notice) if row.kind == "weekly"] == [
        ("weekly", on("2030-06-03 07:30"))
    ]


# -- what


def test_it_tells_what_is_due_in_a_fortnight_and_what_is_late(year):
    year.deposit("u1", report(), "2030-05-20 09:00")
    year.digest(MONDAY)
    due = said(year)
    year.digest("2030-06-10 07:30")

    assert due == {"due": ["Báo cáo sơ kết 2030-06-06: Đơn vị 2, Đơn vị 3"]}
    assert said(year) == {"late": ["Báo cáo sơ kết 2030-06-06: Đơn vị 2, Đơn vị 3"]}


def test_it_tells_whose_mail_does_not_arrive(year):
    year.deposit("u1", report(), "2030-05-06 08:00")
    with year.open() as (work, cycle):
        scope = claims.Scope(cycle.id, on("2030-05-06 08:00"), on("2030-05-06 08:00"))
        outcomes.settle(work.session, [outcomes.failed(claims.claim_next(work.session, scope), reply="554 5.7.1 spam")])
        outcomes.settle(work.session, [outcomes.uncertain(claims.claim_next(work.session, scope), reply="", kept=b"")])
        follow_up(work, cycle, Settings(_env_file=None), on("2030-05-06 08:01"))
    year.dead("u3@b.example.vn")

    failed = year.digest("2030-05-13 07:30"), said(year)
    later = year.digest("2030-05-20 07:30"), said(year)

    uncertain = [f"{row.values['unit']}" for row in year.rows(Notice) if row.state is NoticeState.UNCERTAIN]
    assert failed[0] == later[0] == 1
    assert len(failed[1]["undelivered"]) == 2
    assert later[1]["undelivered"] == ["u3@b.example.vn : Đơn vị 3"]  # a failed one is told of once
    assert [line.endswith(f": {uncertain[0]}") for line in later[1]["uncertain"]] == [True]


@pytest.mark.parametrize(("until", "listed"), [("2030-05-19", False), ("2030-05-20", True)], ids=["left", "in office"])
@pytest.mark.parametrize("reply", ["550 5.1.1 No such user", "554 5.7.1 spam"], ids=["takes no mail", "failed once"])
def test_whose_mail_does_not_arrive_is_no_matter_once_they_have_left_their_office(base, until, listed, reply):
    others = [each for each in plan_data()["contacts"] if each["unit"] != "u3"]
    year = cycle_of(base, plan(contacts=[*others, {"unit": "u3", "name": "Cũ", "email": "old@b.example.vn", "until": until}]))
    year.advance(Stage.MIDYEAR, "2030-05-14 07:00")
    sent(year, "2030-05-14 07:01", state=NoticeState.FAILED, reply=reply)
    with year.open() as (work, cycle):
        follow_up(work, cycle, Settings(_env_file=None), on("2030-05-14 07:02"))

    year.digest("2030-05-20 07:30")

    addresses = [line.partition(" ")[0] for line in said(year)["undelivered"]]
    assert ("old@b.example.vn" in addresses, "u2@b.example.vn" in addresses) == (listed, True)


def test_it_tells_that_a_final_result_waits_until_it_is_published(base):
    year = cycle_of(base, plan())
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate("2030-12-02 10:00")

    assert year.digest("2030-12-09 07:30") == 1
    assert said(year) == {"waiting": ["Version 1 of the result is final and waits to be published."]}
    year.publish("2030-12-09 09:00")
    assert year.digest("2030-12-16 07:30") == 0


def test_it_tells_that_a_late_sheet_after_the_result_takes_an_act(base):
    year = cycle_of(base, plan())
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate("2030-12-02 10:00")
    year.publish("2030-12-02 11:00")
    year.send_sheet("u2", "2030-12-10 09:00", {"u1": 9})

    assert year.digest("2030-12-16 07:30") == 1
    assert said(year) == {
        "waiting": ["All score sheets are in, and no result has been made of the newest ones: it takes your act."]
    }


def test_it_tells_that_the_scoring_can_be_closed_only_where_the_plan_allows_it(base):
    waiting = {}
    for policy in ("received", "wait"):
        year = cycle_of(base, plan(code=policy, policies={"missing_sheet": policy}))
        year.advance(Stage.YEAR_END, "2030-11-18 07:00")
        year.send_sheet("u1", "2030-12-02 09:00")
        year.digest("2030-12-09 07:30")
        waiting[policy] = said(year)

    late = {"late": ["Gửi bảng chấm điểm 2030-12-06: Đơn vị 2, Đơn vị 3"]}
    closing = {"waiting": ["The scoring can be closed without the score sheets of: Đơn vị 2; Đơn vị 3."]}
    assert waiting == {"received": closing | late, "wait": late}


def test_it_tells_that_mail_waits_for_a_decision(year):
    with year.open() as (work, cycle):
        sha256 = files.put(work.session, b"a mail")
        held = {"sender": "ai@do.vn", "subject": "?", "received_at": on("2030-05-10 09:00"), "state": IncomingState.HELD}
        work.session.add(Incoming(cycle_id=cycle.id, sha256=sha256, **held))

    assert year.digest("2030-05-13 07:30") == 1
    assert said(year) == {"waiting": ["Mails that came in and wait for your decision: 1."]}


def test_without_a_secretary_it_goes_to_the_leaders_contact(base):
    _, *others = plan_data()["contacts"]
    year = cycle_of(base, plan(contacts=others))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert year.digest(MONDAY) == 1
    assert year.notices("weekly") == ["weekly/2030-05-27/u1@b.example.vn"]
