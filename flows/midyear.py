"""Mid-year, Quarters II and III: the units' reports and the bloc's own (plan, sections II.2.2 and II.2.3)."""

from datetime import datetime

from prefect import flow

from bloc.enums import Stage
from flows.door import named_by_day
from flows.stage import advance


@flow(name="advance-midyear", flow_run_name=named_by_day)
async def advance_midyear(cycle: str | None = None, as_of: datetime | None = None) -> int:
    """Open what the plan opens in the mid-year stage, invite those who act, close what is over.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one.
        as_of: the moment to act as of; empty: now.
    """
    return advance(Stage.MIDYEAR, cycle, as_of)
