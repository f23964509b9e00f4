"""When something is due next in a cycle. Days between can be skipped: on them the flows would do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import at, local_day
from bloc.enums import AggregationState, NoticeState, ObligationState, Stage
from bloc.plan.schema import REMINDERS_AT
from bloc.rules.calendar import ONE_DAY
from models import Activity, Aggregation, Attendance, Cycle, Notice, Objection, Obligation

STAGES_AT = time(7, 0)  # when the stages' daily jobs run: prefect.yaml, held by tests/replay/test_agenda.py
SWEEP_EVERY = timedelta(minutes=15)


@dataclass(frozen=True)
class Due:
    """What is due at one moment: the stages to advance, whether reminders, mails, a sweep, an act of the scenario."""

    moment: datetime
    stages: tuple[Stage, ...] = ()
    reminders: bool = False
    mails: bool = False
    sweep: bool = False
    act: bool = False


def next_due(session: Session, cycle: Cycle, now: datetime, next_act: datetime | None) -> Due | None:
    """Return the next moment, not before ``now``, at which something is due, and what; None when nothing is left."""
    stages = dict(_stages(session, cycle, now))
    mails, claimed, *steps = session.execute(_firsts(), {"cycle": cycle.id}).one()
    owed = [moment for moment in (*steps, cycle.weekly_at) if moment]
    others = {
        "reminders": morning(max(now, min(owed)), REMINDERS_AT) if owed else None,
        "mails": mails,
        "sweep": quarter_hour(claimed) if claimed else None,
        "act": next_act,
    }
    due = {name: max(now, moment) for name, moment in others.items() if moment is not None}
    if not stages and not due:
        return None
    first = min([*stages.values(), *due.values()])
    return Due(
        first,
        tuple(stage for stage in Stage if stages.get(stage) == first),
        **{name: moment == first for name, moment in due.items()},
    )


def morning(moment: datetime, strikes: time) -> datetime:
    """Return the first ``strikes`` o'clock, in Vietnam, that is not before ``moment``."""
    today = at(local_day(moment), strikes)
    return today if today >= moment else at(local_day(moment) + ONE_DAY, strikes)


def quarter_hour(moment: datetime) -> datetime:
    """Return the first full quarter of an hour after ``moment``, when the sweep runs."""
    start = datetime(moment.year, moment.month, moment.day, moment.hour, tzinfo=moment.tzinfo)
    return start + SWEEP_EVERY * ((moment - start) // SWEEP_EVERY + 1)


def _stages(session: Session, cycle: Cycle, now: datetime) -> Iterator[tuple[Stage, datetime]]:
    for stage, moment in session.execute(_beginnings(), {"cycle": cycle.id}):
        if moment is not None:
            yield Stage(stage), morning(max(now, moment), STAGES_AT)


@cache  # made once, as the next: a year asks hundreds of times, and to put it together takes longer than the answer
def _beginnings() -> Any:
    """Return the question when each stage of the year has something to do next."""
    return select(Activity.stage, func.min(Activity.next_at)).where(queries.mine(Activity)).group_by(col(Activity.stage))


@cache
def _firsts() -> Any:
    """Return the question when the first mail is due, when the oldest claim was made, and when each kind of reminder is due."""
    queued, due = col(Notice.state) == NoticeState.QUEUED, col(Aggregation.state) == AggregationState.DUE
    owed = col(Obligation.state) == ObligationState.OPEN
    firsts = (
        select(func.min(Notice.send_at)).where(queries.mine(Notice), queued),
        select(func.min(Aggregation.claimed_at)).where(queries.mine(Aggregation), due),
        select(func.min(Obligation.next_step_at)).where(queries.mine(Obligation), owed),
        select(func.min(Attendance.next_step_at)).where(queries.mine(Attendance)),
        select(func.min(Objection.next_step_at)).where(queries.mine(Objection)),
    )
    return sql_select(*(first.scalar_subquery() for first in firsts))
