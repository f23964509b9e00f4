"""A unit's year as a list of tasks: what it owes now, what will come, and what is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bloc import queries
from bloc.enums import ActivityKind, ActivityState, DepositState, ObligationState
from bloc.language import Message, say
from bloc.portal import words
from bloc.portal.words import Tag
from bloc.queries import Owed
from models import Activity, Cycle, Deposit, Obligation, Unit

NOT_ASKED = {ActivityState.UNDATED: words.UNDATED, ActivityState.PAST: words.PAST}


@dataclass(frozen=True)
class Task:
    """One line of the list. ``link`` is None where there is nothing to do or to see yet."""

    title: str
    kind: ActivityKind
    quarter: int | None
    state: Tag
    until: Message | None = None
    left: Message | None = None  # only of what is still owed
    link: str | None = None
    receipt: int | None = None
    receipt_link: str | None = None
    due_at: datetime | None = None  # only of what is still owed


def of_unit(session: Session, cycle: Cycle, unit: Unit, now: datetime) -> list[Task]:
    """Return what a unit owes in the year, in the plan's order; what has not opened yet is there as well."""
    plan, last = queries.plan_of(cycle), _last_accepted(session, cycle, unit)
    asked = (
        select(Activity, Obligation)
        .outerjoin(Obligation, (col(Obligation.activity_id) == Activity.id) & (col(Obligation.unit_id) == unit.id))
        .where(Activity.cycle_id == cycle.id, Activity.state != ActivityState.WITHDRAWN)
        .order_by(col(Activity.quarter).is_(None), col(Activity.quarter), col(Activity.position))
    )
    planned: Mapping[str, Any] = {each.code: each for each in plan.activities}
    found = []
    for activity, obligation in session.exec(asked):
        if obligation is not None:
            found.append(_owed(Owed(obligation, activity, unit), last.get(obligation.id), now))
        elif activity.code in planned and unit.code in plan.actors(planned[activity.code]):
            found.append(_later(activity))
    return found


def _last_accepted(session: Session, cycle: Cycle, unit: Unit) -> dict[UUID, Deposit]:
    mine = select(Deposit).join(Obligation, col(Deposit.obligation_id) == Obligation.id)
    mine = mine.where(Obligation.cycle_id == cycle.id, Obligation.unit_id == unit.id, Deposit.state == DepositState.ACCEPTED)
    return {deposit.obligation_id: deposit for deposit in session.exec(mine.order_by(col(Deposit.version)))}


def _owed(owed: Owed, deposit: Deposit | None, now: datetime) -> Task:
    obligation, activity = owed.obligation, owed.activity
    is_open = obligation.state is ObligationState.OPEN
    return Task(
        title=activity.name,
        kind=activity.kind,
        quarter=activity.quarter,
        state=words.state_of(owed, now),
        until=words.until(obligation.due_at),
        left=words.left(obligation.due_at, now) if is_open else None,
        link=f"/obligations/{obligation.id}",
        receipt=deposit.receipt if deposit else None,
        receipt_link=f"/deposits/{deposit.id}" if deposit else None,
        due_at=obligation.due_at if is_open else None,
    )


def _later(activity: Activity) -> Task:
    return Task(
        title=activity.name,
        kind=activity.kind,
        quarter=activity.quarter,
        state=NOT_ASKED.get(activity.state, words.LATER),
        until=words.until(activity.due_at) if activity.due_at else None,
    )


def by_quarter(tasks: Sequence[Task]) -> list[tuple[int | None, list[Task]]]:
    """Return the tasks of each quarter; those of no quarter (None), which are for the whole year, come last."""
    return [(quarter, list(group)) for quarter, group in groupby(tasks, key=lambda task: task.quarter)]


def next_of(tasks: Sequence[Task]) -> Task | None:
    """Return the task that is due first of those still owed, or None."""
    return min((task for task in tasks if task.due_at), key=lambda task: str(task.due_at), default=None)


def summary(tasks: Sequence[Task]) -> Message:
    """Return in a sentence how many are done."""
    done = sum(task.state.look is words.Look.DONE for task in tasks)
    return say("{done} of {all} tasks of the year are done.", done=done, all=len(tasks))
