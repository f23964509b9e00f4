"""The documents of the year: drafts to download, numbers and signed copies to take, and the way to those who get them."""

from datetime import date

from fastapi import APIRouter, Response

from bloc.actions import document_sending, documents
from bloc.actions.documents import templates_for
from bloc.documents.kinds import KINDS
from bloc.documents.packing import packed
from bloc.documents.preview import as_pdf, office
from bloc.documents.templates import TemplateRefused
from bloc.enums import DocumentState
from bloc.errors import NotAllowed
from bloc.language import Message, say
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, file, line
from bloc.portal.pages import page, to
from bloc.portal.words import Look, Tag
from bloc.queries import plan_of, units_by_code
from models import Document

router = APIRouter()
DRAFT, ISSUED = Tag(Look.TODO, say("Draft")), Tag(Look.SOON, say("Issued, not signed yet"))
SIGNED, SENT = Tag(Look.DONE, say("Issued and signed")), Tag(Look.DONE, say("Sent to its readers"))


@router.get("/years/{cycle}/documents")
def all_documents(visit: Here) -> Response:
    """Show the documents of the year by quarter, each with how it stands."""
    return _all(visit)


def _all(visit: Visit, refused: TemplateRefused | None = None) -> Response:
    with visit.read() as session:
        rows = documents.documents(session, visit.cycle)
        names = {unit.id: unit.name for unit in units_by_code(session, visit.cycle).values()}
    plan = plan_of(visit.cycle)
    titles = {activity.code: activity.name for activity in plan.activities}
    quarters: dict[int | None, list[tuple[Document, Message, Tag, list[str]]]] = {}
    for row in rows:
        about = [each for each in (titles.get(row.about or ""), names.get(row.unit_id) if row.unit_id else None) if each]
        quarters.setdefault(KINDS[row.kind].quarter, []).append((row, KINDS[row.kind].name, state_of(row), about))
    ordered = sorted(quarters.items(), key=lambda each: each[0] or 0)
    return page(
        visit, "documents", status=422 if refused else 200, quarters=ordered, previews=office() is not None, refused=refused
    )


def state_of(row: Document) -> Tag:
    """Return how a document stands."""
    if row.state is DocumentState.DRAFT:
        return DRAFT
    if row.sent_at is not None:
        return SENT
    return SIGNED if row.scan_sha256 else ISSUED


@router.post("/years/{cycle}/documents/make")
def make(visit: Here, form: Posted) -> Response:  # noqa: ARG001 - it has no fields but its token
    """Draft the documents anew from what the year holds now."""
    try:
        with visit.work() as work:
            made = documents.make(work, visit.cycle, visit.now, templates_for(visit.portal.settings, visit.cycle))
    except TemplateRefused as refused:
        return _all(visit, refused)
    return to(f"/years/{visit.cycle.key}/documents", note="documents-made" if made.new else "documents-same")


@router.get("/years/{cycle}/documents/archive")
def archive(visit: Here) -> Response:
    """Give all documents as one archive."""
    with visit.read() as session:
        written = documents.all_files(session, visit.cycle)
    return download(packed(written), f"van-ban-{visit.cycle.key}.zip")


@router.get("/years/{cycle}/documents/{document}")
def document(visit: Here, document: str) -> Response:
    """Show one document, and what can be done with it next."""
    return _one(visit, document)


def _one(visit: Visit, name: str, faults: Faults | None = None, typed: dict[str, str] | None = None) -> Response:
    with visit.read() as session:
        row = documents.document_named(session, visit.cycle, name)
        unit = next((each.name for each in units_by_code(session, visit.cycle).values() if each.id == row.unit_id), None)
        to_units = [each.name for each in document_sending.units_for(session, visit.cycle, row)]
    plan, kind = plan_of(visit.cycle), KINDS[row.kind]
    stated = {"number": plan.document.number, "on": plan.document.date.isoformat()} if row.kind == "plan" else {}
    outside = [each.name for each in document_sending.outside_for(plan, row) if each.email]
    return page(
        visit, "document", status=422 if faults else 200, faults=faults or Faults(), row=row, kind=kind, state=state_of(row),
        unit=unit, to_units=to_units, outside=outside, by_clerk=document_sending.by_clerk(plan, row),
        example=documents.example_number(plan, row.kind), typed={"number": "", "on": ""} | stated | (typed or {}),
        previews=office() is not None,
    )  # fmt: skip


