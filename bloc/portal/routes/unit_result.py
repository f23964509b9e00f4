"""The published result, as far as the plan lets the units see it."""

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions.publishing import seen, seen_by
from bloc.actions.result_tables import result_table
from bloc.actions.title_words import standing_said
from bloc.actions.titles import public_titles
from bloc.documents.robustness_report import improvement
from bloc.enums import CrossScoresSeen
from bloc.portal.access import Here
from bloc.portal.pages import page

router = APIRouter()


@router.get("/years/{cycle}/units/{unit}/result")
def result(visit: Here) -> Response:
    """Show a unit the newest published version of the ranking; before that, that there is none yet."""
    with visit.read() as session:
        newest = queries.published_result(session, visit.cycle.id)
        how = seen_by(session, visit.cycle, visit.unit)
        table = result_table(session, visit.cycle, newest) if newest else None
        boards = public_titles(session, visit.cycle, visit.now)
    lines = [(line.unit, seen(table, line, how), line.tied) for line in table.lines] if table else []
    names = [table.members[scorer] for scorer in table.scorers] if table else []
    gained = improvement(table, visit.unit.code) if table and how is not CrossScoresSeen.NOBODY else ()
    plan = queries.plan_of(visit.cycle)
    own = [(board, next((each for each in board.lines if each.unit == visit.unit.code), None)) for board in boards]
    titles = [(board, standing_said(line, board, plan) if line else None) for board, line in own]
    return page(
        visit, "unit-result", result=newest, table=table, lines=lines, names=names, seen=how, gained=gained, titles=titles
    )
