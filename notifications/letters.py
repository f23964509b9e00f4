"""From a claim to the message that is sent for it."""

from dataclasses import dataclass, replace
from datetime import datetime
from email.errors import MessageError

from jinja2 import UndefinedError
from sqlmodel import Session

from bloc import files
from bloc.clock import local_day
from bloc.db import Database, reading
from bloc.settings import Settings
from notifications.claims import Claim
from notifications.desk import mailbox
from notifications.envelope import Envelope, File
from notifications.ledger import Attachment
from notifications.messages import as_of
from notifications.render import message

# What a notice that cannot be put into words raises. It fails alone; an installation that lacks a template or a catalogue
# stops delivery, before that mail is claimed.
UNWRITABLE = (UndefinedError, MessageError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Letter:
    """A mail, and its message once it is composed, or else why it cannot be: ``fault``."""

    claim: Claim
    message: bytes = b""
    fault: str | None = None


def composed(letter: Letter, database: Database, settings: Settings, now: datetime) -> list[Letter]:
    """Return the letter with its message, dated ``now``; if one of its notices spoils it, a letter for each of them."""
    try:
        return [replace(letter, message=_message(letter.claim, database, settings, now))]
    except UNWRITABLE as error:
        if len(letter.claim.parts) == 1:
            return [replace(letter, fault=repr(error))]
    return [each for claim in letter.claim.alone() for each in composed(Letter(claim), database, settings, now)]


def recipient(claim: Claim, settings: Settings) -> str:
    """Return the address that a mail is handed over for: on trial another than the contact's."""
    return settings.mail_redirect or claim.address


def _message(claim: Claim, database: Database, settings: Settings, now: datetime) -> bytes:
    return message(
        [as_of(part.draft, local_day(now)) for part in claim.parts], claim.language, _envelope(claim, database, settings, now)
    )


def _envelope(claim: Claim, database: Database, settings: Settings, now: datetime) -> Envelope:
    about = [part.obligation_id for part in claim.parts if part.obligation_id is not None]
    threads = tuple(dict.fromkeys(about))
    return Envelope(
        mail_id=claim.mail_id,
        identities=claim.identities,
        cycle=claim.cycle,
        sender=settings.mail_from,
        name=claim.name,
        address=claim.address,
        moment=now,
        threads=threads,
        inbox=settings.imap_address and mailbox(settings.imap_address, next(iter(threads), None)),
        portal=settings.portal_url,
        redirect=settings.mail_redirect,
        files=_files(claim, database),
    )


def _files(claim: Claim, database: Database) -> tuple[File, ...]:
    attached = dict.fromkeys(each for part in claim.parts for each in part.attachments)
    if not attached:
        return ()
    with reading(database) as session:
        return tuple(File(each.name, _kept(session, each)) for each in attached)


def _kept(session: Session, attached: Attachment) -> bytes:
    data = files.read(session, attached.sha256)
    if files.digest_of(data) != attached.sha256:
        raise ValueError(f"the file to be attached is not there as it was kept: {attached.sha256}")
    return data
