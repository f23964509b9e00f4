"""What a mail carries beside its letter: the headers' facts, and the files that go with it."""

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class File:
    """A file that goes with a mail."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Envelope:
    """What a message's headers say, and what is attached.

    Args:
        mail_id: of the mail: the same each time that it is tried, so that its Message-ID is.
        identities: the notices in it; more than one where several leave together.
        cycle: key of the bloc's year (List-Id); None for what is about the installation.
        sender: the installation's own address, ``mail_from``.
        name, address: whom it goes to.
        moment: aware; what it is dated with.
        threads: ids of the obligations that it is about, the most urgent first: one thread each.
        inbox: the address at which the mailbox takes replies to this mail, with its token; None if none is read.
        portal: the address of the pages, where people can open them; None: letters lead to no page.
        redirect: where it goes in truth, on trial; None: to ``address``.
        files: what is attached.
    """

    mail_id: uuid.UUID
    identities: tuple[str, ...]
    cycle: str | None
    sender: str
    name: str
    address: str
    moment: datetime
    threads: tuple[uuid.UUID, ...] = ()
    inbox: str | None = None
    portal: str | None = None
    redirect: str | None = None
    files: tuple[File, ...] = ()

    @property
    def domain(self) -> str:
        """Where the ids of mails, threads and calendar entries belong."""
        return self.sender.rpartition("@")[2]
