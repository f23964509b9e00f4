"""Later deadlines: a unit asks, the secretary answers."""

import re
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response

from bloc.actions import extension_requests
from bloc.enums import Answer
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.forms import Faults, Posted, line, text, too_long
from bloc.portal.pages import page, to
from bloc.portal.routes.obligations import show

router = APIRouter()

DAY = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})")  # as it is written in Vietnam: the day first
LONGEST = 1_000  # signs of a reason


def day_typed(words: str) -> date | None:
    """Return the day that is written so, day/month/year; None if it is none."""
    found = DAY.fullmatch(words)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


@router.post("/obligations/{obligation}/extension")
def ask(visit: Here, form: Posted) -> Response:
    """Ask for a later deadline."""
    until, because, faults = day_typed(line(form, "until")), text(form, "because"), Faults()
    if until is None:
        faults.add("until", say("Enter the day as day/month/year."))
    if not because:
        faults.add("because", say("Give the reason."))
    elif (over := too_long(because, LONGEST)) is not None:
        faults.add("because", over)
    if until is not None and not faults:
        try:
            with visit.work() as work:
                extension_requests.ask(work, visit.cycle, visit.owed, until=until, because=because, now=visit.now)
        except NotAllowed as refusal:
            faults.add("until", refusal.message)
    if faults:
        return show(visit, status=422, faults=faults, typed={"until": line(form, "until"), "because": because})
    return to(f"/obligations/{visit.owed.obligation.id}", note="asked")


@router.get("/years/{cycle}/extensions")
def extensions(visit: Here) -> Response:
    """Show the secretary the requests that wait for an answer."""
    return _show(visit)


def _show(visit: Visit, faults: Faults | None = None) -> Response:
    with visit.read() as session:
        asked = extension_requests.open_requests(session, visit.cycle)
    return page(visit, "extensions", status=422 if faults else 200, asked=asked, faults=faults or Faults())


@router.post("/years/{cycle}/extensions")
def answer(visit: Here, form: Posted) -> Response:
    """Grant a request, or refuse it with a reason."""
    try:
        request, said = UUID(line(form, "request")), Answer(line(form, "answer"))
    except ValueError:
        raise NotAllowed(say("Choose a request, and whether it is granted or refused.")) from None
    reason = f"because-{request}"
    because = text(form, reason)
    fault = too_long(because, LONGEST) if because else say("Give the reason.")
    if said is Answer.REFUSED and fault is not None:
        return _show(visit, Faults({reason: fault}))
    with visit.work() as work:
        if said is Answer.GRANTED:
            extension_requests.grant(work, visit.cycle, request, now=visit.now)
        else:
            extension_requests.refuse(work, visit.cycle, request, because=because, now=visit.now)
    return to(f"/years/{visit.cycle.key}/extensions", note=said.value)
