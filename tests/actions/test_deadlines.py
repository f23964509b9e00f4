from datetime import date

import pytest

from bloc.actions.deadlines import extend
from bloc.enums import NoticeState, ObligationState, Stage
from bloc.errors import NotAllowed, NotFound
from models import Notice
from tests.factories import cycle_of, moved, on, plan, report, reports_asked
from tests.places import kept

pytestmark = pytest.mark.either

year = kept(reports_asked)


def test_an_extension_gives_one_unit_until_the_end_of_that_day_and_tells_it(year):
    owed = year.extend("u2", "2030-06-14", "2030-06-04 09:00")

    notice = next(row for row in year.rows(Notice) if row.kind == "extension")
    assert (owed.due_at, owed.extended, owed.next_step_at) == (on("2030-06-15"), True, on("2030-06-11 07:30"))
    assert year.obligation("u1").due_at == on("2030-06-07")
    assert notice.identity == "b-2030/reports/u2/extension/2030-06-14/u2@b.example.vn"
    assert (notice.values["old_last_day"], notice.values["last_day"], notice.values["because"]) == (
        "2030-06-06", "2030-06-14", "Bão",
    )  # fmt: skip


def test_stale_reminders_lapse(year):
    year.remind("2030-06-03 08:00")

    year.extend("u2", "2030-06-14", "2030-06-04 09:00")

    lapsed = [row.identity for row in year.rows(Notice) if row.state is NoticeState.CANCELLED]
    assert sorted(lapsed) == [  # neither sent yet
        "b-2030/reports/u2/invitation/2030-06-06/u2@b.example.vn",
        "b-2030/reports/u2/reminder-3/2030-06-06/u2@b.example.vn",
    ]


def test_an_extension_to_a_day_that_it_had_before_is_reminded_of_anew(year):
    year.remind("2030-06-03 08:00")
    year.apply(plan(activities=moved("reports", "2030-06-04")), "2030-06-03 09:00")

    year.extend("u2", "2030-06-06", "2030-06-03 10:00")
    year.remind("2030-06-06 08:00")

    assert [name for name in year.notices("reminder") if "/u2/" in name] == [
        "reports/u2/reminder+0/2030-06-06.2/u2@b.example.vn",
        "reports/u2/reminder-3/2030-06-06/u2@b.example.vn",
    ]


def test_what_comes_after_the_old_day_and_before_the_new_one_is_in_time(year):
    year.extend("u2", "2030-06-14", "2030-06-04 09:00")

    assert [year.deposit(unit, report(), "2030-06-14 23:59").late_seconds for unit in ("u1", "u2")] == [691_141, 0]


def test_a_unit_that_is_late_may_be_given_time(year):
    year.remind("2030-06-07 08:00")

    year.extend("u2", "2030-06-14", "2030-06-10 09:00")

    assert [year.remind(f"2030-06-{day} 08:00") for day in (10, 11, 14)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("until", "when"),
    [("2030-06-06", "2030-06-04 09:00"), ("2030-06-05", "2030-06-04 09:00"), ("2030-06-10", "2030-06-11 00:00")],
    ids=["the same day", "an earlier day", "a day that has passed"],
)
def test_the_new_day_lies_after_the_old_one_and_not_in_the_past(year, until, when):
    with pytest.raises(NotAllowed, match=r"after the old one \(06/6/2030\) and not in the past"):
        year.extend("u2", until, when)

    assert (year.obligation("u2").due_at, year.obligation("u2").extended) == (on("2030-06-07"), False)


@pytest.mark.parametrize("until", ["2032-01-01", "9999-12-31"], ids=["the first", "the last of all"])
def test_no_day_after_the_coming_year_is_taken(year, until):
    with pytest.raises(NotAllowed, match=r"^The new last day must lie no later than the end of 2031\.$"):
        year.extend("u2", until, "2030-06-04 09:00")

    assert year.extend("u2", "2031-12-31", "2030-06-04 09:00").due_at == on("2032-01-01")


@pytest.mark.parametrize("because", ["", " \n"], ids=["empty", "blank"])
def test_an_extension_needs_a_reason(year, because):
    with year.open() as (work, cycle), pytest.raises(NotAllowed, match=r"^An extension needs its reason\.$"):
        extend(work, cycle, unit="u2", activity="reports", until=date(2030, 6, 14), because=because, now=on("2030-06-04"))

    assert year.obligation("u2").extended is False


