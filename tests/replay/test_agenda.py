"""The replay's clock strikes when Prefect's does: what it calls due falls on the schedules of prefect.yaml."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from bloc.actions.agenda import STAGES_AT, SWEEP_EVERY, Due, morning, next_due, quarter_hour
from bloc.clock import local
from bloc.enums import CycleMode, Stage
from bloc.plan.schema import REMINDERS_AT
from bloc.replay.stagehands import flow_named
from tests.factories import cycle_of, on, plan, plan_data
from tests.replay.playing import ROOT


@pytest.fixture(scope="module")
def crons() -> dict[str, list[str]]:
    """Return the schedules of prefect.yaml, by the function of their flow."""
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    return {
        entry["entrypoint"].rpartition(".")[2]: [schedule["cron"] for schedule in entry.get("schedules", ())]
        for entry in declared
    }


def of_flow(name: str) -> str:
    return str(flow_named(name).fn.__name__)


def test_the_stages_jobs_strike_at_seven_one_after_another_and_before_the_reminders(crons):
    minutes = [crons[of_flow(stage)] for stage in Stage]

    assert minutes == [[f"{minute} {STAGES_AT.hour} * * *"] for minute in (STAGES_AT.minute, 3, 6)]
    assert STAGES_AT < REMINDERS_AT


def test_the_reminders_job_strikes_when_the_replays_does(crons):
    assert crons[of_flow("reminders")] == [f"{REMINDERS_AT.minute} {REMINDERS_AT.hour} * * *"]


def test_the_sweep_comes_as_often_as_the_replays(crons):
    assert crons[of_flow("sweep")] == [f"*/{SWEEP_EVERY // timedelta(minutes=1)} * * * *"]


def test_what_the_replay_starts_by_an_event_has_no_schedule(crons):
    assert [crons[of_flow(name)] for name in ("aggregation", "delivery")] == [[], []]


def test_every_schedule_is_vietnams_and_on():
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    schedules = [schedule for entry in declared for schedule in entry.get("schedules", ())]

    assert {(schedule["timezone"], schedule["active"]) for schedule in schedules} == {("Asia/Ho_Chi_Minh", True)}


@pytest.mark.parametrize(
    ("moment", "strikes"),
    [
        (datetime(2030, 5, 5, 17, tzinfo=UTC), datetime(2030, 5, 6, tzinfo=UTC)),
        (datetime(2030, 5, 6, tzinfo=UTC), datetime(2030, 5, 6, tzinfo=UTC)),
        (datetime(2030, 5, 6, 0, 0, 1, tzinfo=UTC), datetime(2030, 5, 7, tzinfo=UTC)),
        (datetime(2030, 12, 31, 2, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)),
    ],
    ids=["midnight in Vietnam", "on the stroke", "a second late", "the last day of the year"],
)
def test_a_morning_is_the_next_stroke_of_seven(moment, strikes):
    assert morning(moment, STAGES_AT) == strikes


@pytest.mark.parametrize(
    ("moment", "sweep"),
    [
        (datetime(2030, 5, 6, 2, 40, tzinfo=UTC), datetime(2030, 5, 6, 2, 45, tzinfo=UTC)),
        (datetime(2030, 5, 6, 2, 45, tzinfo=UTC), datetime(2030, 5, 6, 3, 0, tzinfo=UTC)),
        (datetime(2030, 12, 31, 16, 50, tzinfo=UTC), datetime(2030, 12, 31, 17, 0, tzinfo=UTC)),
    ],
    ids=["within an hour", "on the quarter: the next one", "into the new year"],
)
def test_the_sweep_comes_at_the_next_quarter_of_an_hour(moment, sweep):
    assert quarter_hour(moment) == sweep


def test_who_acts_on_what_is_open_only_since_the_plan_was_changed_is_asked_the_next_morning(base):
    activities = {"reports": {"actors": "deputy"}}
    deputies = [{**unit, "role": {"u1": "leader", "u3": "deputy"}.get(unit["code"], "member")} for unit in plan_data()["units"]]
    year = cycle_of(base, plan(activities=activities), "2030-05-06 00:00", CycleMode.REPLAY)
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.reach("2030-05-08 10:00")

    year.apply(plan(activities=activities, units=deputies), "2030-05-08 10:00")
    year.tidied("2030-05-08 10:00")  # the invitation of the former deputy

    with year.open() as (work, cycle):
        due = next_due(work.session, cycle, on("2030-05-08 10:00"), None)
    year.advance(Stage.MIDYEAR, "2030-05-09 07:00")
    with year.open() as (work, cycle):
        after = next_due(work.session, cycle, on("2030-05-09 07:00"), None)
    assert due == Due(on("2030-05-09 07:00"), (Stage.MIDYEAR,))
    assert after == Due(on("2030-05-09 07:00"), mails=True)
    assert year.notices("invitation")[-1] == "reports/u3/invitation/2030-06-06/u3@b.example.vn"


def test_each_week_strikes_once_and_one_with_nothing_to_say_only_moves_on(base):
    year = cycle_of(base, plan(), "2030-03-11 00:00", CycleMode.REPLAY)
    strikes = []
    for _ in range(3):
        with year.open() as (work, cycle):
            due = next_due(work.session, cycle, cycle.reached_at, None)
        strikes.append(due)
        year.reach(f"{local(due.moment):%Y-%m-%d %H:%M}")
        year.digest(f"{local(due.moment):%Y-%m-%d %H:%M}")

    assert strikes == [Due(on(f"2030-03-{day} 07:30"), reminders=True) for day in (11, 18, 25)]
    assert year.notices() == []
