"""In a demonstration only: the people of the replayed years, to look in as one of them."""

from uuid import UUID

from fastapi import APIRouter, Response

from bloc.actions.sessions import begin_demo
from bloc.portal import cookies, places
from bloc.portal.access import Here
from bloc.portal.door import nothing_here
from bloc.portal.forms import Posted, line
from bloc.portal.pages import page, to

router = APIRouter()


@router.get("/demo")
def people(visit: Here) -> Response:
    """List the people of replayed years."""
    with visit.read() as session:
        found = places.people_of_replays(session, visit.moment)
    return page(visit, "demo", people=found)


@router.post("/demo")
def look_in(visit: Here, form: Posted) -> Response:
    """Sign in as one of them, without a mail."""
    try:
        contact = UUID(line(form, "contact"))
    except ValueError:
        raise nothing_here() from None
    with visit.work() as work:
        token = begin_demo(work, visit.portal.key, contact, visit.browser, visit.moment)
    return cookies.signed_in(to("/"), visit.portal, token)
