"""Answers that need no file: to a consultation, under the covenant, to a duty; and what the units said, for the secretary."""

from fastapi import APIRouter, Response, UploadFile
from starlette.datastructures import FormData

from bloc.actions import consultations, deposits, responses
from bloc.documents.comments_table import make_comments_table
from bloc.enums import ActivityKind, ResponseKind
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.forms import LONGEST, Faults, Posted, file, line, text, too_long
from bloc.portal.pages import page, to
from bloc.portal.routes.obligations import show
from models import Deposit

router = APIRouter()


@router.post("/obligations/{obligation}/answer")
def answer(visit: Here, form: Posted) -> Response:
    """Record how an obligation that asks for no file is met."""
    asked, faults = visit.owed.activity.kind, Faults()
    kind = _kind(asked, form, faults)
    said = text(form, "text") if kind is ResponseKind.COMMENTED else None
    if kind is ResponseKind.COMMENTED and not said:
        faults.add("text", say("Write your comment."))
    elif (over := too_long(said or "", LONGEST)) is not None:
        faults.add("text", over)
    signatory = _signatory(form, faults) if asked is ActivityKind.SIGNATURE else None
    if faults or kind is None:
        return show(visit, status=422, faults=faults, typed={name: text(form, name) for name in FIELDS})
    try:
        scan = _record(visit, kind, said, signatory, file(form, "scan"))
    except NotAllowed as refusal:  # of the file: what was typed has been looked at
        return show(
            visit, status=422, faults=Faults({"scan": refusal.message}), typed={name: text(form, name) for name in FIELDS}
        )
    if scan is not None:
        return to(f"/deposits/{scan.id}")
    return to(f"/obligations/{visit.owed.obligation.id}", note="answered")


def _record(
    visit: Visit, kind: ResponseKind, said: str | None, signatory: str | None, scan: UploadFile | None
) -> Deposit | None:
    """Record an answer, and with a signature the scan that came with it; return that."""
    which = {"unit": visit.unit.code, "activity": visit.owed.activity.code}
    with visit.work() as work:
        responses.respond(work, visit.cycle, **which, kind=kind, now=visit.now, text=said, signatory=signatory)
        if scan is None or kind is not ResponseKind.SIGNED:
            return None
        sent = deposits.Incoming(
            visit.unit.code, visit.owed.activity.code, file_name=scan.filename or "", data=scan.file.read()
        )
        limit = visit.portal.settings.upload_limit
        return deposits.receive_deposit(work, visit.cycle, sent, now=visit.now, limit=limit)


FIELDS = ("kind", "text", "signatory", "office", "confirmed")


def _kind(asked: ActivityKind, form: FormData, faults: Faults) -> ResponseKind | None:
    allowed = responses.ANSWERS.get(asked, ())
    if len(allowed) == 1:
        return allowed[0]
    chosen = line(form, "kind")
    if chosen not in allowed:
        faults.add("kind", say("Choose whether your unit agrees or comments."))
        return None
    return ResponseKind(chosen)


def _signatory(form: FormData, faults: Faults) -> str:
    """Return who signed: the full name and the office; each is asked for, and that they have read it."""
    name, office = line(form, "signatory"), line(form, "office")
    if not name:
        faults.add("signatory", say("Enter the full name of who signed."))
    if not office:
        faults.add("office", say("Enter the office of who signed."))
    if not line(form, "confirmed"):
        faults.add("confirmed", say("Confirm that the covenant was read and signed."))
    return f"{name}, {office}"


@router.get("/years/{cycle}/comments")
def comments(visit: Here) -> Response:
    """Show the secretary what the units answered to each consultation of the year."""
    with visit.read() as session:
        found = consultations.answers(session, visit.cycle)
    return page(visit, "comments", consultations=found)


@router.get("/years/{cycle}/comments/file")
def comments_file(visit: Here) -> Response:
    """Give what the units answered as a workbook, a sheet for each consultation."""
    with visit.read() as session:
        found = consultations.answers(session, visit.cycle)
    if not found:
        raise NotFound(say("No consultation has been opened yet."))
    return download(make_comments_table([each.as_table() for each in found]), f"tong-hop-y-kien-{visit.cycle.key}.xlsx")
