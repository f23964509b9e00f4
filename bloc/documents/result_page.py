"""What the pages of the result workbook have in common: their heading, the heads of their tables, their paper."""

import textwrap
from collections.abc import Sequence
from datetime import date

from xlsxwriter.worksheet import Worksheet

from bloc.documents.result_layout import DAY, LINE_HEIGHT, PAPER_A4, PROVISIONAL, VERSION, Paper


def write_title(paper: Paper, row: int, columns: tuple[int, int], title: str, unit: str = "") -> int:
    """Write what the sheet shows, of what standing; return the row where the table begins."""
    table = paper.table
    lines = [(title.format(year=table.year), "title"), (unit, "subtitle")]
    if table.provisional:
        lines.append((PROVISIONAL.format(count=len(table.scorers), of=len(table.members)), "subtitle"))
    lines.append((VERSION.format(version=table.version, day=in_words(table.computed_on)), "version"))
    for text, style in lines:
        if text:
            paper.across(row, columns, text, style)
            row += 1
    return row + 1


def write_heads(paper: Paper, row: int, heads: Sequence[str], widths: Sequence[int], upright_from: int | None = None) -> None:
    """Write a table's head; from the column ``upright_from`` on the texts stand upright."""
    height = 2 * LINE_HEIGHT
    for column, (text, width) in enumerate(zip(heads, widths, strict=True)):
        upright = upright_from is not None and column >= upright_from
        paper.text(row, column, text, "upright" if upright else "head")
        height = max(height, 44 + 3.5 * len(text) if upright else LINE_HEIGHT * lines_of(text, width - 1))
    paper.sheet.set_row(row, height + 4)


def set_columns(sheet: Worksheet, widths: Sequence[int]) -> None:
    """Set the widths of the columns, in characters."""
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)


def set_paper(sheet: Worksheet, head: int, *, landscape: bool) -> None:
    """Set what a page looks like on A4; the row ``head`` stands on each."""
    if landscape:
        sheet.set_landscape()
        sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.7)  # inches
    else:
        sheet.set_margins(left=1.18, right=0.6, top=0.8, bottom=0.8)  # 30, 15, 20 and 20 mm
    sheet.set_paper(PAPER_A4)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.repeat_rows(head)
    sheet.set_footer('&C&"Times New Roman,Regular"&11Trang &P/&N')


def lines_of(text: str, width: int) -> int:
    """Return how many lines a text takes in a cell of that width, in characters."""
    return sum(len(textwrap.wrap(part, width)) or 1 for part in text.split("\n"))


def in_words(day: date) -> str:
    """Return "ngày 06 tháng 6 năm 2024": days under 10 and months under 3 with a nought."""
    return DAY.format(day=day.day, month=f"{day.month:02}" if day.month < 3 else day.month, year=day.year)
