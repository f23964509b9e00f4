"""Where a unit gained and lost against the bloc's mean, as a workbook: for the unit's own improvement report. In Vietnamese."""

from datetime import UTC, datetime, time
from io import BytesIO

from xlsxwriter import Workbook

from bloc.documents.result_table import ResultTable
from bloc.documents.robustness_report import improvement

HEADS = ("Mã", "Nhóm tiêu chí", "Điểm tối đa", "Điểm của đơn vị", "Bình quân của Khối", "So với bình quân")
WIDTHS = (8, 60, 14, 16, 18, 18)  # characters
TITLE = "ĐIỂM THEO NHÓM TIÊU CHÍ NĂM {year}, SO VỚI BÌNH QUÂN CỦA KHỐI"
STATE = "Kết quả phiên bản {version}{provisional}, theo {sheets:02}/{of:02} bảng chấm điểm; nhóm kém bình quân nhất đứng trước."
PROVISIONAL = " (tạm thời)"
FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
HEAD_ROW = 4  # counted from 0


def make_improvement_workbook(table: ResultTable, unit: str) -> bytes:
    """Return an .xlsx of a unit's groups of criteria beside the bloc's mean: means alone, of no single scorer.

    The same result gives the same bytes.

    Raises:
        NoSheets: no sheet counts.
    """
    file = BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": datetime.combine(table.computed_on, time(), UTC)})
        title = book.add_format({**FONT, "bold": True, "font_size": 14})
        plain = book.add_format({**FONT, "border": 1, "text_wrap": True})
        head = book.add_format({**FONT, "border": 1, "bold": True, "align": "center", "text_wrap": True})
        places = "0." + "0" * table.decimals if table.decimals else "0"
        number = book.add_format({**FONT, "border": 1, "num_format": places})
        signed = book.add_format({**FONT, "border": 1, "bold": True, "num_format": f"+{places};-{places};{places}"})
        sheet = book.add_worksheet("So với bình quân")
        for row, text in enumerate((TITLE.format(year=table.year), table.members[unit], table.bloc_name)):
            sheet.write_string(row, 0, text, title)
        for column, (name, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(HEAD_ROW, column, name, head)
        row = HEAD_ROW
        for row, each in enumerate(improvement(table, unit), HEAD_ROW + 1):
            sheet.write_string(row, 0, each.code, plain)
            sheet.write_string(row, 1, each.title, plain)
            for column, figure in enumerate((each.maximum, each.score, each.mean, each.gain), 2):
                sheet.write_number(row, column, _number(figure), signed if figure is each.gain else number)
        provisional = PROVISIONAL if table.provisional else ""
        said = STATE.format(version=table.version, provisional=provisional, sheets=len(table.scorers), of=len(table.members))
        sheet.write_string(row + 2, 0, said, book.add_format({**FONT, "italic": True}))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    return file.getvalue()


def _number(shown: str) -> float:
    return float(shown.replace(",", "."))
