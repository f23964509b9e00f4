"""One thing that a unit owes: what it is, until when, and how to do it."""

from collections.abc import Mapping

from fastapi import APIRouter, Response
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions import deposits
from bloc.actions.consultations import said_for
from bloc.actions.extension_requests import is_open, requests_of
from bloc.actions.punctuality import records_of
from bloc.actions.reading import sheet_of
from bloc.enums import ActivityKind
from bloc.errors import BlocError
from bloc.language import Message, say
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, file
from bloc.portal.pages import page, to
from bloc.sheets.write import make_sheet
from models import Deposit

router = APIRouter()


@router.get("/obligations/{obligation}")
def obligation(visit: Here) -> Response:
    """Show one obligation: its state, its deadline, how it is met, and what was sent for it."""
    return show(visit)


def show(visit: Visit, *, status: int = 200, faults: Faults | None = None, typed: Mapping[str, str] | None = None) -> Response:
    """Return an obligation's page; ``faults`` are of the form on it that was just sent, ``typed`` is what stood in it."""
    owed, plan = visit.owed, queries.plan_of(visit.cycle)
    planned = plan.activity(owed.activity.code)
    with visit.read() as session:
        versions, answers = versions_of(session, visit), said_for(session, owed.obligation)
        requests = requests_of(session, owed.obligation)
    return page(
        visit,
        "obligation",
        status=status,
        owed=owed,
        state=words.state_of(owed, visit.now),
        until=words.until(owed.obligation.due_at),
        left=words.left(owed.obligation.due_at, visit.now),
        versions=versions,
        answers=answers,
        requests=[(each, is_open(each, owed.obligation)) for each in requests],
        clauses=plan.covenant.clauses,
        circulated=planned.circulated if planned else None,
        criteria=plan.criteria,
        most=sum(leaf.maximum for leaf in plan.criteria.as_rules()),
        typed=typed or {},
        tags=words.DEPOSITS,
        faults=faults or Faults(),
    )


def versions_of(session: Session, visit: Visit) -> list[Deposit]:
    """Return what was sent for the obligation that the page is about, the newest first."""
    mine = select(Deposit).where(Deposit.obligation_id == visit.owed.obligation.id)
    return list(session.exec(mine.order_by(col(Deposit.version).desc())))


@router.get("/obligations/{obligation}/workbook")
def workbook(visit: Here) -> Response:
    """Give the unit its empty score workbook."""
    if visit.owed.activity.kind is not ActivityKind.SCORE_SHEETS:
        raise nothing_here()
    with visit.read() as session:
        form, records = sheet_of(session, visit.cycle, visit.unit.code), records_of(session, visit.cycle, visit.now)
    return download(make_sheet(form, records=records), f"bang-cham-diem-{visit.unit.code}-{visit.cycle.year}.xlsx")


@router.post("/obligations/{obligation}/file")
def hand_in(visit: Here, form: Posted) -> Response:
    """Take a file for what is owed; lead to its receipt, or to its faults."""
    chosen = file(form, "file")
    if chosen is None:
        return _again(visit, say("Choose a file to send."))
    incoming = deposits.Incoming(visit.unit.code, visit.owed.activity.code, chosen.filename or "", chosen.file.read())
    try:
        with visit.work() as work:
            limit = visit.portal.settings.upload_limit
            found = deposits.receive_deposit(work, visit.cycle, incoming, now=visit.now, limit=limit)
    except BlocError as refusal:
        return _again(visit, refusal.message)
    return to(f"/deposits/{found.id}")


def _again(visit: Visit, fault: Message) -> Response:
    return show(visit, status=422, faults=Faults({"file": fault}))
