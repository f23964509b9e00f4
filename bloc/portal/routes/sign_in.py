"""Signing in by mail, and out again."""

import re
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Response

from bloc.actions import sessions, signing_in
from bloc.language import say
from bloc.portal import cookies, post
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.forms import Faults, Posted, line, own_path
from bloc.portal.pages import page, to

router = APIRouter()

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LONGEST_ADDRESS = 254  # signs (RFC 5321)
GOOD_NO_MORE = say("This link is good no more: it was used, or it is too old. Ask for a new one.")


@router.get("/sign-in")
def ask_for_address(visit: Here, then: str = "/") -> Response:
    """Ask for the address that the link and the code are sent to."""
    if visit.person is not None:
        return to(own_path(then))
    return page(visit, "sign-in", then=own_path(then), address="")


@router.post("/sign-in")
def send_mail(visit: Here, form: Posted, later: BackgroundTasks) -> Response:
    """Send link and code, if anybody has that address; the answer does not tell."""
    address, then = line(form, "address"), own_path(line(form, "then"))
    if not ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS:
        faults = Faults({"address": say("Enter an e-mail address in full, such as name@example.vn.")})
        return page(visit, "sign-in", status=422, then=then, address=address, faults=faults)
    with visit.work() as work:
        asked = signing_in.ask(work, visit.portal.key, address, visit.browser, then, visit.moment)
    later.add_task(post.send, visit.portal, asked, visit.moment)
    response = to("/sign-in/code")
    cookies.write(response, visit.portal, cookies.WISH, f"{asked.wish}{then}")
    return response


@router.get("/sign-in/code")
def ask_for_code(visit: Here) -> Response:
    """Ask for the code that was sent."""
    if _wish(visit) is None:
        return to("/sign-in")
    return page(visit, "sign-in-code")


@router.post("/sign-in/code")
def take_code(visit: Here, form: Posted) -> Response:
    """Sign in whoever types the code that was sent."""
    wish, code = _wish(visit), re.sub(r"\D", "", line(form, "code"))
    if wish is None:
        return to("/sign-in")
    wish_id, then = wish
    with visit.work() as work:
        token = signing_in.spend_code(work, visit.portal.key, wish_id, code, visit.browser, visit.moment)
    if token is None:
        faults = Faults({"code": say("This is not the code, or it is good no more. Check it, or ask for a new one.")})
        return page(visit, "sign-in-code", status=422, faults=faults)
    return _signed_in(visit, token, then)


@router.get("/sign-in/link/{token}")
def open_link(visit: Here, token: str) -> Response:
    """Show a button: programs that look at mails open links as well, and must not use them up."""
    with visit.read() as session:
        good = signing_in.wish_of(session, visit.portal.key, token, visit.moment) is not None
    if not good:
        return page(visit, "sign-in", status=410, then="/", address="", faults=Faults({"address": GOOD_NO_MORE}))
    return page(visit, "sign-in-link", token=token)


@router.post("/sign-in/link")
def use_link(visit: Here, form: Posted) -> Response:
    """Sign in whoever presses the button of the link that was sent."""
    with visit.work() as work:
        spent = signing_in.spend_link(work, visit.portal.key, line(form, "token"), visit.browser, visit.moment)
    if spent is None:
        return page(visit, "sign-in", status=410, then="/", address="", faults=Faults({"address": GOOD_NO_MORE}))
    return _signed_in(visit, *spent)


@router.get("/sessions")
def show_sessions(visit: Here) -> Response:
    """Show the browsers that a person is signed in with."""
    with visit.read() as session:
        found = sessions.sessions_of(session, visit.signed_in.contact_id, visit.moment)
    return page(visit, "sessions", sessions=found)


@router.post("/sessions/end")
def end_session(visit: Here, form: Posted) -> Response:
    """Sign a person out of one browser, or of all of them."""
    one, mine = line(form, "session"), visit.signed_in
    with visit.work() as work:
        known = {str(each.id): each.id for each in sessions.sessions_of(work.session, mine.contact_id, visit.moment)}
        if one == "all":
            signing_in.sign_out_everywhere(work, mine.contact_id, visit.moment)
        elif one in known:
            sessions.end(work, mine.contact_id, visit.moment, known[one])
    if one in ("all", str(mine.session_id)):
        return _signed_out(visit, "signed-out-everywhere" if one == "all" else "signed-out")
    return to("/sessions", note="session-ended")


@router.post("/sign-out")
def sign_out(visit: Here) -> Response:
    """Sign a person out of this browser."""
    with visit.work() as work:
        sessions.end(work, visit.signed_in.contact_id, visit.moment, visit.signed_in.session_id)
    return _signed_out(visit, "signed-out")


def _wish(visit: Visit) -> tuple[UUID, str] | None:
    """Return the wish that this browser asked with, and where it leads."""
    kept = cookies.read(visit.request, visit.portal, cookies.WISH)
    return (UUID(kept[:36]), own_path(kept[36:])) if kept else None


def _signed_in(visit: Visit, token: str, then: str) -> Response:
    response = cookies.signed_in(to(own_path(then)), visit.portal, token)
    if cookies.read(visit.request, visit.portal, cookies.LANGUAGE) is None:  # whoever has chosen none reads their own
        with visit.read() as session:
            own = sessions.language_of(session, visit.portal.key, token, visit.moment)
        if own:
            cookies.write(response, visit.portal, cookies.LANGUAGE, own)
    cookies.drop(response, visit.portal, cookies.WISH)
    return response


def _signed_out(visit: Visit, note: str) -> Response:
    response = to("/sign-in", note=note)
    cookies.drop(response, visit.portal, cookies.SESSION)
    cookies.drop(response, visit.portal, cookies.VISITOR)
    return response
