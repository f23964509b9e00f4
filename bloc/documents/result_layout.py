"""The fixed words and the looks of the result workbook, and the paper that writes in them.

The document is Vietnamese whatever language its reader has chosen, so its words are not translated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bloc.documents.result_table import ResultTable
from bloc.rules.criteria import THOUSANDTHS

RANKING, MATRIX, DEADLINES = "Xếp hạng", "Ma trận", "Thời hạn"
PAPER_A4 = 9
SHEET_NAME = 31  # characters, Excel's limit
LINE_HEIGHT = 17.0  # points; heights are stated, for LibreOffice and merged cells do not find them themselves
RANKING_WIDTHS = (7, 31, 11, 13, 11, 17)  # characters
VIETNAMESE = "[$-42A]"  # before a number format: LibreOffice then writes a comma, as Excel does in Vietnam anyway
NO_SHEET = "–"

NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
RANKING_HEADS = ("Hạng", "Đơn vị", "Điểm tự chấm", "Điểm chấm chéo trung bình", "Điểm", "Ghi chú")
RANKING_TITLE = "KẾT QUẢ CHẤM ĐIỂM, XẾP HẠNG THI ĐUA NĂM {year}"
MATRIX_TITLE = "TỔNG HỢP ĐIỂM TỰ CHẤM VÀ CHẤM CHÉO NĂM {year}"
DEADLINES_TITLE = "THỜI HẠN VÀ GIA HẠN NĂM {year}"
UNIT_TITLE = "BẢNG TỔNG HỢP ĐIỂM THI ĐUA NĂM {year}"
PROVISIONAL = "(TẠM TÍNH, {count}/{of} bảng chấm điểm)"
VERSION = "Phiên bản {version}, tính {day}"
TIED = "Đồng hạng"
SHEETS = "{count}/{of} bảng"
PLACE_AND_DAY = "{place}, {day}"
DAY = "ngày {day:02} tháng {month} năm {year}"
NOTE = (
    "Điểm là trung bình cộng của điểm tự chấm và các điểm chấm chéo; số hiển thị được làm tròn đến {decimals} chữ số thập "
    "phân, thứ hạng xác định theo giá trị chưa làm tròn."
)
MATRIX_NOTE = "Hàng: đơn vị được chấm; cột: đơn vị chấm. Ô nền xám: điểm tự chấm. Dấu “–”: chưa có bảng chấm điểm được tính."
SCORED, SCORE, TOTAL = "Đơn vị được chấm", "Điểm", "TỔNG CỘNG"
DEADLINE_HEADS = ("Đơn vị", "Hạn cuối", "Gia hạn đến", "Nhận lúc", "Chậm", "Lý do gia hạn, miễn")
DEADLINE_WIDTHS = (36, 12, 12, 18, 10, 38)  # characters
EXTENDED, WAIVED = "Gia hạn: {because}", "Miễn: {because}"
DAYS_LATE = "{days:02} ngày"
CLOCK = "{hour} giờ {minute:02}, {day}"
DEADLINES_NOTE = (
    "Hạn cuối: ngày cuối cùng theo kế hoạch. Nhận lúc: lần gửi hợp lệ đầu tiên. Chậm: số ngày sau hạn cuối hoặc sau ngày được "
    "gia hạn. Dấu “–”: không có."
)
UNIT_HEADS = ("Mã số", "Nội dung tiêu chí", "Điểm tối đa")
UNIT_SCORE = "ĐIỂM THI ĐUA (trung bình cộng của {count} bảng chấm điểm)"

BORDER: dict[str, Any] = {"border": 1, "text_wrap": True}
NUMBER = BORDER | {"align": "center"}
STYLES: dict[str, dict[str, Any]] = {
    "council": {"align": "center", "text_wrap": True},
    "issuer": {"align": "center", "bold": True, "text_wrap": True},
    "motto": {"align": "center", "bold": True, "font_size": 13},
    "place": {"align": "center", "italic": True, "font_size": 13},
    "title": {"align": "center", "bold": True, "font_size": 14, "text_wrap": True},
    "subtitle": {"align": "center", "bold": True, "text_wrap": True},
    "version": {"align": "center", "italic": True},
    "note": {"italic": True, "text_wrap": True, "font_size": 11, "valign": "top"},
    "head": NUMBER | {"bold": True, "bg_color": "#D9E2F3"},
    "upright": NUMBER | {"bold": True, "bg_color": "#D9E2F3", "rotation": 90},
    "text": BORDER,
    "cell": NUMBER,
    "group": BORDER | {"bold": True, "bg_color": "#F2F2F2"},
    "group_cell": NUMBER | {"bold": True, "bg_color": "#F2F2F2"},
}
NUMBER_STYLES: dict[str, dict[str, Any]] = {
    "points": {},
    "own": {"bg_color": "#D9D9D9"},
    "sum": {"bold": True, "bg_color": "#F2F2F2"},
}


@dataclass(frozen=True)
class Paper:
    """A sheet to write on, with its styles and the table that it shows."""

    sheet: Worksheet
    styles: Mapping[str, Format]
    table: ResultTable

    def text(self, row: int, column: int, text: str, style: str) -> None:
        """Write a text as a text, whatever it begins with."""
        self.sheet.write_string(row, column, text, self.styles[style])

    def across(self, row: int, columns: tuple[int, int], text: str, style: str) -> None:
        """Write a text over the columns from the first to the last."""
        if columns[0] < columns[1]:
            self.sheet.merge_range(row, columns[0], row, columns[1], "", self.styles[style])
        self.text(row, columns[0], text, style)

    def points(self, row: int, column: int, thousandths: int | None, style: str = "points") -> None:
        """Write points exactly as given, or that there are none."""
        if thousandths is None:
            self.text(row, column, NO_SHEET, "cell")
        else:
            self.sheet.write_number(row, column, thousandths / THOUSANDTHS, self.styles[style])

    def mean(self, row: int, column: int, mean: Fraction | None, style: str = "mean") -> None:
        """Write a mean rounded half up, as the number that is shown."""
        if mean is None:
            self.text(row, column, NO_SHEET, "cell")
        else:
            self.sheet.write_number(row, column, half_up(mean, self.table.decimals), self.styles[style])


def half_up(score: Fraction, decimals: int) -> float:
    """Return the number that is shown for an exact score: rounded half up (away from zero)."""
    scale = 10**decimals
    whole = (2 * abs(score.numerator) * scale + score.denominator) // (2 * score.denominator)
    return float(Decimal(-whole if score < 0 else whole) / scale)
