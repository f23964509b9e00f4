"""The ledger of notices: queue, claim, mark. A mail is a row first; what became of it is always on record.

Two times matter. ``now`` is the cycle's own (a replayed year has its own clock): it decides what is due and dates what is sent.
``wall`` is the real clock: it dates claims, and a claim without an end is abandoned after ``LEASE``.

SMTP cannot promise exactly once. The promise is: none lost, none silently doubled.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import ColumnElement, func, not_, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from bloc.enums import NoticeKind, NoticeState, ObligationState
from models import Activity, Contact, Notice, Obligation
from notifications.messages import Draft

MOVES: Mapping[NoticeState, frozenset[NoticeState]] = {
    NoticeState.QUEUED: frozenset({NoticeState.SENDING, NoticeState.CANCELLED, NoticeState.EXPIRED}),
    NoticeState.SENDING: frozenset(
        {NoticeState.SENT, NoticeState.FAILED, NoticeState.UNCERTAIN, NoticeState.QUEUED}  # queued: to be tried again
    ),
    NoticeState.SENT: frozenset(),
    NoticeState.FAILED: frozenset(),
    NoticeState.UNCERTAIN: frozenset(),  # a person decides
    NoticeState.CANCELLED: frozenset(),
    NoticeState.EXPIRED: frozenset(),
}

WISHES = (NoticeKind.INVITATION, NoticeKind.REMINDER, NoticeKind.OVERDUE)  # of no use once the obligation is done

LEASE = timedelta(minutes=30)  # longer than one send can take, all of the mail server's time limits together
FIRST_WAIT = timedelta(minutes=5)  # what greylisting commonly asks for
LONGEST_WAIT = timedelta(hours=6)
ATTEMPTS = 20  # about three and a half days; RFC 5321 (4.5.4.1) asks for four to five at most

# Each knows ON CONFLICT, which the plain insert does not.
_INSERT: Mapping[str, Callable[[type[Notice]], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@dataclass(frozen=True)
class Scope:
    """Whose notices are worked on, and what time it is: for those cycles, and by the real clock."""

    cycles: Sequence[uuid.UUID]
    now: datetime
    wall: datetime


@dataclass(frozen=True)
class Claim:
    """A notice that this process alone may send now, and all that it takes to send it."""

    id: uuid.UUID
    identity: str
    attempt: int
    expires_at: datetime | None
    draft: Draft
    name: str
    address: str
    language: str


def queue(
    session: Session,
    draft: Draft,
    *,
    identity: str,
    cycle_id: uuid.UUID,
    contact_id: uuid.UUID,
    name: str,
    language: str,
    unit_id: uuid.UUID,
    obligation_id: uuid.UUID | None,
    about_due_at: datetime | None,
    now: datetime,
    expires_at: datetime | None = None,
    send_at: datetime | None = None,
) -> bool:
    """Put a notice in the ledger; return whether it is new. One of the same ``identity`` is left as it is.

    Args:
        draft: what it says.
        name: what the contact is called, and in which ``language`` it is written to.
        identity: what, whom and which step; for what hangs on a deadline, of which deadline, so that one which is moved and
            moved back can be reminded of again.
        about_due_at: the deadline (the obligation's ``due_at``) that it is about; a wish to remind dies when that moves.
        now: the cycle's now.
        expires_at: the cycle's moment from which it is no longer of use.
        send_at: not before that moment of the cycle; by default at once.
    """
    row = Notice(
        cycle_id=cycle_id,
        obligation_id=obligation_id,
        contact_id=contact_id,
        name=name,
        language=language,
        unit_id=unit_id,
        kind=draft.kind,
        identity=identity,
        values=draft.values,
        about_due_at=about_due_at,
        queued_at=now,
        send_at=send_at or now,
        expires_at=expires_at,
    )
    insert = _INSERT[session.get_bind().dialect.name](Notice).values(row.model_dump())
    # Asked for its id, a row answers for itself; a count of rows is not to be had of every driver here.
    new = insert.on_conflict_do_nothing(index_elements=["identity"]).returning(col(Notice.id))
    return session.execute(new).first() is not None


def tidy(session: Session, scope: Scope) -> Counter[NoticeState]:
    """Take out of the queue what is no longer wanted or has expired, declare abandoned claims uncertain; return how many."""
    mine, queued = col(Notice.cycle_id).in_(scope.cycles), NoticeState.QUEUED
    abandoned = col(Notice.claimed_at) <= scope.wall - LEASE
    return Counter(
        {
            NoticeState.CANCELLED: _move(session, queued, NoticeState.CANCELLED, mine, not_(_wanted())),
            NoticeState.EXPIRED: _move(session, queued, NoticeState.EXPIRED, mine, not_(_fresh(scope.now))),
            NoticeState.UNCERTAIN: _move(session, NoticeState.SENDING, NoticeState.UNCERTAIN, mine, abandoned),
        }
    )


def lapse(session: Session, obligation_id: uuid.UUID) -> int:
    """Cancel what is queued of invitations and reminders about an obligation that is to be asked for anew; return how many.

    ``tidy`` knows them by their deadline: one that moved and moved back between two deliveries would make them good again.
    """
    return _lapse(session, col(Notice.obligation_id) == obligation_id)


def lapse_for(session: Session, *, cycle_id: uuid.UUID, unit_id: uuid.UUID, contact_id: uuid.UUID) -> int:
    """Cancel what is queued of invitations and reminders to a person who serves that unit no more; return how many."""
    mine = (col(Notice.cycle_id) == cycle_id, col(Notice.unit_id) == unit_id, col(Notice.contact_id) == contact_id)
    return _lapse(session, *mine)


def _lapse(session: Session, *which: ColumnElement[bool]) -> int:
    return _move(session, NoticeState.QUEUED, NoticeState.CANCELLED, *which, col(Notice.kind).in_(WISHES))


def claim_next(session: Session, scope: Scope) -> Claim | None:
    """Claim the notice with the nearest deadline among those due and still wanted; None if there is none.

    Commit before sending. ``tidy`` deals with what is passed over here.
    """
    while (notice_id := session.exec(_due(scope)).first()) is not None:
        attempts = col(Notice.attempts) + 1
        # Asked once more in the UPDATE itself: of two that found the same notice one gets it, the other looks again.
        conditions = (col(Notice.id) == notice_id, _wanted())
        if _move(session, NoticeState.QUEUED, NoticeState.SENDING, *conditions, claimed_at=scope.wall, attempts=attempts):
            return _claim(session, notice_id)
    return None


def sent(session: Session, claim: Claim, *, reply: str, now: datetime) -> NoticeState:
    """Mark a claimed notice as taken over by the mail server; return what became of it."""
    return _end(session, claim, NoticeState.SENT, reply=reply, sent_at=now)


def failed(session: Session, claim: Claim, *, reply: str) -> NoticeState:
    """Mark a claimed notice as refused for good; return what became of it."""
    return _end(session, claim, NoticeState.FAILED, reply=reply)


def uncertain(session: Session, claim: Claim, *, reply: str) -> NoticeState:
    """Mark a claimed notice as perhaps sent: a person decides; return what became of it."""
    return _end(session, claim, NoticeState.UNCERTAIN, reply=reply)


def untried(session: Session, claim: Claim) -> NoticeState:
    """Put a claimed notice back as it was before the claim: there was no server to try it at; return what became of it."""
    return _end(session, claim, NoticeState.QUEUED, attempts=claim.attempt - 1)


def again(session: Session, claim: Claim, *, reply: str, now: datetime) -> NoticeState:
    """Put a claimed notice that was surely not sent back in the queue, for later; return what became of it.

    The wait doubles with each attempt. It has failed if it has been tried ``ATTEMPTS`` times or would expire meanwhile.
    """
    send_at = now + _wait(claim)
    if claim.attempt >= ATTEMPTS or (claim.expires_at is not None and send_at >= claim.expires_at):
        return failed(session, claim, reply=reply)
    return _end(session, claim, NoticeState.QUEUED, reply=reply, send_at=send_at)


def _wait(claim: Claim) -> timedelta:
    # The jitter (up to half as much again) comes from what the notice is: notices spread, and a replay repeats itself.
    doubled: timedelta = FIRST_WAIT * 2 ** (claim.attempt - 1)
    return min(doubled, LONGEST_WAIT) * (1 + crc32(claim.identity.encode()) % 100 / 200)


def _due(scope: Scope) -> Any:
    nearest = func.coalesce(col(Notice.about_due_at), col(Notice.send_at))
    return (
        select(Notice.id)
        .where(col(Notice.cycle_id).in_(scope.cycles), Notice.state == NoticeState.QUEUED, Notice.send_at <= scope.now)
        .where(_fresh(scope.now), _wanted())
        .order_by(nearest, col(Notice.send_at), col(Notice.identity))
        .limit(1)
    )


def _fresh(now: datetime) -> ColumnElement[bool]:
    return or_(col(Notice.expires_at).is_(None), col(Notice.expires_at) > now)


def _wanted() -> ColumnElement[bool]:
    still_owed = (
        select(Obligation.id)
        .join(Activity, col(Activity.id) == Obligation.activity_id)
        .where(Obligation.id == Notice.obligation_id, Obligation.state == ObligationState.OPEN)
        .where(col(Activity.due_at).is_not(None))
        .where(or_(col(Notice.about_due_at).is_(None), col(Obligation.due_at) == col(Notice.about_due_at)))
        .exists()
    )
    return or_(col(Notice.kind).not_in(WISHES), col(Notice.obligation_id).is_(None), still_owed)


def _claim(session: Session, notice_id: uuid.UUID) -> Claim:
    found = select(Notice, Contact).join(Contact, col(Notice.contact_id) == Contact.id).where(Notice.id == notice_id)
    notice, contact = session.exec(found.execution_options(populate_existing=True)).one()
    draft, to = Draft(notice.kind, notice.values), (notice.name, contact.email, notice.language)
    return Claim(notice.id, notice.identity, notice.attempts, notice.expires_at, draft, *to)


def _end(session: Session, claim: Claim, state: NoticeState, **changes: Any) -> NoticeState:
    # Whoever was so slow that the lease ran out no longer owns the claim: the notice stays what it became.
    mine = (col(Notice.id) == claim.id, col(Notice.attempts) == claim.attempt)
    return state if _move(session, NoticeState.SENDING, state, *mine, **changes) else NoticeState.UNCERTAIN


def _move(session: Session, origin: NoticeState, state: NoticeState, *which: ColumnElement[bool], **changes: Any) -> int:
    if state not in MOVES[origin]:
        raise ValueError(f"a notice does not go from {origin} to {state}")
    changes = {"claimed_at": None, **changes, "state": state}
    move = update(Notice).where(col(Notice.state) == origin, *which).values(changes)
    return session.exec(move.execution_options(synchronize_session=False)).rowcount
