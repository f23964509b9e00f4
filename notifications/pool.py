"""A few connections to the mail server at a time, each reused for mail after mail."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bloc.settings import Settings
from notifications.claims import Claim
from notifications.letters import Letter, recipient
from notifications.smtp import MailServer, Outcome, Verdict, tls_of

MOMENT = 0.002  # seconds: of a mail's time at a server that is not on the same machine a small part
NOT_LET_IN = (Verdict.BARRED, Verdict.UNREACHABLE)


@dataclass(frozen=True)
class Ended:
    """A claimed mail that has come to its end, with its message as it was handed over."""

    claim: Claim
    outcome: Outcome
    message: bytes = b""


class Pool:
    """Connections, and the letters that they carry; one each.

    The first letter goes alone: if the server is not there or lets us not in, one mail has been tried and not several. Where
    it takes fewer connections than the settings say, those that it takes go on.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._tls = settings, tls_of(settings)
        self._idle = [MailServer(settings, self._tls) for _ in range(settings.smtp_connections)]
        self._most, self._met = settings.smtp_connections, False
        self._given_up: list[MailServer] = []
        self._carrying: dict[asyncio.Task[Outcome], tuple[MailServer, Letter]] = {}
        self.refusal: Outcome | None = None  # why no connection is to be had

    @property
    def busy(self) -> int:
        """Return how many letters are under way."""
        return len(self._carrying)

    @property
    def free(self) -> int:
        """Return how many more can be sent now."""
        return 0 if self.refusal else (self._most if self._met else 1) - self.busy

    @property
    def has_ended(self) -> bool:
        """Return whether a letter has come to its end."""
        return any(task.done() for task in self._carrying)

    def send(self, letter: Letter) -> None:
        """Send a letter over a free connection: the one that was used last, so that no more are made than are needed."""
        connection = self._idle.pop()
        to = recipient(letter.claim, self._settings)
        task = asyncio.create_task(connection.send(self._settings.mail_from, to, letter.message))
        self._carrying[task] = (connection, letter)

    async def back(self) -> None:
        """Wait until a letter has come to its end, and a moment longer for others: one commit will do for all of them."""
        await asyncio.wait(self._carrying, return_when=asyncio.FIRST_COMPLETED)
        if not all(task.done() for task in self._carrying):
            await asyncio.wait(self._carrying, timeout=MOMENT)

    async def all_back(self) -> None:
        """Wait until no letter is under way."""
        if self._carrying:
            await asyncio.wait(self._carrying)

    def ended(self) -> Iterator[Ended]:
        """Return the letters that have come to their end, each with its outcome; their connections are free again."""
        for task in [task for task in self._carrying if task.done()]:
            connection, letter = self._carrying.pop(task)
            yield Ended(letter.claim, self._weighed(task.result(), connection), letter.message)

    async def hang_up(self) -> None:
        """Close the connections; the next letters make new ones."""
        await asyncio.gather(*(connection.hang_up() for connection in (*self._idle, *self._given_up)))

    def _weighed(self, outcome: Outcome, connection: MailServer) -> Outcome:
        if outcome.verdict in NOT_LET_IN and self._met and self._most > 1:
            self._most -= 1
            self._given_up.append(connection)
            return replace(outcome, verdict=Verdict.UNREACHABLE)  # that it was not let in says nothing of the mail
        self._idle.append(connection)
        if outcome.verdict in NOT_LET_IN:
            self.refusal = outcome
        else:
            self._met = True
        return outcome
