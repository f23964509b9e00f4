"""Who is written to, by unit: contacts are a part of the plan, so a change of one is a change of the plan."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions import direct_mail
from bloc.actions.people import terms
from bloc.actions.undeliverable import works_again
from bloc.clock import local_day
from bloc.enums import ContactRole, CycleMode
from bloc.errors import PlanRefused
from bloc.language import Message, say
from bloc.plan.editing import Seat, faults_by_key, with_contact, without_contact
from bloc.portal import post
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page, to
from bloc.portal.routes.plan import propose
from bloc.portal.words import ROLES
from notifications.smtp import Verdict

router = APIRouter()
TITLE = say("Contacts and members")
FIELDS = ("role", "name", "email", "language", "since", "until")
NEW = {"role": ContactRole.CONTACT.value, "name": "", "email": "", "language": "vi", "since": "", "until": ""}
LANGUAGES = (("vi", say("Vietnamese")), ("en", say("English")))


@router.get("/years/{cycle}/people")
def people(visit: Here) -> Response:
    """Show who is written to for each unit, since when, and who was."""
    return _people(visit)


def _people(visit: Visit, *, status: int = 200, faults: Faults | None = None, refused: Message | None = None) -> Response:
    with visit.read() as session:
        units = queries.members(session, visit.cycle.id)
        found = terms(session, visit.cycle)
    former = [term for term in found if term.is_over(local_day(visit.now))]
    listed = [(unit, [term for term in found if term.contact.unit == unit.code and term not in former]) for unit in units]
    plan = queries.plan_of(visit.cycle)
    return page(
        visit, "people", status=status, units=listed, former=former, planned={unit.code: unit for unit in plan.units},
        faults=faults or Faults(), refused=refused, replayed=visit.cycle.mode is not CycleMode.LIVE,
    )  # fmt: skip


@router.post("/years/{cycle}/people/trial")
def try_address(visit: Here, form: Posted) -> Response:
    """Send a test mail to a contact, and tell what the mail server said."""
    with visit.work() as work:
        parcel = direct_mail.try_address(work, visit.cycle, line(form, "email").lower(), visit.now)
    outcome = asyncio.run(post.hand_over(visit.portal, parcel, visit.moment))
    if outcome.verdict is Verdict.ACCEPTED:
        return to(f"/years/{visit.cycle.key}/people", note="trial-sent")
    told = say("The test mail to {address} did not go out: {reply}", address=parcel.address, reply=outcome.reply)
    return _people(visit, status=409, refused=told)


@router.get("/years/{cycle}/people/{unit}/contact")
def contact(visit: Here, role: str = "", email: str = "") -> Response:
    """Ask who is to be written to for a unit: one more, or in the place of the one that the query names."""
    known = next((each for each in queries.plan_of(visit.cycle).contacts if _is(visit, each, role, email)), None)
    if known is None:
        return _contact(visit, {**NEW}, None)
    typed = {**NEW, **known.model_dump(mode="json", include=set(FIELDS), exclude_none=True)}
    return _contact(visit, typed, Seat(known.unit, known.role, known.email))


def _is(visit: Visit, each: object, role: str, email: str) -> bool:
    return (each.unit, each.role.value, each.email) == (visit.unit.code, role, email)  # type: ignore[attr-defined]


@router.post("/years/{cycle}/people/{unit}/contact")
def change(visit: Here, form: Posted) -> Response:
    """Add a contact, put one in the place of another, or take one away: it is looked at as every change of the plan."""
    seat, typed = _seat(visit, form), {name: line(form, name) for name in FIELDS}
    plan = queries.plan_of(visit.cycle)
    try:
        if line(form, "act") == "remove" and seat is not None:
            return propose(visit, without_contact(plan, seat))
        return propose(visit, with_contact(plan, {"unit": visit.unit.code, **typed}, seat))
    except PlanRefused as refusal:
        found = faults_by_key(refusal)
        faults = Faults({(key if key in FIELDS else "email"): message for key, message in found.items()})
        return _contact(visit, typed, seat, status=422, faults=faults)


def _seat(visit: Visit, form: Posted) -> Seat | None:
    role, email = line(form, "former_role"), line(form, "former_email")
    if not email:
        return None
    if role not in set(ContactRole):
        raise nothing_here()
    return Seat(visit.unit.code, ContactRole(role), email)


def _contact(
    visit: Visit, typed: Mapping[str, str], seat: Seat | None, *, status: int = 200, faults: Faults | None = None
) -> Response:
    return page(
        visit, "contact", status=status, typed=typed, seat=seat, kinds=ROLES.items(), languages=LANGUAGES,
        faults=faults or Faults(),
    )  # fmt: skip


@router.post("/years/{cycle}/people/works")
def works(visit: Here, form: Posted) -> Response:
    """Write again to an address of this year that took no mail."""
    address, because = line(form, "email").lower(), line(form, "because")
    if address not in {each.email for each in queries.plan_of(visit.cycle).contacts}:
        return _people(visit, status=422, faults=Faults({"because": say("Nobody of this year has that address.")}))
    if not because:
        return _people(visit, status=422, faults=Faults({"because": say("Say why: it stands on record.")}))
    with visit.work() as work:
        works_again(work, address, because=because, now=visit.moment)
    return to(f"/years/{visit.cycle.key}/people", note="reachable")
