"""Which live cycles have something due. Each question reads one index, so that a run costs what is due, not what exists.

Replays are left alone: each has its own clock. A cycle that is named here is looked at again, with its row locked, by the
action that does the work.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, SelectBase, true, union
from sqlmodel import Session, col, select

from bloc.enums import AggregationState, CycleMode, ObligationState, Stage
from models import Activity, Aggregation, Attendance, Cycle, Objection, Obligation

EVERY = true()  # no activity is left out


def reminders(session: Session, now: datetime) -> Sequence[uuid.UUID]:
    """Return the cycles in which somebody is to be reminded, or whose secretary is owed a digest."""
    steps = select(Obligation.cycle_id).where(Obligation.state == ObligationState.OPEN, col(Obligation.next_step_at) <= now)
    digests = select(col(Cycle.id)).where(col(Cycle.weekly_at) <= now)
    unanswered = select(Attendance.cycle_id).where(col(Attendance.next_step_at) <= now)
    objections = select(Objection.cycle_id).where(col(Objection.next_step_at) <= now)
    return _live(session, union(steps, digests, unanswered, objections))


def activities(session: Session, now: datetime, *, stage: Stage, only: ColumnElement[bool] = EVERY) -> Sequence[uuid.UUID]:
    """Return the cycles in which an activity of that stage, or ``only`` some of it, is to be opened, asked for or closed."""
    next_ones = select(Activity.cycle_id).where(col(Activity.next_at) <= now, Activity.stage == stage, only)
    return _live(session, next_ones.distinct())


def aggregations(session: Session, now: datetime) -> Sequence[uuid.UUID]:  # noqa: ARG001  a claim is due whenever it was made
    """Return the cycles with sheets that are to be aggregated.

    No cycle's sheets are counted for it: whatever changes what a ranking rests on (a sheet, the plan, the secretary) counts
    them in its own transaction and leaves the claim there. An event that tells of it may be lost, the claim not.
    """
    return _live(session, select(Aggregation.cycle_id).where(Aggregation.state == AggregationState.DUE).distinct())


def _live(session: Session, named: SelectBase) -> Sequence[uuid.UUID]:
    due = named.subquery("due")
    found = select(Cycle.key, Cycle.id).join(due, due.c[0] == Cycle.id).where(Cycle.mode == CycleMode.LIVE)
    return [cycle_id for _, cycle_id in sorted(session.execute(found).all())]
