"""Where a reader does what a mail asks for. The one place where such links are made."""

from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from bloc.language import say
from notifications.cleaning import one_line


def mailto(address: str, subject: str | None = None) -> str:
    """Return a link that opens a new mail."""
    return f"mailto:{quote(address, safe='@')}" + (f"?subject={quote(one_line(subject), safe='')}" if subject else "")


@dataclass(frozen=True)
class Desk:
    """Whoever takes what is sent: a person, or the mailbox that is read, which a reply reaches too."""

    address: str
    is_mailbox: bool = False

    def link(self, label: str, about: str) -> str:
        """Return where the reader does what ``label`` says, about ``about``: a mail whose subject is filled in."""
        return mailto(self.address, f"{label}: {about}")

    @property
    def shown(self) -> str:
        """What plain text says of that: a person's address; the mailbox's is long, and an answer goes there by itself."""
        return str(say("by answering this message")) if self.is_mailbox else self.address


def mailbox(inbox: str, obligation: UUID | None = None) -> str:
    """Return the address of the mailbox that is read, for mail about ``obligation``; None: for mail about several."""
    name, _, domain = inbox.rpartition("@")
    name = name.partition("+")[0]
    return f"{name}+{obligation.hex}@{domain}" if obligation else f"{name}@{domain}"


def desk_of(inbox: str | None, secretary: str | None, reader: str | None, obligation: UUID | None) -> Desk | None:
    """Return who takes what is sent by ``reader`` about ``obligation``; None if that is nobody but the reader."""
    if inbox:
        return Desk(mailbox(inbox, obligation), is_mailbox=True)
    return Desk(secretary) if secretary and secretary != reader else None
