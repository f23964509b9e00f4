"""The secretary's desk: what waits, what comes, and the year at a glance."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from bloc.actions.waiting import Waits, waiting
from bloc.portal.access import Here
from bloc.portal.board import board_of
from bloc.portal.pages import page, part

router = APIRouter()

# The page of the year on which each of what waits is settled.
SETTLED_AT: Mapping[Waits, str] = {
    Waits.PUBLISH: "result",
    Waits.CLOSE: "result/close",
    Waits.AGGREGATE: "result",
    Waits.DECIDE_MAIL: "mails",
    Waits.ANSWER_EXTENSION: "extensions",
    Waits.SETTLE_NOTICE: "mails",
    Waits.SEE_OBJECTIONS: "objections",
}


@router.get("/years/{cycle}/desk")
def desk(visit: Here) -> Response:
    """Show what waits for the secretary, the next two weeks, the year by quarters, and who owes what."""
    with visit.read() as session:
        board = board_of(session, visit.cycle, visit.now)
        waits = list(waiting(session, visit.cycle, visit.now))
    shown = [(each.said, SETTLED_AT[each.act]) for each in waits]
    return page(visit, "desk", waiting=shown, year=part("desk-year", board=board))
