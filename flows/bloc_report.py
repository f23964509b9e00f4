"""The bloc's own mid-year report, Quarter III: the leader unit writes it from the units' (plan, section II.2.3)."""

from datetime import datetime

from prefect import flow

from bloc.enums import Part, Stage
from bloc.plan_days import ACTIVITIES
from flows.door import named_by_day
from flows.stage import advance


@flow(name="advance-bloc-report", flow_run_name=named_by_day)
async def advance_bloc_report(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Open what the plan asks of the leader unit in Quarter III, invite it, close what is over.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    return await advance(Stage.MIDYEAR, cycle, as_of, dry_run, ACTIVITIES[Part.BLOC_REPORT])
