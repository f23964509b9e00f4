"""Write one unit's score workbook: the one that goes out, and the one that comes back to it with its faults marked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bloc.sheets.cover import write_cover, write_faults, write_marks
from bloc.sheets.findings import Finding, Reading
from bloc.sheets.form import Cell, Content, Form
from bloc.sheets.layout import BLANKS, Sheet, Word
from bloc.sheets.pages import write_page
from bloc.sheets.paper import styles
from bloc.sheets.punctual import Records
from bloc.sheets.record_page import write_record
from bloc.sheets.score_page import Filling, Notes, ScorePage


def make_sheet(
    form: Form, cells: Mapping[Cell, Content] | None = None, notes: Notes | None = None, records: Records | None = None
) -> bytes:
    """Return the .xlsx that a unit fills in: the same form and contents give the same bytes.

    Args:
        form: whose sheet it is, for which cycle, of which members and criteria.
        cells: what stands in the cells already, by (unit scored, criterion): an int is a number in thousandths of a
            point; a str is written as the text it is (what a person typed wrong); None, or no entry, leaves the cell empty.
        notes: the evidence and explanations that stand beside the self-score already, by criterion.
        records: how units kept their deadlines, on a sheet of its own for who scores what is linked to that.

    Source: plan, section II.1: each unit scores itself and, crosswise, the others.
    """
    return _workbook(form, Filling(cells or {}, notes or {}), records=records)


def mark_sheet(form: Form, reading: Reading) -> bytes:
    """Return a fresh workbook of ours with all that a unit's sheet said, and every fault of it marked where it is mended.

    The unit corrects this copy and sends it back. The same reading gives the same bytes.
    """
    faults = {(fault.place.unit, fault.place.criterion): fault.message for fault in reading.faults if fault.place.criterion}
    return _workbook(form, Filling({**reading.typed, **reading.points}, reading.notes, faults), reading.faults)


FORMULAS = 4096  # formulas remembered: those of the sheets of blocs of some sizes


class _Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A sheet on which every text stays a text: XlsxWriter takes one within <r> and </r> for XML, and writes it as it is."""

    def write_string(self, row: int, column: int, text: str, style: Format | None = None) -> int:
        """Write a text; before one that begins so goes a sign of no width, which readers take away."""
        return int(super().write_string(row, column, BLANKS[0] + text if text.startswith("<r>") else text, style))

    def _prepare_formula(self, formula: str, expand: bool = False) -> str:
        return _prepared(formula, expand)


@lru_cache(FORMULAS)
def _prepared(formula: str, expand: bool) -> str:
    """Return a formula as XlsxWriter writes it: it looks for 65 functions in each, and the sheets of a bloc have the same."""
    return str(Worksheet()._prepare_formula(formula, expand))


def _workbook(form: Form, filling: Filling, faults: tuple[Finding, ...] = (), records: Records | None = None) -> bytes:
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": Word.TITLE.format(year=form.year), "created": datetime(form.year, 1, 1, tzinfo=UTC)})
        book.worksheet_class = _Sheet
        book.set_calc_mode("auto")
        looks = styles(book)
        listed = book.add_worksheet(Sheet.FAULTS) if faults else None
        cover = book.add_worksheet(Sheet.GUIDE)
        pages = [ScorePage(form, name, book.add_worksheet(name), looks, filling) for name in (Sheet.SELF, Sheet.CROSS)]
        write_cover(cover, looks, form, pages)
        for page in pages:
            write_page(page, book)
        if records:
            write_record(book.add_worksheet(Sheet.RECORD), looks, form, records)
        write_marks(book.add_worksheet(Sheet.MARKS), form)
        if listed:
            write_faults(listed, looks, faults, pages)
    return file.getvalue()
