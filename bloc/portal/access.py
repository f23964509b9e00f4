"""Who may see each page: one table, asked by one dependency that every route has. What is not in it nobody sees."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from sqlmodel import Session

from bloc.actions.sessions import SEEN_EVERY, see, session_of
from bloc.db import reading, unit_of_work
from bloc.enums import ContactRole, MemberRole
from bloc.errors import BlocError
from bloc.language import say
from bloc.portal import cookies, places
from bloc.portal.door import Person, Place, Portal, Seat, Visit, nothing_here
from bloc.portal.who import Who
from bloc.seal import same

ANYONE = frozenset({Who.ANYONE})
SPECTATOR = frozenset({Who.SPECTATOR})
PERSON = frozenset({Who.PERSON})
OWN_UNIT = frozenset({Who.UNIT, Who.HEAD})
SECRETARY = frozenset({Who.SECRETARY})
COMPILERS = frozenset({Who.DEPUTY, Who.SECRETARY})  # of the units' reports (plan, section III.2)
OPERATOR = frozenset({Who.OPERATOR})
CITY = frozenset({Who.CITY})
MONITOR = frozenset({Who.MONITOR})

ACCESS: Mapping[str, frozenset[Who]] = {
    "GET /": ANYONE,
    "GET /healthz": ANYONE,
    "POST /language": ANYONE,
    # signing in and out
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "GET /sign-in/code": ANYONE,
    "POST /sign-in/code": ANYONE,
    "GET /sign-in/link/{token}": ANYONE,
    "POST /sign-in/link": ANYONE,
    "GET /demo": SPECTATOR,
    "POST /demo": SPECTATOR,
    "GET /seats": PERSON,
    "GET /sessions": PERSON,
    "POST /sessions/end": PERSON,
    "POST /sign-out": PERSON,
    # a unit's part
    "GET /years/{cycle}/units/{unit}": OWN_UNIT,
    "GET /obligations/{obligation}": OWN_UNIT,
    "GET /obligations/{obligation}/workbook": OWN_UNIT,
    "POST /obligations/{obligation}/file": OWN_UNIT,
    "GET /deposits/{deposit}": OWN_UNIT,
    "GET /deposits/{deposit}/file": OWN_UNIT,
    "GET /deposits/{deposit}/marked": OWN_UNIT,
    # the secretary's
    "GET /years/{cycle}/desk": SECRETARY,
    # what a unit answers, fills in and asks for
    "POST /obligations/{obligation}/answer": OWN_UNIT,
    "GET /obligations/{obligation}/sheet": OWN_UNIT,
    "POST /obligations/{obligation}/sheet": OWN_UNIT,
    "POST /obligations/{obligation}/sheet/anew": OWN_UNIT,
    "GET /obligations/{obligation}/sheet/summary": OWN_UNIT,
    "POST /obligations/{obligation}/sheet/hand-in": OWN_UNIT,
    "POST /obligations/{obligation}/extension": OWN_UNIT,
    "GET /years/{cycle}/extensions": SECRETARY,
    "POST /years/{cycle}/extensions": SECRETARY,
    "GET /years/{cycle}/units/{unit}/result": OWN_UNIT,
    "GET /years/{cycle}/units/{unit}/objections": OWN_UNIT,
    "POST /years/{cycle}/units/{unit}/objections": OWN_UNIT,
    "GET /years/{cycle}/units/{unit}/objections/new": OWN_UNIT,
    "POST /years/{cycle}/units/{unit}/objections/answer": OWN_UNIT,
    "GET /years/{cycle}/units/{unit}/objections/evidence": OWN_UNIT,
    "GET /years/{cycle}/objections": SECRETARY,
    "GET /years/{cycle}/units/{unit}/result/file": OWN_UNIT,
    "GET /years/{cycle}/reports": COMPILERS,
    "GET /years/{cycle}/reports/archive": COMPILERS,
    "POST /years/{cycle}/reports/remind": COMPILERS,
    "GET /reports/{report}/file": COMPILERS,
    "GET /calendar": PERSON,
    "POST /calendar": PERSON,
    "POST /calendar/revoke": PERSON,
    "GET /feeds/{secret}.ics": ANYONE,
    "GET /years/{cycle}/comments": SECRETARY,
    "GET /years/{cycle}/comments/file": SECRETARY,
    # the secretary steers
    "GET /obligations/{obligation}/case": SECRETARY,
    "POST /obligations/{obligation}/case/remind": SECRETARY,
    "POST /obligations/{obligation}/case/extend": SECRETARY,
    "POST /obligations/{obligation}/case/waive": SECRETARY,
    "POST /obligations/{obligation}/case/return": SECRETARY,
    "POST /obligations/{obligation}/case/answer": SECRETARY,
    "POST /obligations/{obligation}/case/scan": SECRETARY,
    "GET /scans/{scan}/file": SECRETARY,
    "GET /years/{cycle}/arrivals": SECRETARY,
    "POST /years/{cycle}/arrivals/remind": SECRETARY,
    "GET /years/{cycle}/result": SECRETARY,
    "GET /years/{cycle}/result/charts/{chart}": SECRETARY,
    "GET /years/{cycle}/result/workbook": SECRETARY,
    "GET /years/{cycle}/result/bundle": SECRETARY,
    "GET /years/{cycle}/result/verification": SECRETARY,
    "POST /years/{cycle}/result/aggregate": SECRETARY,
    "GET /years/{cycle}/result/close": SECRETARY,
    "POST /years/{cycle}/result/close": SECRETARY,
    "GET /years/{cycle}/result/reopen": SECRETARY,
    "POST /years/{cycle}/result/reopen": SECRETARY,
    "GET /years/{cycle}/result/publish": SECRETARY,
    "POST /years/{cycle}/result/publish": SECRETARY,
    # the secretary's: plan, people, mails, record
    "GET /years/{cycle}/plan": SECRETARY,
    "GET /years/{cycle}/plan/file": SECRETARY,
    "POST /years/{cycle}/plan/file": SECRETARY,
    "GET /years/{cycle}/plan/next": SECRETARY,
    "GET /years/{cycle}/plan/next/file": SECRETARY,
    "GET /years/{cycle}/plan/proposals/{proposal}": SECRETARY,
    "POST /years/{cycle}/plan/proposals/{proposal}": SECRETARY,
    "GET /years/{cycle}/plan/activities": SECRETARY,
    "POST /years/{cycle}/plan/activities": SECRETARY,
    "GET /years/{cycle}/plan/activities/{activity}": SECRETARY,
    "POST /years/{cycle}/plan/activities/{activity}": SECRETARY,
    "GET /years/{cycle}/people": SECRETARY,
    "GET /years/{cycle}/people/{unit}/contact": SECRETARY,
    "POST /years/{cycle}/people/{unit}/contact": SECRETARY,
    "POST /years/{cycle}/people/works": SECRETARY,
    "GET /years/{cycle}/mails": SECRETARY,
    "GET /years/{cycle}/mails/ledger": SECRETARY,
    "GET /years/{cycle}/mails/notices/{ref}": SECRETARY,
    "POST /years/{cycle}/mails/notices/{ref}": SECRETARY,
    "GET /years/{cycle}/mails/notices/{ref}/file": SECRETARY,
    "GET /years/{cycle}/mails/incoming/{mail}": SECRETARY,
    "POST /years/{cycle}/mails/incoming/{mail}": SECRETARY,
    "GET /years/{cycle}/mails/incoming/{mail}/file": SECRETARY,
    "GET /years/{cycle}/record": SECRETARY,
    "GET /years/{cycle}/record/file": SECRETARY,
    # the secretary's: what is started by hand, and test mails
    "GET /years/{cycle}/runs": SECRETARY,
    "POST /years/{cycle}/runs": SECRETARY,
    "POST /years/{cycle}/people/trial": SECRETARY,
    # the city looks on
    "GET /city": CITY,
    "GET /city/{year}": CITY,
    "GET /city/{year}/blocs/{bloc}": CITY,
    # documents
    "GET /years/{cycle}/documents": SECRETARY,
    "POST /years/{cycle}/documents/make": SECRETARY,
    "GET /years/{cycle}/documents/archive": SECRETARY,
    "GET /years/{cycle}/documents/{document}": SECRETARY,
    "GET /years/{cycle}/documents/{document}/file": SECRETARY,
    "GET /years/{cycle}/documents/{document}/preview": SECRETARY,
    "POST /years/{cycle}/documents/{document}/issue": SECRETARY,
    "POST /years/{cycle}/documents/{document}/scan": SECRETARY,
    "POST /years/{cycle}/documents/{document}/send": SECRETARY,
    "GET /years/{cycle}/dossier": SECRETARY,
    "POST /years/{cycle}/dossier": SECRETARY,
    "GET /years/{cycle}/units/{unit}/documents": OWN_UNIT,
    "GET /years/{cycle}/units/{unit}/documents/{document}": OWN_UNIT,
    # titles and commendations
    "GET /years/{cycle}/titles": SECRETARY,
    "GET /years/{cycle}/titles/{title}/change": SECRETARY,
    "POST /years/{cycle}/titles/{title}/change": SECRETARY,
    "GET /years/{cycle}/titles/{title}/round": SECRETARY,
    "POST /years/{cycle}/titles/{title}/round": SECRETARY,
    "GET /years/{cycle}/titles/{title}/round/drop": SECRETARY,
    "POST /years/{cycle}/titles/{title}/round/drop": SECRETARY,
    "GET /years/{cycle}/titles/{title}/chair": SECRETARY,
    "POST /years/{cycle}/titles/{title}/chair": SECRETARY,
    "GET /years/{cycle}/city-answer": SECRETARY,
    "POST /years/{cycle}/city-answer": SECRETARY,
    # conferences
    "GET /attendances/{attendance}": OWN_UNIT,
    "POST /attendances/{attendance}/answer": OWN_UNIT,
    "GET /years/{cycle}/conferences": SECRETARY,
    "GET /years/{cycle}/conferences/{conference}": SECRETARY,
    "GET /years/{cycle}/conferences/{conference}/list": SECRETARY,
    "POST /years/{cycle}/conferences/{conference}/remind": SECRETARY,
    "POST /years/{cycle}/conferences/{conference}/attendance": SECRETARY,
    "POST /years/{cycle}/conferences/{conference}/postpone": SECRETARY,
    # for machines
    "GET /metrics": MONITOR,
    # the operator's
    "GET /installation": OPERATOR,
}


class SignInFirst(BlocError):
    """A page is for those who are signed in; ``then`` is its path, to come back to."""

    def __init__(self, then: str) -> None:
        super().__init__(say("Please sign in to see this page."))
        self.then = then


def enter(request: Request) -> Visit:
    """Let a request in, by ``ACCESS``; every page has this dependency, and gets from it what it knows.

    Raises:
        SignInFirst: nobody is signed in, and the page is not for everyone. Whether it exists is not told.
        NotFound: there is no such thing as its path names, or it is not for whoever asks: which of them is not told either.
    """
    portal: Portal = request.app.state.portal
    if any("\0" in each for each in (*request.path_params.values(), *request.query_params.values())):
        raise nothing_here()  # no name has this sign, and PostgreSQL takes no text with it
    allowed, moment = ACCESS[f"{request.method} {request.scope['route'].path}"], portal.wall()
    with reading(portal.base) as session:
        person, seats = _who(session, portal, request, moment)
        if person is None and not allowed & {*_nobody(portal), Who.MONITOR}:  # to sign in helps no machine
            raise SignInFirst(then_of(request))
        place = places.find(session, request.path_params, seats)
    if person is not None and moment - person.seen_at > SEEN_EVERY:
        with unit_of_work(portal.base) as work:  # a request that waits for a connection must hold no other one
            see(work, person.session_id, request.client.host if request.client else "", moment)
    standing = frozenset({*_standing(portal, person, seats, place or Place()), *_machine(request, portal)})
    visit = Visit(portal, request, moment, person, seats, place or Place(), standing)
    request.state.visit = visit if place and allowed & standing else None
    if request.state.visit is None:
        raise nothing_here()
    return visit


Here = Annotated[Visit, Depends(enter)]


def then_of(request: Request) -> str:
    """Return the path to come back to after signing in: only a page can be come back to."""
    if request.method != "GET":
        return "/"
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path) + query


def _who(session: Session, portal: Portal, request: Request, moment: datetime) -> tuple[Person | None, tuple[Seat, ...]]:
    token = cookies.read(request, portal, cookies.SESSION)
    found = session_of(session, portal.key, token, moment) if token else None
    if found is None:
        return None, ()
    row, contact, viewer = found
    city = viewer.name if viewer and not row.demo else None
    person = Person(contact.id, row.id, contact.email, row.demo, row.seen_at, city)
    return person, places.seats_of(session, contact.id, moment, replays_only=row.demo)


def _nobody(portal: Portal) -> frozenset[Who]:
    return frozenset({Who.ANYONE, Who.SPECTATOR} if portal.demo else {Who.ANYONE})


LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")  # headers of a proxy: whoever asks it is not on this machine


def _machine(request: Request, portal: Portal) -> Iterator[Who]:
    """Yield that whoever asks may read figures: a program on this machine, or one that has the token for it."""
    token, said = portal.settings.metrics_token, request.headers.get("authorization", "")
    here = request.client is not None and request.client.host in LOOPBACK
    near = here and not any(name in request.headers for name in FORWARDED)
    if near or (token is not None and same(said, f"Bearer {token.get_secret_value()}")):
        yield Who.MONITOR


UNIT_ROLES: Mapping[ContactRole, Who] = {
    ContactRole.CONTACT: Who.UNIT,
    ContactRole.DEPUTY_CONTACT: Who.UNIT,
    ContactRole.HEAD: Who.HEAD,
}


def _standing(portal: Portal, person: Person | None, seats: Iterable[Seat], place: Place) -> Iterator[Who]:
    yield from _nobody(portal)
    if person is None:
        return
    yield Who.PERSON
    if person.email == portal.settings.operator and not person.demo:
        yield Who.OPERATOR
    if person.city is not None:
        yield Who.CITY
    for seat in seats:
        if place.cycle and seat.cycle.id == place.cycle.id:
            yield from _standing_in_year(seat, place)


def _standing_in_year(seat: Seat, place: Place) -> Iterator[Who]:
    if seat.role is ContactRole.SECRETARY:
        yield Who.SECRETARY
        return
    if seat.member is MemberRole.DEPUTY:
        yield Who.DEPUTY
    if place.unit and seat.unit.id == place.unit.id:
        yield UNIT_ROLES[seat.role]
