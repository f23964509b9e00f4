"""When something is due next in a cycle. Days between can be skipped: on them the flows would do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import at, local_day
from bloc.enums import ActivityState, AggregationState, NoticeState, ObligationState, Stage
from bloc.plan.schema import REMINDERS_AT
from bloc.rules.calendar import ONE_DAY
from models import Activity, Aggregation, Cycle, Notice, Obligation, Unit

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
    asked, turns = _not_asked_yet(session, cycle), _turns(session, cycle)
    for stage in Stage:
        moments = [moment for moment in (*turns.get(stage, ()), now if stage in asked else None) if moment]
        if moments:
            yield stage, morning(max(now, min(moments)), STAGES_AT)


def _turns(session: Session, cycle: Cycle) -> dict[Stage, list[datetime | None]]:
    """Return when in each stage the first planned activity opens, and the first open one closes."""
    groups = select(Activity.stage, Activity.state, func.min(Activity.opens_at), func.min(Activity.due_at))
    rows = session.exec(groups.where(Activity.cycle_id == cycle.id).group_by(col(Activity.stage), col(Activity.state))).all()
    turns: dict[Stage, list[datetime | None]] = {}
    for stage, state, opens, closes in rows:
        first = {ActivityState.PLANNED: opens, ActivityState.OPEN: closes}.get(ActivityState(state))
        turns.setdefault(Stage(stage), []).append(first)
    return turns


def _not_asked_yet(session: Session, cycle: Cycle) -> set[Stage]:
    """Return the stages with something open that a unit does not owe yet: it acts only since the plan was changed."""
    owed = set(session.exec(select(Activity.code, Unit.code).join(Obligation, col(Obligation.activity_id) == Activity.id)
                            .join(Unit).where(Activity.cycle_id == cycle.id)))  # fmt: skip
    rows = session.exec(select(Activity.code, Activity.stage).where(Activity.cycle_id == cycle.id, Activity.state == "open"))
    plan = queries.plan_of(cycle)
    return {Stage(stage) for code, stage in rows if any((code, unit) not in owed for unit in plan.actors(plan.activity(code)))}


def _reminders(session: Session, cycle: Cycle, now: datetime) -> datetime | None:
    first = select(func.min(Obligation.next_step_at)).where(
        Obligation.cycle_id == cycle.id, Obligation.state == ObligationState.OPEN
    )
    moments = [moment for moment in (session.exec(first).one(), cycle.weekly_at) if moment]
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
