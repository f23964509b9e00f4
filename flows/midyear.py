"""Mid-year, Quarters II and III: the units' reports and the bloc's own (plan, sections II.2.2 and II.2.3)."""

from datetime import datetime

from prefect import flow

from bloc.enums import Stage
from flows.door import named_by_day
from flows.stage import advance


@flow(name="advance-midyear", flow_run_name=named_by_day)
async def advance_midyear(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Open what the plan opens in the mid-year stage, invite those who act, close what is over.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    return await advance(Stage.MIDYEAR, cycle, as_of, dry_run)
