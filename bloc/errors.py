"""One error base; each leaf is named by what is refused and says what is wrong, where, and what to do."""

import errno
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from bloc.language import Message, say


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: ``place`` (a path in a plan, a cell in a workbook; may be empty) and what is wrong."""

    place: str
    message: Message

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else str(self.message)

    def to_json(self) -> dict[str, Any]:
        """Return the fault as plain JSON, to be kept in a row."""
        return {"place": self.place, "message": self.message.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the fault that ``to_json`` wrote."""
        return cls(data["place"], Message.from_json(data["message"]))


class Way(StrEnum):
    """What would help where something is refused. A page has a field or a link for it; a command line names an option."""

    REASON = "reason"
    WORDS = "words"
    FILE = "file"
    AS_PROVISIONAL = "as-provisional"
    AGGREGATE = "aggregate"
    RESTORE = "restore"
    NOTICES = "notices"
    COMING_NOTICES = "coming-notices"
    MAILS = "mails"


class BlocError(Exception):
    """Something was refused. A door shows ``str(error)`` to its reader and never a traceback; ``way``: what would help."""

    def __init__(self, message: Message, way: Way | None = None) -> None:
        super().__init__(message)
        self.message, self.way = message, way

    def __str__(self) -> str:
        return str(self.message)


class InputRefused(BlocError):
    """An input is refused as a whole, with all of its faults at once."""

    def __init__(self, what: Message, faults: Iterable[Fault]) -> None:
        super().__init__(what)
        self.faults: Sequence[Fault] = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([str(self.message), *(f"  - {fault}" for fault in self.faults)])


class PlanRefused(InputRefused):
    """A plan file cannot be used."""


class ScenarioRefused(InputRefused):
    """A scenario file cannot be used."""


class BackupRefused(BlocError):
    """A file is no backup that can be restored here."""


class NotFound(BlocError):
    """There is no such bloc, cycle, unit, activity or result."""


class NotAllowed(BlocError):
    """The act is not possible in the state that things are in."""


class TooOften(BlocError):
    """The same is asked for too often; after ``minutes`` it may be again."""

    def __init__(self, minutes: int) -> None:
        super().__init__(say("This has been asked for too often. Please try again in {minutes} minutes.", minutes=minutes))
        self.minutes = minutes


class NotPermitted(BlocError):
    """Who asks may not do that here."""


class NoSheets(BlocError):
    """A mean of no sheets is asked for."""

    def __init__(self) -> None:
        super().__init__(say("There is no score sheet to take a mean of."))


class PortTaken(BlocError):
    """A port that is needed is in use by another program."""


class PartFailed(BlocError):
    """A supervised part (Prefect's server, a worker, the mail sink) did not come up or died."""


class MailboxFailed(BlocError):
    """The mailbox that units send to cannot be read at present; it is tried again by the next sweep."""


REASONS: Mapping[int, Message] = {
    errno.ENOENT: say("there is no such file or folder"),
    errno.ENOTDIR: say("a part of the path is no folder"),
    errno.EISDIR: say("it is a folder, not a file"),
    errno.EEXIST: say("a file of that name is in the way"),
    errno.EACCES: say("permission is missing"),
    errno.EPERM: say("permission is missing"),
    errno.EROFS: say("nothing can be written there"),
    errno.ENOSPC: say("the disk is full"),
    errno.EDQUOT: say("the disk is full"),
    errno.ENAMETOOLONG: say("the name is too long"),
}


def reason_of(error: OSError) -> Message:
    """Return why the operating system refused, in words of ours: its own are English."""
    return REASONS.get(error.errno or 0) or say("the system refuses it (error {number})", number=error.errno or "?")
