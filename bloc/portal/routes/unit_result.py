"""The published result, as far as the plan lets the units see it."""

from fastapi import APIRouter, Response
from sqlmodel import Session, col, select

from bloc.actions.publishing import seen, seen_by
from bloc.actions.result_tables import result_table
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.pages import page
from models import Result

router = APIRouter()


@router.get("/years/{cycle}/units/{unit}/result")
def result(visit: Here) -> Response:
    """Show a unit the newest published version of the ranking; before that, that there is none yet."""
    with visit.read() as session:
        newest = _published(session, visit)
        how = seen_by(session, visit.cycle, visit.unit)
        table = result_table(session, visit.cycle, newest) if newest else None
    lines = [(line.unit, seen(table, line, how), line.tied) for line in table.lines] if table else []
    names = [table.members[scorer] for scorer in table.scorers] if table else []
    return page(visit, "unit-result", result=newest, table=table, lines=lines, names=names, seen=how)


def _published(session: Session, visit: Visit) -> Result | None:
    versions = select(Result).where(Result.cycle_id == visit.cycle.id, col(Result.published_at).is_not(None))
    return session.exec(versions.order_by(col(Result.version).desc())).first()
