"""The papers of a year: drafted from its data, issued under the clerk's number, and replaced by their signed copy."""

from collections.abc import Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath

from sqlmodel import Session, col, select

from bloc import files, language, queries
from bloc.actions.audit import record
from bloc.actions.document_values import OPEN, Desk, Numbered
from bloc.db import Work
from bloc.documents.kinds import KINDS, Copies, Kind
from bloc.documents.templates import Templates
from bloc.documents.values import Values
from bloc.enums import Act, ActivityKind, DocumentKind, DocumentState, ObligationState, TitlesBy
from bloc.errors import Fault, NotAllowed, NotFound
from bloc.language import on_one_line, say
from bloc.plan import Activity, Plan
from bloc.rules.deadlines import is_late
from bloc.rules.symbols import body_of, fault_of, symbol_of
from bloc.settings import Settings
from models import Cycle, Document

SENT_AS_FILES = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)
SCANS = {".pdf": b"%PDF-", ".docx": b"PK"}  # what a signed copy may be, and how such a file begins
ENDING = ".docx"


@dataclass(frozen=True)
class Wanted:
    """A document that a year has: its kind, its name, and what it is about, by codes."""

    kind: DocumentKind
    name: str
    unit: str | None = None
    activities: tuple[Activity, ...] = ()
    title: str | None = None

    @property
    def about(self) -> str | None:
        """Return the code of the activity, or of the title, that it is about."""
        return self.activities[0].code if self.activities else self.title


@dataclass(frozen=True)
class Made:
    """What came of drafting: names of new documents and new versions, and how many are as they were."""

    new: Sequence[str]
    same: int


def templates_for(settings: Settings, cycle: Cycle) -> Templates:
    """Return the templates of a year's bloc."""
    return Templates(settings.document_templates, queries.plan_of(cycle).bloc.code)


def documents(session: Session, cycle: Cycle) -> list[Document]:
    """Return the newest version of each of the year's documents, in the order in which the year needs them."""
    rows = session.exec(select(Document).where(Document.cycle_id == cycle.id).order_by(col(Document.version)))
    order = {kind: place for place, kind in enumerate(KINDS)}
    newest = {row.name: row for row in rows}
    return sorted(newest.values(), key=lambda row: (order[row.kind], row.name))


def document_named(session: Session, cycle: Cycle, name: str) -> Document:
    """Return the newest version of a document.

    Raises:
        NotFound: the year has none of that name.
    """
    found = next((row for row in documents(session, cycle) if row.name == name), None)
    if found is None:
        raise NotFound(say('There is no document "{name}" in this year.', name=name))
    return found


def file_of(session: Session, document: Document) -> tuple[str, bytes]:
    """Return name and bytes of what people get of a document: its signed copy, else the .docx."""
    if document.scan_sha256:
        ending = PurePath(document.scan_name or "").suffix.lower()
        return f"{document.name}{ending}", files.read(session, document.scan_sha256)
    return written_file(session, document)


def written_file(session: Session, document: Document) -> tuple[str, bytes]:
    """Return name and bytes of a document as it was drafted, whether there is a signed copy or not."""
    return f"{document.name}{ENDING}", files.read(session, document.sha256)


def example_number(plan: Plan, kind: DocumentKind) -> str | None:
    """Return how number and symbol of a kind look; None if it bears none."""
    type_ = KINDS[kind].type
    return None if type_ is None else f"09/{symbol_of(type_, body_of(plan.document.number))}"


def all_files(session: Session, cycle: Cycle) -> dict[str, bytes]:
    """Return the newest version of each document by the name of its file, which begins with its place in the year."""
    named = (file_of(session, row) for row in documents(session, cycle))
    return {f"{place:02}-{name}": data for place, (name, data) in enumerate(named, 1)}


def wanted(session: Session, cycle: Cycle, now: datetime) -> Iterator[Wanted]:
    """Yield the documents that the year can have at ``now``: one of each kind, a letter for each deadline, debt or unit."""
    desk = Desk(session, cycle, now)
    for kind, told in KINDS.items():
        if told.needs_result and desk.table is None:
            continue
        match told.copies:
            case Copies.ONE:
                yield Wanted(kind, told.file)
            case Copies.A_DEADLINE:
                for due in _by_deadline(desk):
                    yield Wanted(kind, f"{told.file}-{due[0].code}", activities=due)
            case Copies.A_DEBT:
                for unit, activity in _debts(desk):
                    yield Wanted(kind, f"{told.file}-{activity.code}-{unit}", unit, (activity,))
            case Copies.A_UNIT:
                for member in desk.plan.units:
                    yield Wanted(kind, f"{told.file}-{member.code}", member.code)
            case Copies.A_BALLOT | Copies.A_VOTE | Copies.VOTES:
                yield from _of_votes(desk, kind, told)


