"""From a template and its values to a page. Every page is answered by ``page``, every other way out by ``to``."""

from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bloc import language as words
from bloc.clock import local, local_day
from bloc.errors import Fault
from bloc.language import Message, say
from bloc.portal import cookies, forms
from bloc.portal.door import Portal, Visit
from bloc.portal.sections import sections_of
from bloc.portal.shield import language_of
from bloc.portal.words import ANSWERS, MEMBERS, ROLES, acted, browser_of
from bloc.rules.deadlines import last_day_of

TEMPLATES = Path(__file__).parents[2] / "templates" / "portal"
STATIC = Path(__file__).parent / "static"
# What a page may say at its top about what was just done elsewhere: ``to(path, note=...)``.
NOTES: Mapping[str, Message] = {
    "signed-in": say("You are signed in."),
    "signed-out": say("You are signed out."),
    "signed-out-everywhere": say("You are signed out of all browsers."),
    "session-ended": say("That browser is signed out."),
    # what a unit answers, fills in and asks for
    "answered": say("Your answer is recorded."),
    "draft-saved": say("The draft is saved. It counts for nothing until it is handed in."),
    "draft-dropped": say("The draft is forgotten."),
    "feed-revoked": say("The calendar address is revoked. Calendars that use it get nothing any more."),
    "asked": say("Your request has gone to the secretary of the bloc. Until it is answered the deadline stands."),
    "granted": say("The deadline is extended, and the unit is told by mail."),
    "refused": say("The request is refused, and the unit is told why by mail."),
    "contested": say("Your objection is raised. Whoever gave the points is told, and asked to answer."),
    "objection-answered": say("Your answer is recorded, and whoever raised the objection is told."),
    # the secretary's acts
    "reminded": say("The reminder is on its way."),
    "reminded-today": say("They have been reminded by hand today already: no other mail was sent."),
    "extended": say("The unit has a new last day, and is told."),
    "waived": say("The unit is released from it, and is told."),
    "returned": say("The report is returned, and the unit is told why."),
    "scan-kept": say("The scan is kept, and the unit has its receipt."),
    "recorded": say("The answer is recorded on the unit's behalf."),
    "result-made": say("A new version of the result is made."),
    "result-known": say("These score sheets have been aggregated already: there is no new version."),
    "reopened": say("The scoring is open again; the version that was made without some sheets is withdrawn."),
    "published": say("The result is published, and every unit is told."),
    "plan-applied": say("The plan has been changed."),
    "reachable": say("That address is written to again."),
    "decided": say("Your decision is on record."),
    # conferences
    "attendance-recorded": say("It is on record who was there."),
    "postponed": say("The conference is held as entered here, and every unit that was invited is told."),
    # documents
    "documents-made": say("The documents are drafted anew; those whose data have changed have a new version."),
    "documents-same": say("Nothing has changed since the documents were drafted: there is no new version."),
    "document-issued": say("The document is issued. It is not changed any more."),
    "document-signed": say("The signed copy is kept: from now on it is what people get."),
    "document-sent": say("The document is on its way to those on its list."),
    "document-had": say("Everybody on its list whose address the plan has was sent this copy already."),
    # titles
    "title-decided": say("Your decision stands beside what is computed, with its reason."),
    "round-recorded": say("The round is recorded; what follows from it is shown below."),
    "round-dropped": say("The record of the round is dropped; it can be recorded anew."),
    "chair-recorded": say("The chair's decision is recorded."),
    "city-answered": say("The city's answer is recorded, and shown beside what was proposed."),
    # what the secretary starts
    "run-asked": say("It is started. How it goes is shown below; open the page again to see more."),
    "away-reminded": say("The reminders that are owed are queued. They are sent once Prefect runs again."),
    "away-waits": say("The mails wait. They are sent once Prefect runs again."),
    "away-drafted": say("The documents are drafted."),
    "away-made": say("A new version of the result is made. Mails are sent once Prefect runs again."),
    "away-nothing": say("Nothing is to be aggregated: score sheets are missing, or all have been aggregated already."),
    "away-swept": say("Nothing was missed in the aggregation. Mails are sent once Prefect runs again."),
    "trial-sent": say("The mail server has taken the test mail."),
}


def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page to whoever was let in; see ``rendered``."""
    return rendered(visit.request, template, status=status, **values)


def rendered(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """Return a page: ``templates/portal/<template>.html``, filled with ``values``.

    Beside them a template has ``visit`` (None before anybody is let in), ``portal``, ``faults`` (by default none), ``note``
    (what was just done), ``csrf`` (for the macro ``form``) and ``here`` (the page's own path).
    """
    portal: Portal = request.app.state.portal
    visit: Visit | None = getattr(request.state, "visit", None)
    visitor, is_new = forms.visitor_of(request, portal)
    known = {
        "visit": visit,
        "portal": portal,
        "language": language_of(request, portal),
        "faults": forms.Faults(),
        "note": NOTES.get(request.query_params.get("note", "")),
        "csrf": forms.token_of(portal, visitor),
        "here": request.url.path if request.method == "GET" else "/",
    }
    text = _environment().get_template(f"{template}.html").render(known | values)
    response = HTMLResponse(text, status_code=status, headers=dict(headers or {}))
    if is_new:
        cookies.write(response, portal, cookies.VISITOR, visitor)
    return response


def part(template: str, **values: Any) -> Markup:
    """Return a part of a page that says nothing but ``values``, none of which ever changes: what was rendered once is kept."""
    return _part(template, words.in_use(), **values)


@lru_cache(maxsize=64)
def _part(template: str, _language: str, **values: Any) -> Markup:
    return Markup(_environment().get_template(f"{template}.html").render(values))  # noqa: S704 - it escapes what it is given


def to(path: str, *, note: str | None = None) -> RedirectResponse:
    """Return the way to another page of ours after a form was sent; ``note``, of ``NOTES``, is said at its top."""
    asked = f"{'&' if '?' in path else '?'}{urlencode({'note': note})}" if note else ""
    return RedirectResponse(f"{path}{asked}", status_code=303)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        extensions=["jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"_": _said, "static": static, "roles": ROLES, "members": MEMBERS, "answered": ANSWERS}
    environment.globals["sections_of"] = sections_of
    environment.filters |= {
        "week_day": words.week_day,
        "short_day": words.short_day,
        "local_day": local_day,
        "time_of_day": lambda moment: f"{local(moment):%H:%M}",
        "clock_time": words.clock_time,
        "points": words.points,
        "rounded": words.rounded,
        "last_day": last_day_of,
        "fault": lambda kept: str(Fault.from_json(kept)),
        "browser": browser_of,
        "acted": acted,
        "megabytes": lambda size: words.points(size // 1000),
    }
    return environment


def _said(text: str, **values: Any) -> str:
    """Return a text of a template in the language in use."""
    return str(Message(text, values))


@cache
def static(name: str) -> str:
    """Return the path of a file in ``static``, with a mark that changes with its contents: so it may be kept for good."""
    return f"/static/{name}?{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
