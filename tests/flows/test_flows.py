"""The flows' bodies, without a server: `.fn` is the function that Prefect would call."""

from datetime import datetime
from functools import partial

import pytest
from pydantic import ValidationError

from bloc import due
from bloc.db import Database, unit_of_work
from bloc.enums import ActivityState, AggregationState, CycleMode, Stage, WakeupKind
from bloc.errors import NotFound
from bloc.queries import cycle_by_key
from flows import door
from flows.aggregation import aggregate_scores
from flows.delivery import deliver_notices
from flows.midyear import advance_midyear
from flows.reminders import send_reminders
from flows.signing import advance_signing
from flows.sweep import sweep
from flows.year_end import advance_year_end
from models import Aggregation, Notice, Result
from tests.factories import Year, cycle_of, on, plan
from tests.flows.conftest import run

pytestmark = pytest.mark.process

FLOWS = [advance_signing, advance_midyear, advance_year_end, send_reminders, deliver_notices, sweep]
OPENING = on("2030-05-06 07:00")


@pytest.fixture
def years(home) -> dict[CycleMode, Year]:
    """Return a live year and a replayed one, both in 2030."""
    return {mode: cycle_of(home, plan(code=mode.value), mode=mode) for mode in CycleMode}


def states(years, code="reports"):
    return {mode.value: year.activity(code).state.value for mode, year in years.items()}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_an_unknown_year_is_a_clear_error(years, flow):
    with pytest.raises(NotFound, match=r'^There is no bloc\'s year called "nope"; `bloc status` names them all\.$'):
        run(flow, cycle="nope")


@pytest.mark.parametrize("flow", [*FLOWS, aggregate_scores], ids=lambda flow: flow.name)
def test_where_there_is_no_year_there_is_nothing_to_do(home, flow):
    assert run(flow) == 0


def test_a_flow_acts_as_of_the_moment_it_is_given(years):
    assert run(advance_midyear, as_of=OPENING) == 1
    assert run(send_reminders, as_of=on("2030-06-03 08:00")) == 4  # on a Monday: the digest too


def test_a_moment_without_a_zone_is_vietnamese_time(years):
    assert run(advance_midyear, as_of=datetime(2030, 5, 5, 23, 59)) == 0  # noqa: DTZ001
    assert run(advance_midyear, as_of=datetime(2030, 5, 6, 0, 0)) == 1  # noqa: DTZ001


def test_a_scheduled_run_leaves_replays_alone(years):
    run(advance_midyear, as_of=OPENING)

    assert states(years) == {"live": "open", "replay": "planned"}


def test_a_replay_that_is_named_is_worked_on_alone(years):
    run(advance_midyear, cycle="replay-2030", as_of=OPENING)

    assert states(years) == {"live": "planned", "replay": "open"}


def test_without_a_moment_a_replay_goes_by_its_own_clock(home):
    year = cycle_of(home, plan(), "2030-02-12 08:00", CycleMode.REPLAY)

    run(advance_signing, cycle="b-2030")

    assert [year.activity(code).state for code in ("opinions", "covenant")] == [ActivityState.OPEN, ActivityState.PLANNED]


def test_a_run_again_does_nothing_more(years):
    first = [run(flow, as_of=on("2030-06-10 08:00")) for flow in (advance_midyear, send_reminders)]
    before = years[CycleMode.LIVE].notices()
    again = [run(flow, as_of=on("2030-06-10 08:00")) for flow in (advance_midyear, send_reminders)]

    assert (first, again) == ([2, 4], [0, 0])
    assert years[CycleMode.LIVE].notices() == before


def test_one_blocs_trouble_is_not_anothers(home):
    years = [cycle_of(home, plan(code=code)) for code in ("a", "b", "c")]

    def act(work, cycle, now):
        cycle.scenario_done = 7
        work.session.flush()
        if cycle.key == "b-2030":
            raise NotFound(door.queries.say("trouble"))
        return 1

    with pytest.raises(NotFound, match=r"^trouble$"):
        door.over_cycles(act, partial(due.activities, stage=Stage.MIDYEAR), None, OPENING)

    assert [year.cycle.scenario_done for year in years] == [7, 0, 7]


def send_all_sheets(year):
    for unit, _ in year.units():
        year.send_sheet(unit, "2030-12-02 09:00")


def test_an_event_aggregates_every_year_that_is_due_and_a_second_one_finds_nothing(years):
    for year in years.values():
        send_all_sheets(year)

    assert [run(aggregate_scores), run(aggregate_scores)] == [2, 0]
    assert [len(year.rows(Result)) for year in years.values()] == [1, 1]


def test_one_blocs_failing_aggregation_holds_up_neither_the_others_nor_their_mail(home, caplog):
    years = [cycle_of(home, plan(code=code)) for code in ("a", "b", "c")]
    for year in years:
        send_all_sheets(year)
    with unit_of_work(home) as work:  # as a plan would stand there that a newer version cannot read
        cycle_by_key(work.session, "a-2030").plan = "{}"

    for flow in (aggregate_scores, sweep):
        with pytest.raises((ValidationError, KeyError)):
            run(flow)

    assert [len(year.rows(Result)) for year in years] == [0, 1, 1]
    assert "The mail server takes nothing" in caplog.text


def test_when_the_event_is_lost_the_sweep_aggregates(years):
    for year in years.values():
        send_all_sheets(year)

    run(sweep)

    assert {mode.value: [row.state for row in year.rows(Aggregation)] for mode, year in years.items()} == {
        "live": [AggregationState.DONE],
        "replay": [AggregationState.DUE],
    }


def test_a_sweep_of_a_named_replay_aggregates_that_one(years):
    for year in years.values():
        send_all_sheets(year)

    run(sweep, cycle="replay-2030")

    assert [len(year.rows(Result)) for year in years.values()] == [0, 1]


def test_after_a_run_new_work_wakes_again(home, told):
    heard = Database(home.engine, told.append)
    year = cycle_of(heard, plan())
    send_all_sheets(year)
    run(aggregate_scores)

    year.send_sheet("u1", "2030-12-05 09:00", {"u2": 3})

    assert [wake.generation for wake in told if wake.kind is WakeupKind.AGGREGATION] == [1, 2]


def test_mail_that_does_not_leave_stays_queued(years):
    run(advance_midyear, as_of=OPENING)

    assert run(deliver_notices, as_of=OPENING) == 0
    assert {row.state.value for row in years[CycleMode.LIVE].rows(Notice)} == {"queued"}
