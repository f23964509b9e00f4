"""Read a score workbook back: exact points, and every fault of it at once, each by its cell."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_rowcol_to_cell

from bloc.errors import Fault
from bloc.language import Message, say
from bloc.rules.criteria import Criterion
from bloc.sheets.form import Cell, Form
from bloc.sheets.layout import Mark, Sheet, Word, plain
from bloc.sheets.package import package_faults
from bloc.sheets.typed import NotPoints, Value, cut, points_in, shown, total_in

Grid = Sequence[Sequence[Value]]  # rows of cells, from A1


@dataclass(frozen=True)
class Reading:
    """What a workbook says. The sheet counts only if there is no fault; a remark does not keep it from counting.

    ``points`` are in thousandths of a point, by (unit scored, criterion): all cells that could be read, so N times the
    number of criteria if there is no fault.
    """

    points: Mapping[Cell, int]
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class _Page:
    """One of the two filled-in sheets: rows found by the codes of criteria, columns by the codes of units."""

    form: Form
    name: Sheet
    grid: Grid
    units: tuple[str, ...]
    points: dict[Cell, int] = field(default_factory=dict)

    @cached_property
    def code_column(self) -> int:
        """Return the column that names the most criteria."""
        codes = {criterion.code for criterion in self.form.criteria}
        width = len(self.grid[0]) if self.grid else 0
        columns = [len(codes & {plain(row[column]) for row in self.grid}) for column in range(width)]
        return columns.index(max(columns)) if columns else 0

    @cached_property
    def rows(self) -> dict[str, list[int]]:
        """Return where each text of the code column stands."""
        return _places(row[self.code_column] for row in self.grid)

    @cached_property
    def columns(self) -> dict[str, list[int]]:
        """Return where each text of the row of unit codes stands: the lowest row above the criteria that names the most."""
        first = min((self.rows[each.code][0] for each in self.form.criteria if each.code in self.rows), default=len(self.grid))
        heads = [_places(row) for row in self.grid[:first]]
        return max(reversed(heads), key=lambda head: len(head.keys() & set(self.units)), default={})

    def place(self, row: int, column: int) -> str:
        return f"{self.name}!{xl_rowcol_to_cell(row, column)}"


def _places(values: Iterator[Value] | Sequence[Value]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, value in enumerate(values):
        places.setdefault(plain(value), []).append(index)
    return places


def read_sheet(data: bytes, form: Form) -> Reading:
    """Return the points in a workbook that a unit sent, with all of its faults and remarks.

    Args:
        data: the file's bytes, whatever they are.
        form: the sheet that is asked for. A workbook made for another unit, year, or set of criteria or members has one
            fault, which says so.

    Formulas are not run: where points belong, the saved value is read, and a formula without one has no points.
    Totals are not read but compared; one that differs from the sum of its points is a remark.

    Source: plan, section II.1.
    """
    faults = package_faults(data)
    if faults:
        return Reading({}, faults)
    try:
        grids = _grids(data)
    except CalamineError:
        return Reading({}, (Fault("", say("The file is damaged or is not an Excel workbook (.xlsx).")),))
    strangers = tuple(_not_this_form(grids[Sheet.MARKS], form)) if Sheet.MARKS in grids else ()
    return Reading({}, strangers) if strangers else _read(grids, form)


def _grids(data: bytes) -> dict[Sheet, Grid]:
    """Return the cells of the sheets that matter, by name; a person may have moved them or added others."""
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        names = {plain(name).casefold(): name for name in reversed(book.sheet_names)}
        found = [(sheet, names[sheet.casefold()]) for sheet in Sheet if sheet.casefold() in names]
        return {sheet: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for sheet, name in found}


def _not_this_form(grid: Grid, form: Form) -> Iterator[Fault]:
    """Yield what the hidden sheet says against the form, the plainest reason first and alone."""
    marks = {plain(row[0]): plain(row[1]) for row in grid if len(row) > 1}
    year = marks.get(Mark.YEAR, "").removesuffix(".0")  # a program may have made a number of it
    if (marks.get(Mark.UNIT), year) != (form.unit, str(form.year)):
        yield Fault(
            "",
            say(
                "This is the sheet of {unit}, year {year}; asked for is the sheet of {expected}, year {expected_year}.",
                unit=cut(marks.get(Mark.UNIT_NAME, "?")),
                year=cut(year or "?"),
                expected=form.members[form.unit],
                expected_year=str(form.year),
            ),
        )
    elif marks.get(Mark.CYCLE) != form.cycle:
        yield Fault("", say("This sheet belongs to another bloc ({cycle}).", cycle=cut(marks.get(Mark.CYCLE, "?"))))
    elif marks.get(Mark.DIGEST) != form.digest:
        yield Fault(
            "", say("The criteria or the members have changed since this sheet was issued: fill in the one issued last.")
        )


def _read(grids: Mapping[Sheet, Grid], form: Form) -> Reading:
    faults = [Fault(sheet, say("The sheet is missing.")) for sheet in (Sheet.SELF, Sheet.CROSS) if sheet not in grids]
    if Sheet.MARKS not in grids:
        faults.append(
            Fault("", say("It cannot be told whose sheet this is: fill in the workbook that was issued, and no copy of it."))
        )
    sheets = {Sheet.SELF: (form.unit,), Sheet.CROSS: form.others}
    pages = [_Page(form, name, grids[name], units) for name, units in sheets.items() if name in grids]
    for page in pages:
        faults += _read_page(page)
    points = {cell: value for page in pages for cell, value in page.points.items()}
    return Reading(points, tuple(faults), tuple(remark for page in pages for remark in _total_remarks(page)))


def _read_page(page: _Page) -> Iterator[Fault]:
    """Fill in the page's points; yield its faults, those of its rows and columns first."""
    if not any(criterion.code in page.rows for criterion in page.form.criteria):
        yield Fault(page.name, say("No criterion's code is found in this sheet."))
        return
    yield from _row_faults(page)
    yield from _column_faults(page)
    for criterion in page.form.criteria:
        for unit in page.units:
            yield from _read_cell(page, unit, criterion)


