"""Write one unit's score workbook: its self-score, its cross-scores, and a hidden sheet that says whose it is."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from bloc.rules.criteria import THOUSANDTHS, Criterion, Group
from bloc.sheets.form import Cell, Form
from bloc.sheets.layout import GUIDE, Mark, Sheet, Word

Content = int | str | None  # thousandths of a point; a text as somebody typed it; nothing

HEADER_ROW, CODE_ROW, FIRST_ROW = 4, 5, 6  # counted from 0
CODE, TITLE, MINIMUM, MAXIMUM, FIRST_UNIT = range(5)  # columns
PAPER_A4 = 9
PAGE_WIDTH = 128  # characters over A4 landscape at 12 pt, before it is made smaller to fit
TITLE_WIDTH = 46  # characters
GUIDE_WIDTH = 72  # characters, over A4 portrait
MANY_UNITS = 12  # from here on names stand upright, so that the print on A4 stays legible
LETTER_WIDTH = 7.0  # points, of bold type
LINE_HEIGHT = 16.5  # points; heights are stated, for LibreOffice and merged cells do not find them themselves

_BORDER: dict[str, Any] = {"border": 1, "border_color": "#7F7F7F"}
# as many decimals as there are, none for a whole number; the prefix has LibreOffice write a comma, as Excel in Vietnam
_NUMBER = _BORDER | {"align": "center", "num_format": "[$-42A]General"}
_HEAD = _BORDER | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#D9E2F3"}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "align": "center"},
    "subtitle": {"bold": True, "align": "center", "text_wrap": True},
    "line": {"text_wrap": True},
    "head": _HEAD,
    "upright_head": _HEAD | {"rotation": 90},
    "unit_code": _BORDER | {"italic": True, "shrink": True, "font_size": 10, "align": "center", "font_color": "#595959"},
    "group": _BORDER | {"bold": True, "text_wrap": True, "bg_color": "#F2F2F2"},
    "group_number": _NUMBER | {"bold": True, "bg_color": "#F2F2F2"},
    "text": _BORDER | {"text_wrap": True},
    "number": _NUMBER,
    "input": _NUMBER | {"bg_color": "#FFF9DB", "locked": False},
    "total": _NUMBER | _HEAD,
}

Styles = Mapping[str, Format]


@dataclass(frozen=True)
class _Page:
    """One of the two sheets to be filled in: what is written, where, and for which units (the columns)."""

    form: Form
    sheet: Worksheet
    styles: Styles
    units: tuple[str, ...]
    cells: Mapping[Cell, Content]

    @property
    def last_column(self) -> int:
        return FIRST_UNIT + len(self.units) - 1

    @property
    def crowded(self) -> bool:
        return len(self.units) > MANY_UNITS


def make_sheet(form: Form, cells: Mapping[Cell, Content] | None = None) -> bytes:
    """Return the .xlsx that a unit fills in: the same form and cells give the same bytes.

    Args:
        form: whose sheet it is, for which cycle, of which members and criteria.
        cells: what stands in the cells already, by (unit scored, criterion): an int is a number in thousandths of a
            point; a str is written as the text it is (what a person typed wrong); None, or no entry, leaves the cell empty.

    Source: plan, section II.1: each unit scores itself and, crosswise, the others.
    """
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": Word.TITLE.format(year=form.year), "created": datetime(form.year, 1, 1, tzinfo=UTC)})
        book.set_calc_mode("auto")
        styles = _styles(book)
        _write_guide(book.add_worksheet(Sheet.GUIDE), styles, form)
        own, cross = book.add_worksheet(Sheet.SELF), book.add_worksheet(Sheet.CROSS)
        _write_page(_Page(form, own, styles, (form.unit,), cells or {}), Word.SELF_TITLE)
        _write_page(_Page(form, cross, styles, form.others, cells or {}), Word.CROSS_TITLE)
        _write_marks(book.add_worksheet(Sheet.MARKS), form)
    return file.getvalue()


def _styles(book: Workbook) -> Styles:
    base = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    return {name: book.add_format(base | style) for name, style in _STYLES.items()}


def _write_guide(sheet: Worksheet, styles: Styles, form: Form) -> None:
    sheet.set_column(0, 0, GUIDE_WIDTH)
    lines = [(Word.TITLE.format(year=form.year), "title"), (form.bloc_name, "subtitle")]
    lines += [(Word.SCORER.format(unit=form.members[form.unit]), "subtitle"), ("", "line")]
    lines += [(line.format(step=_in_words(form.criteria.step)), "line") for line in GUIDE]
    for row, (text, style) in enumerate(lines):
        sheet.set_row(row, LINE_HEIGHT * _lines(text, int(1.15 * GUIDE_WIDTH)) + 4)
        sheet.write_string(row, 0, text, styles[style])
    sheet.hide_gridlines(2)
    sheet.protect()
    _set_paper(sheet, landscape=False)


def _write_marks(sheet: Worksheet, form: Form) -> None:
    marks = [
        (Mark.CYCLE, form.cycle),
        (Mark.YEAR, str(form.year)),
        (Mark.UNIT, form.unit),
        (Mark.UNIT_NAME, form.members[form.unit]),
        (Mark.DIGEST, form.digest),
        *((Mark.MEMBER, code, name) for code, name in form.members.items()),
    ]
    for row, texts in enumerate(marks):
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
    sheet.very_hidden()


def _write_page(page: _Page, title: str) -> None:
    _write_title(page, title)
    _write_header(page)
    rows = _rows(page.form.criteria.groups)
    for group in page.form.criteria.groups:
        _write_group(page, group, rows)
        for criterion in group.criteria:
            _write_criterion(page, criterion, rows[criterion.code])
    _write_total(page, rows)
    _set_columns(page)
    _set_screen(page.sheet)
    _set_paper(page.sheet, landscape=len(page.units) > 1)
    page.sheet.repeat_rows(HEADER_ROW, CODE_ROW)


def _rows(groups: Sequence[Group]) -> dict[str, int]:
    """Return the row of every group and criterion, by code."""
    codes = [code for group in groups for code in (group.code, *(each.code for each in group.criteria))]
    return {code: FIRST_ROW + index for index, code in enumerate(codes)}


def _write_title(page: _Page, title: str) -> None:
    form = page.form
    lines = (title.format(year=form.year), form.bloc_name, Word.SCORER.format(unit=form.members[form.unit]))
    for row, text in enumerate(lines):
        style = page.styles["subtitle" if row else "title"]
        page.sheet.merge_range(row, CODE, row, page.last_column, "", style)
        page.sheet.write_string(row, CODE, text, style)


def _write_header(page: _Page) -> None:
    for column, word in enumerate((Word.CODE, Word.CRITERION, Word.MINIMUM, Word.MAXIMUM)):
        page.sheet.write_string(HEADER_ROW, column, word, page.styles["head"])
    page.sheet.merge_range(CODE_ROW, CODE, CODE_ROW, MAXIMUM, Word.UNIT_CODE, page.styles["unit_code"])
    for column, unit in enumerate(page.units, FIRST_UNIT):
        name = Word.SELF_POINTS if unit == page.form.unit else page.form.members[unit]
        page.sheet.write_string(HEADER_ROW, column, name, page.styles["upright_head" if page.crowded else "head"])
        page.sheet.write_string(CODE_ROW, column, unit, page.styles["unit_code"])
    page.sheet.set_row(HEADER_ROW, _header_height(page))


def _header_height(page: _Page) -> float:
    names = [page.form.members[unit] for unit in page.units]
    if page.crowded:  # a name stands upright, in two lines
        return 6 * LETTER_WIDTH + max(len(name) for name in names) * LETTER_WIDTH / 2
    return LINE_HEIGHT * max(2, *(_lines(name, _unit_width(page) - 1) for name in names)) + 6


def _write_group(page: _Page, group: Group, rows: Mapping[str, int]) -> None:
    row, styles = rows[group.code], page.styles
    page.sheet.set_row(row, LINE_HEIGHT * _lines(group.title, TITLE_WIDTH))
    page.sheet.write_string(row, CODE, group.code, styles["group_number"])
    page.sheet.write_string(row, TITLE, group.title, styles["group"])
    page.sheet.write_number(row, MINIMUM, as_number(sum(each.minimum for each in group.criteria)), styles["group_number"])
    page.sheet.write_number(row, MAXIMUM, as_number(sum(each.maximum for each in group.criteria)), styles["group_number"])
    for column, unit in enumerate(page.units, FIRST_UNIT):
        below = xl_range(row + 1, column, row + len(group.criteria), column)
        total = as_number(_sum(page, unit, group.criteria))
        page.sheet.write_formula(row, column, f"=SUM({below})", styles["group_number"], total)


def _write_criterion(page: _Page, criterion: Criterion, row: int) -> None:
    page.sheet.set_row(row, LINE_HEIGHT * _lines(criterion.title, int(1.12 * TITLE_WIDTH)))
    page.sheet.write_string(row, CODE, criterion.code, page.styles["number"])
    page.sheet.write_string(row, TITLE, criterion.title, page.styles["text"])
    page.sheet.write_number(row, MINIMUM, as_number(criterion.minimum), page.styles["number"])
    page.sheet.write_number(row, MAXIMUM, as_number(criterion.maximum), page.styles["number"])
    for column, unit in enumerate(page.units, FIRST_UNIT):
        _write_content(page, row, column, page.cells.get((unit, criterion.code)))
    page.sheet.data_validation(row, FIRST_UNIT, row, page.last_column, _bounds(criterion, page.form.criteria.step))


def _write_content(page: _Page, row: int, column: int, content: Content) -> None:
    style = page.styles["input"]
    if content is None:
        page.sheet.write_blank(row, column, None, style)
    elif isinstance(content, str):
        page.sheet.write_string(row, column, content, style)
    else:
        page.sheet.write_number(row, column, as_number(content), style)


def _bounds(criterion: Criterion, step: int) -> dict[str, Any]:
    words = {"minimum": criterion.minimum, "maximum": criterion.maximum, "step": step}
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": as_number(criterion.minimum),
        "maximum": as_number(criterion.maximum),
        "error_title": Word.RANGE_TITLE,
        "error_message": Word.RANGE.format(**{name: _in_words(value) for name, value in words.items()}),
    }


def _write_total(page: _Page, rows: Mapping[str, int]) -> None:
    row, groups, total = FIRST_ROW + len(rows), page.form.criteria.groups, page.styles["total"]
    criteria = tuple(page.form.criteria)
    page.sheet.set_row(row, LINE_HEIGHT + 3)
    page.sheet.merge_range(row, CODE, row, TITLE, Word.TOTAL, total)
    page.sheet.write_number(row, MINIMUM, as_number(sum(each.minimum for each in criteria)), total)
    page.sheet.write_number(row, MAXIMUM, as_number(sum(each.maximum for each in criteria)), total)
    for column, unit in enumerate(page.units, FIRST_UNIT):
        parts = "+".join(xl_rowcol_to_cell(rows[group.code], column) for group in groups)
        page.sheet.write_formula(row, column, f"={parts}", total, as_number(_sum(page, unit, criteria)))


def _sum(page: _Page, unit: str, criteria: Sequence[Criterion]) -> int:
    """Return what a spreadsheet's SUM would make of the cells: texts and empty cells count for nothing."""
    contents = (page.cells.get((unit, criterion.code)) for criterion in criteria)
    return sum(content for content in contents if isinstance(content, int))


