"""Aggregation: started by the event that all sheets are in, and by the sweep if the event was lost (plan, section II.1)."""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime

from prefect import flow

from bloc.actions.aggregation import aggregate_next, cycles_due
from bloc.actions.wakeups import rest
from bloc.db import Database, Work, reading, unit_of_work
from bloc.enums import WakeupKind
from flows.door import apart, database, named_by_day
from models import Cycle

log = logging.getLogger("bloc.flows")


@flow(name="aggregate-scores", flow_run_name=named_by_day)
async def aggregate_scores() -> int:
    """Make the ranking of every bloc whose score sheets are all in, until none is left; a second run finds nothing to do."""
    base = database()
    with unit_of_work(base) as work:
        rest(work.session, WakeupKind.AGGREGATION)
    done, seen = 0, set[uuid.UUID]()
    while due := [cycle for cycle in _due(base) if cycle not in seen]:
        seen.update(due)
        done += apart(base, due, aggregate)
    return done


def _due(base: Database) -> Sequence[uuid.UUID]:
    with reading(base) as session:
        return cycles_due(session)


def aggregate(work: Work, cycle: Cycle, now: datetime) -> int:
    """Carry out the aggregation that is due in a cycle; return how many results that makes: one or none."""
    result = aggregate_next(work, now, cycle.id)
    if result is not None:
        log.info("version %d: %s, %d of %d sheets", result.version, result.state, result.sheets, result.members)
    return int(result is not None)
