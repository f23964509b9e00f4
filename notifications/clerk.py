"""Who looks, composes, claims and marks: all that delivery does with the database, one thing at a time.

A turn is one commit: what came back is put on record, and what goes next is claimed. Each connection carries at most one
claimed mail, so that a crash leaves no more of them uncertain than there are connections. What goes next is looked at and
composed beforehand, unclaimed: while the database does a turn's work, and while mails are under way.
"""

import asyncio
import sys
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from bloc.db import Database, reading, unit_of_work
from bloc.enums import NoticeState
from bloc.settings import Settings
from notifications import claims, outcomes
from notifications.claims import Claim, Scope
from notifications.letters import Letter, composed, recipient
from notifications.pace import Pace, domain_of
from notifications.pool import Ended, Pool
from notifications.smtp import Outcome, Verdict

FAST = 1  # zlib's level: a third of the time of its usual one, for a tenth more room
LOOK = 100  # notices that are looked at together: they are held in memory, unclaimed
STALE = 1.0  # seconds after which what was looked at is looked at anew: more urgent ones may have come
PATIENCE = 5.0  # seconds to wait for a limit before looking again: meanwhile mail to elsewhere may have come
IDLE = 10.0  # seconds for which connections that wait for a limit are kept open; servers close them after some
BESIDE = 0.1  # seconds before looking again at notices that others have locked
NIMBLE = 1e-4  # seconds after which a thread gives way to another: a fiftieth of the usual, for the answers are short
NOT_SENT = Outcome(Verdict.UNREACHABLE, "")


@dataclass(frozen=True)
class Timer:
    """The process's own clock: seconds that have gone by, and how to wait for more."""

    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass
