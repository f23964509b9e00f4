"""Who sends what: a mail's notices are claimed, the claim is committed, then it is sent, and marked with what became of it.

Two times matter. ``now`` is the cycle's own (a replayed year has its own clock): it decides what is due and dates what is sent.
``wall`` is the real clock: it dates claims, and a claim without an end is abandoned after ``LEASE``.

To look takes nothing: what was looked at can be composed, put aside or forgotten, and no crash makes it uncertain. Whether it
is still owed is asked once more by the claim itself, which several processes may try for at once: one gets it.

SMTP cannot promise exactly once. The promise is: none lost, none silently doubled.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, false, func, not_, or_
from sqlmodel import Session, col, select

from bloc.enums import NoticeState
from models import Contact, Cycle, Notice
from notifications import ledger
from notifications.ledger import Attachment, fresh, move, wanted
from notifications.messages import Draft

LEASE = timedelta(minutes=30)  # longer than one send can take, all of the mail server's time limits together


@dataclass(frozen=True)
class Scope:
    """Whose notices are worked on, and what time it is: for those cycles, and by the real clock.

    ``installation``: also those that are about no cycle but the installation, to its operator.
    """

    cycles: Sequence[uuid.UUID]
    now: datetime
    wall: datetime
    installation: bool = False


@dataclass(frozen=True)
class Part:
    """A notice in a mail. ``attempt``: the how-manieth this is; ``mail_id``: of the mail in which it was handed over before."""

    id: uuid.UUID
    identity: str
    attempt: int
    expires_at: datetime | None
    draft: Draft
    obligation_id: uuid.UUID | None = None
    mail_id: uuid.UUID | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One mail: notices, the most urgent first, to one contact, that are sent together and marked alike.

    Looked at it can be claimed; claimed, this process alone may send it now.
    """

    parts: tuple[Part, ...]
    cycle: str | None
    name: str
    address: str
    language: str

    @property
    def mail_id(self) -> uuid.UUID:
        """Return the id of the mail: that of its most urgent notice, the same however often it is tried.

        One that was handed over before and is sent again, by a person's decision, is another mail: both are kept.
        """
        first = self.parts[0]
        return first.id if first.mail_id is None else uuid.uuid5(first.mail_id, first.id.hex)

    @property
    def identities(self) -> tuple[str, ...]:
        """Return what the notices in it are known by."""
        return tuple(part.identity for part in self.parts)

    def alone(self) -> list["Claim"]:
        """Return a mail for each of its notices."""
        return [replace(self, parts=(part,)) for part in self.parts]


def tidy(session: Session, scope: Scope) -> Counter[NoticeState]:
    """Take out of the queue what is no longer wanted or has expired, declare abandoned claims uncertain; return how many."""
    mine, queued = _mine(scope), NoticeState.QUEUED
    abandoned = col(Notice.claimed_at) <= scope.wall - LEASE
    return Counter(
        {
            NoticeState.CANCELLED: move(session, queued, NoticeState.CANCELLED, mine, not_(wanted())),
            NoticeState.EXPIRED: move(session, queued, NoticeState.EXPIRED, mine, not_(fresh(scope.now))),
            NoticeState.UNCERTAIN: move(session, NoticeState.SENDING, NoticeState.UNCERTAIN, mine, abandoned),
        }
    )


def look(session: Session, scope: Scope, *, most: int = 1, skip: int = 0, avoid: Collection[str] = ()) -> list[Claim]:
    """Return the mails that may be claimed, those with the nearest deadline first.

    Args:
        most: notices to look at; with each come those that leave with it.
        skip: due notices to pass over: others are at them.
        avoid: domains that no mail goes to for now, in small letters.
    """
    first = session.execute(_read(_due(scope, avoid).order_by(col(Notice.urgency)).limit(most).offset(skip))).all()
    bundles = {row.bundle for row in first if row.bundle is not None}
    mates = session.execute(_read(_due(scope, ()).where(col(Notice.bundle).in_(bundles)))).all() if bundles else ()
    return _mails({row.id: row for row in (*first, *mates)}.values())


