"""Aggregation: started by the event that all sheets are in, and by the sweep if the event was lost (plan, section II.1)."""

import logging
import uuid

from prefect import flow

from bloc import clock
from bloc.actions.aggregation import aggregate_next
from bloc.actions.wakeups import rest
from bloc.db import Database, unit_of_work
from bloc.enums import WakeupKind
from flows.door import database, named_by_day

log = logging.getLogger("bloc.flows")


@flow(name="aggregate-scores", flow_run_name=named_by_day)
async def aggregate_scores() -> int:
    """Make the ranking of every bloc whose score sheets are all in, until none is left; a second run finds nothing to do."""
    base = database()
    with unit_of_work(base) as work:
        rest(work.session, WakeupKind.AGGREGATION)
    return aggregate_all(base)


def aggregate_all(base: Database, *, cycle_id: uuid.UUID | None = None, live_only: bool = False) -> int:
    """Carry out the aggregations that are due, one a transaction; return how many."""
    count = 0
    while True:
        with unit_of_work(base) as work:
            result = aggregate_next(work, clock.now(), cycle_id, live_only=live_only)
        if result is None:
            return count
        count += 1
        log.info("version %d: %s, %d of %d sheets", result.version, result.state, result.sheets, result.members)
