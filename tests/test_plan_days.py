"""The plan's days, and what Prefect is told of them, without a server."""

from datetime import date, timedelta

import pytest

from bloc.db import reading
from bloc.enums import CycleMode, Part
from bloc.plan_days import PlanDay, live_keys, plan_days
from bloc.prefect_plan import DEPLOYMENTS, compared, form_of, name_of, slug_of
from tests.factories import START, cycle_of, moved, on, plan

REPORTS, SHEETS = "Báo cáo sơ kết", "Gửi bảng chấm điểm"


def days(base, now=START):
    with reading(base) as session:
        return plan_days(session, now)


def test_the_days_of_a_year_are_those_on_which_something_opens_or_is_over(year):
    found = days(year.base)

    assert {part: list(found[part]) for part in Part} == {
        Part.SIGNING: [date(2030, 2, 11), date(2030, 2, 16), date(2030, 2, 18), date(2030, 3, 1)],
        Part.MIDYEAR: [date(2030, 5, 6), date(2030, 6, 7)],
        Part.BLOC_REPORT: [],
        Part.YEAR_END: [date(2030, 11, 18), date(2030, 12, 7)],
        Part.AGGREGATION: [date(2030, 12, 7)],
        Part.CONFERENCE: [],
    }
    assert found[Part.MIDYEAR][date(2030, 5, 6)] == PlanDay((REPORTS,), (), 1, "b-2030")
    assert found[Part.YEAR_END][date(2030, 12, 7)] == PlanDay((), (SHEETS,), 1, "b-2030")


def test_a_day_whose_hour_has_struck_is_no_longer_to_come(year):
    before, after = days(year.base, on("2030-06-07 06:49")), days(year.base, on("2030-06-07 06:50"))

    assert [list(found[Part.MIDYEAR]) for found in (before, after)] == [[date(2030, 6, 7)], []]


def test_blocs_that_have_a_day_in_common_share_it_and_replays_have_none(base):
    for code, mode in (("a", CycleMode.LIVE), ("b", CycleMode.LIVE), ("c", CycleMode.REPLAY)):
        cycle_of(base, plan(code=code), mode=mode)

    found = days(base)[Part.MIDYEAR]

    assert found[date(2030, 5, 6)] == PlanDay(("2 activities",), (), 2, "a-2030")
    with reading(base) as session:
        assert live_keys(session) == ["a-2030", "b-2030"]


def test_the_blocs_own_report_and_the_conference_are_parts_of_their_own(base):
    own = {"kind": "report", "actors": "leader", "title": "Báo cáo của Khối", "quarter": "3", "source": "II.2.3",
           **moved("own", "2030-07-31", opens="2030-07-01")["own"]}  # fmt: skip
    held = {"kind": "conference", "actors": "leader", "title": "Hội nghị", "quarter": "4", "source": "II.2.4",
            **moved("held", "2030-12-20", opens="2030-12-16")["held"]}  # fmt: skip
    cycle_of(base, plan(activities={"own": own, "held": held}))

    found = days(base)

    assert list(found[Part.BLOC_REPORT]) == [date(2030, 7, 1), date(2030, 8, 1)]
    assert list(found[Part.CONFERENCE]) == [date(2030, 12, 16), date(2030, 12, 21)]
    assert date(2030, 7, 1) not in found[Part.MIDYEAR]
    assert date(2030, 12, 16) not in found[Part.YEAR_END]


def test_what_is_over_or_taken_out_of_the_plan_leaves_the_days(year):
    year.apply(plan(activities=moved("reports", "2030-06-14")))

    assert list(days(year.base)[Part.MIDYEAR]) == [date(2030, 5, 6), date(2030, 6, 15)]


def rule(day):
    return f"DTSTART:{day}T065000\nRRULE:FREQ=DAILY;UNTIL={day}T065000"


def deployment(*slugs, name="q2-midyear-reports", active=True, schema=None):
    schedules = [
        {"slug": slug, "id": f"id of {slug}", "active": active, "schedule": {"rrule": rule(slug[3:].replace("-", ""))}}
        for slug in slugs
    ]
    cron = {"slug": "every-morning", "id": "cron", "active": True, "schedule": {"cron": "0 7 * * *"}}
    return {"id": "1", "name": name, "schedules": [*schedules, cron], "parameter_openapi_schema": schema or {}}


@pytest.mark.parametrize(
    ("had", "missing", "stale"),
    [
        ((), [date(2030, 5, 6), date(2030, 6, 7)], []),
        (("on-2030-05-06", "on-2030-06-07"), [], []),
        (("on-2030-05-06", "on-2030-06-10", "on-2029-06-07"), [date(2030, 6, 7)], ["on-2030-06-10", "on-2029-06-07"]),
    ],
    ids=["a new plan", "in step", "a day moved, and one that is past"],
)
def test_only_what_differs_is_to_be_changed(year, had, missing, stale):
    _, (found,) = compared(year.base, lambda *_: [deployment(*had)], START)

    assert (found.missing, list(found.stale)) == (missing, stale)


def test_a_day_that_an_operator_has_paused_stays_paused_and_a_cron_is_left_alone(year):
    _, (found,) = compared(year.base, lambda *_: [deployment("on-2030-05-06", "on-2030-06-07", active=False)], START)

    assert (found.missing, found.stale, found.paused) == ([], {}, ["on-2030-05-06", "on-2030-06-07"])


def test_a_clock_set_back_or_forward_by_an_hour_moves_no_day(year):
    found = {hours: days(year.base, START + timedelta(hours=hours)) for hours in (-1, 0, 1)}

    assert found[-1] == found[0] == found[1]


def test_a_form_lets_years_be_chosen_and_moments_picked():
    schema = {
        "type": "object",
        "properties": {
            "cycle": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "cycle"},
            "as_of": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}], "default": None},
            "dry_run": {"type": "boolean", "default": False},
        },
    }

    form = form_of(schema, ["a-2030", "b-2030"])

    assert form["properties"] == {
        "cycle": {"type": "string", "title": "cycle", "enum": ["a-2030", "b-2030"]},
        "as_of": {"type": "string", "format": "date-time"},
        "dry_run": {"type": "boolean", "default": False},
    }
    assert form_of(form, ["a-2030", "b-2030"]) == form
    assert "enum" not in form_of(form, [])["properties"]["cycle"]


def test_a_coming_run_says_what_it_is_for_and_for_whom():
    brings = PlanDay((REPORTS,), (), 1, "b-2030")

    assert name_of(Part.MIDYEAR, date(2030, 5, 6), brings) == (
        "Q2 mid-year reports | 06/05/2030 | opens: Báo cáo sơ kết | b-2030"
    )
    assert name_of(Part.AGGREGATION, date(2030, 12, 7), PlanDay((), ("35 activities",), 35, "a-2030")) == (
        "Q4 aggregation | 07/12/2030 | closes: 35 activities | 35 years"
    )
    assert set(DEPLOYMENTS) == set(Part)
    assert slug_of(date(2030, 5, 6)) == "on-2030-05-06"