def mails_of(session: Session, ids: Collection[uuid.UUID]) -> list[Claim]:
    """Return notices, in whatever state they are, as the mails that they leave in: to be read, not to be claimed."""
    return _mails(session.execute(_read(select(Notice.id).where(col(Notice.id).in_(ids)))).all())


def claim(session: Session, scope: Scope, mails: Iterable[Claim]) -> dict[uuid.UUID, Claim]:
    """Claim what was looked at; return by the id of each mail as much of it as is still due and wanted, and nobody else's.

    Commit before sending. ``tidy`` deals with what is passed over here.
    """
    looked = list(mails)
    ids = [part.id for mail in looked for part in mail.parts]
    # Of two that look at the same notice one gets it; the other passes over it, without waiting (on SQLite they take turns).
    free = _due(scope, ()).where(col(Notice.id).in_(ids)).with_for_update(skip_locked=True, of=Notice)
    got = ledger.claim(session, col(Notice.id).in_(free), claimed_at=scope.wall)
    return {mail.mail_id: ours for mail in looked if (ours := _ours(mail, got)) is not None}


def claim_next(session: Session, scope: Scope) -> Claim | None:
    """Claim the mail with the nearest deadline among those due and still wanted; None if there is none."""
    while found := look(session, scope):
        for ours in claim(session, scope, found).values():
            return ours
    return None


def _mine(scope: Scope) -> ColumnElement[bool]:
    about_none = col(Notice.cycle_id).is_(None) if scope.installation else false()
    return or_(col(Notice.cycle_id).in_(scope.cycles), about_none)


def _due(scope: Scope, avoid: Collection[str]) -> Select[Any]:
    due = select(Notice.id).where(_mine(scope), Notice.state == NoticeState.QUEUED, Notice.send_at <= scope.now)
    if avoid:
        domain = func.lower(Contact.email)
        there = or_(*(domain.endswith(f"@{each}", autoescape=True) for each in sorted(avoid)))
        due = due.where(~select(Contact.id).where(Contact.id == Notice.contact_id, there).exists())
    return due.where(fresh(scope.now), wanted())


def _read(due: Select[Any]) -> Select[Any]:
    # The inner query reads the index in its order and stops; only what it finds is read whole.
    read: Select[Any] = (
        select(  # type: ignore[call-overload]
            Notice.id, Notice.identity, Notice.attempts, Notice.expires_at, Notice.kind, Notice.values, Notice.obligation_id,
            Notice.mail_id, Notice.attachments, Notice.name, Notice.language, Notice.bundle, Notice.contact_id,
            Notice.urgency, Notice.send_at, Contact.email, Cycle.key,
        )
        .join(Contact, col(Contact.id) == Notice.contact_id)
        .outerjoin(Cycle, col(Cycle.id) == Notice.cycle_id)
        .where(col(Notice.id).in_(due))
    )  # fmt: skip
    return read


def _mails(rows: Iterable[Row[Any]]) -> list[Claim]:
    mails: dict[object, list[Row[Any]]] = {}
    for row in sorted(rows, key=lambda row: (row.urgency, row.send_at, row.identity)):
        mails.setdefault(row.id if row.bundle is None else (row.bundle, row.contact_id), []).append(row)
    return [
        Claim(tuple(map(_part, together)), together[0].key, together[0].name, together[0].email, together[0].language)
        for together in mails.values()
    ]


def _part(row: Row[Any]) -> Part:
    draft, attachments = Draft(row.kind, row.values), tuple(Attachment(**each) for each in row.attachments)
    attempt = row.attempts + 1
    return Part(row.id, row.identity, attempt, row.expires_at, draft, row.obligation_id, row.mail_id, attachments)


def _ours(mail: Claim, got: dict[uuid.UUID, int]) -> Claim | None:
    parts = tuple(replace(part, attempt=got[part.id]) for part in mail.parts if part.id in got)
    if parts == mail.parts:
        return mail
    return replace(mail, parts=parts) if parts else None
