"""Write the sheet that shows how units kept their deadlines, to whoever scores; nothing of it is read back."""

from collections.abc import Iterator

from xlsxwriter.worksheet import Worksheet

from bloc.language import clock_time, told_in
from bloc.rules.criteria import Criterion
from bloc.rules.punctuality import Kept
from bloc.sheets.form import Form
from bloc.sheets.layout import Recorded
from bloc.sheets.paper import WIDER, Styles, height, lines, set_paper, set_screen
from bloc.sheets.punctual import Records, deadline, received, state, why

WIDTHS = (34, 32, 17, 18, 22, 36)  # characters, over A4 landscape
HEADS = (Recorded.UNIT, Recorded.ACTIVITY, Recorded.DEADLINE, Recorded.RECEIVED, Recorded.STATE, Recorded.WHY)
LAST = len(WIDTHS) - 1  # column
FIRST_ROW = 3  # counted from 0
AIR = 6.0  # points between a row's text and its borders


def write_record(sheet: Worksheet, styles: Styles, form: Form, records: Records) -> None:
    """Write under each linked criterion a row for each unit and each thing that it had to send."""
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    _across(sheet, styles, 0, Recorded.TITLE.format(year=form.year), "title")
    _across(sheet, styles, 1, Recorded.HOW.format(moment=told_in("vi", clock_time, records.as_of)), "line")
    for column, head in enumerate(HEADS):
        sheet.write_string(FIRST_ROW, column, head, styles["head"])
    row = FIRST_ROW
    for criterion, rows in _rows(form, records):
        row += 1
        _across(sheet, styles, row, f"{criterion.code}. {criterion.title}", "group")
        for unit, line in rows:
            row += 1
            _write_row(sheet, styles, row, _texts(form, unit, line))
    sheet.freeze_panes(FIRST_ROW + 1, 0)
    set_screen(sheet)
    set_paper(sheet, landscape=True)
    sheet.repeat_rows(FIRST_ROW)


def _rows(form: Form, records: Records) -> Iterator[tuple[Criterion, list[tuple[str, Kept]]]]:
    for criterion in form.criteria:
        rows = [(unit, line) for unit in (form.unit, *form.others) for line in records.of(criterion.code, unit)]
        if rows:
            yield criterion, rows


def _texts(form: Form, unit: str, line: Kept) -> list[str]:
    until, how = (told_in("vi", str, said) for said in (deadline(line), state(line)))
    return [form.members[unit], line.activity, until, told_in("vi", received, line), how, why(line)]


def _write_row(sheet: Worksheet, styles: Styles, row: int, texts: list[str]) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, styles["text"])
    counts = (lines(text, WIDER * width - 1) for text, width in zip(texts, WIDTHS, strict=True))
    sheet.set_row(row, height(max(counts)) + AIR)


def _across(sheet: Worksheet, styles: Styles, row: int, text: str, style: str) -> None:
    sheet.merge_range(row, 0, row, LAST, "", styles[style])
    sheet.write_string(row, 0, text, styles[style])
    sheet.set_row(row, height(lines(text, 0.9 * sum(WIDTHS))) + AIR)
