"""The ranking as formulas over the raw points, so that anybody can reckon it again without a program of ours.

Like the result workbook it is Vietnamese whatever language its reader has chosen.
"""

from datetime import UTC, datetime, time
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from bloc.documents.result_table import Line, ResultTable
from bloc.enums import TieRule
from bloc.rules.criteria import THOUSANDTHS

RAW, AGAIN = "Điểm gốc", "Tính lại"
RAW_HEADS = ("Đơn vị chấm", "Đơn vị được chấm", "Tiêu chí", "Điểm")
UNIT_HEADS = ("Mã đơn vị", "Đơn vị")
RESULT_HEADS = ("Tổng điểm", "Điểm", "Chấm chéo (trung bình)", "Hạng")
FIRST = len(UNIT_HEADS)  # column of the first scorer


def make_recompute_workbook(table: ResultTable) -> bytes:
    """Return an .xlsx of two sheets: every counted point, and the ranking in formulas over them.

    Each formula has its value saved with it, for readers that do not reckon. The same table gives the same bytes.
    """
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"created": datetime.combine(table.computed_on, time(), UTC)})
        again, raw = book.add_worksheet(AGAIN), book.add_worksheet(RAW)
        bold = book.add_format({"bold": True, "text_wrap": True})
        rows = _write_points(raw, table)
        heads = (*UNIT_HEADS, *table.scorers, *RESULT_HEADS)
        for column, head in enumerate(heads):
            again.write_string(0, column, head, bold)
        for column, head in enumerate(RAW_HEADS):
            raw.write_string(0, column, head, bold)
        again.set_column(1, 1, 40)
        for row, line in enumerate(table.lines, 1):
            _write_line(again, row, line, table, rows)
    return file.getvalue()


def _write_points(sheet: Worksheet, table: ResultTable) -> int:
    """Write every point; return how many there are."""
    for row, ((scorer, unit, criterion), given) in enumerate(sorted(table.points.items()), 1):
        for column, text in enumerate((scorer, unit, criterion)):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 3, given / THOUSANDTHS)
    return len(table.points)


def _write_line(sheet: Worksheet, row: int, line: Line, table: ResultTable, rows: int) -> None:
    """Write a unit's formulas. Sums are rounded to thousandths, so that equal sums are equal numbers.

    SUMIFS would take the codes "1" and "01" for one.
    """
    last = FIRST + len(table.scorers) - 1
    total, score, cross, rank = range(last + 1, last + 5)
    unit = xl_rowcol_to_cell(row, 0, col_abs=True)
    scorers, given = xl_range_abs(0, FIRST, 0, last), f"{xl_rowcol_to_cell(row, FIRST)}:{xl_rowcol_to_cell(row, last)}"
    by, of, _, points = (f"'{RAW}'!{xl_range_abs(1, column, rows, column)}" for column in range(4))
    totals = [table.total(scorer, line.unit) for scorer in table.scorers]
    sheet.write_string(row, 0, line.unit)
    sheet.write_string(row, 1, table.members[line.unit])
    for column, value in enumerate(totals, FIRST):
        formula = f"=ROUND(SUMPRODUCT(({by}={xl_col_to_name(column)}$1)*({of}={unit})*{points}),3)"
        sheet.write_formula(row, column, formula, value=value / THOUSANDTHS)
    all_, crosses = (xl_range_abs(1, column, len(table.lines), column) for column in (total, cross))
    mine, its_cross = xl_rowcol_to_cell(row, total), xl_rowcol_to_cell(row, cross)
    others = f"ROUND({mine}-SUMPRODUCT(({scorers}={unit})*{given}),3)/(COLUMNS({given})-SUMPRODUCT(--({scorers}={unit})))"
    place = f"=1+SUMPRODUCT(--({all_}>{mine}))"
    if table.ties is TieRule.CROSS_MEAN:
        place += f"+SUMPRODUCT(({all_}={mine})*({crosses}>{its_cross}))"
    sheet.write_formula(row, total, f"=ROUND(SUM({given}),3)", value=sum(totals) / THOUSANDTHS)
    sheet.write_formula(row, score, f"={mine}/COLUMNS({given})", value=float(line.score))
    sheet.write_formula(
        row, cross, f"=IFERROR({others},{xl_rowcol_to_cell(row, score)})", value=float(line.cross_mean or line.score)
    )
    sheet.write_formula(row, rank, place, value=line.rank)
