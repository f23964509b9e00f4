"""Who sends what: a mail's notices are claimed, the claim is committed, then it is sent, and marked with what became of it.

Two times matter. ``now`` is the cycle's own (a replayed year has its own clock): it decides what is due and dates what is sent.
``wall`` is the real clock: it dates claims, and a claim without an end is abandoned after ``LEASE``.

To look takes nothing: what was looked at can be composed, put aside or forgotten, and no crash makes it uncertain. Whether it
is still owed is asked once more by the claim itself, which several processes may try for at once: one gets it.

SMTP cannot promise exactly once. The promise is: none lost, none silently doubled.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, case, exists, false, func, not_, or_, select
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Session, SQLModel

from bloc.enums import CycleMode, NoticeState
from bloc.settings import SMTP_PATIENCE
from models import Contact, Cycle
from notifications.ledger import Attachment, claiming, fresh, move, wanted
from notifications.messages import Draft
from notifications.rows import NOTICE

# All steps of one send, of which a server may take each as slowly as the settings allow: it hangs up, connects, says hello
# (twice), encrypts, logs in (by three ways, of up to three steps), names sender and recipient, for which the line may have to
# be made anew, hands over, and starts afresh.
STEPS = 30
LEASE = timedelta(seconds=STEPS * SMTP_PATIENCE)  # a claim that is older is abandoned
_CONTACT, _CYCLE = (SQLModel.metadata.tables[str(table.__tablename__)] for table in (Contact, Cycle))


@dataclass(frozen=True)
class Scope:
    """Whose notices are worked on, and what time it is, for them and by the real clock.

    ``cycle``: the one cycle; None: every live one, and what is about the installation, to its operator. Which those are the
    database knows: to name a country's in each statement would take longer than all else that a mail takes.
    """

    cycle: uuid.UUID | None
    now: datetime
    wall: datetime


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
    mine, queued = _mine(scope.cycle), NoticeState.QUEUED
    abandoned = NOTICE.c.claimed_at <= scope.wall - LEASE
    return Counter(
        {
            NoticeState.CANCELLED: move(session, queued, NoticeState.CANCELLED, mine, not_(wanted())),
            NoticeState.EXPIRED: move(session, queued, NoticeState.EXPIRED, mine, not_(fresh(scope.now))),
            NoticeState.UNCERTAIN: move(session, NoticeState.SENDING, NoticeState.UNCERTAIN, mine, abandoned),
        }
    )


def look(session: Session, scope: Scope, *, most: int = 1, skip: int = 0, avoid: Iterable[str] = ()) -> list[Claim]:
    """Return the mails that may be claimed, those with the nearest deadline first.

    Args:
        most: notices to look at; with each come those that leave with it.
        skip: due notices to pass over: others are at them.
        avoid: domains that no mail goes to for now, in small letters.
    """
    execute, values = session.connection().execute, _values(scope)
    first = execute(_nearest(scope.cycle is None, *sorted(avoid)), values | {"most": most, "skip": skip}).all()
    bundles = {row.bundle for row in first if row.bundle is not None}
    mates = execute(_together(scope.cycle is None), values | {"bundles": list(bundles)}).all() if bundles else ()
    return _mails({row.id: row for row in (*first, *mates)}.values())


def mails_of(session: Session, ids: Iterable[uuid.UUID]) -> list[Claim]:
    """Return notices, in whatever state they are, as the mails that they leave in: to be read, not to be claimed."""
    return _mails(session.connection().execute(_read(NOTICE.c.id.in_(list(ids)))).all())


def claim(session: Session, scope: Scope, mails: Iterable[Claim]) -> dict[uuid.UUID, Claim]:
    """Claim what was looked at; return by the id of each mail as much of it as is still due and wanted, and nobody else's.

    Commit before sending. ``tidy`` deals with what is passed over here.
    """
    looked = list(mails)
    ids = [part.id for mail in looked for part in mail.parts]
    values = _values(scope) | {"ids": ids, "wall": scope.wall}
    got = {row.id: row.attempts for row in session.connection().execute(_claiming(scope.cycle is None), values)}
    return {mail.mail_id: ours for mail in looked if (ours := _ours(mail, got)) is not None}


def claim_next(session: Session, scope: Scope) -> Claim | None:
    """Claim the mail with the nearest deadline among those due and still wanted; None if there is none."""
    while found := look(session, scope):
        for ours in claim(session, scope, found).values():
            return ours
    return None


def _values(scope: Scope) -> dict[str, Any]:
    return {"now": scope.now} if scope.cycle is None else {"now": scope.now, "cycle": scope.cycle}


# Statements are made once: to make one takes longer than to execute it.


def _mine(cycle: uuid.UUID | BindParameter[uuid.UUID] | None) -> ColumnElement[bool]:
    """Return the condition that a notice is of that cycle; without one, of a live cycle or of none."""
    if cycle is not None:
        return NOTICE.c.cycle_id == cycle
    live = _CYCLE.alias("live")
    return or_(NOTICE.c.cycle_id.is_(None), exists().where(live.c.id == NOTICE.c.cycle_id, live.c.mode == CycleMode.LIVE))


@cache
def _due(live: bool) -> ColumnElement[bool]:
    """Return the condition that a notice may be claimed.

    It is weighed row by row. Of its parts alone, planners that know no better would go through all that is queued, or all of a
    cycle, and sort it; it is for the queries to say by which index they go.
    """
    now: BindParameter[datetime] = bindparam("now", type_=NOTICE.c.send_at.type)
    still_due = and_(_mine(None if live else bindparam("cycle")), NOTICE.c.send_at <= now, fresh(now), wanted())
    return case((NOTICE.c.state == NoticeState.QUEUED, still_due), else_=false())


@lru_cache(maxsize=16)
def _nearest(live: bool, *avoid: str) -> Select[Any]:
    # The inner query reads an index in its order and stops; only what it finds is read whole.
    queued = select(NOTICE.c.id).where(NOTICE.c.state == NoticeState.QUEUED, _due(live))
    if avoid:
        domain = func.lower(_CONTACT.c.email)
        there = or_(*(domain.endswith(f"@{each}", autoescape=True) for each in avoid))
        queued = queued.where(~select(_CONTACT.c.id).where(_CONTACT.c.id == NOTICE.c.contact_id, there).exists())
    nearest = queued.order_by(NOTICE.c.urgency).limit(bindparam("most")).offset(bindparam("skip"))
    return _read(NOTICE.c.id.in_(nearest))


@cache
def _together(live: bool) -> Select[Any]:
    return _read(NOTICE.c.bundle.in_(bindparam("bundles", expanding=True)), _due(live))


@cache
def _claiming(live: bool) -> ReturningUpdate[Any]:
    # Of two that look at the same notice one gets it; the other passes over it, without waiting (on SQLite they take turns).
    looked = select(NOTICE.c.id).where(NOTICE.c.id.in_(bindparam("ids", expanding=True)), _due(live))
    return claiming(NOTICE.c.id.in_(looked.with_for_update(skip_locked=True, of=NOTICE)))


def _read(*which: ColumnElement[bool]) -> Select[Any]:
    names = (
        "id", "identity", "attempts", "expires_at", "kind", "values", "obligation_id", "mail_id", "attachments", "name",
        "language", "bundle", "contact_id", "urgency", "send_at",
    )  # fmt: skip
    return (
        select(*(NOTICE.c[name] for name in names), _CONTACT.c.email, _CYCLE.c.key)
        .join(_CONTACT, _CONTACT.c.id == NOTICE.c.contact_id)
        .outerjoin(_CYCLE, _CYCLE.c.id == NOTICE.c.cycle_id)
        .where(*which)
    )


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
