"""Where everyone begins, the choice between several roles, and the language."""

from fastapi import APIRouter, Response

from bloc.language import LANGUAGES
from bloc.portal import cookies
from bloc.portal.access import Here
from bloc.portal.forms import Posted, line, own_path
from bloc.portal.pages import page, to

router = APIRouter()


@router.get("/")
def start(visit: Here) -> Response:
    """Lead to the one page that somebody's year begins with, or to the choice between several, or to signing in."""
    if visit.person is None:
        return to("/sign-in")
    homes = [*dict.fromkeys(seat.home for seat in visit.seats), *(["/city"] if visit.person.city else [])]
    return to(homes[0] if len(homes) == 1 else "/seats")


@router.get("/seats")
def seats(visit: Here) -> Response:
    """Show a person's roles, to choose one."""
    return page(visit, "seats")


@router.post("/language")
def choose_language(visit: Here, form: Posted) -> Response:
    """Remember the language that the pages are to be in."""
    response = to(own_path(line(form, "then")))
    if (chosen := line(form, "language")) in LANGUAGES:
        cookies.write(response, visit.portal, cookies.LANGUAGE, chosen)
    return response
