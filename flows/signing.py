"""The covenant's stage, Quarter I: consultations on covenant and criteria, and the signing (plan, section II.2.1)."""

from datetime import datetime

from prefect import flow

from bloc.enums import Stage
from flows.door import named_by_day
from flows.stage import advance


@flow(name="advance-signing", flow_run_name=named_by_day)
async def advance_signing(cycle: str | None = None, as_of: datetime | None = None) -> int:
    """Open what the plan opens in the covenant's stage, invite those who act, close what is over.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one.
        as_of: the moment to act as of; empty: now.
    """
    return advance(Stage.SIGNING, cycle, as_of)
