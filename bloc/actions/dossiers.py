"""The dossier of a year: its documents by their state, what the units sent, and what is missing (plan, section III.1)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath

from sqlmodel import Session, col, select

from bloc import files, queries
from bloc.actions.audit import record
from bloc.actions.contested import contested
from bloc.actions.document_values import Desk
from bloc.actions.documents import Wanted, documents, file_of, wanted
from bloc.clock import local_day
from bloc.db import Work
from bloc.documents.decree.letterhead import Letterhead
from bloc.documents.dossier import Chapter, Dossier, Missing, Part, Written
from bloc.documents.kinds import KINDS, Copies
from bloc.enums import Act, ActivityKind, DepositState, DocumentKind, DocumentState, Stage
from bloc.files import digest_of
from bloc.language import Message, say, short_day
from bloc.plan.drafting import plain_words
from bloc.queries import Owed
from models import Cycle, Deposit, Document, Obligation

MINUTES = "BB"  # the sign of their type


def dossier(session: Session, cycle: Cycle, now: datetime) -> Dossier:
    """Return what goes to the city for a year as it stands at ``now``, and what is missing of it.

    Score sheets are no part of it: what single units gave one another stays in the bloc. Of objections there is what a unit
    sent to show its achievements, and not whose points it contested.
    """
    desk, rows = Desk(session, cycle, now), documents(session, cycle)
    parts, missing = _from_units(session, cycle)
    parts += _with_objections(session, cycle)
    parts += _documents(session, cycle, rows)
    missing = [*_unready(rows, parts), *_undrafted(desk, rows), *missing]
    order, bloc = list(Chapter), desk.plan.bloc
    return Dossier(
        Letterhead(bloc.council, bloc.name, bloc.place, "", cycle.year),
        sorted(parts, key=lambda part: (order.index(part.chapter), part.place)),  # else as they were found
        sorted(missing, key=lambda each: order.index(each.chapter)),
    )


def put_on_record(work: Work, cycle: Cycle, found: Dossier, written: Written, now: datetime) -> None:
    """Put on record that a dossier was made, and of what. To write it takes long: it is done before, in no transaction."""
    told = {"dossier": digest_of(written.archive), "parts": len(found.parts), "missing": len(found.missing)}
    record(work, cycle, Act.DOCUMENT, "dossier", now=now, after=told)


def chapter_of(kind: DocumentKind) -> Chapter | None:
    """Return where in the dossier documents of a kind stand; None: they are no part of it."""
    told = KINDS[kind]
    if told.copies is Copies.A_UNIT:
        return Chapter.ACHIEVEMENTS
    if DocumentKind.SUBMISSION in (kind, told.goes_with):
        return Chapter.SUBMISSION
    if told.type == MINUTES:
        return Chapter.MINUTES
    return Chapter.BLOC_REPORT if DocumentKind.YEAR_END_REPORT in (kind, told.goes_with) else None


def _documents(session: Session, cycle: Cycle, rows: list[Document]) -> Iterator[Part]:
    units = {unit.id: unit.name for unit in queries.units_by_code(session, cycle).values()}
    places = queries.places_of(session, cycle.id)
    for row in rows:
        chapter = chapter_of(row.kind)
        if chapter is not None:
            name, data = file_of(session, row)
            ending = PurePath(name).suffix
            title = _titled(KINDS[row.kind].name, units.get(row.unit_id) if row.unit_id else None)
            place = places.get(row.unit_id, 0) if row.unit_id else 0
            yield Part(chapter, title, _state(row), name.removesuffix(ending), ending, data, place)


def _titled(name: Message, unit: str | None) -> Message:
    return say("{document}: {unit}", document=name, unit=unit) if unit else name


def _state(row: Document) -> Message:
    if row.state is DocumentState.DRAFT:
        return say("draft")
    day = short_day(row.issued_on) if row.issued_on else ""
    number = say("No. {number} of {day}", number=row.number, day=day) if row.number else say("of {day}", day=day)
    return say("{number}, signed copy", number=number) if row.scan_sha256 else say("{number}, not signed", number=number)


def _unready(rows: list[Document], parts: list[Part]) -> Iterator[Missing]:
    """Yield what is there and yet not ready to go."""
    by_name = {part.stem: part for part in parts}
    for row in rows:
        part = by_name.get(row.name)
        if part is not None and row.state is DocumentState.DRAFT:
            yield Missing(part.chapter, part.title, say("only a draft: it is not issued yet"))
        elif part is not None and not row.scan_sha256:
            yield Missing(part.chapter, part.title, say("issued, but there is no signed copy"))


def _undrafted(desk: Desk, rows: list[Document]) -> Iterator[Missing]:
    there = {row.name for row in rows}
    could: list[Wanted] = [each for each in wanted(desk.session, desk.cycle, desk.now) if chapter_of(each.kind)]
    for each in could:
        chapter = chapter_of(each.kind)
        if chapter is not None and each.name not in there:
            unit = desk.names.get(each.unit) if each.unit else None
            yield Missing(chapter, _titled(KINDS[each.kind].name, unit), say("not drafted yet"))
    if desk.table is None:
        for kind, told in KINDS.items():
            chapter = chapter_of(kind)
            if chapter is not None and told.needs_result and told.copies in (Copies.ONE, Copies.A_UNIT):
                yield Missing(chapter, told.name, say("there is no result that can be shown yet"))


def _from_units(session: Session, cycle: Cycle) -> tuple[list[Part], list[Missing]]:
    """Return what units have sent, and whose year-end reports are missing."""
    parts, missing, asked = list[Part](), list[Missing](), False
    places = queries.places_of(session, cycle.id)
    for owed, deposit in _asked(session, cycle):
        chapter = Chapter.ACHIEVEMENTS if _is_year_end(owed) else Chapter.EVIDENCE
        asked = asked or chapter is Chapter.ACHIEVEMENTS
        if deposit is not None:
            place = places[owed.unit.id] if chapter is Chapter.ACHIEVEMENTS else 0
            parts.append(_deposited(session, owed, deposit, chapter, place))
        elif chapter is Chapter.ACHIEVEMENTS:
            missing.append(Missing(chapter, _of(owed), _why(owed)))
    if not asked:
        missing.append(Missing(Chapter.ACHIEVEMENTS, Chapter.ACHIEVEMENTS.heading, say("they have not been asked for yet")))
    return parts, missing


def _asked(session: Session, cycle: Cycle) -> Iterator[tuple[Owed, Deposit | None]]:
    """Yield what units were to send, but for score sheets, by activity and the plan's order, and what counts of it."""
    accepted = select(Deposit).join(Obligation, col(Deposit.obligation_id) == Obligation.id)
    accepted = accepted.where(Obligation.cycle_id == cycle.id, Deposit.state == DepositState.ACCEPTED)
    last = {deposit.obligation_id: deposit for deposit in session.exec(accepted.order_by(col(Deposit.version)))}
    places = queries.places_of(session, cycle.id)
    owed = sorted(queries.owed(session, cycle.id), key=lambda each: (each.activity.position, places[each.unit.id]))
    for each in owed:
        if each.activity.kind is not ActivityKind.SCORE_SHEETS:
            yield each, last.get(each.obligation.id)


