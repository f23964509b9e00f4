"""The year-end conference, Quarter IV: titles and commendations are proposed there (plan, section II.2.4)."""

from datetime import datetime

from prefect import flow

from bloc.enums import Part, Stage
from bloc.plan_days import ACTIVITIES
from flows.door import named_by_day
from flows.stage import advance


@flow(name="advance-conference", flow_run_name=named_by_day)
async def advance_conference(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Open the year-end conference when the plan does, invite those who convene it, close it when its day is over.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    return await advance(Stage.YEAR_END, cycle, as_of, dry_run, ACTIVITIES[Part.CONFERENCE])
