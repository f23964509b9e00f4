"""Write the two sheets that a unit fills in: its self-score with evidence, and its cross-scores of the others."""

from collections.abc import Iterator, Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from bloc.language import told_in
from bloc.rules.criteria import THOUSANDTHS, Criterion, Group
from bloc.sheets.form import Cell, Form
from bloc.sheets.layout import Sheet, Word
from bloc.sheets.paper import GREEN, RED, WIDER, as_number, height, in_words, lines, set_paper, set_screen
from bloc.sheets.score_page import (
    CODE,
    CODE_ROW,
    COUNTER_ROW,
    FIRST_ROW,
    FIRST_UNIT,
    HEADER_ROW,
    HIGHEST,
    LETTER_WIDTH,
    MAXIMUM,
    MINIMUM,
    MOTTO_ROW,
    NOTE_WIDTH,
    NUMBER_WIDTH,
    STATE_ROW,
    TITLE,
    TITLE_ROW,
    WIDE_LETTERS,
    ScorePage,
)


def write_page(page: ScorePage, book: Workbook) -> None:
    """Write a whole sheet."""
    _set_columns(page)
    _write_heading(page)
    _write_counter(page)
    _write_header(page)
    for group in page.form.criteria.groups:
        _write_group(page, group)
        for criterion in group.criteria:
            _write_criterion(page, criterion)
    _write_total(page)
    _write_signature(page)
    _set_checks(page, book)
    page.sheet.freeze_panes(FIRST_ROW, FIRST_UNIT)
    page.sheet.set_selection(FIRST_ROW + 1, FIRST_UNIT, FIRST_ROW + 1, FIRST_UNIT)
    set_screen(page.sheet)
    set_paper(page.sheet, landscape=True)
    page.sheet.repeat_rows(HEADER_ROW, CODE_ROW)


def _set_columns(page: ScorePage) -> None:
    page.sheet.set_column(CODE, CODE, NUMBER_WIDTH)
    page.sheet.set_column(TITLE, TITLE, page.title_width)
    page.sheet.set_column(MINIMUM, MAXIMUM, NUMBER_WIDTH)
    page.sheet.set_column(FIRST_UNIT, page.last_unit, page.unit_width)
    if page.notes:
        page.sheet.set_column(page.last_unit + 1, page.last_column, NOTE_WIDTH)


def _write_heading(page: ScorePage) -> None:
    form, name = page.form, page.form.members[page.form.unit].upper()
    title = Word.SELF_TITLE if page.name is Sheet.SELF else Word.CROSS_TITLE
    left = NUMBER_WIDTH + page.title_width
    for row, issuer, style, text in (
        (STATE_ROW, form.bloc_name.upper(), "issuer", Word.STATE),
        (MOTTO_ROW, name, "bold", Word.MOTTO),
    ):
        _merge(page, row, CODE, TITLE, issuer, style)
        _merge(page, row, MINIMUM, page.last_column, text, "bold" if row == STATE_ROW else "motto")
        page.sheet.set_row(row, height(lines(issuer, WIDE_LETTERS * left)))
    _merge(page, TITLE_ROW, CODE, page.last_column, title.format(year=form.year), "title")
    page.sheet.set_row(TITLE_ROW, 2 * height(1))


def _merge(page: ScorePage, row: int, first: int, last: int, text: str, style: str) -> None:
    page.sheet.merge_range(row, first, row, last, "", page.styles[style])
    page.sheet.write_string(row, first, text, page.styles[style])


def _write_counter(page: ScorePage) -> None:
    """Count the cells that are left; the groups' own rows hold sums and are never blank."""
    last = FIRST_ROW + len(page.rows) - 1
    blank = f"COUNTBLANK({xl_range(FIRST_ROW, FIRST_UNIT, last, page.last_unit)})"
    before, after = Word.LEFT.split("{count}")
    none_left = Word.NONE_LEFT.format(count=len(page.units) * len(list(page.form.criteria)))
    formula = f'=IF({blank}=0,"{none_left}","{before}"&{blank}&"{after}")'
    page.sheet.merge_range(COUNTER_ROW, CODE, COUNTER_ROW, page.last_column, "", page.styles["counter"])
    page.sheet.write_formula(COUNTER_ROW, CODE, formula, page.styles["counter"], page.counted)


