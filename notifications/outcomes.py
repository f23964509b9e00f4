"""What became of a claimed mail, and how it is put on record: many at a time, in one transaction with the next claims."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32

from sqlalchemy import LargeBinary, TextClause, Uuid, bindparam, text, update
from sqlmodel import Session, col

from bloc.enums import NoticeState
from models import Notice
from notifications import ledger
from notifications.claims import Claim, Part

FIRST_WAIT = timedelta(minutes=5)  # what greylisting commonly asks for
LONGEST_WAIT = timedelta(hours=6)
ATTEMPTS = 20  # about three and a half days; RFC 5321 (4.5.4.1) asks for four to five at most


@dataclass(frozen=True)
class Ending:
    """What is to become of a mail's notices: of each its state, and what changes. ``kept``: its message, compressed."""

    mail_id: uuid.UUID
    ends: tuple[tuple[Part, NoticeState, Mapping[str, Any]], ...]
    kept: bytes | None = None


def sent(claim: Claim, *, reply: str, now: datetime, kept: bytes) -> Ending:
    """End a mail as taken over by the mail server."""
    return _alike(claim, NoticeState.SENT, kept, reply=reply, sent_at=now, mail_id=claim.mail_id)


def failed(claim: Claim, *, reply: str) -> Ending:
    """End a mail as refused for good."""
    return _alike(claim, NoticeState.FAILED, reply=reply)


def uncertain(claim: Claim, *, reply: str, kept: bytes) -> Ending:
    """End a mail as perhaps sent: a person decides."""
    return _alike(claim, NoticeState.UNCERTAIN, kept, reply=reply, mail_id=claim.mail_id)


def untried(claim: Claim) -> Ending:
    """Put a mail back as it was before the claim: there was no server to try it at."""
    return _each(claim, lambda part: (NoticeState.QUEUED, {"attempts": part.attempt - 1}))


def again(claim: Claim, *, reply: str, now: datetime) -> Ending:
    """Put a mail that was surely not sent back in the queue, for later.

    The wait doubles with each attempt. A notice has failed if it has been tried ``ATTEMPTS`` times or would expire meanwhile.
    One that a person has sent again after that may be tried as many times more. Attempts are never counted anew: by their
    number a claim is known from one that was given up.
    """
    send_at = now + _wait(claim)

    def end(part: Part) -> tuple[NoticeState, Mapping[str, Any]]:
        over = part.attempt % ATTEMPTS == 0 or (part.expires_at is not None and send_at >= part.expires_at)
        return (NoticeState.FAILED, {"reply": reply}) if over else (NoticeState.QUEUED, {"reply": reply, "send_at": send_at})

    return _each(claim, end)


def settle(session: Session, endings: Iterable[Ending]) -> Counter[NoticeState]:
    """Put endings on record, with the messages as they were handed over; return how many notices became what."""
    listed = list(endings)
    _keep(session, [(ending.mail_id, ending.kept) for ending in listed if ending.kept is not None])
    # Statements of one form are one.
    alike: defaultdict[tuple[NoticeState, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for part, state, changes in (end for ending in listed for end in ending.ends):
        alike[state, tuple(changes)].append({"id": part.id, "attempt": part.attempt, **changes})
    counts: Counter[NoticeState] = Counter()
    for (state, _), ends in alike.items():
        moved = ledger.settle(session, state, ends)
        counts[state] += moved
        counts[NoticeState.UNCERTAIN] += len(ends) - moved
        if moved < len(ends):
            _note(session, ends)
    return counts


def _keep(session: Session, mails: Sequence[tuple[uuid.UUID, bytes]]) -> None:
    if mails:
        ids = {f"id_{n}": mail_id for n, (mail_id, _) in enumerate(mails)}
        messages = {f"message_{n}": kept for n, (_, kept) in enumerate(mails)}
        session.connection().execute(_keeping(len(mails)), ids | messages)


@lru_cache
def _keeping(count: int) -> TextClause:
    # A mail whose claim was given up, and which a person had sent again, is kept as it left under the later claim. Both
    # databases know these words; what SQLAlchemy makes of its own it makes anew each time.
    rows = ", ".join(f"(:id_{n}, :message_{n})" for n in range(count))
    keep = text(  # made of numbers alone
        f"INSERT INTO mail (id, message) VALUES {rows} ON CONFLICT (id) DO UPDATE SET message = excluded.message"  # noqa: S608
        " WHERE NOT EXISTS (SELECT 1 FROM notice WHERE notice.mail_id = excluded.id)"
    )
    typed = (("id", Uuid()), ("message", LargeBinary()))
    return keep.bindparams(*(bindparam(f"{name}_{n}", type_=kind) for name, kind in typed for n in range(count)))


def _note(session: Session, ends: Iterable[Mapping[str, Any]]) -> None:
    """Note of claims that were given up meanwhile, as uncertain, what came of them: the person who decides will see it."""
    for end in (end for end in ends if "reply" in end):
        mine = (col(Notice.id) == end["id"], col(Notice.attempts) == end["attempt"])
        late = update(Notice).where(*mine, col(Notice.state) == NoticeState.UNCERTAIN)
        late = late.values({name: end[name] for name in ("reply", "mail_id") if name in end})
        session.execute(late.execution_options(synchronize_session=False))


def _alike(claim: Claim, state: NoticeState, kept: bytes | None = None, /, **changes: Any) -> Ending:
    return Ending(claim.mail_id, tuple((part, state, changes) for part in claim.parts), kept)


def _each(claim: Claim, end: Callable[[Part], tuple[NoticeState, Mapping[str, Any]]]) -> Ending:
    return Ending(claim.mail_id, tuple((part, *end(part)) for part in claim.parts))


def _wait(claim: Claim) -> timedelta:
    # The jitter (up to half as much again) comes from what the notice is: notices spread, and a replay repeats itself. Those
    # that were tried together wait together.
    attempt, identity = max(part.attempt for part in claim.parts), claim.parts[0].identity
    doubled: timedelta = FIRST_WAIT * 2 ** ((attempt - 1) % ATTEMPTS)
    return min(doubled, LONGEST_WAIT) * (1 + crc32(identity.encode()) % 100 / 200)
