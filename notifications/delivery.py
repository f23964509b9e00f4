"""Send what is due. Each claim is committed before its mail is sent; with it, in one commit, what became of those before."""

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address

from sqlmodel import select

from bloc.db import Database, reading
from bloc.enums import NoticeState
from bloc.settings import Settings
from models import Cycle
from notifications.claims import Scope
from notifications.clerk import Clerk, Timer
from notifications.pool import Pool

log = logging.getLogger(__name__)

REAL = Timer()


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

    def __str__(self) -> str:
        """Return it as one line of a log: what there was none of is left out."""
        ends = (
            (self.sent, "sent"),
            (self.failed, "failed"),
            (self.again, "to be tried again"),
            (self.uncertain, "uncertain"),
            (self.cancelled, "not wanted any more"),
            (self.expired, "expired"),
        )
        return ", ".join(f"{count} {what}" for count, what in ends if count) or "no mails were due"


async def deliver(
    database: Database,
    settings: Settings,
    *,
    wall: datetime,
    as_of: datetime | None = None,
    cycle_id: uuid.UUID | None = None,
    timer: Timer = REAL,
) -> Delivered:
    """Send all notices that are due, until none is left; return how many ended how.

    Args:
        database: what came back and what goes next is a transaction of its own.
        settings: which mail server, from whom, over how many connections, and how many in a minute.
        wall: the real time at the start; it goes on while mails are sent.
        as_of: the cycles' now; by default the wall's, or the moment that a replay has reached.
        cycle_id: the one cycle to work on; by default all live ones, and what is about the installation: no replay.
        timer: by it the wall goes on, and limits are waited for.

    Raises:
        ValueError, email.errors.MessageError: ``settings.mail_from`` is no address; nothing has been claimed.
    """
    Address(addr_spec=settings.mail_from)
    pool = Pool(settings)
    clerk = Clerk(database, settings, _scopes(database, wall, as_of, cycle_id, timer), timer, pool)
    try:
        await clerk.work()
    finally:
        await pool.hang_up()
    if pool.refusal:
        log.warning("The mail server takes nothing: %s", pool.refusal.reply)
    return _delivered(clerk.counts, reached=pool.refusal is None)


def _scopes(
    database: Database, wall: datetime, as_of: datetime | None, cycle_id: uuid.UUID | None, timer: Timer
) -> Callable[[], Scope]:
    # A long delivery must not make its own claims look old: the wall clock goes on, measured from where it was read.
    started = timer.seconds()
    with reading(database) as session:
        fixed = as_of or session.exec(select(Cycle.reached_at).where(Cycle.id == cycle_id)).first()

    def scope() -> Scope:
        wall_now = wall + timedelta(seconds=timer.seconds() - started)
        return Scope(cycle_id, fixed or wall_now, wall_now)

    return scope


def _delivered(counts: Counter[NoticeState], *, reached: bool) -> Delivered:
    return Delivered(
        sent=counts[NoticeState.SENT],
        failed=counts[NoticeState.FAILED],
        again=counts[NoticeState.QUEUED],
        uncertain=counts[NoticeState.UNCERTAIN],
        cancelled=counts[NoticeState.CANCELLED],
        expired=counts[NoticeState.EXPIRED],
        reached=reached,
    )
