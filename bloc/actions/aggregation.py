"""The claim that an aggregation is due, made in the transaction that completes the sheets, and taken once."""

import uuid
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.results import digest_of, make_result
from bloc.actions.wakeups import wake
from bloc.db import Work
from bloc.enums import ActivityKind, AggregationState, CycleMode, WakeupKind
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.rules.completeness import may_close
from models import Activity, Aggregation, Cycle, Obligation, Result


def claim_if_complete(work: Work, cycle: Cycle, now: datetime, *, late: bool) -> bool:
    """Make the claim that aggregation is due if all sheets are in; return whether there is a new claim.

    A late sheet after a final result makes none: that is the secretary's act (``claim``). The cycle's row must be locked.
    """
    session = work.session
    if not queries.sheet_arrivals(session, cycle.id).complete:
        return False
    if late and queries.has_final_result(session, cycle.id):
        return False
    return _claim(work, cycle, now)


def claim(work: Work, cycle: Cycle, now: datetime) -> bool:
    """Make the claim by the secretary's act, with the sheets received where the plan allows it; return whether it is new.

    Raises:
        NotAllowed: sheets are missing, and the plan's policy is to wait or the last deadline has not passed.
    """
    queries.locked(work.session, cycle.id)
    sheets, plan = queries.sheet_arrivals(work.session, cycle.id), queries.plan_of(cycle)
    if not may_close(sheets, plan.policies.missing_sheet, now, _last_due(work.session, cycle, now)):
        raise NotAllowed(say("Score sheets are still missing: {units}.", units=", ".join(sheets.missing)))
    return _claim(work, cycle, now)


def _last_due(session: Session, cycle: Cycle, now: datetime) -> datetime:
    dues = session.exec(
        select(Obligation.due_at)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SCORE_SHEETS)
    ).all()
    return max(dues, default=now)


def _claim(work: Work, cycle: Cycle, now: datetime) -> bool:
    session = work.session
    sheets = queries.counted_sheets(session, cycle.id).values()
    digest = digest_of(sorted(str(sheet.id) for sheet in sheets))
    claims = session.exec(select(Aggregation).where(Aggregation.cycle_id == cycle.id)).all()
    if any(found.sheets_hash == digest for found in claims):
        return False
    for older in claims:
        older.state = AggregationState.STALE if older.state is AggregationState.DUE else older.state
    session.add(Aggregation(cycle_id=cycle.id, sheets_hash=digest, claimed_at=now))
    session.flush()
    wake(work, WakeupKind.AGGREGATION)
    return True


def aggregate_next(work: Work, wall: datetime, cycle_id: uuid.UUID | None = None, *, live_only: bool = False) -> Result | None:
    """Carry out one aggregation that is due, and return its result; None if none is (any more).

    The claim is taken by one conditional UPDATE in the transaction that stores the result: a crash leaves it due.

    Args:
        wall: the present moment; a replayed cycle uses its own.
        cycle_id: this cycle alone; without it all cycles.
        live_only: leave replayed cycles alone, as scheduled jobs do.
    """
    due = select(Aggregation, Cycle).join(Cycle).where(Aggregation.state == AggregationState.DUE)
    due = due.where(Cycle.id == cycle_id) if cycle_id else due
    due = due.where(Cycle.mode == CycleMode.LIVE) if live_only else due
    for aggregation, cycle in work.session.exec(due.order_by(col(Aggregation.claimed_at))).all():
        now = queries.now_of(cycle, wall)
        queries.locked(work.session, cycle.id)
        if _take(work.session, aggregation, now):
            return make_result(work, cycle, now)
    return None


def _take(session: Session, aggregation: Aggregation, now: datetime) -> bool:
    taken = session.execute(
        update(Aggregation)
        .where(col(Aggregation.id) == aggregation.id, col(Aggregation.state) == AggregationState.DUE)
        .values(state=AggregationState.DONE, done_at=now)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]
