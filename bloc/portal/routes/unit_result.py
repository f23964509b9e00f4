"""The published result, as far as the plan lets the units see it."""

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions.objection_window import window_of
from bloc.actions.publishing import check_is_shown, given_to, seen, seen_by
from bloc.actions.result_tables import result_table
from bloc.actions.title_words import standing_said
from bloc.actions.titles import public_titles
from bloc.documents.improvement_workbook import make_improvement_workbook
from bloc.documents.robustness_report import improvement
from bloc.enums import CrossScoresSeen
from bloc.portal.access import Here
from bloc.portal.downloads import download
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
        window = window_of(session, visit.cycle)
    lines = [(line.unit, seen(table, line, how), line.tied) for line in table.lines] if table else []
    names = [table.members[scorer] for scorer in table.scorers] if table else []
    gained = improvement(table, visit.unit.code) if table and how is not CrossScoresSeen.NOBODY else ()
    given = given_to(table, visit.unit.code, how) if table else {}
    plan = queries.plan_of(visit.cycle)
    own = [(board, next((each for each in board.lines if each.unit == visit.unit.code), None)) for board in boards]
    titles = [(board, standing_said(line, board, plan) if line else None) for board, line in own]
    return page(
        visit,
        "unit-result",
        result=newest,
        table=table,
        lines=lines,
        names=names,
        seen=how,
        gained=gained,
        titles=titles,
        given=given,
        givers=[table.members[scorer] for scorer in given] if table else [],
        window=window,
        is_open=window is not None and window.is_open(visit.now),
    )


@router.get("/years/{cycle}/units/{unit}/result/file")
def improvement_file(visit: Here) -> Response:
    """Give a unit where it gained and lost, as a workbook, as far as the page shows it."""
    with visit.read() as session:
        check_is_shown(session, visit.cycle, visit.unit)
        newest = queries.published_result(session, visit.cycle.id)
        assert newest is not None  # or nothing is shown
        table = result_table(session, visit.cycle, newest)
    data = make_improvement_workbook(table, visit.unit.code)
    return download(data, f"diem-theo-nhom-{visit.unit.code}-{visit.cycle.year}.xlsx")
