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
    """Whoever takes what is sent: a person, or the mailbox that is read, which a reply reaches too.

    ``page`` is the page on which it is done, where the portal has an address.
    """

    address: str
    is_mailbox: bool = False
    page: str | None = None

    def link(self, label: str, about: str) -> str:
        """Return where the reader does what ``label`` says, about ``about``: its page, or a mail with its subject filled in."""
        return self.page or mailto(self.address, f"{label}: {about}")

    @property
    def shown(self) -> str:
        """What plain text says: the page, or a person's address; the mailbox's is long, and an answer goes there by itself."""
        return self.page or (str(say("by answering this message")) if self.is_mailbox else self.address)


def mailbox(inbox: str, obligation: UUID | None = None) -> str:
    """Return the address of the mailbox that is read, for mail about ``obligation``; None: for mail about several."""
    name, _, domain = inbox.rpartition("@")
    name = name.partition("+")[0]
    return f"{name}+{obligation.hex}@{domain}" if obligation else f"{name}@{domain}"


def desk_of(
    inbox: str | None, secretary: str | None, reader: str | None, obligation: UUID | None, portal: str | None = None
) -> Desk | None:
    """Return who takes what is sent by ``reader`` about ``obligation``; None if that is nobody but the reader."""
    page = page_of(portal, obligation) if portal and obligation else None
    if inbox:
        return Desk(mailbox(inbox, obligation), is_mailbox=True, page=page)
    return Desk(secretary, page=page) if secretary and secretary != reader else None


def desk_to_answer(attendance: str, secretary: str | None, reader: str | None, portal: str | None) -> Desk | None:
    """Return where ``reader`` says who comes to a conference; None if that is nobody but the reader."""
    page = f"{portal.rstrip('/')}/attendances/{attendance}" if portal else None
    return Desk(secretary or "", page=page) if page or (secretary and secretary != reader) else None


def page_of(portal: str, obligation: UUID) -> str:
    """Return the page of an obligation, at the address of the portal: who is not signed in comes back to it afterwards."""
    return f"{portal.rstrip('/')}/obligations/{obligation}"
