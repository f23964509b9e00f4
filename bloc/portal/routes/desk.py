"""The secretary's desk: who owes what."""

from fastapi import APIRouter, Response

from bloc import queries
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.pages import page

router = APIRouter()


@router.get("/years/{cycle}/desk")
def desk(visit: Here) -> Response:
    """Show every obligation of the year, by activity and unit."""
    with visit.read() as session:
        owed = queries.owed(session, visit.cycle.id)
    rows = [
        (each, words.state_of(each, visit.now), words.until(each.obligation.due_at),
         words.left(each.obligation.due_at, visit.now))
        for each in owed
    ]  # fmt: skip
    return page(visit, "desk", rows=rows)
