"""A plan's criteria and activities, brought in step with the file; obligations move with their activities."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bloc import plan as schema
from bloc import queries
from bloc.actions.reminders import ask_anew, set_next_step, steps_of
from bloc.clock import at
from bloc.enums import ActivityState, ObligationState
from bloc.language import Message, say, short_day
from bloc.plan import Plan
from bloc.rules.criteria import Criterion as Leaf
from bloc.rules.deadlines import due_at
from models import Activity, Criterion, Cycle, Obligation, Unit

BEGUN = (ActivityState.OPEN, ActivityState.CLOSED)
OVER = (ActivityState.CLOSED, ActivityState.PAST)
DATED = {"id", "since", "until"}


def bring_in_step(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> list[Message]:
    """Make criteria and activities those of ``plan``; return the changes in words."""
    return [*_criteria(session, cycle, plan), *_activities(session, cycle, plan, now)]


def release(obligation: Obligation) -> None:
    """Release a unit from what it still owes, until the plan asks for it again."""
    if obligation.state is ObligationState.OPEN:
        obligation.state, obligation.next_step_at = ObligationState.WAIVED, None


def _criteria(session: Session, cycle: Cycle, plan: Plan) -> Iterator[Message]:
    had = {row.code: row for row in queries.criteria(session, cycle.id)}
    for position, leaf in enumerate(plan.criteria.as_rules()):
        row, wanted = had.pop(leaf.code, None), _criterion(cycle, position, leaf)
        if row is None:
            yield say("Criterion {code}: {title}.", code=leaf.code, title=leaf.title)
        elif row.model_dump(exclude=DATED) == wanted.model_dump(exclude=DATED):
            continue
        else:
            yield say("Criterion {code} changes.", code=leaf.code)
            row.until = cycle.plan_version
        session.add(wanted)
    for code, row in had.items():
        yield say("Criterion {code} is dropped.", code=code)
        row.until = cycle.plan_version
    session.flush()


def _criterion(cycle: Cycle, position: int, leaf: Leaf) -> Criterion:
    return Criterion(
        cycle_id=cycle.id, code=leaf.code, title=leaf.title, position=position, minimum=leaf.minimum, maximum=leaf.maximum,
        since=cycle.plan_version,
    )  # fmt: skip


def _activities(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> Iterator[Message]:
    had = {row.code: row for row in session.exec(select(Activity).where(Activity.cycle_id == cycle.id))}
    for position, planned in enumerate(plan.activities):
        row = had.pop(planned.code, None)
        if row is None:
            row = Activity(cycle_id=cycle.id, code=planned.code, state=ActivityState.UNDATED, **_named(planned, position))
            yield _described(plan, planned)
        elif row.state is ActivityState.WITHDRAWN:
            yield _described(plan, planned)
            row.state = ActivityState.UNDATED
            _reopen(session, row, plan.actors(planned))
        elif _dates(row) != _planned_dates(plan, planned):
            yield _moved(plan, planned, row)
        session.add(row.sqlmodel_update(_named(planned, position)))
        _date(session, plan, planned, row, now)
    for row in had.values():
        if row.state is not ActivityState.WITHDRAWN:
            yield say('"{title}" is withdrawn.', title=row.name)
            _withdraw(session, row)
    session.flush()


def _reopen(session: Session, row: Activity, actors: Sequence[str]) -> None:
    """Let those who act owe again what the plan had released them from; what the secretary has waived stays so."""
    waived = select(Obligation).where(Obligation.activity_id == row.id, Obligation.state == ObligationState.WAIVED)
    released = waived.where(col(Obligation.waived_because).is_(None))
    for obligation in session.exec(released.join(Unit).where(col(Unit.code).in_(actors))).all():
        obligation.state = ObligationState.OPEN
        ask_anew(session, obligation)


def _release_others(session: Session, row: Activity, actors: Sequence[str]) -> None:
    """Let those who act no more owe nothing: a role has gone to another unit, or the plan asks others."""
    owed = select(Obligation).join(Unit).where(Obligation.activity_id == row.id, col(Unit.code).not_in(actors))
    for obligation in session.exec(owed).all():
        release(obligation)


def _named(planned: schema.Activity, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "kind": planned.kind,
        "title": planned.title,
        "name": planned.name,
        "quarter": planned.quarter,
        "stage": planned.carried_by,
    }


def _dates(row: Activity) -> tuple[object, ...]:
    return row.opens_at, row.due_at


def _planned_dates(plan: Plan, planned: schema.Activity) -> tuple[datetime | None, datetime | None]:
    last = plan.last_day(planned)
    return (at(plan.opening_day(planned)), due_at(last)) if last else (None, None)


def _described(plan: Plan, planned: schema.Activity) -> Message:
    last = plan.last_day(planned)
    if last is None:
        return say('"{title}": to be dated.', title=planned.name)
    return say('"{title}": through {day}.', title=planned.name, day=short_day(last))


def _moved(plan: Plan, planned: schema.Activity, row: Activity) -> Message:
    last = plan.last_day(planned)
    old = short_day(row.last_day) if row.last_day else say("no date")
    new = short_day(last) if last else say("no date")
    said = say('"{title}": the last day is moved from {old} to {new}', title=planned.name, old=old, new=new)
    return say("{moved} (opens {opens}).", moved=said, opens=short_day(plan.opening_day(planned)))


def _date(session: Session, plan: Plan, planned: schema.Activity, row: Activity, now: datetime) -> None:
    """Give the row the plan's dates and the state that follows; obligations move along, or keep their extension."""
    former = row.due_at
    row.last_day, row.phrase = plan.last_day(planned), planned.deadline.phrase if planned.deadline else None
    row.opens_at, row.due_at = _planned_dates(plan, planned)
    row.state = _state(row, now)
    row.next_at = _next_at(row, now)
    session.flush()
    _release_others(session, row, plan.actors(planned))
    if row.state not in OVER:
        _reopen(session, row, plan.actors(planned))
    for obligation in session.exec(select(Obligation).where(Obligation.activity_id == row.id)).all():
        if row.due_at is None:
            obligation.next_step_at = None
            continue
        _move(session, obligation, row.due_at, dated_again=former is None)
        if obligation.state is ObligationState.OPEN and row.state in BEGUN:  # before it opens nobody is reminded
            set_next_step(obligation, steps_of(plan, row.code, obligation.due_at))


def _move(session: Session, obligation: Obligation, due: datetime, *, dated_again: bool) -> None:
    """Let an obligation follow its activity; while that had no date, what was queued may have been cancelled."""
    follows = not obligation.extended and obligation.due_at != due
    if follows:
        obligation.due_at = due
    if follows or dated_again:
        ask_anew(session, obligation)


def _state(row: Activity, now: datetime) -> ActivityState:
    if row.due_at is None:
        return ActivityState.UNDATED
    over = row.due_at <= now
    if row.state in BEGUN:
        return ActivityState.CLOSED if over else ActivityState.OPEN
    return ActivityState.PAST if over else ActivityState.PLANNED


def _next_at(row: Activity, now: datetime) -> datetime | None:
    """Return when the stage's run is to look at an activity; at an open one at once, for others may act now than before."""
    return {ActivityState.PLANNED: row.opens_at, ActivityState.OPEN: now}.get(row.state)


def _withdraw(session: Session, row: Activity) -> None:
    row.state, row.next_at = ActivityState.WITHDRAWN, None
    for obligation in session.exec(select(Obligation).where(Obligation.activity_id == row.id)):
        release(obligation)
