"""Aggregation: started by the event that all sheets are in, and by the sweep if the event was lost (plan, section II.1)."""

import logging
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from prefect import flow

from bloc import clock
from bloc.actions.aggregation import aggregate_next, cycles_due
from bloc.actions.wakeups import rest
from bloc.db import Database, Work, reading, unit_of_work
from bloc.enums import WakeupKind
from flows.artifacts import MOST, rehearsal, show_arrivals, show_ranking
from flows.door import apart, cycle_id, database, named_by_day
from models import Cycle

log = logging.getLogger("bloc.flows")


@flow(name="aggregate-scores", flow_run_name=named_by_day)
async def aggregate_scores(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Make the ranking of every bloc whose score sheets are all in, until none is left; a second run finds nothing to do.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    base = database()
    named = cycle_id(base, cycle)
    async with rehearsal(dry_run):
        if dry_run or named:
            due = [named] if named else _due(base)
            done, seen = apart(base, due, aggregate, as_of, dry_run), set(due)
        else:
            done, seen = _all_due(base, as_of)
    if not dry_run:
        await _show(base, seen)
    return done


def _all_due(base: Database, as_of: datetime | None) -> tuple[int, set[uuid.UUID]]:
    """Aggregate until none is left; return how many rankings were made, and in which years it was looked."""
    with unit_of_work(base) as work:
        rest(work.session, WakeupKind.AGGREGATION)
    done, seen = 0, set[uuid.UUID]()
    while due := [cycle for cycle in _due(base) if cycle not in seen]:
        seen.update(due)
        done += apart(base, due, aggregate, as_of)
    return done, seen


async def _show(base: Database, cycles: Collection[uuid.UUID]) -> None:
    """Show who had sent what, and link to the rankings; of the first years alone, where a country's fall due at once."""
    with reading(base) as session:
        keys = [session.get_one(Cycle, each).key for each in list(cycles)[:MOST]]
    for key in keys:
        await show_ranking(key)
    if keys:
        await show_arrivals(base, clock.now(), keys)


def _due(base: Database) -> Sequence[uuid.UUID]:
    with reading(base) as session:
        return cycles_due(session)


def aggregate(work: Work, cycle: Cycle, now: datetime) -> int:
    """Carry out the aggregation that is due in a cycle; return how many results that makes: one or none."""
    result = aggregate_next(work, now, cycle.id)
    if result is not None:
        log.info("%s: version %d: %s, %d of %d sheets", cycle.key, result.version, result.state, result.sheets, result.members)
    return int(result is not None)