def _write_header(page: ScorePage) -> None:
    for column, word in enumerate((Word.CODE, Word.CRITERION, Word.MINIMUM, Word.MAXIMUM)):
        page.sheet.write_string(HEADER_ROW, column, word, page.styles["head"])
    page.sheet.merge_range(CODE_ROW, CODE, CODE_ROW, MAXIMUM, Word.UNIT_CODE, page.styles["unit_code"])
    for column, unit in enumerate(page.units, FIRST_UNIT):
        name = Word.SELF_POINTS if page.notes else page.form.members[unit]
        page.sheet.write_string(HEADER_ROW, column, name, page.styles["upright_head" if page.crowded else "head"])
        page.sheet.write_string(CODE_ROW, column, unit, page.styles["unit_code"])
    for column, note in enumerate(page.notes, page.last_unit + 1):
        page.sheet.write_string(HEADER_ROW, column, note, page.styles["head"])
    page.sheet.set_row(HEADER_ROW, _header_height(page))
    page.sheet.set_row(CODE_ROW, None, None, {"hidden": True})  # for the reader, by which it finds the columns


def _header_height(page: ScorePage) -> float:
    names = [page.form.members[unit] for unit in page.units] if not page.notes else [Word.SELF_POINTS]
    if page.crowded:
        return min(HIGHEST, 8 * LETTER_WIDTH + max(len(name) for name in names) * LETTER_WIDTH / (page.upright_lines - 0.5))
    return height(max(2, *(lines(name, page.unit_width - 1) for name in names))) + 4


def _write_group(page: ScorePage, group: Group) -> None:
    row, number = page.rows[group.code], page.styles["group_number"]
    page.sheet.set_row(row, height(lines(group.title, page.title_width - 1)))
    page.sheet.write_string(row, CODE, group.code, number)
    page.sheet.write_string(row, TITLE, group.title, page.styles["group"])
    page.sheet.write_number(row, MINIMUM, as_number(sum(each.minimum for each in group.criteria)), number)
    page.sheet.write_number(row, MAXIMUM, as_number(sum(each.maximum for each in group.criteria)), number)
    for column, unit in enumerate(page.units, FIRST_UNIT):
        below = xl_range(row + 1, column, row + len(group.criteria), column)
        page.sheet.write_formula(row, column, f"=SUM({below})", number, as_number(_sum(page, unit, group.criteria)))
    for column, _ in enumerate(page.notes, page.last_unit + 1):
        page.sheet.write_blank(row, column, None, page.styles["group"])


def _write_criterion(page: ScorePage, criterion: Criterion) -> None:
    row, number, bounds = page.rows[criterion.code], page.styles["number"], bounds_in_words(criterion, page.form)
    page.sheet.set_row(row, _criterion_height(page, criterion))
    page.sheet.write_string(row, CODE, criterion.code, number)
    page.sheet.write_string(row, TITLE, criterion.title, page.styles["text"])
    page.sheet.write_comment(row, TITLE, f"{criterion.code}. {criterion.title}\n{bounds}", _comment(3))
    page.sheet.write_number(row, MINIMUM, as_number(criterion.minimum), number)
    page.sheet.write_number(row, MAXIMUM, as_number(criterion.maximum), number)
    for column, unit in enumerate(page.units, FIRST_UNIT):
        _write_points(page, row, column, (unit, criterion.code))
    for column, note in enumerate(page.notes, page.last_unit + 1):
        text = page.filling.notes.get((criterion.code, note), "")
        if text:
            page.sheet.write_string(row, column, text, page.styles["note"])
        else:
            page.sheet.write_blank(row, column, None, page.styles["note"])


def _criterion_height(page: ScorePage, criterion: Criterion) -> float:
    counts = [lines(criterion.title, WIDER * page.title_width)]
    counts += [lines(page.filling.notes.get((criterion.code, note), ""), WIDER * NOTE_WIDTH) for note in page.notes]
    return min(HIGHEST, height(max([2 if page.notes else 1, *counts])))


def bounds_in_words(criterion: Criterion, form: Form) -> str:
    """Return what the points of a criterion keep to, in a sentence of the form."""
    words = {"minimum": criterion.minimum, "maximum": criterion.maximum, "step": form.criteria.step}
    return Word.RANGE.format(**{name: in_words(value) for name, value in words.items()})


def _comment(rows: int) -> dict[str, Any]:
    return {
        "author": "",
        "font_name": "Times New Roman",
        "font_size": 11,
        "width": 300,
        "height": 22 * rows,
        "color": "#FFFFE1",
    }