def make(
    work: Work, cycle: Cycle, now: datetime, templates: Templates, kinds: Sequence[DocumentKind] = tuple(DocumentKind)
) -> Made:
    """Draft the documents of the year, or those of some kinds, from what it holds at ``now``; what is issued stays as it is.

    The same data make the same bytes, and no new version.

    Raises:
        TemplateRefused: a template is wrong; nothing is drafted.
    """
    cycle = queries.locked(work.session, cycle.id)
    desk, known = Desk(work.session, cycle, now), {row.name: row for row in documents(work.session, cycle)}
    units, new, same = queries.units_by_code(work.session, cycle), list[str](), 0
    for each in wanted(work.session, cycle, now):
        last = known.get(each.name)
        if each.kind not in kinds or (last and last.state is DocumentState.ISSUED):
            continue
        sha256 = files.put(work.session, _written(desk, templates, each, known, _as_planned(desk, each.kind)))
        if last and last.sha256 == sha256:
            same += 1
            continue
        row = Document(
            cycle_id=cycle.id, bloc_id=cycle.bloc_id, kind=each.kind, unit_id=units[each.unit].id if each.unit else None,
            about=each.about, name=each.name, version=last.version + 1 if last else 1, sha256=sha256, made_at=now,
        )  # fmt: skip
        work.session.add(row)
        known[each.name] = row
        new.append(each.name)
    if new:
        record(work, cycle, Act.DOCUMENT, "drafts", now=now, after={"drafted": new})
    return Made(new, same)


def issue(
    work: Work, cycle: Cycle, name: str, *, number: str | None, day: date, now: datetime, templates: Templates
) -> Document:
    """Issue the newest draft of a document, under the number that the clerk took from the host agency's register.

    Args:
        number: number and symbol, "09/KH-KTĐ"; None for what bears none: the covenant, annexes.
        day: the day that it bears.

    Raises:
        NotFound: the year has no such document.
        NotAllowed: it is issued already; its number is not of its kind, or is another document's.
    """
    cycle = queries.locked(work.session, cycle.id)
    draft = document_named(work.session, cycle, name)
    if draft.state is DocumentState.ISSUED:
        raise NotAllowed(say("This document is issued already. What is issued is not changed any more."))
    number = _checked(work.session, cycle, draft, number, day)
    desk, known = Desk(work.session, cycle, now), {row.name: row for row in documents(work.session, cycle)}
    which = _wanted_again(desk, draft)
    draft.sha256 = files.put(work.session, _written(desk, templates, which, known, Numbered(number, day)))
    draft.state, draft.number, draft.issued_on = DocumentState.ISSUED, number, day
    draft.number_year = day.year if number else None
    work.session.add(draft)
    work.session.flush()
    told = {"document": name, "number": number, "day": day.isoformat(), "sha256": draft.sha256, "version": draft.version}
    record(work, cycle, Act.DOCUMENT, name, now=now, after={"issued": True, **told})
    return draft


def take_scan(work: Work, cycle: Cycle, name: str, *, file_name: str, data: bytes, limit: int, now: datetime) -> Document:
    """Keep the signed copy of a document that was issued: from now on it is what people get. A newer one takes its place.

    Raises:
        NotFound: the year has no such document.
        NotAllowed: it is not issued yet; the file is empty, larger than ``limit`` bytes, or neither .pdf nor .docx.
    """
    cycle = queries.locked(work.session, cycle.id)
    document = document_named(work.session, cycle, name)
    if document.state is not DocumentState.ISSUED:
        raise NotAllowed(say("Only an issued document has a signed copy. Please issue it first."))
    begins = SCANS.get(PurePath(file_name).suffix.lower())
    if begins is None or not data.startswith(begins):
        raise NotAllowed(say("The signed copy must be a .pdf or a .docx."))
    files.check_size(data, limit)
    before = document.scan_sha256
    document.scan_sha256, document.scan_name = files.put(work.session, data), on_one_line(file_name)[-200:]
    work.session.add(document)
    if before != document.scan_sha256:
        told = {"document": name, "signed": document.scan_sha256}
        record(work, cycle, Act.DOCUMENT, name, now=now, before={"signed": before}, after=told)
    return document


def template_faults(session: Session, cycle: Cycle, now: datetime, templates: Templates) -> Mapping[DocumentKind, list[Fault]]:
    """Return what is wrong with the template of each kind, found with the year's own data; an empty list: nothing."""
    desk = Desk(session, cycle, now)
    samples = {each.kind: each for each in wanted(session, cycle, now)}
    found = {}
    for kind in KINDS:
        each = samples.get(kind) or Wanted(kind, "", desk.plan.units[-1].code, next(iter(_by_deadline(desk)), ()))
        values = _in_vietnamese(desk, each, OPEN, OPEN)
        found[kind] = templates.faults(kind, values)
    return found


