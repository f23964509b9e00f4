"""For machines: whether all runs as it should."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from bloc.actions.heartbeats import health
from bloc.portal.access import Here

router = APIRouter()


@router.get("/healthz")
def healthz(visit: Here) -> JSONResponse:
    """Say whether the database, the mail and the sweep are well: 200, or 503 with what is wrong."""
    with visit.read() as session:
        wrong = [str(each) for each in health(session, visit.portal.settings, visit.moment)]
    return JSONResponse({"well": not wrong, "wrong": wrong}, status_code=503 if wrong else 200)