class Clerk:
    """One delivery's work on the database. ``counts``: how many notices ended how so far."""

    database: Database
    settings: Settings
    scope: Callable[[], Scope]
    timer: Timer
    pool: Pool
    counts: Counter[NoticeState] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._pace = Pace(self.settings.smtp_per_minute, self.settings.smtp_domain_per_minute)
        self._stock: list[Letter] = []  # looked at, unclaimed, the most urgent first
        self._looked_at = 0.0
        self._skipped, self._skip = 0, 0  # due notices passed over by the last look, and by the next
        self._ended: list[Ended] = []  # not yet on record
        self._beside = ThreadPoolExecutor(1)

    async def work(self) -> None:
        """Send until nothing is due, or the server takes nothing."""
        with unit_of_work(self.database) as work:
            self.counts += claims.tidy(work.session, self.scope())
        with _nimble():
            try:
                while await self._turn():
                    pass
            finally:  # whatever has happened: what was sent is put on record
                await self.pool.all_back()
                self._ended += self.pool.ended()
                self._exchange([])
                self._beside.shutdown()

    async def _turn(self) -> bool:
        self._ended += self.pool.ended()  # which sets connections free
        lost = self._exchange(self._choose())
        if self.pool.busy:
            await self._compose_ahead()
            await self.pool.back()
            return True
        if lost:
            await self.timer.sleep(BESIDE)
        return bool(self._ended) or (self.pool.refusal is None and (lost > 0 or await self._wait()))

    def _exchange(self, chosen: list[Letter]) -> int:
        """Put on record what came back, claim and send what was chosen; return how many of those others have got."""
        if not chosen and not self._ended:
            return 0
        scope = self.scope()
        turn = self._beside.submit(self._commit, chosen, scope)
        try:
            self._compose_during(turn)
        finally:  # whatever has happened: what was claimed is sent
            counted, ours = turn.result()
            self._ended.clear()
            self.counts += counted
            for letter in chosen:
                if (claim := ours.get(letter.claim.mail_id)) is not None:
                    self._hand_over(letter, claim, scope.now)
        return self._lose(len(chosen) - len(ours))

    def _commit(self, chosen: list[Letter], scope: Scope) -> tuple[Counter[NoticeState], dict[UUID, Claim]]:
        with unit_of_work(self.database) as work:
            counted = outcomes.settle(work.session, [_ending(each, scope.now) for each in self._ended])
            return counted, claims.claim(work.session, scope, [letter.claim for letter in chosen]) if chosen else {}

    def _hand_over(self, letter: Letter, claim: Claim, now: datetime) -> None:
        if claim is not letter.claim:  # some of it was done or taken meanwhile
            (letter, *spoilt) = composed(Letter(claim), self.database, self.settings, now)
            if spoilt:
                self._ended.append(Ended(claim, NOT_SENT))
                return
        if letter.fault is not None:
            self._ended.append(Ended(claim, Outcome(Verdict.REFUSED, letter.fault)))
        else:
            self.pool.send(letter)

    def _lose(self, lost: int) -> int:
        # Others are at the same notices: the next look passes over these, so that not everything is composed twice.
        if lost:
            self._stock.clear()
            self._skip = self._skipped + LOOK
        return lost

    def _choose(self) -> list[Letter]:
        """Return what may go now, composed: no more than there are free connections, the most urgent first."""
        at = self.timer.seconds()
        if at - self._looked_at > STALE:
            self._stock.clear()
        chosen: list[Letter] = []
        while len(chosen) < self.pool.free:
            letter = self._take(at)
            if letter is None and not chosen:  # what is chosen, and not yet claimed, would be found again
                self._look(at)
                letter = self._take(at)
            if letter is None:
                break
            chosen.append(letter)
        return chosen

    def _take(self, at: float) -> Letter | None:
        for place, letter in enumerate(self._stock):
            if not self._pace.pause(self._domain(letter), at):
                self._compose(place)
                taken = self._stock.pop(place)
                if taken.fault is None:
                    self._pace.went(self._domain(taken), at)
                return taken
        return None

    def _look(self, at: float) -> None:
        avoid = () if self.settings.mail_redirect else self._pace.resting(at).keys()
        self._skipped, self._skip, self._looked_at = self._skip, 0, at
        with reading(self.database) as session:
            scope = self.scope()
            found = claims.look(session, scope, most=LOOK, skip=self._skipped, avoid=avoid)
            if not found and self._skipped:
                self._skipped = 0
                found = claims.look(session, scope, most=LOOK, avoid=avoid)
        self._stock = [Letter(claim) for claim in found]

    async def _compose_ahead(self) -> None:
        """Compose what goes next while mails are under way."""
        for place in range(2 * self.settings.smtp_connections):
            if place >= len(self._stock) or self.pool.has_ended:
                return
            if self._compose(place):
                await asyncio.sleep(0)  # so that the connections get on

    def _compose_during(self, turn: Future[Any]) -> None:
        for place in range(min(2 * self.settings.smtp_connections, len(self._stock))):
            if turn.done():
                return
            self._compose(place)

    def _compose(self, place: int) -> bool:
        letter = self._stock[place]
        if letter.message or letter.fault is not None:
            return False
        self._stock[place : place + 1] = composed(letter, self.database, self.settings, self.scope().now)
        return True

    async def _wait(self) -> bool:
        """Wait for a limit where anything due waits for one; return whether there was."""
        at = self.timer.seconds()
        pause = self._pace.pause_of_all(at) or min(self._pace.resting(at).values(), default=0)
        if not pause or not self._anything():
            return False
        if pause > IDLE:
            await self.pool.hang_up()
        await self.timer.sleep(min(pause, PATIENCE))
        return True

    def _anything(self) -> bool:
        with reading(self.database) as session:
            return bool(claims.look(session, self.scope()))

    def _domain(self, letter: Letter) -> str:
        return domain_of(recipient(letter.claim, self.settings))


@contextmanager
def _nimble() -> Iterator[None]:
    """Have threads take turns more often: who composes would else keep who speaks to the database waiting at each answer."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(NIMBLE)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _ending(ended: Ended, now: datetime) -> outcomes.Ending:
    claim, reply = ended.claim, ended.outcome.reply
    match ended.outcome.verdict:
        case Verdict.ACCEPTED:
            return outcomes.sent(claim, reply=reply, now=now, kept=zlib.compress(ended.message, FAST))
        case Verdict.REFUSED:
            return outcomes.failed(claim, reply=reply)
        case Verdict.UNCERTAIN:
            return outcomes.uncertain(claim, reply=reply, kept=zlib.compress(ended.message, FAST))
        case Verdict.PASSING | Verdict.BARRED:
            return outcomes.again(claim, reply=reply, now=now)
        case Verdict.UNREACHABLE:
            return outcomes.untried(claim)
