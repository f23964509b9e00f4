"""The ledger of notices: what is put into it, and what lapses. A mail is a row first; what became of it is always on record."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, case, false, or_, true, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, col, select

from bloc.enums import NoticeKind, NoticeState, ObligationState
from models import Activity, Notice, Obligation
from notifications.messages import Draft
from notifications.rows import NOTICE, insert_new

MOVES: Mapping[NoticeState, frozenset[NoticeState]] = {
    NoticeState.QUEUED: frozenset({NoticeState.SENDING, NoticeState.CANCELLED, NoticeState.EXPIRED}),
    NoticeState.SENDING: frozenset(
        {NoticeState.SENT, NoticeState.FAILED, NoticeState.UNCERTAIN, NoticeState.QUEUED}  # queued: to be tried again
    ),
    NoticeState.SENT: frozenset({NoticeState.FAILED}),  # the post reports that it did not arrive
    NoticeState.FAILED: frozenset({NoticeState.QUEUED}),  # a person has it sent again
    NoticeState.UNCERTAIN: frozenset({NoticeState.SENT, NoticeState.FAILED, NoticeState.QUEUED}),  # a person decides
    NoticeState.CANCELLED: frozenset({NoticeState.QUEUED}),  # a person takes back that it is not sent
    NoticeState.EXPIRED: frozenset(),
}

WISHES = (
    NoticeKind.INVITATION,
    NoticeKind.REMINDER,
    NoticeKind.OVERDUE,
    NoticeKind.ESCALATION,
    NoticeKind.CONFERENCE,
    NoticeKind.CONFERENCE_REMINDER,
)  # of no use once the obligation is done

CONFERENCES = (NoticeKind.CONFERENCE, NoticeKind.CONFERENCE_REMINDER, NoticeKind.POSTPONED, NoticeKind.CALLED_OFF)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail: its name there, and the SHA-256 that it is kept under (bloc.files)."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A notice that is to be put in the ledger.

    Args:
        draft: what it says.
        identity: what, whom and which step; for what hangs on a deadline, of which deadline, so that one which is moved and
            moved back can be reminded of again.
        name: what the contact is called, and in which ``language`` it is written to.
        about_due_at: the deadline (the obligation's ``due_at``) that it is about; a wish to remind dies when that moves.
        expires_at: the cycle's moment from which it is no longer of use.
        send_at: not before that moment of the cycle; by default at once.
        attendance_id: the conference's invitation that it is about.
        bundle: notices of one bundle that are sent together leave as one mail.
        attachments: files that are kept, to be sent with it.
        suppressed: who decided that it is not to be sent, and why: it is kept as cancelled.
    """

    draft: Draft
    identity: str
    contact_id: uuid.UUID
    name: str
    language: str
    unit_id: uuid.UUID | None
    obligation_id: uuid.UUID | None
    about_due_at: datetime | None
    expires_at: datetime | None = None
    send_at: datetime | None = None
    bundle: str | None = None
    attachments: Sequence[Attachment] = ()
    suppressed: str | None = None
    attendance_id: uuid.UUID | None = None


def queue(session: Session, draft: Draft, *, cycle_id: uuid.UUID | None, now: datetime, **about: Any) -> bool:
    """Put one notice in the ledger, of which ``about`` says what else an ``Entry`` does; return whether it is new."""
    return bool(queue_all(session, [Entry(draft, **about)], cycle_id=cycle_id, now=now))


def queue_all(session: Session, entries: Iterable[Entry], *, cycle_id: uuid.UUID | None, now: datetime) -> set[str]:
    """Put notices of one cycle in the ledger at its ``now``; return the identities of the new ones.

    Those whose identity is there are left as they are.
    """
    alike = {"cycle_id": cycle_id, "queued_at": now, "attempts": 0}
    return insert_new(session, [_row(entry, now) for entry in entries], alike)


def _row(entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "obligation_id": entry.obligation_id,
        "attendance_id": entry.attendance_id,
        "contact_id": entry.contact_id,
        "unit_id": entry.unit_id,
        "name": entry.name,
        "language": entry.language,
        "kind": entry.draft.kind,
        "identity": entry.identity,
        "bundle": entry.bundle,
        "values": entry.draft.values,
        "attachments": entry.attachments,
        "about_due_at": entry.about_due_at,
        "state": NoticeState.CANCELLED if entry.suppressed else NoticeState.QUEUED,
        "send_at": entry.send_at or now,
        "urgency": entry.about_due_at or entry.send_at or now,
        "expires_at": entry.expires_at,
        "reply": entry.suppressed,
    }


def lapse(session: Session, obligation_id: uuid.UUID) -> int:
    """Cancel what is queued of invitations and reminders about an obligation that is to be asked for anew; return how many.

    ``tidy`` knows them by their deadline: one that moved and moved back between two deliveries would make them good again.
    """
    return _lapse(session, col(Notice.obligation_id) == obligation_id)


def lapse_about(session: Session, attendance_id: uuid.UUID, kinds: Sequence[NoticeKind] = CONFERENCES) -> int:
    """Cancel what is queued about a unit's part in a conference that is over, answered or moved; return how many."""
    mine = col(Notice.attendance_id) == attendance_id, col(Notice.kind).in_(kinds)
    return move(session, NoticeState.QUEUED, NoticeState.CANCELLED, *mine)


