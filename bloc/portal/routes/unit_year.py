"""A unit's year: all that it owes, by quarter."""

from fastapi import APIRouter, Response

from bloc.actions.contested import to_answer
from bloc.actions.objection_window import window_of
from bloc.actions.sittings import invitations
from bloc.portal import conference_words, tasks
from bloc.portal.access import Here
from bloc.portal.pages import page

router = APIRouter()


@router.get("/years/{cycle}/units/{unit}")
def unit_year(visit: Here) -> Response:
    """Show what the unit owes in this year, what is done, and what is left."""
    with visit.read() as session:
        found = tasks.of_unit(session, visit.cycle, visit.unit, visit.now)
        window = window_of(session, visit.cycle)
        asked = to_answer(session, visit.cycle, visit.unit, window)
        invited = invitations(session, visit.cycle, visit.unit)
    return page(
        visit,
        "unit-year",
        quarters=tasks.by_quarter(found),
        next=tasks.next_of(found),
        summary=tasks.summary(found),
        window=window,
        is_open=window is not None and window.is_open(visit.now),
        asked=asked,
        invited=[(row, seat, held, conference_words.answer(seat)) for row, seat, held in invited],
    )
