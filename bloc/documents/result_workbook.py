"""The result as an .xlsx: the ranking as an office prints it, the matrix of totals, the deadlines, a sheet for each unit.

A Vietnamese official document whatever language its reader has chosen, laid out by Decree 30/2020/NĐ-CP, Annex I.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bloc.documents.deadline_page import write_deadlines
from bloc.documents.result_layout import (
    DEADLINES,
    LINE_HEIGHT,
    MATRIX,
    MATRIX_NOTE,
    MATRIX_TITLE,
    NATION,
    NOTE,
    NUMBER,
    NUMBER_STYLES,
    PLACE_AND_DAY,
    RANKING,
    RANKING_HEADS,
    RANKING_TITLE,
    RANKING_WIDTHS,
    SCORE,
    SCORED,
    SHEET_NAME,
    SHEETS,
    STYLES,
    TIED,
    TOTAL,
    UNIT_HEADS,
    UNIT_SCORE,
    UNIT_TITLE,
    VIETNAMESE,
    Paper,
)
from bloc.documents.result_page import in_words, lines_of, set_columns, set_paper, write_heads, write_title
from bloc.documents.result_table import Line, ResultTable
from bloc.rules.criteria import Group

__all__ = ["Line", "ResultTable", "make_result_workbook", "sheet_names"]


def make_result_workbook(table: ResultTable) -> bytes:
    """Return the .xlsx of a result: the same table gives the same bytes.

    Raises:
        KeyError: ``table.points`` lacks a criterion of a scorer whose sheet counts.

    Source: plan, section II.1, "Căn cứ đánh giá, bình xét thi đua"; the layout is that of Decree 30/2020/NĐ-CP.
    """
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        created = datetime.combine(table.computed_on, time(), UTC)
        book.set_properties({"title": RANKING_TITLE.format(year=table.year), "created": created})
        styles = _styles(book, table)
        _write_ranking(Paper(book.add_worksheet(RANKING), styles, table))
        _write_matrix(Paper(book.add_worksheet(MATRIX), styles, table))
        if table.timings:
            write_deadlines(Paper(book.add_worksheet(DEADLINES), styles, table))
        for unit, name in sheet_names(table.members).items():
            _write_unit(Paper(book.add_worksheet(name), styles, table), unit)
    return file.getvalue()


def sheet_names(codes: Iterable[str]) -> dict[str, str]:
    """Return a legal name for each unit's sheet: its code, at most 31 characters, none twice in whatever case."""
    names: dict[str, str] = {}
    taken = {RANKING.casefold(), MATRIX.casefold(), DEADLINES.casefold(), "history"}  # Excel keeps the last for itself
    for code in codes:
        stem = re.sub(r"[\[\]:*?/\\]", "-", code).strip("'")[:SHEET_NAME] or "-"
        name, count = stem, 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem[: SHEET_NAME - 3]}~{count}"
        taken.add(name.casefold())
        names[code] = name
    return names


def _styles(book: Workbook, table: ResultTable) -> dict[str, Format]:
    base = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    points, mean = (f"{VIETNAMESE}0.{'0' * places}".rstrip(".") for places in (table.point_decimals, table.decimals))
    styles = STYLES | {name: NUMBER | {"num_format": points} | style for name, style in NUMBER_STYLES.items()}
    styles |= {"mean": NUMBER | {"num_format": mean}, "score": NUMBER | {"num_format": mean, "bold": True}}
    return {name: book.add_format(base | style) for name, style in styles.items()}


def _write_ranking(paper: Paper) -> None:
    for column, width in enumerate(RANKING_WIDTHS):
        paper.sheet.set_column(column, column, width)
    _write_letterhead(paper)
    row = write_title(paper, 6, (0, 5), RANKING_TITLE)
    write_heads(paper, row, RANKING_HEADS, RANKING_WIDTHS)
    for line in paper.table.lines:
        _write_line(paper, row := row + 1, line)
    paper.sheet.set_row(row + 2, 2 * LINE_HEIGHT)
    paper.across(row + 2, (0, 5), NOTE.format(decimals=paper.table.decimals), "note")
    paper.across(row + 4, (3, 5), paper.table.leader_title, "issuer")
    paper.sheet.set_row(row + 4, LINE_HEIGHT * lines_of(paper.table.leader_title, sum(RANKING_WIDTHS[3:])))
    set_paper(paper.sheet, row - len(paper.table.lines), landscape=False)


def _write_letterhead(paper: Paper) -> None:
    """Write issuer and state title side by side, each with its rule below, and place and date."""
    table, left, right = paper.table, (0, 1), (2, 5)
    council, issuer = table.council.upper(), table.bloc_name.upper()
    paper.across(0, left, council, "council")
    paper.across(0, right, NATION[0], "issuer")
    paper.across(1, left, issuer, "issuer")
    paper.across(1, right, NATION[1], "motto")
    width = sum(RANKING_WIDTHS[:2])
    for row, text in enumerate((council, issuer)):
        paper.sheet.set_row(row, LINE_HEIGHT * lines_of(text, round(0.75 * width)))
    _draw_rule(paper.sheet, 0, before=0.3 * width, length=0.4 * width)
    _draw_rule(paper.sheet, 2, before=0.5 * (sum(RANKING_WIDTHS[2:]) - len(NATION[1])), length=len(NATION[1]))
    paper.across(3, right, PLACE_AND_DAY.format(place=table.place, day=in_words(table.computed_on)), "place")


