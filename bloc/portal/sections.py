"""The secretary's pages, in the order of their links."""

from collections.abc import Iterator

from bloc.enums import ContactRole
from bloc.language import Message, say
from bloc.portal.door import Visit

SECTIONS: dict[str, Message] = {
    "desk": say("Desk"),
    "arrivals": say("Score sheets"),
    "result": say("Result"),
    "reports": say("Reports"),
    "conferences": say("Conferences"),
    "documents": say("Documents"),
    "comments": say("Opinions"),
    "mails": say("Mail"),
    "people": say("People"),
    "plan": say("Plan"),
    "runs": say("Runs"),
    "record": say("Record"),
}


def sections_of(visit: Visit) -> Iterator[tuple[str, Message]]:
    """Yield path and name of each page of the secretary's year; none for those in another role."""
    if visit.seat is not None and visit.seat.role is ContactRole.SECRETARY:
        for name, said in SECTIONS.items():
            yield f"/years/{visit.seat.cycle.key}/{name}", said
