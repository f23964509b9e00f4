"""Who sends what: a notice is claimed, the claim is committed, then it is sent, and marked with what became of it.

Two times matter. ``now`` is the cycle's own (a replayed year has its own clock): it decides what is due and dates what is sent.
``wall`` is the real clock: it dates claims, and a claim without an end is abandoned after ``LEASE``.

SMTP cannot promise exactly once. The promise is: none lost, none silently doubled.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import not_
from sqlmodel import Session, col, select

from bloc.enums import NoticeState
from models import Contact, Notice
from notifications.ledger import fresh, move, wanted
from notifications.messages import Draft

LEASE = timedelta(minutes=30)  # longer than one send can take, all of the mail server's time limits together
FIRST_WAIT = timedelta(minutes=5)  # what greylisting commonly asks for
LONGEST_WAIT = timedelta(hours=6)
ATTEMPTS = 20  # about three and a half days; RFC 5321 (4.5.4.1) asks for four to five at most


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


def tidy(session: Session, scope: Scope) -> Counter[NoticeState]:
    """Take out of the queue what is no longer wanted or has expired, declare abandoned claims uncertain; return how many."""
    mine, queued = col(Notice.cycle_id).in_(scope.cycles), NoticeState.QUEUED
    abandoned = col(Notice.claimed_at) <= scope.wall - LEASE
    return Counter(
        {
            NoticeState.CANCELLED: move(session, queued, NoticeState.CANCELLED, mine, not_(wanted())),
            NoticeState.EXPIRED: move(session, queued, NoticeState.EXPIRED, mine, not_(fresh(scope.now))),
            NoticeState.UNCERTAIN: move(session, NoticeState.SENDING, NoticeState.UNCERTAIN, mine, abandoned),
        }
    )


def claim_next(session: Session, scope: Scope) -> Claim | None:
    """Claim the notice with the nearest deadline among those due and still wanted; None if there is none.

    Commit before sending. ``tidy`` deals with what is passed over here.
    """
    while (notice_id := session.exec(_due(scope)).first()) is not None:
        attempts = col(Notice.attempts) + 1
        # Asked once more in the UPDATE itself: of two that found the same notice one gets it, the other looks again.
        conditions = (col(Notice.id) == notice_id, wanted())
        if move(session, NoticeState.QUEUED, NoticeState.SENDING, *conditions, claimed_at=scope.wall, attempts=attempts):
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
    return (
        select(Notice.id)
        .where(col(Notice.cycle_id).in_(scope.cycles), Notice.state == NoticeState.QUEUED, Notice.send_at <= scope.now)
        .where(fresh(scope.now), wanted())
        .order_by(col(Notice.urgency), col(Notice.send_at), col(Notice.identity))
        .limit(1)
    )


def _claim(session: Session, notice_id: uuid.UUID) -> Claim:
    found = select(Notice, Contact).join(Contact, col(Notice.contact_id) == Contact.id).where(Notice.id == notice_id)
    notice, contact = session.exec(found.execution_options(populate_existing=True)).one()
    draft, to = Draft(notice.kind, notice.values), (notice.name, contact.email, notice.language)
    return Claim(notice.id, notice.identity, notice.attempts, notice.expires_at, draft, *to)


def _end(session: Session, claim: Claim, state: NoticeState, **changes: Any) -> NoticeState:
    # Whoever was so slow that the lease ran out no longer owns the claim: the notice stays what it became.
    mine = (col(Notice.id) == claim.id, col(Notice.attempts) == claim.attempt)
    return state if move(session, NoticeState.SENDING, state, *mine, **changes) else NoticeState.UNCERTAIN
