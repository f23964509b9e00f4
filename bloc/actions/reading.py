"""Whether a file is what its obligation asks for: a report's type, a score sheet's every cell."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from bloc import files, queries
from bloc.enums import ActivityKind, ContactRole, MemberRole
from bloc.errors import Fault, NotFound
from bloc.language import say
from bloc.plan import Plan
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of
from bloc.sheets.apart import read_apart
from bloc.sheets.form import Form, Points
from bloc.sheets.write import mark_sheet
from models import Activity, Cycle, Deposit, Obligation


@dataclass(frozen=True)
class Checked:
    """What a file was found to be: its faults (none: accepted), remarks that refuse nothing, and its points.

    ``marked`` is a score sheet with faults as it goes back: what the unit wrote, each fault at its cell.
    """

    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    points: Points = field(default_factory=dict)
    marked: bytes | None = None


def check_file(plan: Plan, cycle: Cycle, owed: Owed, data: bytes) -> Checked:
    """Return what ``data`` is found to be for what is owed. Nothing in it is run."""
    if owed.activity.kind is ActivityKind.SCORE_SHEETS:
        return _check_sheet(data, form_of(plan, cycle, owed.unit.code, last_day_of(owed.obligation.due_at)))
    if _is_pdf(data) or _is_docx(data):
        return Checked()
    if owed.activity.kind is ActivityKind.SIGNATURE:
        return Checked() if is_image(data) else Checked((Fault("", NO_SCAN),))
    return Checked((Fault("", say("The file is neither a .docx nor a .pdf. Please send the report as one of these.")),))


def _check_sheet(data: bytes, form: Form) -> Checked:
    reading = read_apart(data, form)
    faults, remarks = (tuple(each.as_fault for each in found) for found in (reading.faults, reading.remarks))
    return Checked(faults, remarks, reading.points, mark_sheet(form, reading) if faults else None)


def marked_copy(session: Session, deposit: Deposit) -> bytes | None:
    """Return a refused score sheet as it went back to its unit, its faults marked; None for anything else."""
    return files.read(session, deposit.marked) if deposit.marked else None


def sheet_of(session: Session, cycle: Cycle, code: str) -> Form:
    """Return the score sheet of a unit, with its own deadline where it has one.

    Raises:
        NotFound: no member has that code.
    """
    plan, unit = queries.plan_of(cycle), queries.unit_by_code(session, cycle, code)
    owes = select(Obligation.due_at).join(Activity, col(Obligation.activity_id) == Activity.id)
    due = session.exec(owes.where(Obligation.unit_id == unit.id, *_score_sheets(cycle))).first()
    return form_of(plan, cycle, code, last_day_of(due) if due else None)


def last_sheet(session: Session, cycle: Cycle, code: str) -> Deposit:
    """Return the newest version of the score sheet that a unit sent, whatever became of it.

    Raises:
        NotFound: no member has that code, or it has sent none.
    """
    unit = queries.unit_by_code(session, cycle, code)
    owes = select(Obligation).join(Activity, col(Obligation.activity_id) == Activity.id)
    obligation = session.exec(owes.where(Obligation.unit_id == unit.id, *_score_sheets(cycle))).first()
    deposit = queries.last_deposit(session, obligation) if obligation else None
    if deposit is None:
        raise NotFound(say("{unit} has sent no score sheet yet.", unit=unit.name))
    return deposit


def _score_sheets(cycle: Cycle) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Activity.cycle_id) == cycle.id, col(Activity.kind) == ActivityKind.SCORE_SHEETS


def form_of(plan: Plan, cycle: Cycle | Plan, unit: str, last_day: date | None = None) -> Form:
    """Return the score sheet that ``unit`` is given in this cycle; ``last_day`` is its own, if it has one by extension.

    Where no cycle is at hand the plan itself tells its key and year.
    """
    members: Mapping[str, str] = {member.code: member.name for member in plan.units}
    activity = next((each for each in plan.activities if each.kind is ActivityKind.SCORE_SHEETS), None)
    secretary = next((person for person in plan.contacts if person.role is ContactRole.SECRETARY), None)
    return Form(
        cycle.key,
        cycle.year,
        plan.bloc.name,
        unit,
        members,
        plan.criteria.as_rules(),
        last_day=last_day or (plan.last_day(activity) if activity else None),
        sender=next(member.name for member in plan.units if member.role is MemberRole.LEADER),
        address=secretary.email if secretary else "",
    )


IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*")  # what JPEG, PNG and TIFF files begin with
NO_SCAN = say(
    "The file is neither a .pdf, nor a picture (.jpg, .png, .tif), nor a .docx. Please send the scan as one of these."
)


def is_image(data: bytes) -> bool:
    """Return whether a file says of itself that it is a picture as scanners and telephones make them."""
    return data.startswith(IMAGES)


def is_evidence(data: bytes) -> bool:
    """Return whether a file is one that shows something: a document, or a picture."""
    return is_image(data) or _is_pdf(data) or _is_docx(data)


def _is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]


def _is_docx(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):  # junk: of no readable archive
        return False
    return "word/document.xml" in names and "word/vbaProject.bin" not in names