def _as_planned(desk: Desk, kind: DocumentKind) -> Numbered:
    """Return number and day of a draft: open, but for the plan, which states its own."""
    document = desk.plan.document
    return Numbered(document.number, document.date) if kind is DocumentKind.PLAN else OPEN


def _written(desk: Desk, templates: Templates, each: Wanted, known: Mapping[str, Document], numbered: Numbered) -> bytes:
    goes_with = KINDS[each.kind].goes_with
    host = known.get(KINDS[goes_with].file) if goes_with else None
    as_annex = Numbered(host.number, host.issued_on) if host else OPEN

    def made() -> bytes:
        language.use("vi")
        return templates.make(each.kind, _values(desk, each, numbered, as_annex), desk.picture)

    return copy_context().run(made)


def _in_vietnamese(desk: Desk, each: Wanted, numbered: Numbered, goes_with: Numbered) -> Values:
    def worded() -> Values:
        language.use("vi")
        return _values(desk, each, numbered, goes_with)

    return copy_context().run(worded)


def _of_votes(desk: Desk, kind: DocumentKind, told: Kind) -> Iterator[Wanted]:
    """Yield slips and sheets for each title of whose vote a round is to be held, and minutes where there is a vote at all."""
    voted = [board for board in desk.boards if board.how is not TitlesBy.RANK]
    if told.copies is Copies.VOTES:
        yield from [Wanted(kind, told.file)] if voted else ()
        return
    for board in voted:
        on_paper = board.how is TitlesBy.SECRET_VOTE
        if board.candidates and (on_paper or told.copies is Copies.A_VOTE):
            yield Wanted(kind, f"{told.file}-{board.title.code}", title=board.title.code)


def _values(desk: Desk, each: Wanted, numbered: Numbered, goes_with: Numbered) -> Values:
    return desk.about(desk.values(each.kind, numbered, goes_with), each.unit, each.activities, each.title)


def _by_deadline(desk: Desk) -> list[tuple[Activity, ...]]:
    """Return what more than one unit is to send as files, together where the last day is the same."""
    found: dict[date, list[Activity]] = {}
    for activity in desk.plan.activities:
        last = desk.plan.last_day(activity)
        if activity.kind in SENT_AS_FILES and last is not None and len(desk.plan.actors(activity)) > 1:
            found.setdefault(last, []).append(activity)
    return [tuple(found[last]) for last in sorted(found)]


def _debts(desk: Desk) -> Iterator[tuple[str, Activity]]:
    """Yield what units other than the leader owe too late, by code."""
    leader = queries.leading_unit(desk.session, desk.cycle.id)
    for owed in queries.owed(desk.session, desk.cycle.id):
        activity = desk.plan.activity(owed.activity.code)
        open_ = owed.obligation.state is ObligationState.OPEN and is_late(desk.now, owed.obligation.due_at)
        if open_ and activity is not None and owed.unit.id != leader.id:
            yield owed.unit.code, activity


def _wanted_again(desk: Desk, draft: Document) -> Wanted:
    """Return what a draft is: a letter to who has sent since may be issued all the same."""
    code = next(
        (code for code, unit in queries.units_by_code(desk.session, desk.cycle).items() if unit.id == draft.unit_id), None
    )
    by_title = KINDS[draft.kind].copies in (Copies.A_BALLOT, Copies.A_VOTE)
    if by_title:
        return Wanted(draft.kind, draft.name, title=draft.about)
    activity = desk.plan.activity(draft.about) if draft.about else None
    group = next((due for due in _by_deadline(desk) if activity in due), ()) if activity else ()
    alone = KINDS[draft.kind].copies is Copies.A_DEBT
    return Wanted(draft.kind, draft.name, code, (activity,) if alone and activity else group)


def _checked(session: Session, cycle: Cycle, draft: Document, number: str | None, day: date) -> str | None:
    """Return the number in one writing, if it is of the document's kind and no other document's."""
    kind = KINDS[draft.kind].type
    typed = on_one_line(number or "").replace(" ", "") or None
    if kind is None:
        if typed:
            raise NotAllowed(say("This document bears no number of its own."))
        return None
    fault = fault_of(typed or "", kind)
    if fault is not None:
        raise NotAllowed(fault)
    same = select(Document).where(Document.bloc_id == cycle.bloc_id, Document.number_year == day.year, Document.number == typed)
    other = session.exec(same).first()
    if other is not None:
        raise NotAllowed(
            say("Number {number} is that of another document of this year: {name}.", number=typed, name=other.name)
        )
    return typed
