"""For machines: whether all runs as it should."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from bloc.actions.heartbeats import health
from bloc.language import say
from bloc.portal.access import Here

router = APIRouter()


@router.get("/healthz")
def healthz(visit: Here) -> JSONResponse:
    """Say whether the database, the mail and the sweep are well: 200, or 503 with what is wrong."""
    try:
        with visit.read() as session:
            wrong = [str(each) for each in health(session, visit.portal.settings, visit.moment)]
    except SQLAlchemyError:  # whoever monitors is told so in JSON, too
        wrong = [str(say("The database does not answer."))]
    return JSONResponse({"well": not wrong, "wrong": wrong}, status_code=503 if wrong else 200)
