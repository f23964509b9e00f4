"""Whose score sheets are in, and what still blocks the aggregation. No points are told here."""

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions import urging
from bloc.actions.blocking import Sheet, is_blocking, sheets_of, what_blocks
from bloc.actions.scoring import scoring_of
from bloc.language import Message, say
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.pages import page, to
from bloc.portal.words import Tag

router = APIRouter()


@router.get("/years/{cycle}/arrivals")
def arrivals(visit: Here) -> Response:
    """Show who has given scores for whom, and in words what is missing."""
    with visit.read() as session:
        scoring = scoring_of(session, visit.cycle)
        sheets = sheets_of(session, visit.cycle, scoring)
    return page(
        visit, "arrivals", blocks=list(what_blocks(scoring, visit.now)), complete=scoring.arrivals.complete,
        rows=[(sheet, _tag(visit, sheet)) for sheet in sheets],
        missing=[(sheet, _missing(visit, sheet)) for sheet in sheets if is_blocking(sheet)],
        closes=not scoring.arrivals.complete and scoring.may_close(visit.now) and not scoring.is_made,
    )  # fmt: skip


def _tag(visit: Visit, sheet: Sheet) -> Tag:
    if sheet.here:
        return words.DONE
    if sheet.obligation is None:
        return words.LATER
    return words.state_at(sheet.obligation.state, sheet.obligation.due_at, visit.now)


def _missing(visit: Visit, sheet: Sheet) -> Message:
    """Return in words how far a missing sheet is: its deadline, and whether one was sent that could not be taken."""
    assert sheet.obligation is not None
    due = sheet.obligation.due_at
    said = say("{until}, {left}", until=words.until(due), left=words.left(due, visit.now))
    if sheet.refused:
        return say("{said}; one was sent, with {count} places to mend", said=said, count=sheet.refused)
    return said


@router.post("/years/{cycle}/arrivals/remind")
def remind(visit: Here) -> Response:
    """Remind those whose sheet is missing, and nobody else."""
    with visit.work() as work:
        new = urging.urge_for_sheets(work, queries.locked(work.session, visit.cycle.id), visit.now)
    return to(f"/years/{visit.cycle.key}/arrivals", note="reminded" if new else "reminded-today")
