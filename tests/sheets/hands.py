"""What people, and other programs, do with a workbook between its going out and its coming back."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from bloc.sheets.form import Cell, Form

FIRST_ROW, CODE_ROW = 7, 6


def edited(data: bytes, edit: Callable[[Workbook], object]) -> bytes:
    """Return a workbook after a person's work on it in another program."""
    book = load_workbook(io.BytesIO(data))
    edit(book)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return a workbook's bytes."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_number(thousandths: int) -> float:
    """Return points as they are typed."""
    return thousandths / 1000


def fill(book: Workbook, form: Form, cells: Mapping[Cell, int], typed: Callable[[int], Any] = as_number) -> None:
    """Type points where a person would, by what stands at the head of rows and columns."""
    for name, units in (("Tự chấm", [form.unit]), ("Chấm chéo", form.others)):
        sheet = book[name]
        columns = {cell.value: cell.column for cell in sheet[CODE_ROW]}
        rows = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=FIRST_ROW)}
        for unit in units:
            for criterion in form.criteria:
                sheet.cell(rows[criterion.code], columns[unit], typed(cells[unit, criterion.code]))


def repacked(data: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Return the package with its parts, a dict of name -> bytes, changed by ``change``."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return file.getvalue()


def replaced(part: str, pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    """Return what replaces a pattern in one part of a package."""

    def change(parts: dict[str, bytes]) -> None:
        changed, count = re.subn(pattern, by, parts[part], flags=re.DOTALL)
        assert count, f"{pattern!r} is not in {part}"
        parts[part] = changed

    return lambda data: repacked(data, change)


def part_of(data: bytes, tab: str) -> str:
    """Return the part of a package that holds a sheet of ours: they are numbered in the order of the tabs."""
    return f"xl/worksheets/sheet{load_workbook(io.BytesIO(data)).sheetnames.index(tab) + 1}.xml"