def lapse_for(session: Session, *, cycle_id: uuid.UUID, unit_id: uuid.UUID, contact_id: uuid.UUID) -> int:
    """Cancel what is queued of invitations and reminders to a person who serves that unit no more; return how many."""
    mine = (col(Notice.cycle_id) == cycle_id, col(Notice.unit_id) == unit_id, col(Notice.contact_id) == contact_id)
    postponed = col(Notice.kind) == NoticeKind.POSTPONED  # it asks anew who comes
    return _lapse(session, *mine) + move(session, NoticeState.QUEUED, NoticeState.CANCELLED, *mine, postponed)


def lapse_answered(session: Session, *, cycle_id: uuid.UUID, unit_id: uuid.UUID) -> int:
    """Cancel what is queued of reminders to answer objections, to a unit that has answered all of them; return how many."""
    mine = (col(Notice.cycle_id) == cycle_id, col(Notice.unit_id) == unit_id)
    answer = col(Notice.kind) == NoticeKind.OBJECTION_REMINDER
    return move(session, NoticeState.QUEUED, NoticeState.CANCELLED, *mine, answer)


def _lapse(session: Session, *which: ColumnElement[bool]) -> int:
    return move(session, NoticeState.QUEUED, NoticeState.CANCELLED, *which, col(Notice.kind).in_(WISHES))


def fresh(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that a notice is still of use at ``now``."""
    return or_(col(Notice.expires_at).is_(None), col(Notice.expires_at) > now)


def wanted() -> ColumnElement[bool]:
    """Return the condition that what a notice wishes for is still owed, by the deadline that it is about."""
    still_owed = (
        select(Obligation.id)
        .join(Activity, col(Activity.id) == Obligation.activity_id)
        .where(Obligation.id == Notice.obligation_id, Obligation.state == ObligationState.OPEN)
        .where(col(Activity.due_at).is_not(None))
        .where(or_(col(Notice.about_due_at).is_(None), col(Obligation.due_at) == col(Notice.about_due_at)))
        .exists()
    )
    return or_(col(Notice.kind).not_in(WISHES), col(Notice.obligation_id).is_(None), still_owed)


def move(session: Session, origin: NoticeState, state: NoticeState, *which: ColumnElement[bool], **changes: Any) -> int:
    """Move the notices of state ``origin`` that meet all of ``which``; return how many.

    Here, in ``claiming`` and in ``settle`` alone a state changes.

    Raises:
        ValueError: ``MOVES`` does not know that move.
    """
    moved = _moved(origin, state).where(NOTICE.c.state == origin, *which).values(changes)
    return session.execute(moved).rowcount  # type: ignore[attr-defined, no-any-return]


def claiming(*which: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Return the statement that moves the queued notices that meet all of ``which`` to be sent, claimed at ``:wall``.

    Its rows are their ids, each with the number of its attempt.
    """
    mine = {"claimed_at": bindparam("wall"), "attempts": NOTICE.c.attempts + 1}
    # Compared outright, SQLite would go through all that is queued, though it is given ids.
    queued = case((NOTICE.c.state == NoticeState.QUEUED, true()), else_=false())
    claimed = _moved(NoticeState.QUEUED, NoticeState.SENDING).where(queued, *which).values(mine)
    return claimed.returning(NOTICE.c.id, NOTICE.c.attempts)


def settle(session: Session, state: NoticeState, ends: Sequence[Mapping[str, Any]]) -> int:
    """Move claimed notices to ``state``; return how many: whose claim was given up meanwhile stays what it became.

    Args:
        ends: of each notice its ``id``, the ``attempt`` that was claimed, and columns that change: the same ones in each.
    """
    names = [name for name in ends[0] if name not in ("id", "attempt")]
    given = {f"{name}_{n}": value for n, end in enumerate(ends) for name, value in end.items()}
    return session.connection().execute(_settling(state, len(ends), *names), given).rowcount


@lru_cache
def _settling(state: NoticeState, count: int, *names: str) -> Update:
    # One statement, however many they are: a driver that is given one for each goes through them by itself, and the thread
    # that composes gets in between each time.
    ids = [bindparam(f"id_{n}", type_=NOTICE.c.id.type) for n in range(count)]

    def of_each(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        return case({id_: bindparam(f"{name}_{n}", type_=kind) for n, id_ in enumerate(ids)}, value=NOTICE.c.id)

    mine = (NOTICE.c.id.in_(ids), NOTICE.c.attempts == of_each("attempt", NOTICE.c.attempts.type))
    ended = _moved(NoticeState.SENDING, state).where(NOTICE.c.state == NoticeState.SENDING, *mine)
    return ended.values({name: of_each(name, NOTICE.c[name].type) for name in names})


def _moved(origin: NoticeState, state: NoticeState) -> Update:
    if state not in MOVES[origin]:
        raise ValueError(f"a notice does not go from {origin} to {state}")
    return update(NOTICE).values(state=state, claimed_at=None, followed_up_at=None)
