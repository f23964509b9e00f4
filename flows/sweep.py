"""The sweep does what an event missed: aggregations that are due, mails that are left. It asks the database, not the events."""

from datetime import datetime

from prefect import flow

from bloc import due
from bloc.actions.aggregation import claim_if_due
from bloc.actions.wakeups import rest
from bloc.db import Work
from bloc.enums import WakeupKind
from flows.aggregation import aggregate
from flows.delivery import send_all
from flows.door import database, named_by_day, over_cycles
from models import Cycle


@flow(name="sweep", flow_run_name=named_by_day)
async def sweep(cycle: str | None = None, as_of: datetime | None = None) -> int:
    """Aggregate and deliver whatever is due; return how many results and mails that were.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one.
        as_of: the moment to act as of; empty: now.
    """
    try:
        results = over_cycles(_count, due.aggregations, cycle, as_of)
    finally:  # one bloc's trouble must not hold up the mail of all
        sent = await send_all(database(), cycle, as_of)
    return results + sent


def _count(work: Work, one: Cycle, now: datetime) -> int:
    rest(work.session, WakeupKind.AGGREGATION)  # an event that got lost must not silence the next
    claim_if_due(work, one, now, late=True)
    return aggregate(work, one, now)
