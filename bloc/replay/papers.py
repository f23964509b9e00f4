"""The files that units hand in during a replay: real workbooks and documents."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bloc.replay.tables import read_table
from bloc.rules.criteria import THOUSANDTHS
from bloc.sheets.apart import read_apart
from bloc.sheets.form import Cell, Content, Form
from bloc.sheets.write import make_sheet, mark_sheet


def filled_sheet(form: Form, table: Path, overrides: Mapping[str, str]) -> bytes:
    """Return the unit's own workbook as its official would fill it in.

    Args:
        form: the sheet that the unit was given.
        table: a table of points, as ``bloc.replay.tables`` reads it.
        overrides: "unit/criterion" -> what is typed there instead, as it is; "" leaves the cell empty.
    """
    cells = read_table(table)
    for place, text in overrides.items():
        unit, _, code = place.partition("/")
        cells[unit, code] = text
    return make_sheet(form, {cell: _typed(text) for cell, text in cells.items()})


def corrected_sheet(form: Form, marked: bytes, corrections: Mapping[str, str]) -> bytes:
    """Return the marked copy of a unit's sheet as its official sends it back, corrected.

    Args:
        form: the sheet that the unit was given.
        marked: the copy as it came back to the unit.
        corrections: "unit/criterion" -> what is typed there now; "" empties the cell.
    """
    copy = read_apart(marked, form)
    cells: dict[Cell, Content] = {**copy.typed, **copy.points}
    for place, text in corrections.items():
        unit, _, code = place.partition("/")
        cells[unit, code] = _typed(text)
    return mark_sheet(form, replace(copy, points={}, typed=cells))


def _typed(text: str) -> int | str | None:
    """Return a number as thousandths of a point; what is none as the text that it is; nothing as None."""
    if not text:
        return None
    try:
        exact = Decimal(text) * THOUSANDTHS
    except InvalidOperation:
        return text
    return int(exact) if exact.is_finite() and exact == exact.to_integral_value() else text


def report(unit_name: str, title: str, bloc_name: str) -> bytes:
    """Return a unit's short report for the activity of that ``title``, as a .docx; the same report is the same bytes."""
    from docx import Document  # heavy, and needed by a replay alone

    document = Document()
    document.add_heading(unit_name, level=2)
    document.add_heading("BÁO CÁO", level=1)
    document.add_paragraph(title)
    document.add_paragraph(f"Kính gửi: {bloc_name}.")
    target = io.BytesIO()
    document.save(target)
    return _undated(target)


def _undated(archive: io.BytesIO) -> bytes:
    """Return an archive without the times of day at which its parts were written."""
    target = io.BytesIO()
    with zipfile.ZipFile(archive) as dated, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as undated:
        for name in dated.namelist():
            undated.writestr(zipfile.ZipInfo(name), dated.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()
