"""The mailbox that units send to, over IMAP (imap-tools). Nothing in it is deleted or moved; what was taken is only marked.

Marked by a keyword of our own where the server lets us make one, so that a person who reads the same mailbox keeps nothing
from us; else as seen.
"""

import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from imaplib import IMAP4, Internaldate2tuple
from typing import TypeVar

from imap_tools import AND, A, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from pydantic import SecretStr

from bloc.errors import MailboxFailed
from bloc.language import on_one_line, say
from bloc.settings import Settings

PATIENCE = 30.0  # seconds to wait for the server at each step
KEYWORD = "BlocTaken"
SEEN = "\\Seen"
SIZE, UID = re.compile(rb"RFC822\.SIZE (\d+)"), re.compile(r"^[0-9]+$")
REPLY_LENGTH = 200  # signs of the server's words that are told

TROUBLE = (OSError, IMAP4.error, ImapToolsError, EOFError, UnicodeError, ValueError)  # TLS errors and timeouts are OSError
T = TypeVar("T")


@dataclass(frozen=True)
class Fetched:
    """A mail in the mailbox: its bytes (of one that is too large its head alone), when it arrived, its size in bytes."""

    data: bytes
    arrived_at: datetime
    size: int
    whole: bool


class Mailbox:
    """An open mailbox. Each of its methods raises ``MailboxFailed`` if the server fails."""

    def __init__(self, box: BaseMailBox, secret: SecretStr | None) -> None:
        self._box, self._secret = box, secret
        _, permanent = box.client.response("PERMANENTFLAGS")
        flags = b" ".join(each for each in permanent if each)
        self._flag = KEYWORD if b"\\*" in flags or KEYWORD.encode() in flags else SEEN

    def new(self, since: date) -> list[str]:
        """Return the mails that arrived on ``since`` or later and are not marked as taken, the oldest first, by UID."""
        criteria = A(no_keyword=KEYWORD) if self._flag == KEYWORD else A(seen=False)
        found = self._safely(lambda: self._box.uids(AND(criteria, date_gte=since), charset=None))
        return sorted((uid for uid in found if UID.match(uid)), key=int)

    def fetch(self, uid: str, limit: int) -> Fetched | None:
        """Return a mail, of one of more than ``limit`` bytes the head; None if it is gone. It is not marked by that."""
        about = self._fetch(uid, "(INTERNALDATE RFC822.SIZE)")
        size = SIZE.search(about)
        if size is None:
            return None
        whole = int(size[1]) <= limit
        data = self._fetch(uid, "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])", literal=True)
        local = Internaldate2tuple(about)
        arrived = datetime.fromtimestamp(time.mktime(local), UTC) if local else datetime.max.replace(tzinfo=UTC)
        return Fetched(data, arrived, int(size[1]), whole)

    def _fetch(self, uid: str, what: str, *, literal: bool = False) -> bytes:
        status, answer = self._safely(lambda: self._box.client.uid("FETCH", uid, what))
        if status != "OK":
            raise _failed(str(answer), self._secret)
        literals = [part[1] for part in answer if isinstance(part, tuple)]
        return b"".join(literals) if literal else b" ".join(part for part in answer if isinstance(part, bytes))

    def mark(self, uid: str) -> None:
        """Mark a mail as taken. imap-tools' own ``flag`` is not used: it expunges, and so deletes what others have given up."""
        status, answer = self._safely(lambda: self._box.client.uid("STORE", uid, "+FLAGS.SILENT", f"({self._flag})"))
        if status != "OK":
            raise _failed(str(answer), self._secret)

    def _safely(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except TROUBLE as error:
            raise _failed(str(error), self._secret) from None  # its text is told, and it may have quoted our login


@contextmanager
def open_mailbox(settings: Settings) -> Iterator[Mailbox]:
    """Open the mailbox of the settings, which must name one.

    Raises:
        MailboxFailed: the server is not reached, is not who it should be, lets us not in, or has no such folder.
    """
    secret = settings.imap_password
    try:
        box = _connected(settings)
    except TROUBLE as error:
        raise _failed(str(error) or type(error).__name__, secret) from None
    try:
        try:
            box.login(settings.imap_username or "", secret.get_secret_value() if secret else "", settings.imap_folder)
            mailbox = Mailbox(box, secret)
        except TROUBLE as error:
            raise _failed(str(error), secret) from None
        yield mailbox
    finally:
        with suppress(*TROUBLE):  # LOGOUT, unlike CLOSE, expunges nothing
            box.logout()
        with suppress(*TROUBLE):
            box.client.shutdown()


class _StartTls(MailBoxStartTls):
    """Closes the line where the other end does not prove who it is."""

    def _get_mailbox_client(self) -> IMAP4:
        client = IMAP4(self._host, self._port, self._timeout)
        try:
            client.starttls(self._ssl_context)
        except BaseException:
            with suppress(OSError):  # what is left of the line
                client.shutdown()
            raise
        return client


def _connected(settings: Settings) -> BaseMailBox:
    host, port = settings.imap_host or "", settings.imap_port
    match settings.imap_security:
        case "tls":
            return MailBox(host, port, PATIENCE, ssl_context=ssl.create_default_context())
        case "starttls":
            return _StartTls(host, port, PATIENCE, ssl_context=ssl.create_default_context())
        case "none":
            return MailBoxUnencrypted(host, port, PATIENCE)


def _failed(words: str, secret: SecretStr | None) -> MailboxFailed:
    password = secret.get_secret_value() if secret else ""
    told = on_one_line(words.replace(password, "***") if password else words)[:REPLY_LENGTH]
    return MailboxFailed(say("The mailbox (BLOC_IMAP_HOST) cannot be read: {why}", why=told))
