"""A stored version of the ranking, made again from what it rests on, and held against what is kept."""

from collections.abc import Iterator

from sqlmodel import Session, select

from bloc import files
from bloc.actions.reading import form_of
from bloc.actions.result_inputs import Inputs
from bloc.actions.results import ranking
from bloc.enums import Act
from bloc.language import Message, points, say
from bloc.rules.completeness import state_of_result
from bloc.sheets.form import Cell, Points
from bloc.sheets.read import read_sheet
from models import AuditEntry, Cycle, Deposit, Result


def first_difference(session: Session, cycle: Cycle, result: Result) -> Message | None:
    """Return the first thing in which a version of the ranking differs from what its stored inputs make; None: identical.

    The bytes of each counted sheet are held against their SHA-256, the points kept against what stands in the sheet, then the
    digest of all inputs (with what the audit trail has of it), and the ranking line by line.
    """
    inputs = Inputs.of(session, cycle, result)
    return next(_differences(inputs, result), None)


def _differences(inputs: Inputs, result: Result) -> Iterator[Message]:
    kept: dict[str, dict[Cell, int]] = {}
    for scorer, unit, code, given in inputs.points:
        kept.setdefault(scorer, {})[unit, code] = given
    for scorer, sheet in inputs.sheets.items():
        yield from _sheet(inputs, scorer, sheet, kept.get(scorer, {}))
    if inputs.hash() != result.input_hash:
        yield say("the members, policies, criteria or points are not those that the version was made from")
    if _on_record(inputs, result) not in (None, result.input_hash):
        yield say("the audit trail has it that the version was made from other members, policies, criteria or points")
    found = (state_of_result(inputs.arrivals), len(inputs.sheets), len(inputs.units))
    if found != (result.state, result.sheets, result.members):
        yield say("it says {sheets} of {members} sheets; there are {k} of {n}", sheets=result.sheets, members=result.members,
                  k=found[1], n=found[2])  # fmt: skip
    yield from _lines(inputs, result)


def _on_record(inputs: Inputs, result: Result) -> str | None:
    """Return the digest of the inputs as the audit trail has it; None: the version is older than the trail."""
    made = select(AuditEntry).where(AuditEntry.cycle_id == inputs.cycle.id, AuditEntry.act == Act.RESULT)
    entry = inputs.session.exec(made.where(AuditEntry.about == str(result.version))).first()
    return entry.after["input_hash"] if entry and entry.after else None


def _sheet(inputs: Inputs, scorer: str, sheet: Deposit, kept: Points) -> Iterator[Message]:
    data = files.read(inputs.session, sheet.sha256)
    if files.digest_of(data) != sheet.sha256:
        yield say("the file of {scorer}'s sheet is not the one that was received", scorer=scorer)
        return
    reading = read_sheet(data, form_of(inputs.plan, inputs.cycle, scorer))
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


def _lines(inputs: Inputs, result: Result) -> Iterator[Message]:
    kept = {line.unit.code: (line.standing.rank, line.standing.tied, line.score) for line in ranking(inputs.session, result)}
    for place in inputs.places():
        made = (place.rank, place.tied, place.score)
        if kept.get(place.unit) != made:
            there = kept.get(place.unit, ("-", None, "-"))
            yield say(
                "{unit} has rank {rank} with {score}; kept is rank {kept} with {other}", unit=place.unit, rank=place.rank,
                score=str(place.score), kept=there[0], other=str(there[2]),
            )  # fmt: skip
