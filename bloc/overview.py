"""What an operator may see of the years: who has sent what, and which mails are to come. No points, no person."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import local_day
from bloc.enums import ActivityState, CycleMode, NoticeState, ObligationState
from bloc.language import short_day
from bloc.queries import Owed
from bloc.rules.deadlines import is_late, last_day_of
from models import Activity, Cycle, Notice, Obligation

Row = dict[str, str | int]

MAILS = "Mails (số thư)"
WHAT = "What (nội dung)"
INSTALLATION = "(installation)"  # where a mail is about no year


def arrivals(session: Session, cycle: Cycle, now: datetime) -> list[Row]:
    """Return who has sent what: a row for each unit, a column for each activity that has begun, in the plan's order."""
    owed = queries.owed(session, cycle.id)
    activities = list(dict.fromkeys(each.activity.name for each in owed))
    cells = {(each.unit.id, each.activity.name): _stands(each, now) for each in owed}
    return [
        {"Unit (đơn vị)": unit.name, **{name: cells.get((unit.id, name), "") for name in activities}}
        for unit in queries.members(session, cycle.id)
    ]


def _stands(owed: Owed, now: datetime) -> str:
    obligation = owed.obligation
    if obligation.state is ObligationState.WAIVED:
        return "released (được miễn)"
    if obligation.accepted_at is not None and obligation.state is ObligationState.ACCEPTED:
        late = " late (muộn)" if is_late(obligation.accepted_at, obligation.due_at) else ""
        return f"in on {short_day(local_day(obligation.accepted_at))}{late}"
    last = short_day(last_day_of(obligation.due_at))
    return f"LATE since {last} (quá hạn)" if is_late(now, obligation.due_at) else f"owed through {last} (chưa gửi)"


def under_way(session: Session, most: int) -> Sequence[Cycle]:
    """Return the live years in which something is open, at most so many."""
    begun = select(Activity.cycle_id).where(Activity.state == ActivityState.OPEN).distinct()
    return session.exec(
        select(Cycle).where(Cycle.mode == CycleMode.LIVE, col(Cycle.id).in_(begun)).order_by(Cycle.key).limit(most)
    ).all()


def waiting_mails(session: Session, most: int, cycle: Cycle | None = None) -> list[Row]:
    """Return how many mails are queued, by year, message and day; of all live years, or of the one named."""
    rows = session.execute(
        select(Cycle.key, Notice.kind, Notice.send_at, func.count())
        .select_from(Notice)
        .join(Cycle, col(Notice.cycle_id) == Cycle.id, isouter=True)
        .where(Notice.state == NoticeState.QUEUED)
        .where(Cycle.id == cycle.id if cycle else (col(Cycle.mode) == CycleMode.LIVE) | col(Cycle.id).is_(None))
        .group_by(Cycle.key, col(Notice.kind), col(Notice.send_at))
    )
    counts: Counter[tuple[str, str, datetime]] = Counter()
    for key, kind, moment, count in rows:
        counts[key or INSTALLATION, kind, moment] += count
    return _by_day(counts, most, "queued (chờ gửi)")


def coming_reminders(session: Session, most: int) -> list[Row]:
    """Return how many units the plan's ladder will remind next of what, by year and day, if they do nothing."""
    rows = session.execute(
        select(Cycle.key, Activity.name, Obligation.next_step_at, func.count())
        .select_from(Obligation)
        .join(Cycle, col(Obligation.cycle_id) == Cycle.id)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .where(Cycle.mode == CycleMode.LIVE, Obligation.state == ObligationState.OPEN)
        .where(col(Obligation.next_step_at).is_not(None))
        .group_by(Cycle.key, Activity.name, col(Obligation.next_step_at))
    )
    return _by_day(Counter({(key, name, moment): count for key, name, moment, count in rows}), most, "reminder (nhắc việc)")


def _by_day(counts: Counter[tuple[str, str, datetime]], most: int, state: str) -> list[Row]:
    days: Counter[tuple[datetime, str, str]] = Counter()
    for (key, what, moment), count in counts.items():
        days[moment, key, what] += count
    return [
        {"Day (ngày)": short_day(local_day(moment)), "Year (năm thi đua)": key, WHAT: str(what),
         MAILS: count, "State (tình trạng)": state}
        for (moment, key, what), count in sorted(days.items())[:most]
    ]  # fmt: skip
