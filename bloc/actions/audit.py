"""The audit trail: written with each act, in its transaction, and checked as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from bloc import queries
from bloc.db import Work
from bloc.enums import Act
from bloc.errors import NotAllowed, Way
from bloc.language import Message, say
from bloc.rules.digest import digest_of
from models import AuditEntry, Cycle

BEGINNING = "0" * 64  # what stands for the hash before the first entry


@dataclass(frozen=True)
class Trail:
    """A cycle's audit trail as it was found: how many entries, the hash of the last, and the first fault, if any."""

    entries: int
    head: str
    fault: Message | None = None


def record(
    work: Work, cycle: Cycle, act: Act, about: str, *, now: datetime, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, because: str | None = None,
) -> AuditEntry:  # fmt: skip
    """Add an entry to the cycle's audit trail: ``work.by`` did ``act``. The cycle's row is locked, so that none is lost.

    Args:
        about: "activity/unit", or what else the act is about.
        before, after: what it changed, as plain JSON, without points and addresses.
        because: the reason given.
    """
    cycle = queries.locked(work.session, cycle.id)
    last = work.session.exec(_of(cycle).order_by(col(AuditEntry.number).desc())).first()
    entry = AuditEntry(
        cycle_id=cycle.id, number=last.number + 1 if last else 1, at=now, by=work.by, client=work.client, act=act, about=about,
        before=dict(before) if before is not None else None, after=dict(after) if after is not None else None,
        because=because, former=last.hash if last else BEGINNING, hash="",
    )  # fmt: skip
    entry.hash = hash_of(cycle, entry)
    work.session.add(entry)
    work.session.flush()
    return entry


def reason_of(because: str) -> str:
    """Return a reason as it stands on record.

    Raises:
        NotAllowed: none is given.
    """
    if not because.strip():
        raise NotAllowed(say("Please say why: it stands on record."), Way.REASON)
    return because.strip()


def hash_of(cycle: Cycle, entry: AuditEntry) -> str:
    """Return the hash that an entry must have: over all that it says, and the hash of the entry before."""
    when = entry.at.astimezone(UTC).isoformat()
    said = [entry.number, when, entry.by, entry.act.value, entry.about, entry.before, entry.after, entry.because]
    where = [] if entry.client is None else [entry.client]  # older entries have none, and keep their hash
    return digest_of([entry.former, cycle.key, *said, *where])


def trail(session: Session, cycle: Cycle) -> Sequence[AuditEntry]:
    """Return the cycle's entries, the oldest first."""
    entries: Sequence[AuditEntry] = session.exec(_of(cycle).order_by(col(AuditEntry.number))).all()
    return entries


def check_trail(session: Session, cycle: Cycle) -> Trail:
    """Return whether the trail is whole: no entry changed, none taken out of the middle, none put in.

    Entries cut off its end leave no gap. Who has noted the last hash elsewhere sees whether it still stands in the trail.
    """
    former, number = BEGINNING, 0
    for number, entry in enumerate(trail(session, cycle), start=1):
        if entry.number != number:
            return Trail(number, former, say("entry {number} is missing", number=number))
        if entry.former != former or entry.hash != hash_of(cycle, entry):
            return Trail(number, former, say("entry {number} is not as it was written", number=number))
        former = entry.hash
    return Trail(number, former)


def _of(cycle: Cycle) -> Any:
    return select(AuditEntry).where(AuditEntry.cycle_id == cycle.id)