def _draw_rule(sheet: Worksheet, column: int, *, before: float, length: float) -> None:
    """Draw a line at the top of the third row, ``before`` and ``length`` in characters."""
    pixels = 7.3
    options = {"x_offset": pixels * before, "y_offset": 3, "width": pixels * length, "height": 1, "line": {"width": 0.75}}
    sheet.insert_textbox(2, column, "", options)


def _write_line(paper: Paper, row: int, line: Line) -> None:
    name = paper.table.members[line.unit]
    notes = [TIED] if line.tied else []
    notes += [SHEETS.format(count=line.sheets, of=line.of)] if line.sheets < line.of else []
    paper.sheet.set_row(row, LINE_HEIGHT * max(lines_of(name, RANKING_WIDTHS[1]), len(notes)) + 4)
    paper.sheet.write_number(row, 0, line.rank, paper.styles["cell"])
    paper.text(row, 1, name, "text")
    paper.points(row, 2, line.self_total)
    paper.mean(row, 3, line.cross_mean)
    paper.mean(row, 4, line.score, "score")
    paper.text(row, 5, ";\n".join(notes), "cell")


def _write_matrix(paper: Paper) -> None:
    members, lines = paper.table.members, {line.unit: line for line in paper.table.lines}
    widths, last = (31, *_column_widths(len(members)), 10), len(members) + 1
    set_columns(paper.sheet, widths)
    top = write_title(paper, 0, (0, last), MATRIX_TITLE, paper.table.bloc_name)
    upright = 1 if _crowded(len(members)) else None
    write_heads(paper, top, (SCORED, *members.values(), SCORE), widths, upright)
    for row, (unit, name) in enumerate(members.items(), top + 1):
        paper.sheet.set_row(row, LINE_HEIGHT * lines_of(name, 31) + 2)
        paper.text(row, 0, name, "text")
        for column, scorer in enumerate(members, 1):
            total = paper.table.total(scorer, unit) if scorer in paper.table.scorers else None
            paper.points(row, column, total, "own" if scorer == unit else "points")
        paper.mean(row, last, lines[unit].score if unit in lines else None, "score")
    paper.across(top + len(members) + 2, (0, last), MATRIX_NOTE, "note")
    set_paper(paper.sheet, top, landscape=True)


def _write_unit(paper: Paper, unit: str) -> None:
    table = paper.table
    widths, last = (8, 46, 8, *_column_widths(len(table.scorers))), 2 + len(table.scorers)
    set_columns(paper.sheet, widths)
    top = write_title(paper, 0, (0, last), UNIT_TITLE, table.members[unit])
    upright = 3 if _crowded(len(table.scorers)) else None
    write_heads(paper, top, (*UNIT_HEADS, *(table.members[scorer] for scorer in table.scorers)), widths, upright)
    row = top + 1
    for group in table.criteria.groups:
        row = _write_group(paper, row, unit, group)
    paper.across(row, (0, 1), TOTAL, "group_cell")
    paper.points(row, 2, sum(each.maximum for each in table.criteria), "sum")
    for column, scorer in enumerate(table.scorers, 3):
        paper.points(row, column, table.total(scorer, unit), "sum")
    _write_unit_score(paper, row + 1, unit, last)
    set_paper(paper.sheet, top, landscape=True)


def _write_group(paper: Paper, row: int, unit: str, group: Group) -> int:
    """Write a group with its subtotals and its criteria; return the row after."""
    table = paper.table
    paper.sheet.set_row(row, LINE_HEIGHT * lines_of(group.title, 46))
    paper.text(row, 0, group.code, "group_cell")
    paper.text(row, 1, group.title, "group")
    paper.points(row, 2, sum(each.maximum for each in group.criteria), "sum")
    for column, scorer in enumerate(table.scorers, 3):
        paper.points(row, column, table.total(scorer, unit, group.criteria), "sum")
    for at, criterion in enumerate(group.criteria, row + 1):
        paper.sheet.set_row(at, LINE_HEIGHT * lines_of(criterion.title, 51))
        paper.text(at, 0, criterion.code, "cell")
        paper.text(at, 1, criterion.title, "text")
        paper.points(at, 2, criterion.maximum)
        for column, scorer in enumerate(table.scorers, 3):
            paper.points(at, column, table.points[scorer, unit, criterion.code], "own" if scorer == unit else "points")
    return row + 1 + len(group.criteria)


def _write_unit_score(paper: Paper, row: int, unit: str, last: int) -> None:
    for line in paper.table.lines:
        if line.unit == unit:
            paper.across(row, (0, 2), UNIT_SCORE.format(count=line.sheets), "head")
            if last > 3:
                paper.sheet.merge_range(row, 3, row, last, "", paper.styles["score"])
            paper.mean(row, 3, line.score, "score")
            paper.sheet.set_row(row, LINE_HEIGHT + 4)


def _crowded(columns: int) -> bool:
    """Return whether so many units stand side by side that their names must stand upright to be legible on A4."""
    return columns > 12


def _column_widths(columns: int) -> list[int]:
    return [8 if _crowded(columns) else max(11, min(16, 84 // max(1, columns)))] * columns
