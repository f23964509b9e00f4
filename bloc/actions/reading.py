"""Whether a file is what its obligation asks for: a report's type, a score sheet's every cell."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from bloc.enums import ActivityKind
from bloc.errors import Fault
from bloc.language import say
from bloc.plan import Plan
from bloc.queries import Owed
from bloc.sheets.form import Form, Points
from bloc.sheets.read import read_sheet
from models import Cycle


@dataclass(frozen=True)
class Checked:
    """What a file was found to be: its faults (none: accepted), remarks that refuse nothing, and its points."""

    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    points: Points = field(default_factory=dict)


def check_file(plan: Plan, cycle: Cycle, owed: Owed, data: bytes) -> Checked:
    """Return what ``data`` is found to be for what is owed. Nothing in it is run."""
    if owed.activity.kind is ActivityKind.SCORE_SHEETS:
        reading = read_sheet(data, form_of(plan, cycle, owed.unit.code))
        return Checked(reading.faults, reading.remarks, reading.points)
    if _is_pdf(data) or _is_docx(data):
        return Checked()
    return Checked((Fault("", say("The file is neither a .docx nor a .pdf. Please send the report as one of these.")),))


def form_of(plan: Plan, cycle: Cycle, unit: str) -> Form:
    """Return the score sheet that ``unit`` is given in this cycle."""
    members: Mapping[str, str] = {member.code: member.name for member in plan.units}
    return Form(cycle.key, cycle.year, plan.bloc.name, unit, members, plan.criteria.as_rules())


def _is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]


def _is_docx(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):  # junk: of no readable archive
        return False
    return "word/document.xml" in names and "word/vbaProject.bin" not in names
