"""The claim that an aggregation is due, made in the transaction that completes the sheets, and taken once."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.results import make_result
from bloc.actions.scoring import scoring_of
from bloc.actions.wakeups import wake
from bloc.db import Work
from bloc.enums import Act, AggregationState, MissingSheet, ResultState, WakeupKind
from bloc.errors import NotAllowed, Way
from bloc.language import say, short_day
from bloc.rules.deadlines import last_day_of
from models import Aggregation, Cycle, Result


def claim_if_due(work: Work, cycle: Cycle, now: datetime, *, late: bool) -> bool:
    """Make the claim that aggregation is due if all sheets are in; return whether there is a new claim.

    Where the secretary has closed without some, each sheet that still comes makes one too. A late sheet after a final result
    makes none: that is the secretary's act (``claim``). The cycle's row must be locked.
    """
    former = queries.latest_result(work.session, cycle.id)
    stands = former is not None and former.withdrawn_at is None and queries.still_stands(work.session, former)
    state = former.state if former is not None and stands else None
    if state is not ResultState.PROVISIONAL and not queries.sheet_arrivals(work.session, cycle.id).complete:
        return False
    if late and state is ResultState.FINAL:
        return False
    return _claim(work, cycle, now)


def claim(work: Work, cycle: Cycle, now: datetime, because: str | None = None) -> bool:
    """Make the claim by the secretary's act, with the sheets received where the plan allows it; return whether it is new.

    Raises:
        NotAllowed: sheets are missing, and the plan's policy is to wait or the last deadline has not passed.
    """
    cycle = queries.locked(work.session, cycle.id)
    scoring = scoring_of(work.session, cycle)
    sheets, last_due = scoring.arrivals, scoring.last_due(now)
    if not scoring.may_close(now):
        names = {unit.code: unit.name for unit in scoring.plan.units}
        missing = say("Score sheets are still missing: {units}.", units="; ".join(names[code] for code in sheets.missing))
        if scoring.plan.policies.missing_sheet is MissingSheet.RECEIVED and now < last_due:
            day = short_day(last_day_of(last_due))
            raise NotAllowed(say("{missing} It can be closed without them only after {day}.", missing=missing, day=day))
        raise NotAllowed(missing)
    new = _claim(work, cycle, now)
    if new:
        act = Act.AGGREGATION if sheets.complete else Act.CLOSING
        counted = {"sheets": len(sheets.arrived), "missing": sheets.missing}
        record(work, cycle, act, cycle.key, now=now, after=counted, because=because)
    return new


def close(work: Work, cycle: Cycle, now: datetime, because: str | None = None) -> bool:
    """Close the scoring with the sheets received, by the secretary's act, for a provisional result; return whether it is new.

    Raises:
        NotAllowed: no sheet is missing; or the plan's policy is to wait, or the last deadline has not passed.
    """
    if queries.sheet_arrivals(work.session, cycle.id).complete:
        raise NotAllowed(say("No score sheet is missing: there is nothing to close. Aggregate them instead."), Way.AGGREGATE)
    return claim(work, cycle, now, because)


def reopen(work: Work, cycle: Cycle, now: datetime, because: str) -> Result:
    """Take back that the scoring was closed without some sheets, by the secretary's act, and return the version withdrawn.

    The version that it made stays on record and is never published. The missing sheets are waited for as before it: the next
    version is made of all of them, or by closing anew.

    Raises:
        NotAllowed: the newest version was not made by closing, or is published or withdrawn already; or no reason is given.
    """
    cycle = queries.locked(work.session, cycle.id)
    newest = queries.latest_result(work.session, cycle.id)
    if newest is None or not may_reopen(newest):
        raise NotAllowed(say("There is no closing to take back: no result was made without some sheets, or it is published."))
    if not because.strip():
        raise NotAllowed(say("To reopen the scoring needs its reason."))
    drop_claims(work.session, cycle)
    newest.withdrawn_at, newest.withdrawn_because = now, because.strip()
    work.session.flush()
    record(work, cycle, Act.REOPENING, cycle.key, now=now, after={"version": newest.version}, because=newest.withdrawn_because)
    return newest


def may_reopen(newest: Result) -> bool:
    """Return whether the closing that the newest version was made by can be taken back."""
    return newest.state is ResultState.PROVISIONAL and newest.published_at is None and newest.withdrawn_at is None


def _claim(work: Work, cycle: Cycle, now: datetime) -> bool:
    session, scoring = work.session, scoring_of(work.session, cycle)
    same = select(Aggregation).where(Aggregation.cycle_id == cycle.id, Aggregation.sheets_hash == scoring.digest)
    claimed = session.exec(same).first()  # of before, where a tie rule was changed and changed back
    if scoring.is_made or (claimed is not None and claimed.state is AggregationState.DUE):
        return False
    drop_claims(session, cycle)
    claimed = claimed or Aggregation(cycle_id=cycle.id, sheets_hash=scoring.digest, claimed_at=now)
    claimed.state, claimed.claimed_at, claimed.done_at = AggregationState.DUE, now, None
    session.add(claimed)
    session.flush()
    wake(work, WakeupKind.AGGREGATION)
    return True


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
