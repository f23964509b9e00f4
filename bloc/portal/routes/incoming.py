"""Mail that came in and waits: the secretary hands in a file of it, or sets it aside."""

from fastapi import APIRouter, Response
from sqlmodel import Session

from bloc import queries
from bloc.actions import inbox
from bloc.actions.deposits import TAKE_FILES
from bloc.errors import BlocError, NotFound
from bloc.language import Message, say
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page, to
from models import Incoming
from notifications.incoming_mail import parse, read_letter
from notifications.states import INCOMING

router = APIRouter()


def _mail(session: Session, visit: Visit, ref: str) -> Incoming:
    """Return a mail of this year; of no year, it waits for the operator."""
    try:
        found = inbox.mail_called(session, ref)
    except NotFound:
        raise nothing_here() from None
    if found.cycle_id != visit.cycle.id:
        raise nothing_here()
    return found


@router.get("/years/{cycle}/mails/incoming/{mail}")
def incoming(visit: Here, mail: str) -> Response:
    """Show a mail that came in, its files, and what became of it."""
    return _incoming(visit, mail)


def _incoming(visit: Visit, ref: str, *, status: int = 200, faults: Faults | None = None) -> Response:
    with visit.read() as session:
        row = _mail(session, visit, ref)
        data, units = inbox.content_of(session, row), queries.members(session, visit.cycle.id)
        hidden = inbox.hidden_in(session, row, data)
    letter = read_letter(data, parse(data))
    activities = [each for each in queries.plan_of(visit.cycle).activities if each.kind in TAKE_FILES]
    return page(
        visit, "mail-incoming", status=status, mail=row, letter=letter, hidden=hidden, state=INCOMING[row.state],
        outcome=[Message.from_json(each) for each in row.outcome], units=[(each.code, each.name) for each in units],
        activities=[(each.code, each.name) for each in activities],
        files=[(each.name, each.name) for each in letter.files], faults=faults or Faults(),
    )  # fmt: skip


@router.get("/years/{cycle}/mails/incoming/{mail}/file")
def incoming_file(visit: Here, mail: str) -> Response:
    """Give a mail as it came, to be saved; not while it holds points that the secretary may not read yet."""
    with visit.read() as session:
        return download(inbox.readable_content_of(session, _mail(session, visit, mail)), f"{mail}.eml")


@router.post("/years/{cycle}/mails/incoming/{mail}")
def decide(visit: Here, mail: str, form: Posted) -> Response:
    """Hand in a file of a mail that waits, or set the mail aside; either with a reason."""
    because, act = line(form, "because"), line(form, "act")
    with visit.read() as session:
        _mail(session, visit, mail)
    if not because:
        return _incoming(visit, mail, status=422, faults=Faults({"because": say("Say why: it stands on record.")}))
    try:
        with visit.work() as work:
            if act == "deposit":
                inbox.hand_in(
                    work, visit.cycle, mail, unit=line(form, "unit"), activity=line(form, "activity"), because=because,
                    now=visit.now, limit=visit.portal.settings.upload_limit, name=line(form, "name") or None,
                )  # fmt: skip
            else:
                inbox.set_aside(work, visit.cycle, mail, because=because, now=visit.now)
    except BlocError as refusal:
        return _incoming(visit, mail, status=422, faults=Faults({"name": refusal.message}))
    return to(f"/years/{visit.cycle.key}/mails", note="decided")
