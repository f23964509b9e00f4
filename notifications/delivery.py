"""Send what is due. Each claim is committed before its mail is sent, and each outcome after: delivery commits per claim."""

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address

from jinja2 import UndefinedError
from sqlmodel import Session, select

from bloc.db import Database, reading, unit_of_work
from bloc.enums import CycleMode, NoticeState
from bloc.settings import Settings
from models import Cycle
from notifications import claims
from notifications.envelope import Envelope
from notifications.render import message
from notifications.smtp import MailServer, Outcome, Verdict

log = logging.getLogger(__name__)

# What a notice that cannot be put into words raises. It fails alone; an installation that lacks a template or a catalogue
# stops delivery, before anything is claimed.
UNWRITABLE = (UndefinedError, MessageError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Delivered:
    """How many notices ended how in one delivery; ``again`` are back in the queue. ``reached``: the server took them on."""

    sent: int = 0
    failed: int = 0
    again: int = 0
    uncertain: int = 0
    cancelled: int = 0
    expired: int = 0
    reached: bool = True


@dataclass(frozen=True)
class _Letter:
    claim: claims.Claim
    message: bytes


async def deliver(
    database: Database,
    settings: Settings,
    *,
    wall: datetime,
    as_of: datetime | None = None,
    cycle_id: uuid.UUID | None = None,
) -> Delivered:
    """Send all notices that are due, until none is left; return how many ended how.

    Args:
        database: each claim and each outcome is a transaction of its own.
        settings: which mail server, and from whom.
        wall: the real time at the start; it goes on while mails are sent.
        as_of: the cycles' now; by default the wall's, or the moment that a replay has reached.
        cycle_id: the one cycle to work on; by default all live ones: replays are left alone.

    Raises:
        ValueError, email.errors.MessageError: ``settings.mail_from`` is no address; nothing has been claimed.
    """
    Address(addr_spec=settings.mail_from)
    look = _looks(database, wall, as_of, cycle_id)
    counts, reached = _tidy(database, look()), True
    async with MailServer(settings) as server:
        while reached and (letter := _next(database, settings, look(), counts)) is not None:
            outcome = await server.send(settings.mail_from, letter.claim.address, letter.message)
            counts[_settle(database, letter.claim, outcome, look().now)] += 1
            reached = outcome.verdict not in (Verdict.BARRED, Verdict.UNREACHABLE)
    if not reached:
        log.warning("The mail server takes nothing: %s", outcome.reply)
    return _delivered(counts, reached)


def _looks(
    database: Database, wall: datetime, as_of: datetime | None, cycle_id: uuid.UUID | None
) -> Callable[[], claims.Scope]:
    # A long delivery must not make its own claims look old: the wall clock goes on, measured from where it was read.
    started = time.monotonic()
    with reading(database) as session:
        mine = Cycle.mode == CycleMode.LIVE if cycle_id is None else Cycle.id == cycle_id
        reached = dict(session.exec(select(Cycle.id, Cycle.reached_at).where(mine)).all())
    fixed = as_of or next(iter(reached.values()), None)

    def look() -> claims.Scope:
        wall_now = wall + timedelta(seconds=time.monotonic() - started)
        return claims.Scope(list(reached), fixed or wall_now, wall_now)

    return look


def _tidy(database: Database, scope: claims.Scope) -> Counter[NoticeState]:
    with unit_of_work(database) as work:
        return claims.tidy(work.session, scope)


def _next(database: Database, settings: Settings, scope: claims.Scope, counts: Counter[NoticeState]) -> _Letter | None:
    with unit_of_work(database) as work:
        while (claim := claims.claim_next(work.session, scope)) is not None:
            try:
                return _Letter(claim, _composed(claim, settings, scope.now))
            except UNWRITABLE as error:
                counts[claims.failed(work.session, claim, reply=repr(error))] += 1
    return None


def _composed(claim: claims.Claim, settings: Settings, now: datetime) -> bytes:
    envelope = Envelope(claim.id, (claim.identity,), None, settings.mail_from, claim.name, claim.address, now)
    return message([claim.draft], claim.language, envelope)


def _settle(database: Database, claim: claims.Claim, outcome: Outcome, now: datetime) -> NoticeState:
    with unit_of_work(database) as work:
        return _mark(work.session, claim, outcome, now)


def _mark(session: Session, claim: claims.Claim, outcome: Outcome, now: datetime) -> NoticeState:
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return claims.sent(session, claim, reply=outcome.reply, now=now)
        case Verdict.REFUSED:
            return claims.failed(session, claim, reply=outcome.reply)
        case Verdict.UNCERTAIN:
            return claims.uncertain(session, claim, reply=outcome.reply)
        case Verdict.PASSING | Verdict.BARRED:
            return claims.again(session, claim, reply=outcome.reply, now=now)
        case Verdict.UNREACHABLE:
            return claims.untried(session, claim)


def _delivered(counts: Counter[NoticeState], reached: bool) -> Delivered:
    return Delivered(
        sent=counts[NoticeState.SENT],
        failed=counts[NoticeState.FAILED],
        again=counts[NoticeState.QUEUED],
        uncertain=counts[NoticeState.UNCERTAIN],
        cancelled=counts[NoticeState.CANCELLED],
        expired=counts[NoticeState.EXPIRED],
        reached=reached,
    )