def _is_year_end(owed: Owed) -> bool:
    return owed.activity.kind is ActivityKind.REPORT and owed.activity.stage is Stage.YEAR_END


def _deposited(session: Session, owed: Owed, deposit: Deposit, chapter: Chapter, place: int) -> Part:
    received = say("received on {day}", day=short_day(local_day(deposit.received_at)))
    ending = PurePath(deposit.file_name).suffix.lower()
    stem = "-".join([*plain_words(owed.activity.name), owed.unit.code])
    return Part(chapter, _of(owed), received, stem, ending, files.read(session, deposit.sha256), place)


def _with_objections(session: Session, cycle: Cycle) -> Iterator[Part]:
    """Yield the evidence that units have sent with their objections."""
    for each in contested(session, cycle):
        row = each.objection
        if row.evidence is not None and row.evidence_name is not None:
            title = say("Evidence with objection no. {number}: {unit}", number=row.number, unit=each.unit.name)
            received = say("received on {day}", day=short_day(local_day(row.raised_at)))
            stem, ending = f"minh-chung-kien-nghi-{row.number}-{each.unit.code}", PurePath(row.evidence_name).suffix.lower()
            yield Part(Chapter.EVIDENCE, title, received, stem, ending, files.read(session, row.evidence))


def _of(owed: Owed) -> Message:
    return say("{document}: {unit}", document=owed.activity.name, unit=owed.unit.name)


def _why(owed: Owed) -> Message:
    because = owed.obligation.waived_because
    return say("the unit was released from it: {because}", because=because) if because else say("the unit has sent none")