def test_today_may_be_the_new_last_day(year):
    assert year.extend("u2", "2030-06-10", "2030-06-10 23:00").due_at == on("2030-06-11")


def test_who_is_done_needs_no_extension(year):
    year.deposit("u2", report(), "2030-06-04 09:00")

    with pytest.raises(NotAllowed, match=r"^Nothing is owed any more: there is nothing to extend\.$"):
        year.extend("u2", "2030-06-14", "2030-06-04 10:00")


@pytest.mark.parametrize(
    ("unit", "activity", "said"),
    [
        ("u9", "reports", 'There is no unit "u9" in this bloc; it has: u1, u2, u3'),
        ("u2", "report", 'There is no activity "report" in this plan; it has: opinions, covenant, reports, exchange, sheets'),
        ("u2", "sheets", '"Gửi bảng chấm điểm" asks nothing of Đơn vị 2 now.'),
    ],
    ids=["unknown unit", "unknown activity", "not opened"],
)
def test_what_is_not_there_is_not_extended(year, unit, activity, said):
    with pytest.raises(NotFound) as refused:
        year.extend(unit, "2030-12-20", "2030-06-04 09:00", activity)

    assert str(refused.value) == said


def test_who_is_released_is_told_reminded_no_more_and_may_send_all_the_same(year):
    year.remind("2030-06-03 08:00")

    owed = year.waive("u2", "2030-06-03 09:00")

    told = next(row for row in year.rows(Notice) if row.kind == "waiver")
    assert (owed.state, owed.next_step_at, owed.waived_because) == (ObligationState.WAIVED, None, "Sáp nhập")
    assert (told.identity, told.values["because"]) == ("b-2030/reports/u2/waiver/2030-06-06/u2@b.example.vn", "Sáp nhập")
    assert {row.state for row in year.rows(Notice) if "/u2/" in row.identity and row.kind != "waiver"} == {
        NoticeState.CANCELLED
    }
    assert year.remind("2030-06-06 08:00") == 2
    year.deposit("u2", report(), "2030-06-07 09:00")
    assert year.obligation("u2").state is ObligationState.ACCEPTED


def test_what_the_secretary_has_waived_no_change_of_the_plan_asks_for_again(year):
    year.waive("u2", "2030-05-20 09:00")

    year.apply(plan(activities=moved("reports", "2030-06-20")), "2030-05-21 09:00")
    year.apply(plan(activities={"reports": None}), "2030-05-22 09:00")
    year.apply(plan(), "2030-05-23 09:00")

    assert [year.obligation(unit).state for unit in ("u1", "u2")] == [ObligationState.OPEN, ObligationState.WAIVED]


def test_the_last_signature_waived_freezes_what_was_agreed_on(base):
    year = cycle_of(base, plan())
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    for unit in ("u1", "u2"):
        year.sign(unit)

    year.waive("u3", "2030-02-21 09:00", "covenant")

    assert year.cycle.frozen_at == on("2030-02-21 09:00")


def test_a_score_sheet_is_waived_only_where_the_plan_closes_without_it(base):
    year = cycle_of(base, plan())
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    with pytest.raises(NotAllowed, match=r"^The plan waits for every score sheet"):
        year.waive("u3", "2030-11-19 09:00", "sheets")
    year.apply(plan(policies={"missing_sheet": "received"}), "2030-11-20 09:00")
    for unit in ("u1", "u2"):
        year.extend(unit, "2030-12-13", "2030-11-20 10:00", "sheets")
        year.send_sheet(unit, "2030-11-21 09:00")

    year.waive("u3", "2030-12-09 09:00", "sheets")

    with pytest.raises(NotAllowed, match=r"It can be closed without them only after 13/12/2030\.$"):
        year.close("2030-12-13 09:00")
    assert year.close("2030-12-14 09:00")


@pytest.mark.parametrize("because", ["", "  "], ids=["nothing", "blanks"])
def test_a_waiver_without_a_reason_is_refused(year, because):
    with pytest.raises(NotAllowed, match=r"^A waiver needs its reason\.$"):
        year.waive("u2", "2030-05-20 09:00", because=because)


def test_what_is_done_or_waived_is_not_waived(year):
    year.deposit("u1", report(), "2030-05-20 09:00")
    year.waive("u2", "2030-05-20 09:00")

    for unit in ("u1", "u2"):
        with pytest.raises(NotAllowed, match=r"^Nothing is owed any more: there is nothing to waive\.$"):
            year.waive(unit, "2030-05-21 09:00")