@router.get("/years/{cycle}/documents/{document}/file")
def document_file(visit: Here, document: str) -> Response:
    """Give a document as a file: its signed copy, else the .docx."""
    with visit.read() as session:
        name, data = documents.file_of(session, documents.document_named(session, visit.cycle, document))
    return download(data, name)


@router.get("/years/{cycle}/documents/{document}/preview")
def preview(visit: Here, document: str) -> Response:
    """Give a document as a .pdf, to be looked at."""
    with visit.read() as session:
        name, data = documents.written_file(session, documents.document_named(session, visit.cycle, document))
    ((pdf_name, pdf),) = as_pdf({name: data}).items()
    return download(pdf, pdf_name)


@router.post("/years/{cycle}/documents/{document}/issue")
def issue(visit: Here, document: str, form: Posted) -> Response:
    """Issue a document under the number and day that the clerk has given it."""
    typed = {"number": line(form, "number"), "on": line(form, "on")}
    try:
        day = date.fromisoformat(typed["on"])
    except ValueError:
        return _one(visit, document, Faults({"on": say("Give the day that the document bears.")}), typed)
    try:
        with visit.work() as work:
            templates = templates_for(visit.portal.settings, visit.cycle)
            documents.issue(
                work, visit.cycle, document, number=typed["number"] or None, day=day, now=visit.now, templates=templates
            )
    except NotAllowed as refusal:
        return _one(visit, document, Faults({"number": refusal.message}), typed)
    return to(f"/years/{visit.cycle.key}/documents/{document}", note="document-issued")


@router.post("/years/{cycle}/documents/{document}/scan")
def scan(visit: Here, document: str, form: Posted) -> Response:
    """Take the signed copy of an issued document."""
    chosen = file(form, "file")
    if chosen is None:
        return _one(visit, document, Faults({"file": say("Choose a file to send.")}))
    try:
        with visit.work() as work:
            documents.take_scan(
                work, visit.cycle, document, file_name=chosen.filename or "", data=chosen.file.read(),
                limit=visit.portal.settings.upload_limit, now=visit.now,
            )  # fmt: skip
    except NotAllowed as refusal:
        return _one(visit, document, Faults({"file": refusal.message}))
    return to(f"/years/{visit.cycle.key}/documents/{document}", note="document-signed")


@router.post("/years/{cycle}/documents/{document}/send")
def send(visit: Here, document: str, form: Posted) -> Response:  # noqa: ARG001 - it has no fields but its token
    """Send an issued document to those on its list."""
    with visit.work() as work:
        sent = document_sending.send(work, visit.cycle, document, now=visit.now)
    return to(f"/years/{visit.cycle.key}/documents/{document}", note="document-sent" if sent.queued else "document-had")


@router.get("/years/{cycle}/units/{unit}/documents")
def unit_documents(visit: Here) -> Response:
    """Show a unit the documents that have been sent to it."""
    with visit.read() as session:
        rows = document_sending.documents_for(session, visit.cycle, visit.unit)
    return page(visit, "unit-documents", rows=[(row, KINDS[row.kind].name) for row in rows])


@router.get("/years/{cycle}/units/{unit}/documents/{document}")
def unit_document(visit: Here, document: str) -> Response:
    """Give a unit a document that has been sent to it."""
    with visit.read() as session:
        rows = document_sending.documents_for(session, visit.cycle, visit.unit)
        found = next((row for row in rows if row.name == document), None)
        if found is None:
            raise nothing_here()
        name, data = documents.file_of(session, found)
    return download(data, name)
