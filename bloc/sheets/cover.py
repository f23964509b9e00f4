"""Write the other sheets of the score workbook: the cover, the hidden marks, and the faults of a marked copy."""

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from bloc.language import told_in, week_day
from bloc.sheets.findings import Finding
from bloc.sheets.form import Form
from bloc.sheets.layout import STEPS, Faulty, Guide, Mark, Word
from bloc.sheets.paper import WIDER, Styles, height, in_words, lines, set_paper, set_screen
from bloc.sheets.score_page import ScorePage

LABEL_WIDTH, TEXT_WIDTH = 22, 62  # characters, over A4 portrait
WIDTH = LABEL_WIDTH + TEXT_WIDTH
FAULT_WIDTHS = (5, 17, 10, 34, 66)  # characters, over A4 landscape
HEAD_ROW = 3  # of the list of faults, counted from 0
AIR = 6.0  # points between a row's text and its borders


def write_cover(sheet: Worksheet, styles: Styles, form: Form, pages: Sequence[ScorePage]) -> None:
    """Write what is to be done, until when, for whom; and how far it has come."""
    sheet.set_column(0, 0, LABEL_WIDTH)
    sheet.set_column(1, 1, TEXT_WIDTH)
    _write_across(sheet, styles, 0, form.bloc_name.upper(), "issuer")
    _write_across(sheet, styles, 1, Word.TITLE.format(year=form.year), "title")
    row = 3
    for label, text in _facts(form):
        _write_label(sheet, styles, row, label, text)
        sheet.write_string(row, 1, text, styles["text"])
        row += 1
    for page in pages:
        _write_label(sheet, styles, row, Guide.PROGRESS.format(page=page.name), "")
        sheet.write_formula(row, 1, f"={page.counter}", styles["text"], page.counted)
        row += 1
    _write_across(sheet, styles, row + 1, Guide.STEPS, "bold")
    for index, step in enumerate(STEPS, row + 2):
        _write_across(sheet, styles, index, step.format(step=in_words(form.criteria.step)), "line")
    set_screen(sheet)
    set_paper(sheet, landscape=False)


def _write_across(
    sheet: Worksheet, styles: Styles, row: int, text: str, style: str, last: int = 1, width: float = WIDTH
) -> None:
    sheet.merge_range(row, 0, row, last, "", styles[style])
    sheet.write_string(row, 0, text, styles[style])
    fits = width * (WIDER if style == "line" else 0.7)
    sheet.set_row(row, height(lines(text, fits)) + AIR)


def _facts(form: Form) -> list[tuple[str, str]]:
    until = Guide.UNTIL.format(day=told_in("vi", week_day, form.last_day)) if form.last_day else Guide.UNDATED
    sender = f"{form.sender} ({form.address})" if form.address else form.sender
    count = len(list(form.criteria))
    scope = Guide.SCOPE.format(criteria=count, others=len(form.others), cells=count * len(form.members))
    facts = [(Guide.UNIT, form.members[form.unit]), (Guide.LAST_DAY, until), (Guide.SENDER, sender), (Guide.EXTENT, scope)]
    return [(label, text) for label, text in facts if text]


def _write_label(sheet: Worksheet, styles: Styles, row: int, label: str, text: str) -> None:
    sheet.write_string(row, 0, label, styles["label"])
    sheet.set_row(row, height(max(lines(label, LABEL_WIDTH), lines(text, WIDER * TEXT_WIDTH))) + AIR)


def write_marks(sheet: Worksheet, form: Form) -> None:
    """Write whose sheet it is, for the reader; the sheet cannot be unhidden by a click."""
    marks = [
        (Mark.CYCLE, form.cycle),
        (Mark.YEAR, str(form.year)),
        (Mark.UNIT, form.unit),
        (Mark.UNIT_NAME, form.members[form.unit]),
        (Mark.DIGEST, form.digest),
        (Mark.CRITERIA, form.criteria_digest),
        *((Mark.MEMBER, code, name) for code, name in form.members.items()),
    ]
    for row, texts in enumerate(marks):
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
    sheet.very_hidden()


def write_faults(sheet: Worksheet, styles: Styles, faults: Sequence[Finding], pages: Sequence[ScorePage]) -> None:
    """Write what is wrong with the sheet that came, each with a link to the cell of this copy where it is mended."""
    for column, width in enumerate(FAULT_WIDTHS):
        sheet.set_column(column, column, width)
    last, width = len(FAULT_WIDTHS) - 1, sum(FAULT_WIDTHS)
    _write_across(sheet, styles, 0, Faulty.TITLE, "title", last, width)
    _write_across(sheet, styles, 1, Faulty.HOW, "line", last, width)
    heads = (Faulty.NUMBER, Faulty.PLACE, Faulty.CRITERION, Faulty.UNIT, Faulty.WHAT)
    for column, word in enumerate(heads):
        sheet.write_string(HEAD_ROW, column, word, styles["head"])
    sheet.set_row(HEAD_ROW, height(1) + AIR)
    for number, fault in enumerate(faults, 1):
        _write_fault(sheet, styles, number, fault, pages)
    sheet.freeze_panes(HEAD_ROW + 1, 0)
    set_screen(sheet)
    set_paper(sheet, landscape=True)
    sheet.repeat_rows(HEAD_ROW)


def _write_fault(sheet: Worksheet, styles: Styles, number: int, fault: Finding, pages: Sequence[ScorePage]) -> None:
    row, place, what = HEAD_ROW + number, fault.place, told_in("vi", str, fault.message)
    what = what[:1].upper() + what[1:]
    sheet.write_number(row, 0, number, styles["number"])
    page, cell = _where(fault, pages)
    if page and cell:
        sheet.write_url(row, 1, f"internal:'{page.name}'!{cell}", styles["link"], f"{page.name}!{cell}")
    else:
        sheet.write_string(row, 1, place.sheet or Faulty.WHOLE, styles["text"])
    sheet.write_string(row, 2, place.criterion, styles["number"])
    sheet.write_string(row, 3, place.unit_name, styles["text"])
    sheet.write_string(row, 4, what, styles["text"])
    widths = zip((place.unit_name, what), FAULT_WIDTHS[3:], strict=True)
    sheet.set_row(row, height(max(lines(text, WIDER * width) for text, width in widths)) + AIR)


def _where(fault: Finding, pages: Sequence[ScorePage]) -> tuple[ScorePage | None, str | None]:
    """Return the page and the cell of this copy that a fault is about; the sheet that came may have had it elsewhere."""
    page = next((page for page in pages if page.name == fault.place.sheet), None)
    if page is None or not (fault.place.criterion and fault.place.unit):
        return page, None
    return page, page.place_of((fault.place.unit, fault.place.criterion))