def _write_points(page: ScorePage, row: int, column: int, cell: Cell) -> None:
    content, fault = page.filling.cells.get(cell), page.filling.faults.get(cell)
    style = page.styles["faulty" if fault else "input"]
    if content is None:
        page.sheet.write_blank(row, column, None, style)
    elif isinstance(content, str):
        page.sheet.write_string(row, column, content, style)
    else:
        page.sheet.write_number(row, column, as_number(content), style)
    if fault:
        page.sheet.write_comment(row, column, told_in("vi", str, fault), _comment(3))


def _write_total(page: ScorePage) -> None:
    row, groups, total = FIRST_ROW + len(page.rows), page.form.criteria.groups, page.styles["total"]
    criteria = tuple(page.form.criteria)
    page.sheet.set_row(row, height(1) + 3)
    page.sheet.merge_range(row, CODE, row, TITLE, Word.TOTAL, total)
    page.sheet.write_number(row, MINIMUM, as_number(sum(each.minimum for each in criteria)), total)
    page.sheet.write_number(row, MAXIMUM, as_number(sum(each.maximum for each in criteria)), total)
    for column, unit in enumerate(page.units, FIRST_UNIT):
        parts = "+".join(xl_rowcol_to_cell(page.rows[group.code], column) for group in groups)
        page.sheet.write_formula(row, column, f"={parts}", total, as_number(_sum(page, unit, criteria)))
    for column, _ in enumerate(page.notes, page.last_unit + 1):
        page.sheet.write_blank(row, column, None, total)


def _sum(page: ScorePage, unit: str, criteria: Sequence[Criterion]) -> int:
    """Return what a spreadsheet's SUM would make of the cells: texts and empty cells count for nothing."""
    contents = (page.filling.cells.get((unit, criterion.code)) for criterion in criteria)
    return sum(content for content in contents if isinstance(content, int))


def _write_signature(page: ScorePage) -> None:
    first = FIRST_ROW + len(page.rows) + 2
    texts = ((Word.DAY_SIGNED.format(year=page.form.year), "italic"), (Word.SIGNED_BY, "bold"), (Word.SIGN_HERE, "italic"))
    for row, (text, style) in enumerate(texts, first):
        _merge(page, row, MINIMUM, page.last_column, text, style)


def _set_checks(page: ScorePage, book: Workbook) -> None:
    """Have cells turn red beyond their bounds, and take only what keeps to them; pasting gets past the latter."""
    red, green = book.add_format(dict(RED)), book.add_format(dict(GREEN))
    for group in page.form.criteria.groups:
        first, last = page.rows[group.criteria[0].code], page.rows[group.criteria[-1].code]
        rule = {"type": "formula", "criteria": f"={_is_wrong(page, first)}", "format": red}
        page.sheet.conditional_format(first, FIRST_UNIT, last, page.last_unit, rule)
        for criterion in group.criteria:
            row = page.rows[criterion.code]
            page.sheet.data_validation(row, FIRST_UNIT, row, page.last_unit, _validation(page, criterion))
    for row, column in _faulty(page):
        cell = xl_rowcol_to_cell(row, column)
        right = f"=AND(NOT(ISBLANK({cell})),NOT({_is_wrong(page, row, column)}))"
        page.sheet.conditional_format(row, column, row, column, {"type": "formula", "criteria": right, "format": green})


def _faulty(page: ScorePage) -> Iterator[tuple[int, int]]:
    for unit, criterion in page.filling.faults:
        if unit in page.units:
            yield page.rows[criterion], FIRST_UNIT + page.units.index(unit)


def _is_wrong(page: ScorePage, row: int, column: int = FIRST_UNIT) -> str:
    """Return a formula: whether what stands in a cell is no number, or not within its bounds and steps."""
    cell, low, high = xl_rowcol_to_cell(row, column), f"$C{row + 1}", f"$D{row + 1}"
    off = f"ABS({cell}/{_step(page)}-ROUND({cell}/{_step(page)},0))>0.000001"
    return f"IF(ISBLANK({cell}),FALSE,IF(ISNUMBER({cell}),OR({cell}<{low},{cell}>{high},{off}),TRUE))"


def _step(page: ScorePage) -> str:
    return f"{page.form.criteria.step / THOUSANDTHS:g}"


def _validation(page: ScorePage, criterion: Criterion) -> dict[str, Any]:
    return {
        "validate": "custom",
        "value": f"=NOT({_is_wrong(page, page.rows[criterion.code])})",
        "error_title": Word.RANGE_TITLE,
        "error_message": bounds_in_words(criterion, page.form),
    }
