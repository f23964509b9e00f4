"""A stored version of the ranking, made again from what it rests on, and held against what is kept."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from sqlmodel import Session, select

from bloc import files
from bloc.actions.reading import form_of
from bloc.actions.result_inputs import Inputs, by_scorer, hashes_of
from bloc.actions.results import ranking
from bloc.enums import Act
from bloc.language import Message, points, say
from bloc.rules.completeness import state_of_result
from bloc.rules.ranking import Place
from bloc.sheets.form import Form, Points
from bloc.sheets.read import read_sheet
from models import AuditEntry, Cycle, Result


def first_difference(session: Session, cycle: Cycle, result: Result) -> Message | None:
    """Return the first thing in which a version of the ranking differs from what its stored inputs make; None: identical.

    The bytes of each counted sheet are held against their SHA-256, the points kept against what stands in the sheet, then the
    digest of all inputs (with what the audit trail has of it), and the ranking line by line.
    """
    inputs = Inputs.of(session, cycle, result)
    return next(_differences(inputs, result), None)


def _differences(inputs: Inputs, result: Result) -> Iterator[Message]:
    kept = by_scorer(inputs.points)
    for scorer, sheet in inputs.sheets.items():
        data = files.read(inputs.session, sheet.sha256)
        form = form_of(inputs.plan, inputs.cycle, scorer)
        yield from sheet_differences(scorer, data, sheet.sha256, form, kept.get(scorer, {}))
    if result.input_hash not in hashes_of(inputs.kept_plan, inputs.points):
        yield say("the members, policies, criteria or points are not those that the version was made from")
    if _on_record(inputs, result) not in (None, result.input_hash):
        yield say("the audit trail has it that the version was made from other members, policies, criteria or points")
    found = (state_of_result(inputs.arrivals), len(inputs.sheets), len(inputs.units))
    if found != (result.state, result.sheets, result.members):
        yield say("it says {sheets} of {members} sheets; there are {k} of {n}", sheets=result.sheets, members=result.members,
                  k=found[1], n=found[2])  # fmt: skip
    kept_lines = {
        line.unit.code: (line.standing.rank, line.standing.tied, line.score) for line in ranking(inputs.session, result)
    }
    yield from line_differences(inputs.places(), kept_lines)


def _on_record(inputs: Inputs, result: Result) -> str | None:
    """Return the digest of the inputs as the audit trail has it; None: the version is older than the trail."""
    made = select(AuditEntry).where(AuditEntry.cycle_id == inputs.cycle.id, AuditEntry.act == Act.RESULT)
    entry = inputs.session.exec(made.where(AuditEntry.about == str(result.version))).first()
    return entry.after["input_hash"] if entry and entry.after else None


def sheet_differences(scorer: str, data: bytes, sha256: str, form: Form, kept: Points) -> Iterator[Message]:
    """Yield in what ``data``, a counted sheet, is not the file of that SHA-256, or does not give the points that are kept."""
    if files.digest_of(data) != sha256:
        yield say("the file of {scorer}'s sheet is not the one that was received", scorer=scorer)
        return
    reading = read_sheet(data, form)
    if reading.faults:  # by a later version of the reader: what was read then is kept, and the digest of all inputs covers it
        return
    typed = reading.points
    for cell in sorted(kept.keys() | typed.keys()):
        if kept.get(cell) != typed.get(cell):
            yield say(
                "{scorer}'s sheet gives {unit} {typed} for {code}; kept is {kept}", scorer=scorer, unit=cell[0], code=cell[1],
                typed=_number(typed.get(cell)), kept=_number(kept.get(cell)),
            )  # fmt: skip


def _number(given: int | None) -> str:
    return "-" if given is None else points(given)


def line_differences(places: Iterable[Place], kept: Mapping[str, tuple[int, bool, Fraction]]) -> Iterator[Message]:
    """Yield in what the rank, the tie and the score kept of each unit are not those of ``places``."""
    for place in places:
        made = (place.rank, place.tied, place.score)
        if kept.get(place.unit) != made:
            there = kept.get(place.unit, ("-", None, "-"))
            yield say(
                "{unit} has rank {rank} with {score}; kept is rank {kept} with {other}", unit=place.unit, rank=place.rank,
                score=str(place.score), kept=there[0], other=str(there[2]),
            )  # fmt: skip