def _row_faults(page: _Page) -> Iterator[Fault]:
    for criterion in page.form.criteria:
        rows = page.rows.get(criterion.code, [])
        if not rows:
            yield Fault(page.name, say("The row of the criterion {criterion} is missing.", criterion=criterion.code))
        for row in rows[1:]:
            message = say("The criterion {criterion} has more than one row.", criterion=criterion.code)
            yield Fault(page.place(row, page.code_column), message)


def _column_faults(page: _Page) -> Iterator[Fault]:
    for unit in page.units:
        columns, name = page.columns.get(unit, []), page.form.members[unit]
        if not columns:
            yield Fault(page.name, say("The column of {unit} (code {code}) is missing.", unit=name, code=unit))
        if len(columns) > 1:
            message = say("{unit} (code {code}) has more than one column.", unit=name, code=unit)
            yield Fault(f"{page.name}!{_letters(columns[1])}", message)


def _letters(column: int) -> str:
    return str(xl_rowcol_to_cell(0, column)).removesuffix("1")


def _read_cell(page: _Page, unit: str, criterion: Criterion) -> Iterator[Fault]:
    """Take one cell's points, or yield its fault; a row or column that is missing or doubled has its own."""
    rows, columns = page.rows.get(criterion.code, []), page.columns.get(unit, [])
    if len(rows) != 1 or len(columns) != 1:
        return
    row, column = rows[0], columns[0]
    try:
        page.points[unit, criterion.code] = points_in(page.grid[row][column], criterion, page.form.criteria.step)
    except NotPoints as wrong:
        where = {"criterion": criterion.code, "unit": page.form.members[unit]}
        yield Fault(page.place(row, column), Message(wrong.message.text, wrong.message.values | where))


def _total_remarks(page: _Page) -> Iterator[Fault]:
    """Yield the totals that are not the sum of their points; where a point is missing nothing can be said."""
    sums = [(group.code, tuple(each.code for each in group.criteria)) for group in page.form.criteria.groups]
    sums.append((Word.TOTAL, tuple(each.code for each in page.form.criteria)))
    for label, codes in sums:
        for unit in page.units:
            with suppress(KeyError):
                total = sum(page.points[unit, code] for code in codes)
                row, column = page.rows[label][0], page.columns[unit][0]
                yield from _total_remark(page, unit, (row, column), total)


def _total_remark(page: _Page, unit: str, at: tuple[int, int], total: int) -> Iterator[Fault]:
    printed = total_in(page.grid[at[0]][at[1]])
    if printed is not None and printed != total:
        message = say(
            "{unit}: the sheet shows a total of {printed}; the points add up to {total}, which counts.",
            unit=page.form.members[unit],
            printed=shown(printed),
            total=shown(total),
        )
        yield Fault(page.place(*at), message)
