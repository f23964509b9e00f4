"""The table that goes with the units' reports, to compile from: a Vietnamese document whatever its reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Self

from xlsxwriter import Workbook

from bloc.clock import local, local_day
from bloc.enums import ObligationState
from bloc.language import short_day
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of
from models import Deposit

HEADS = ("TT", "Đơn vị", "Thời hạn", "Tình trạng", "Biên nhận số", "Thời điểm nhận", "Tên tệp", "Nội dung tổng hợp")
WIDTHS = (6, 36, 14, 22, 10, 22, 40, 60)  # characters
TITLE = "BẢNG THEO DÕI, TỔNG HỢP BÁO CÁO CỦA CÁC ĐƠN VỊ"
IN_TIME, LATE, MISSING = "Đúng hạn", "Chậm {days} ngày", "Quá hạn {days} ngày, chưa gửi"
WAITED_FOR, WAIVED = "Chưa gửi", "Được miễn"
MOMENT = "{hour} giờ {minute:02}, {day}"
FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "top", "text_wrap": True}
HEAD_ROW = 3  # counted from 0


@dataclass(frozen=True)
class ReportRow:
    """One unit's line."""

    unit: str
    last_day: str
    state: str
    receipt: str = ""
    received: str = ""
    file_name: str = ""

    @classmethod
    def of(cls, owed: Owed, deposit: Deposit | None, file_name: str, now: datetime) -> Self:
        """Return the line of what a unit owes and has sent, as it stands at ``now``."""
        last = last_day_of(owed.obligation.due_at)
        name, day = owed.unit.name, short_day(last)
        if deposit is None:
            days = (local_day(now) - last).days
            waived = owed.obligation.state is ObligationState.WAIVED
            return cls(name, day, WAIVED if waived else MISSING.format(days=days) if days > 0 else WAITED_FOR)
        there, days = local(deposit.received_at), (local_day(deposit.received_at) - last).days
        moment = MOMENT.format(hour=there.hour, minute=there.minute, day=short_day(there.date()))
        return cls(name, day, LATE.format(days=days) if days > 0 else IN_TIME, str(deposit.receipt), moment, file_name)


def make_reports_table(title: str, rows: Sequence[ReportRow]) -> bytes:
    """Return an .xlsx with a line for each unit and an empty column for what is compiled. Texts stay texts."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        plain = book.add_format({**FONT, "border": 1})
        head = book.add_format({**FONT, "border": 1, "bold": True, "align": "center"})
        large = book.add_format({**FONT, "bold": True, "font_size": 14, "text_wrap": False})
        sheet = book.add_worksheet()
        for row, text in enumerate((TITLE, title)):
            sheet.write_string(row, 0, text, large)
        for column, (name, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(HEAD_ROW, column, name, head)
        for number, row_ in enumerate(rows, 1):
            cells = (str(number), *vars(row_).values(), "")
            for column, cell in enumerate(cells):
                sheet.write_string(HEAD_ROW + number, column, cell, plain)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEAD_ROW)
    return file.getvalue()
