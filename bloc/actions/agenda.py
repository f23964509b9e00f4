"""When something is due next in a cycle. Days between can be skipped: on them the flows would do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

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
    others = {
        "reminders": _reminders(session, cycle, now),
        "mails": _mails(session, cycle),
        "sweep": _sweep(session, cycle),
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
    first = (
        select(Activity.stage, func.min(Activity.next_at)).where(Activity.cycle_id == cycle.id).group_by(col(Activity.stage))
    )
    for stage, moment in session.exec(first).all():
        if moment is not None:
            yield Stage(stage), morning(max(now, moment), STAGES_AT)


def _reminders(session: Session, cycle: Cycle, now: datetime) -> datetime | None:
    first = select(func.min(Obligation.next_step_at)).where(
        Obligation.cycle_id == cycle.id, Obligation.state == ObligationState.OPEN
    )
    unanswered = select(func.min(Attendance.next_step_at)).where(Attendance.cycle_id == cycle.id)
    contested = select(func.min(Objection.next_step_at)).where(Objection.cycle_id == cycle.id)
    owed = (*(session.exec(each).one() for each in (first, unanswered, contested)), cycle.weekly_at)
    moments = [moment for moment in owed if moment]
    return morning(max(now, min(moments)), REMINDERS_AT) if moments else None


def _mails(session: Session, cycle: Cycle) -> datetime | None:
    first = select(func.min(Notice.send_at)).where(Notice.cycle_id == cycle.id, Notice.state == NoticeState.QUEUED)
    return session.exec(first).one()


def _sweep(session: Session, cycle: Cycle) -> datetime | None:
    first = select(func.min(col(Aggregation.claimed_at))).where(
        Aggregation.cycle_id == cycle.id, Aggregation.state == AggregationState.DUE
    )
    moment = session.exec(first).one()
    return quarter_hour(moment) if moment else None
