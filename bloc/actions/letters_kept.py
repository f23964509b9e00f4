"""A notice's letter, to be read again: the message as it was sent, or, where none was kept, as it would be made now."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default

from jinja2 import UndefinedError
from sqlmodel import Session

from bloc.actions.notice_records import Record, companions
from bloc.errors import NotFound
from bloc.language import Message, say
from bloc.settings import Settings
from models import Cycle, Mail
from notifications.envelope import Envelope
from notifications.messages import Draft
from notifications.render import message

HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True)
class Letter:
    """A message, and whether it is the one that was sent; ``fault``: why none can be made."""

    data: bytes = b""
    kept: bool = False
    fault: str | None = None

    @property
    def mail(self) -> EmailMessage:
        """Return it as the standard library reads it."""
        read = message_from_bytes(self.data, policy=default)
        assert isinstance(read, EmailMessage)
        return read

    def headers(self) -> list[tuple[str, str]]:
        """Return what its head says, decoded."""
        mail = self.mail
        return [(name, str(mail[name])) for name in HEADERS if mail[name]]

    def body(self, kind: str) -> str:
        """Return its part of a kind, ``plain`` or ``html``, decoded.

        Raises:
            NotFound: it has none.
        """
        part = self.mail.get_body((kind,))
        if part is None:
            raise NotFound(say("That mail has no such part."))
        return str(part.get_content()).replace("\r\n", "\n")

    def files(self) -> list[str]:
        """Return the names of the files that go with it."""
        return [part.get_filename() or part.get_content_type() for part in self.mail.iter_attachments()]


def letter_of(session: Session, record: Record, settings: Settings, now: datetime) -> Letter:
    """Return the message that a notice was sent in, as it was handed over; else one made anew, dated ``now``."""
    kept = session.get(Mail, record.notice.mail_id) if record.notice.mail_id else None
    if kept is not None:
        return Letter(zlib.decompress(kept.message), kept=True)
    together = companions(session, record)
    try:
        return Letter(
            message([_draft(one) for one in together], record.notice.language, _envelope(session, together, settings, now))
        )
    except (UndefinedError, MessageError, ValueError, KeyError, TypeError) as error:  # what cannot be put into words
        return Letter(fault=repr(error))


def told(letter: Letter) -> Message:
    """Return whether a letter is the one that was sent, in words."""
    if letter.fault is not None:
        return say("No message was kept, and none can be made: {why}", why=letter.fault)
    return say("The message as it was handed over:") if letter.kept else say("No message was kept; as it would be made now:")


def _draft(record: Record) -> Draft:
    return Draft(record.notice.kind, record.notice.values)


def _envelope(session: Session, together: list[Record], settings: Settings, now: datetime) -> Envelope:
    first = together[0]
    cycle = session.get(Cycle, first.notice.cycle_id) if first.notice.cycle_id else None
    return Envelope(
        mail_id=first.notice.id,
        identities=tuple(one.notice.identity for one in together),
        cycle=cycle.key if cycle else None,
        sender=settings.mail_from,
        name=first.notice.name,
        address=first.address,
        moment=now,
        threads=tuple(dict.fromkeys(one.notice.obligation_id for one in together if one.notice.obligation_id)),
        redirect=settings.mail_redirect,
    )
