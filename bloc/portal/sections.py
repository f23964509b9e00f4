"""The secretary's pages, in the order of their links: those of the year's work, and those by which it is run."""

from collections.abc import Iterator, Sequence

from bloc.enums import ContactRole
from bloc.language import Message, say
from bloc.portal.door import Visit

WORK: dict[str, Message] = {
    "desk": say("Desk"),
    "arrivals": say("Score sheets"),
    "result": say("Result"),
    "titles": say("Titles"),
    "reports": say("Reports"),
    "documents": say("Documents"),
    "comments": say("Opinions"),
}
RUNNING: dict[str, Message] = {
    "mails": say("Mail"),
    "people": say("People"),
    "plan": say("Plan"),
    "runs": say("Runs"),
    "record": say("Record"),
}


def sections_of(visit: Visit) -> Iterator[Sequence[tuple[str, Message]]]:
    """Yield path and name of each page of the secretary's year, by group; none for those in another role."""
    if visit.seat is not None and visit.seat.role is ContactRole.SECRETARY:
        for group in (WORK, RUNNING):
            yield [(f"/years/{visit.seat.cycle.key}/{name}", said) for name, said in group.items()]
