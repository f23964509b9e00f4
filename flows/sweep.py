"""The sweep counts for itself and does what an event missed: aggregations that are due, mails that are left."""

from datetime import datetime

from prefect import flow

from bloc.actions.aggregation import claim_if_complete
from bloc.actions.wakeups import rest
from bloc.db import Work
from bloc.enums import WakeupKind
from flows.aggregation import aggregate_all
from flows.delivery import send_all
from flows.door import cycle_id, database, named_by_day, over_cycles
from models import Cycle


@flow(name="sweep", flow_run_name=named_by_day)
async def sweep(cycle: str | None = None, as_of: datetime | None = None) -> int:
    """Aggregate and deliver whatever is due; return how many results and mails that were.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one.
        as_of: the moment to act as of; empty: now.
    """
    over_cycles(_count, cycle, as_of)
    base = database()
    results = aggregate_all(base, cycle_id=cycle_id(base, cycle), live_only=cycle is None)
    return results + await send_all(base, cycle, as_of)


def _count(work: Work, one: Cycle, now: datetime) -> int:
    rest(work.session, WakeupKind.AGGREGATION)  # an event that got lost must not silence the next
    return claim_if_complete(work, one, now, late=True)
