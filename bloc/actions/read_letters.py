"""A notice's letter, to be read again: the message as it was sent, or, where none was kept, as it would be made now."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

from sqlmodel import Session

from bloc.actions.notice_records import Record, companions
from bloc.actions.withheld import QUOTING, withheld
from bloc.db import Database, reading
from bloc.enums import ActivityKind, NoticeKind
from bloc.errors import NotFound
from bloc.language import Message, clock_time, on_one_line, say
from bloc.settings import Settings
from models import Cycle, Mail, Unit
from notifications.claims import mails_of
from notifications.letters import Letter, composed

HEADERS = {
    "From": say("From"),
    "To": say("To"),
    "Reply-To": say("Reply to"),
    "Subject": say("Subject"),
    "Date": say("Dated"),
    "Message-ID": say("Message-ID"),
}


@dataclass(frozen=True)
class ReadLetter:
    """A message, and whether it is the one that was sent; ``missing``: why there is none to be read."""

    data: bytes = b""
    kept: bool = False
    missing: Message | None = None

    @property
    def mail(self) -> EmailMessage:
        """Return it as the standard library reads it."""
        read = message_from_bytes(self.data, policy=default)
        assert isinstance(read, EmailMessage)
        return read

    def headers(self) -> list[tuple[Message, str]]:
        """Return what its head says, decoded, each line with what people call it."""
        # The policies that decode by themselves add spaces to a long name that is not ASCII.
        plain = message_from_bytes(self.data)
        return [(said, _decoded(name, str(plain[name]))) for name, said in HEADERS.items() if plain[name]]

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


def letter_of(database: Database, record: Record, settings: Settings, now: datetime, *, reader: Unit) -> ReadLetter:
    """Return the message that a notice was sent in, as it was handed over; else one made anew, dated ``now``.

    ``reader``: the unit whose people read it. What quotes the points of another is withheld from them until they may.
    """
    with reading(database) as session:
        if (why := _withheld(session, record, reader)) is not None:
            return ReadLetter(missing=why)
        kept = session.get(Mail, record.notice.mail_id) if record.notice.mail_id else None
        if kept is not None:
            return ReadLetter(zlib.decompress(kept.message), kept=True)
        together = mails_of(session, [one.notice.id for one in companions(session, record)])
    letters = [letter for claim in together for letter in composed(Letter(claim), database, settings, now)]
    mine = next(letter for letter in letters if record.notice.identity in letter.claim.identities)
    if mine.fault is not None:
        return ReadLetter(missing=say("No message was kept, and none can be made: {why}", why=mine.fault))
    return ReadLetter(mine.message)


def _withheld(session: Session, record: Record, reader: Unit) -> Message | None:
    notice, activity = record.notice, record.activity
    of_a_sheet = notice.kind in QUOTING and activity is not None and activity.kind is ActivityKind.SCORE_SHEETS
    if notice.cycle_id is None or not (of_a_sheet or notice.kind is NoticeKind.RESULT):
        return None
    return withheld(session, session.get_one(Cycle, notice.cycle_id), reader=reader, of=record.unit)


def told(letter: ReadLetter) -> Message:
    """Return whether a letter is the one that was sent, in words."""
    if letter.missing is not None:
        return letter.missing
    return say("The message as it was handed over:") if letter.kept else say("No message was kept; as it would be made now:")


def _decoded(name: str, value: str) -> str:
    if name == "Date":
        return clock_time(parsedate_to_datetime(value))
    return on_one_line(str(make_header(decode_header(value))))
