"""A real SMTP server in process that fails as it is told to, and what it saw and kept."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import partial
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

LOOPBACK = "127.0.0.1"
QUEUED = "250 2.0.0 Queued as 4711"
LOGIN = ("bloc", "right")
STAGES = {"EHLO": "EHLO", "HELO": "EHLO"} | {
    name: name for name in ("STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT")
}
NOTHING = ""  # what is answered by whoever has answered already


@dataclass
class Fault:
    """How the server fails at a stage.

    It gives the ``reply``, if any, and closes the line if there is none or it is told to ``close``; or it does neither and
    ``stall``s until the client has gone. A mail is kept all the same if it is told to ``keep``. It lets ``after`` commands pass
    first, on each connection; and it fails for one ``recipient`` only, where there is one. ``gone`` it takes no new line.
    The first ``connections`` do not fail.
    """

    reply: str | bytes | None = None
    times: int = 1000
    keep: bool = False
    close: bool = False
    stall: bool = False
    gone: bool = False
    recipient: str | None = None
    after: int = 0
    connections: int = 0


@dataclass
class FaultServer:
    """What the server keeps, and how it fails. Its stages: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, CONTENT,
    RSET, QUIT."""

    tls: SSLContext | None = None  # with it, STARTTLS is offered
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)  # of the kept ones those that it has said so of
    connections: int = 0
    in_clear: list[str] = field(default_factory=list)  # the stages reached on a line that is not encrypted
    close: Callable[[], object] = lambda: None
    faults: dict[str, list[Fault]] = field(default_factory=dict)

    def fail(self, stage: str, reply: str | bytes | None = None, **how: Any) -> None:
        """Fail at ``stage``, in the way of a ``Fault``, after those that it fails in already."""
        self.faults.setdefault(stage, []).append(Fault(reply, **how))

    def mend(self) -> None:
        """Fail no more."""
        self.faults.clear()

    def fault(self, stage: str, passed: int, recipient: str | None) -> Fault | None:
        """Return how to fail now at ``stage``, which ``passed`` times has been reached on this connection, if at all."""
        for each in self.faults.get(stage, []):
            here = passed >= each.after and each.recipient in (None, recipient) and self.connections > each.connections
            if each.times > 0 and here:
                each.times -= 1
                return each
        return None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: "_Line", session: Any, envelope: Any) -> str:
        recipient = envelope.rcpt_tos[0]
        if await server.fails("CONTENT", recipient, envelope.content):
            return NOTHING
        self.keep(recipient, envelope.content, said=True)
        return QUEUED

    def keep(self, recipient: str, mail: bytes, said: bool) -> None:
        """Keep a mail; ``said``: and say so."""
        self.kept.append((recipient, mail))
        self.taken += [mail] * said


class _Line(SMTP):
    """One connection. Each command may fail before it does what aiosmtpd does."""

    def __init__(self, faults: FaultServer) -> None:
        super().__init__(
            faults, hostname="sink.example.vn", enable_SMTPUTF8=False, tls_context=faults.tls,
            authenticator=_authenticated, auth_require_tls=False,
        )  # fmt: skip
        self._faults, self._passed, self._greeted = faults, Counter[str](), False
        for command, stage in STAGES.items():
            self._smtp_methods[command] = partial(self._obey, stage, self._smtp_methods[command])

    def connection_made(self, transport: Any) -> None:
        self._faults.connections += self.transport is None  # not None: it is the same one, encrypted from now on
        super().connection_made(transport)

    async def push(self, status: str | bytes) -> None:
        if not self._greeted:
            self._greeted = True
            if await self.fails("CONNECT"):
                return
        if status:
            await super().push(status)

    async def _obey(self, stage: str, method: Callable[[str | None], Any], argument: str | None) -> None:
        recipients = [argument.partition("<")[2].rstrip(">")] if stage == "RCPT" and argument else self.envelope.rcpt_tos
        if self._tls_protocol is None:
            self._faults.in_clear.append(stage)
        if not await self.fails(stage, *recipients[:1]):
            await method(argument)

    async def fails(self, stage: str, recipient: str | None = None, mail: bytes | None = None) -> bool:
        """Fail at ``stage`` if that is what the server does now; return whether it did."""
        fault = self._faults.fault(stage, self._passed[stage], recipient)
        self._passed[stage] += 1
        if fault is None:
            return False
        if mail is not None and fault.keep:
            self._faults.keep(recipient or "", mail, said=str(fault.reply).startswith("250 "))
        if fault.gone:
            self._faults.close()
        await self._say(fault)
        return True

    async def _say(self, fault: Fault) -> None:
        if fault.reply is not None:
            await super().push(fault.reply.encode() if isinstance(fault.reply, str) else fault.reply)
        try:
            if fault.stall:
                await asyncio.Event().wait()  # aiosmtpd ends it when the client hangs up
        finally:
            if self.transport is not None and (fault.close or fault.stall):
                self.transport.close()
            elif self.transport is not None and fault.reply is None:
                self.transport.abort()


class _Door(Controller):
    def factory(self) -> SMTP:
        return _Line(self.handler)


@contextmanager
def serving(port: int, tls: SSLContext | None = None) -> Iterator[FaultServer]:
    """Run a server on ``port`` of loopback, in a thread of its own."""
    faults = FaultServer()
    door = _Door(faults, hostname=LOOPBACK, port=port)
    door.start()
    faults.connections, faults.tls = 0, tls  # starting tries the door once
    faults.close = lambda: door.server.close()
    try:
        yield faults
    finally:
        # One turn more, in which a line that was let in last gets its transport, and with it somebody to close it.
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), door.loop).result()
        door.stop(no_assert=True)


def identities(mail: bytes) -> list[str]:
    """Return which notices a mail carries."""
    return str(message_from_bytes(mail, policy=policy.default)["X-Bloc-Notice"]).split()


def _authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == LOGIN
    return AuthResult(success=right, handled=False)
