"""Which cycles are named, that none is passed over, and that no question reads a table from end to end."""

from functools import partial

import pytest
from sqlalchemy import event, text

from bloc import due
from bloc.actions.stages import advance_stage
from bloc.db import reading
from bloc.enums import CycleMode, Stage
from tests.factories import cycle_of, moved, on, plan

QUESTIONS = [due.reminders, due.aggregations, *(partial(due.activities, stage=stage) for stage in Stage)]
NAMES = ["reminders", "aggregations", *Stage]


def named(base, question, when):
    with reading(base) as session:
        return question(session, on(when))


@pytest.fixture
def years(base):
    """Return the years of two blocs, of which the second begins to send its reports a week later, and of a replayed one."""
    later = plan(code="c", activities={"reports": {"opens": "2030-05-13"}})
    return [cycle_of(base, plan(code="b")), cycle_of(base, later), cycle_of(base, plan(code="r"), mode=CycleMode.REPLAY)]


def test_a_stages_run_is_told_of_live_years_in_which_something_opens_or_closes(base, years):
    first, second, _ = years
    midyear = partial(due.activities, stage=Stage.MIDYEAR)
    keys = {year.cycle.id: year.key for year in years}

    def run(when):
        found = [keys[each] for each in named(base, midyear, when)]
        for year in (first, second):
            year.advance(Stage.MIDYEAR, when)
        return found

    assert [run(f"2030-{day} 07:00") for day in ("05-05", "05-06", "05-07", "05-13", "06-06", "06-07", "06-08")] == [
        [], ["b-2030"], [], ["c-2030"], [], ["b-2030", "c-2030"], [],
    ]  # fmt: skip
    assert named(base, partial(due.activities, stage=Stage.YEAR_END), "2030-06-08 07:00") == []


def test_the_reminders_run_is_told_of_years_that_owe_a_step_or_a_digest(base, years):
    first, second, _ = years
    for year in (first, second):
        year.advance(Stage.MIDYEAR, "2030-05-14 07:00")
        with year.open() as (_, cycle):
            cycle.weekly_at = on("2030-06-04 07:30") if year is second else None
    first.remind("2030-06-02 07:30")
    second.waive("u1", "2030-06-02 08:00"), second.waive("u2", "2030-06-02 08:00"), second.waive("u3", "2030-06-02 08:00")

    before, owing, digest = (
        named(base, due.reminders, when) for when in ("2030-06-03 07:29", "2030-06-03 07:30", "2030-06-05")
    )
    first.remind("2030-06-05 07:30")

    assert (before, owing, digest) == ([], [first.cycle.id], [first.cycle.id, second.cycle.id])
    assert named(base, due.reminders, "2030-06-05 07:30") == [second.cycle.id]


def test_the_sweep_is_told_of_live_years_whose_sheets_are_claimed_until_they_are_aggregated(base, years):
    for year in (years[0], years[2]):
        for unit, _ in year.units():
            year.send_sheet(unit, "2030-12-02 09:00")

    before = named(base, due.aggregations, "2030-12-02 10:00")
    years[0].aggregate()

    assert (before, named(base, due.aggregations, "2030-12-02 10:00")) == ([years[0].cycle.id], [])


def test_another_tie_rule_claims_a_provisional_ranking_anew_at_once(base):
    policies = {"missing_sheet": "received"}
    year = cycle_of(base, plan(policies=policies))
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.close("2030-12-09 09:00")
    year.aggregate()

    year.apply(plan(policies={**policies, "ties": "cross-mean"}), "2030-12-10 09:00", because="Khối đã thống nhất")

    assert named(base, due.aggregations, "2030-12-10 09:00") == [year.cycle.id]


CHANGES = {
    "2030-02-13 10:00": plan(size=4),  # a unit more is asked for what is open
    "2030-02-20 10:00": plan(size=4, activities=moved("covenant", "2030-03-05")),
    "2030-05-08 10:00": plan(size=4, activities=moved("reports", "2030-06-14", actors=["u1", "u2"])),
    "2030-05-10 10:00": plan(size=4, activities=moved("reports", "2030-06-14")),  # the others are asked again
    "2030-06-18 10:00": plan(size=4, activities=moved("reports", "2030-06-28")),  # one that was over goes on
    "2030-06-20 10:00": plan(size=4, activities={"reports": None}),
    "2030-06-24 10:00": plan(size=4, activities=moved("reports", "2030-06-28")),
    "2030-11-20 10:00": plan(size=5, activities={"sheets": {"opens": "2030-11-25"}}),
}
MORNINGS = sorted(
    {f"{change[:8]}{int(change[8:10]) + n:02} 07:00" for change in CHANGES for n in (0, 1, 2)}
    | {
        f"2030-{day} 07:00"
        for day in ("02-11", "02-16", "02-18", "03-06", "05-06", "06-07", "06-15", "06-29", "11-18", "12-07")
    }
)


def test_no_year_is_passed_over_in_which_a_run_would_have_done_something(base):
    year, done = cycle_of(base, plan()), []
    for when in sorted([*CHANGES, *MORNINGS]):
        if when in CHANGES:
            year.apply(CHANGES[when], when, because="Khối đã thống nhất")
            continue
        for stage in Stage:
            told = bool(named(base, partial(due.activities, stage=stage), when))
            with year.open() as (work, cycle):
                advanced = advance_stage(work, cycle, stage, on(when))
            assert told or not any((advanced.opened, advanced.closed, advanced.invited)), (when, stage)
            done.append((told, any((advanced.opened, advanced.closed, advanced.invited))))

    assert done.count((True, True)) > 10
    assert (False, False) in done


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_what_is_due_is_found_by_an_index_and_no_table_is_read_from_end_to_end(base, question):
    assert _scans(base, question) == []


def _scans(base, question):
    """Return the steps of a question's plan that read a table of the bloc from end to end."""
    asked = []
    with reading(base) as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
        if base.engine.dialect.name == "postgresql":  # of tables with next to nothing in them it would read all
            session.execute(text("SET LOCAL enable_seqscan = off"))
            asked.clear()
        question(session, on("2030-06-06 07:30"))
        ((statement, parameters),) = list(asked)
        explain = "EXPLAIN " if base.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        steps = [str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)]
    assert any("INDEX" in step.upper() for step in steps), steps
    return [step for step in steps if "Seq Scan" in step or (step.startswith("SCAN") and step != "SCAN due")]