def _unit_width(page: _Page) -> int:
    """Return the width of a unit's column, in characters: what the page leaves, but neither cramped nor lost."""
    return 7 if page.crowded else max(11, min(18, (PAGE_WIDTH - TITLE_WIDTH - 24) // len(page.units)))


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column of ``width`` characters; regular type takes a tenth less."""
    return len(textwrap.wrap(text, width)) or 1


def _set_columns(page: _Page) -> None:
    page.sheet.set_column(CODE, CODE, 8)
    page.sheet.set_column(TITLE, TITLE, TITLE_WIDTH)
    page.sheet.set_column(MINIMUM, MAXIMUM, 8)
    page.sheet.set_column(FIRST_UNIT, page.last_column, _unit_width(page))


def _set_screen(sheet: Worksheet) -> None:
    sheet.hide_gridlines(2)
    sheet.freeze_panes(FIRST_ROW, FIRST_UNIT)
    sheet.protect("", {"format_columns": True, "format_rows": True})  # a help against slips, no guard: anyone can lift it


def _set_paper(sheet: Worksheet, *, landscape: bool) -> None:
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(PAPER_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)  # inches
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&C{Word.PAGE}")


def as_number(thousandths: int) -> int | float:
    """Return points as the number that a cell holds: a whole one as an int."""
    return thousandths // THOUSANDTHS if thousandths % THOUSANDTHS == 0 else thousandths / THOUSANDTHS


def _in_words(thousandths: int) -> str:
    """Return points as the form writes them, "0,25": by a comma whatever language is in use."""
    return f"{Decimal(thousandths) / THOUSANDTHS:f}".replace(".", ",")
