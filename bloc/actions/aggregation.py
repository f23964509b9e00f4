"""The claim that an aggregation is due, made in the transaction that completes the sheets, and taken once."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.results import make_result
from bloc.actions.wakeups import wake
from bloc.db import Work
from bloc.enums import Act, ActivityKind, AggregationState, MissingSheet, ObligationState, ResultState, WakeupKind
from bloc.errors import NotAllowed
from bloc.language import say, short_day
from bloc.plan import Plan
from bloc.rules.completeness import Arrivals, may_close
from bloc.rules.deadlines import last_day_of
from bloc.rules.digest import digest_of
from models import Activity, Aggregation, CountedSheet, Cycle, Obligation, Result


def claim_if_due(work: Work, cycle: Cycle, now: datetime, *, late: bool) -> bool:
    """Make the claim that aggregation is due if all sheets are in; return whether there is a new claim.

    Where the secretary has closed without some, each sheet that still comes makes one too. A late sheet after a final result
    makes none: that is the secretary's act (``claim``). The cycle's row must be locked.
    """
    former = queries.latest_result(work.session, cycle.id)
    state = former.state if former is not None and queries.still_stands(work.session, former) else None
    if state is not ResultState.PROVISIONAL and not queries.sheet_arrivals(work.session, cycle.id).complete:
        return False
    if late and state is ResultState.FINAL:
        return False
    return _claim(work, cycle, now)


def claim(work: Work, cycle: Cycle, now: datetime) -> bool:
    """Make the claim by the secretary's act, with the sheets received where the plan allows it; return whether it is new.

    Raises:
        NotAllowed: sheets are missing, and the plan's policy is to wait or the last deadline has not passed.
    """
    queries.locked(work.session, cycle.id)
    sheets, plan = queries.sheet_arrivals(work.session, cycle.id), queries.plan_of(cycle)
    last_due = _last_due(work.session, cycle, now)
    if not may_close(sheets, plan.policies.missing_sheet, now, last_due):
        names = {unit.code: unit.name for unit in plan.units}
        missing = say("Score sheets are still missing: {units}.", units="; ".join(names[code] for code in sheets.missing))
        if plan.policies.missing_sheet is MissingSheet.RECEIVED and now < last_due:
            day = short_day(last_day_of(last_due))
            raise NotAllowed(say("{missing} It can be closed without them only after {day}.", missing=missing, day=day))
        raise NotAllowed(missing)
    new = _claim(work, cycle, now)
    if new:
        act = Act.AGGREGATION if sheets.complete else Act.CLOSING
        record(work, cycle, act, cycle.key, now=now, after={"sheets": len(sheets.arrived), "missing": sheets.missing})
    return new


def close(work: Work, cycle: Cycle, now: datetime) -> bool:
    """Close the scoring with the sheets received, by the secretary's act, for a provisional result; return whether it is new.

    Raises:
        NotAllowed: no sheet is missing; or the plan's policy is to wait, or the last deadline has not passed.
    """
    if queries.sheet_arrivals(work.session, cycle.id).complete:
        raise NotAllowed(say("No score sheet is missing: there is nothing to close. `bloc aggregate` makes the result."))
    return claim(work, cycle, now)


def _last_due(session: Session, cycle: Cycle, now: datetime) -> datetime:
    dues = session.exec(
        select(Obligation.due_at)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SCORE_SHEETS)
        .where(Obligation.state != ObligationState.WAIVED)
    ).all()
    return max(dues, default=now)


def waiting_sheets(session: Session, cycle: Cycle, now: datetime) -> Arrivals | None:
    """Return the sheets of which the secretary's act would make a new version; None if there are none, or it may not yet."""
    sheets = queries.sheet_arrivals(session, cycle.id)
    if not may_close(sheets, queries.plan_of(cycle).policies.missing_sheet, now, _last_due(session, cycle, now)):
        return None
    new, _, _ = _unclaimed(session, cycle)
    return sheets if new else None


def _unclaimed(session: Session, cycle: Cycle) -> tuple[bool, str, Aggregation | None]:
    """Return whether a claim of the sheets that count would be new; their digest, and a claim that they had before."""
    sheets = [sheet.id for sheet in queries.counted_sheets(session, cycle.id).values()]
    digest = _digest(queries.plan_of(cycle), sheets)
    same = select(Aggregation).where(Aggregation.cycle_id == cycle.id, Aggregation.sheets_hash == digest)
    claimed = session.exec(same).first()  # of before, where a tie rule was changed and changed back
    known = digest == _newest_made(session, cycle) or (claimed is not None and claimed.state is AggregationState.DUE)
    return not known, digest, claimed


def _claim(work: Work, cycle: Cycle, now: datetime) -> bool:
    session = work.session
    new, digest, claimed = _unclaimed(session, cycle)
    if not new:
        return False
    drop_claims(session, cycle)
    claimed = claimed or Aggregation(cycle_id=cycle.id, sheets_hash=digest, claimed_at=now)
    claimed.state, claimed.claimed_at, claimed.done_at = AggregationState.DUE, now, None
    session.add(claimed)
    session.flush()
    wake(work, WakeupKind.AGGREGATION)
    return True


def _digest(plan: Plan, sheets: Iterable[uuid.UUID]) -> str:
    return digest_of([plan.scored(), sorted(map(str, sheets))])


def _newest_made(session: Session, cycle: Cycle) -> str | None:
    """Return the digest of what the newest version of the ranking rests on; None: there is none."""
    newest = queries.latest_result(session, cycle.id)
    if newest is None:
        return None
    sheets = session.exec(select(CountedSheet.deposit_id).where(CountedSheet.result_id == newest.id)).all()
    return _digest(queries.plan_at(session, cycle.id, newest.plan_version), sheets)


def drop_claims(session: Session, cycle: Cycle) -> None:
    """Let what is due of older claims be done no more: newer sheets are claimed, or those claimed were given back."""
    due = select(Aggregation).where(Aggregation.cycle_id == cycle.id, Aggregation.state == AggregationState.DUE)
    for older in session.exec(due):
        older.state = AggregationState.STALE


def cycles_due(session: Session) -> Sequence[uuid.UUID]:
    """Return the cycles, replayed ones too, in which an aggregation is due, the oldest claim first."""
    due = select(Aggregation.cycle_id).where(Aggregation.state == AggregationState.DUE)
    return session.exec(due.order_by(col(Aggregation.claimed_at))).all()


def aggregate_next(work: Work, now: datetime, cycle_id: uuid.UUID) -> Result | None:
    """Carry out the aggregation that is due in a cycle, and return its result; None if none is (any more).

    The claim is taken by one conditional UPDATE in the transaction that stores the result: a crash leaves it due. The
    cycle's row must be locked.
    """
    due = select(Aggregation, Cycle).join(Cycle).where(Cycle.id == cycle_id, Aggregation.state == AggregationState.DUE)
    for aggregation, cycle in work.session.exec(due.order_by(col(Aggregation.claimed_at))).all():
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
