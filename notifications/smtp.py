"""A thin client over aiosmtplib: one connection, reused; for each mail one outcome, and never an exception."""

import ssl
from asyncio import WriteTransport
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPHeloError, SMTPResponse, SMTPResponseException, SMTPStatus

from bloc.rules.refusals import US
from bloc.settings import Settings

LOOPBACK = "127.0.0.1"
REPLY_LENGTH = 500  # signs of a server's reply that are kept
FOR_GOOD = range(500, 600)
ABOUT_OUR_LOGIN = range(530, 540)  # RFC 4954: refused is the sender, whatever the mail


class _Client(SMTP):
    """aiosmtplib's client, whose lines close at once: a secured one would wait for the other side to take leave as well."""

    def close(self) -> None:
        line = self.transport
        super().close()
        if isinstance(line, WriteTransport):
            line.abort()


class Verdict(StrEnum):
    """What became of a mail at the mail server."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    PASSING = "passing"  # surely not taken; may be tried again
    UNCERTAIN = "uncertain"  # perhaps taken: the connection died after DATA began
    BARRED = "barred"  # surely not taken, and no other mail would be: the server answers, and lets us not in
    UNREACHABLE = "unreachable"  # not even tried: there is no server to speak to


@dataclass(frozen=True)
class Outcome:
    """The verdict, and what the mail server said, on one line."""

    verdict: Verdict
    reply: str


class MailServer:
    """The mail server of the settings; without one the embedded sink. Connects when the first mail is sent.

    After ``settings.smtp_per_connection`` mails the connection is made anew.
    """

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None = None) -> None:
        self._client = _client(settings, tls or tls_of(settings))
        self._most, self._carried = settings.smtp_per_connection, 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    async def hang_up(self) -> None:
        """Close the connection; the next mail makes a new one."""
        with suppress(SMTPException, OSError):  # what matters was answered already
            if self._client.is_connected:
                await self._client.quit()
        self._client.close()
        self._carried = 0

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        """Send one mail to one recipient (addresses); ``message`` is 7-bit, with CRLF."""
        if self._carried >= self._most:
            await self.hang_up()
        self._carried += 1
        outcome = await self._connect() or await self._address(sender, recipient) or await self._transmit(message)
        if outcome.verdict is not Verdict.ACCEPTED:
            await self._start_afresh()
        return outcome

    async def _connect(self) -> Outcome | None:
        if self._client.is_connected:
            return None
        try:
            await self._client.connect()
            await self._introduce()
        except SMTPResponseException as error:
            self._client.close()
            return _barred(error)
        except (SMTPException, OSError, ValueError) as error:  # the last: a host's name or a challenge that cannot be read
            self._client.close()
            return Outcome(Verdict.UNREACHABLE, _reply(error))
        return None

    async def _introduce(self) -> None:
        # aiosmtplib leaves it to the first mail; but who is refused here is the sender, and that mail is not at fault.
        if not self._client.is_ehlo_or_helo_needed:
            return
        try:
            await self._client.ehlo()
        except SMTPHeloError:
            if not self._client.is_connected:
                raise
            await self._client.helo()

    async def _address(self, sender: str, recipient: str) -> Outcome | None:
        try:
            await self._client.mail(sender)
        except SMTPResponseException as error:  # for good: as it refuses the sender of this mail, it does that of every other
            return _barred(error) if error.code in FOR_GOOD else Outcome(Verdict.PASSING, _reply(error))
        except (SMTPException, OSError) as error:
            return await self._anew(error)
        except ValueError as error:  # an address that cannot be written in a command
            return _barred(error)
        return await self._name(recipient)

    async def _name(self, recipient: str) -> Outcome | None:
        try:
            await self._client.rcpt(recipient)
        except SMTPResponseException as error:
            return Outcome(_verdict(error.code, Verdict.PASSING), _reply(error))
        except (SMTPException, OSError) as error:
            return await self._anew(error)
        except ValueError as error:
            return Outcome(Verdict.REFUSED, _reply(error))
        return None

    async def _anew(self, error: Exception) -> Outcome:
        self._client.close()  # whether the line was lost, or the server, a new line will tell
        return await self._connect() or Outcome(Verdict.PASSING, _reply(error))

    async def _transmit(self, message: bytes) -> Outcome:
        try:
            accepted = await self._data(message)
        except SMTPResponseException as error:
            return Outcome(_verdict(error.code, Verdict.UNCERTAIN), _reply(error))
        except (SMTPException, OSError) as error:
            return Outcome(Verdict.UNCERTAIN, _reply(error))
        return Outcome(Verdict.ACCEPTED, _plain(f"{accepted.code} {accepted.message}"))

    async def _data(self, message: bytes) -> SMTPResponse:
        # aiosmtplib goes through every line, to mend its end and to double a dot at its beginning. Ours have nothing to mend,
        # and to see that takes a tenth of the time.
        protocol = self._client.protocol
        if protocol is None or not _is_as_sent(message):
            return await self._client.data(message)
        begun = await self._client.execute_command(b"DATA")
        if begun.code != SMTPStatus.start_input:
            raise SMTPDataError(begun.code, begun.message)
        protocol.write(message + b".\r\n")
        ended = await protocol.read_response(timeout=self._client.timeout)
        if ended.code != SMTPStatus.completed:
            raise SMTPDataError(ended.code, ended.message)
        return ended

    async def _start_afresh(self) -> None:
        # A connection that cannot be reset is given up; so is one that has talked garbage, since aiosmtplib keeps what it
        # could not read and would take it for the next reply.
        try:
            await self._client.rset()
        except (SMTPException, OSError):
            self._client.close()


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Return how certificates are checked: by the system's authorities, for the server's name; None where there is no TLS."""
    plain = settings.smtp_host is None or settings.smtp_security == "none"
    return None if plain else ssl.create_default_context()


def _client(settings: Settings, tls: ssl.SSLContext | None) -> SMTP:
    # `local_hostname` is given, for its default asks the name service, which can take seconds.
    local, timeout = settings.mail_from.rpartition("@")[2], settings.smtp_timeout
    if settings.smtp_host is None:
        return _Client(hostname=LOOPBACK, port=settings.sink_port, start_tls=False, local_hostname=local, timeout=timeout)
    return _Client(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",  # a server that offers none is not spoken to
        tls_context=tls,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        local_hostname=local,
        timeout=timeout,
    )


def _is_as_sent(message: bytes) -> bool:
    lines = message.count(b"\r\n")
    whole = message.endswith(b"\r\n") and message.count(b"\r") == message.count(b"\n") == lines
    return whole and b"\n." not in message and not message.startswith(b".")


def _verdict(code: int, otherwise: Verdict) -> Verdict:
    if code in ABOUT_OUR_LOGIN:
        return Verdict.BARRED
    if code in FOR_GOOD:
        return Verdict.REFUSED
    return Verdict.PASSING if 400 <= code < 500 else otherwise


def _barred(error: Exception) -> Outcome:
    return Outcome(Verdict.BARRED, f"{US}{_reply(error)}"[:REPLY_LENGTH])


def _reply(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return _plain(f"{error.code} {error.message}")
    return _plain(str(error) or type(error).__name__)


def _plain(reply: str) -> str:
    # A server may say anything: no control signs, and none of the halves that stand for bytes which are no text.
    return "".join(sign for sign in " ".join(reply.split()) if sign.isprintable())[:REPLY_LENGTH]
