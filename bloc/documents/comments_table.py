"""The compiled comments of a consultation as a workbook: a Vietnamese document whatever language its reader has chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from bloc.clock import local
from bloc.enums import ResponseKind
from bloc.language import short_day

HEADS = ("TT", "Đơn vị", "Ý kiến", "Nội dung góp ý", "Thời điểm trả lời")
WIDTHS = (6, 34, 16, 80, 22)  # characters
TITLE = "TỔNG HỢP Ý KIẾN CỦA CÁC ĐƠN VỊ"
SAID = {ResponseKind.AGREED: "Nhất trí", ResponseKind.COMMENTED: "Có góp ý"}
NOT_YET = "Chưa trả lời"
MOMENT = "{hour} giờ {minute:02}, {day}"
FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
SHEET_NAME = 28  # characters of a title that fit on a tab, with a number before them
FORBIDDEN = "[]:*?/\\'"  # on a tab


@dataclass(frozen=True)
class Row:
    """What one unit answered; ``kind`` None: nothing yet."""

    unit: str
    kind: ResponseKind | None = None
    text: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True)
class CommentsTable:
    """The answers to one consultation: its short name, its title, a row for each unit."""

    name: str
    title: str
    rows: tuple[Row, ...]


def make_comments_table(tables: Sequence[CommentsTable]) -> bytes:
    """Return an .xlsx with a sheet for each consultation. What units wrote stays text, whatever it begins with."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        plain = book.add_format({**FONT, "border": 1, "text_wrap": True})
        head = book.add_format({**FONT, "border": 1, "bold": True, "align": "center", "text_wrap": True})
        title = book.add_format({**FONT, "bold": True, "font_size": 14})
        for number, table in enumerate(tables, 1):
            sheet = book.add_worksheet(_tab(number, table.name))
            sheet.write_string(0, 0, TITLE, title)
            sheet.write_string(1, 0, table.title, title)
            for column, (name, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
                sheet.set_column(column, column, width)
                sheet.write_string(3, column, name, head)
            for line, row in enumerate(table.rows, 1):
                _write_row(sheet, line, row, plain)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(3)
    return file.getvalue()


def _write_row(sheet: Worksheet, line: int, row: Row, plain: object) -> None:
    answered = local(row.answered_at) if row.answered_at else None
    moment = MOMENT.format(hour=answered.hour, minute=answered.minute, day=short_day(answered.date())) if answered else ""
    cells = (str(line), row.unit, SAID[row.kind] if row.kind else NOT_YET, row.text, moment)
    for column, cell in enumerate(cells):
        sheet.write_string(3 + line, column, cell, plain)


def _tab(number: int, name: str) -> str:
    plain = "".join(" " if sign in FORBIDDEN else sign for sign in name)
    return f"{number}. {plain}"[:SHEET_NAME].strip()
