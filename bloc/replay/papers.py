"""The files that units hand in during a replay: real workbooks and documents."""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bloc.errors import NotAllowed
from bloc.language import say
from bloc.plan import Activity, Unit
from bloc.rules.criteria import THOUSANDTHS
from bloc.sheets.form import Cell, Form
from bloc.sheets.write import make_sheet


def filled_sheet(form: Form, table: Path, overrides: Mapping[str, str]) -> bytes:
    """Return the unit's own workbook as its official would fill it in.

    Args:
        form: the sheet that the unit was given.
        table: a .csv with the column ``criterion`` and one for each unit; numbers with a point.
        overrides: "unit/criterion" -> what is typed there instead, as it is; "" leaves the cell empty.
    """
    cells: dict[Cell, int | str | None] = {}
    with table.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            code = row.pop("criterion", None)
            if code is None:
                raise NotAllowed(say('{name} has no column "criterion".', name=table.name))
            cells.update({(unit, code): _typed(text) for unit, text in row.items() if unit is not None})
    for place, text in overrides.items():
        unit, _, code = place.partition("/")
        cells[unit, code] = _typed(text)
    return make_sheet(form, cells)


def _typed(text: str | None) -> int | str | None:
    """Return a number as thousandths of a point; what is none as the text that it is; nothing as None."""
    if text is None or text == "":
        return None
    try:
        exact = Decimal(text) * THOUSANDTHS
    except InvalidOperation:
        return text
    return int(exact) if exact.is_finite() and exact == exact.to_integral_value() else text


def report(unit: Unit, activity: Activity, bloc_name: str) -> bytes:
    """Return a short report as a .docx."""
    from docx import Document  # heavy, and needed by a replay alone

    document = Document()
    document.add_heading(unit.name, level=2)
    document.add_heading("BÁO CÁO", level=1)
    document.add_paragraph(activity.title)
    document.add_paragraph(f"Kính gửi: {bloc_name}.")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
