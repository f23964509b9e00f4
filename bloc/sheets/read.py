"""Read a score workbook back: exact points, and every fault of it at once, each by its cell."""

from collections.abc import Iterator, Mapping
from io import BytesIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from bloc.language import Message, say
from bloc.rules.criteria import Criterion
from bloc.sheets.findings import NOWHERE, Finding, Place, Reading, Whose, refused
from bloc.sheets.form import Cell, Form
from bloc.sheets.grid import Grid, Page, address, letters_of
from bloc.sheets.layout import Mark, Note, Sheet, plain
from bloc.sheets.package import MAX_COLUMNS, MAX_ROWS, Package, Refused, damaged, look_into, too_large
from bloc.sheets.remarks import remarks_on
from bloc.sheets.typed import NotPoints, content_of, cut, points_in, quick_points, text_of

ERRORS = ("", None)  # what calamine makes of an error such as #DIV/0!, and of an empty cell


def read_sheet(data: bytes, form: Form) -> Reading:
    """Return the points in a workbook that a unit sent, with all of its faults and remarks.

    Bytes from outside are read by ``bloc.sheets.apart.read_apart``, which calls this where it can do no harm.

    Args:
        data: the file's bytes, whatever they are.
        form: the sheet that is asked for. A workbook made for another unit, year, or set of criteria or members has one
            fault, which says so.

    Formulas are not run: where points belong, the saved value is read, with a remark; a formula without one has no points.
    Totals are not read but compared; one that differs from the sum of its points is a remark.

    Source: plan, section II.1.
    """
    try:
        package = look_into(data)
        sheets = _sheets(data)
    except Refused as no:
        return refused(no.message)
    except PasswordError:
        return refused(say("The file is protected by a password: save it without one."))
    except CalamineError:
        return refused(damaged())
    strangers = tuple(_not_this_form(_grid(sheets[Sheet.MARKS]), form)) if Sheet.MARKS in sheets else ()
    return Reading({}, strangers) if strangers else _read(sheets, package, form)


def read_whose(data: bytes) -> Whose | None:
    """Return whose score sheet a workbook says that it is; None if it is none that was issued, or cannot be read.

    Bytes from outside are read by ``bloc.sheets.apart.whose_apart``.
    """
    try:
        look_into(data)
        sheets = _sheets(data)
    except (Refused, CalamineError):  # PasswordError among them
        return None
    marks = _marks(_grid(sheets[Sheet.MARKS])) if Sheet.MARKS in sheets else {}
    return Whose(marks[Mark.CYCLE], marks[Mark.UNIT]) if marks.keys() >= {Mark.CYCLE, Mark.UNIT} else None


def _marks(grid: Grid) -> dict[str, str]:
    return {plain(row[0]): plain(row[1]) for row in grid if len(row) > 1}


def _sheets(data: bytes) -> dict[Sheet, CalamineSheet]:
    """Return the sheets that matter, by name; a person may have moved them or added others."""
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        tabs = [(plain(name).casefold(), name) for name in book.sheet_names]
        wanted = {
            sheet: [name for tab, name in tabs if tab == sheet.casefold()] for sheet in (Sheet.SELF, Sheet.CROSS, Sheet.MARKS)
        }
        for sheet, names in wanted.items():
            if len(names) > 1:
                raise Refused(say("More than one sheet is called “{name}”: leave the one that counts.", name=sheet))
        found = {sheet: book.get_sheet_by_name(name) for sheet, names in wanted.items() for name in names}
    if not found:
        raise Refused(say("This is not the score workbook that was issued: fill in that one."))
    if any(sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS for sheet in found.values()):
        raise Refused(too_large())
    return found


def _grid(sheet: CalamineSheet) -> Grid:
    return sheet.to_python(skip_empty_area=False)


def _not_this_form(grid: Grid, form: Form) -> Iterator[Finding]:
    """Yield what the hidden sheet says against the form, the plainest reason first and alone."""
    marks = _marks(grid)
    year = marks.get(Mark.YEAR, "").removesuffix(".0")  # a program may have made a number of it
    members = [plain(row[1]) for row in grid if len(row) > 1 and plain(row[0]) == Mark.MEMBER]
    if (marks.get(Mark.UNIT), year) != (form.unit, str(form.year)):
        message = say(
            "This is the sheet of {unit}, year {year}; asked for is the sheet of {expected}, year {expected_year}.",
            unit=cut(marks.get(Mark.UNIT_NAME, "?")),
            year=cut(year or "?"),
            expected=form.members[form.unit],
            expected_year=str(form.year),
        )
    elif marks.get(Mark.CYCLE) != form.cycle:
        message = say("This sheet belongs to another bloc ({cycle}).", cycle=cut(marks.get(Mark.CYCLE, "?")))
    elif sorted(members) != sorted(form.members):
        message = say("The members have changed since this sheet was issued: fill in the one issued last.")
    elif marks.get(Mark.DIGEST) == form.digest:
        return
    elif marks.get(Mark.CRITERIA) != form.criteria_digest:
        message = say("The criteria have changed since this sheet was issued: fill in the one issued last.")
    else:
        message = say("The hidden sheet that says whose sheet this is has been altered: fill in the one issued.")
    yield Finding(NOWHERE, message)


def _read(sheets: Mapping[Sheet, CalamineSheet], package: Package, form: Form) -> Reading:
    wanted = {Sheet.SELF: (form.unit,), Sheet.CROSS: form.others}
    faults = [Finding(Place(name), say("The sheet is missing.")) for name in wanted if name not in sheets]
    if Sheet.MARKS not in sheets:
        whose = say("It cannot be told whose sheet this is: fill in the workbook that was issued, and no copy of it.")
        faults.append(Finding(NOWHERE, whose))
    pages = [_page(form, name, sheets[name], package) for name in wanted if name in sheets]
    for page in pages:
        faults += _read_page(page)
    points: dict[Cell, int] = {}
    for page in pages:
        points |= page.points
    return Reading(
        points,
        tuple(faults),
        tuple(remarks_on(pages, package, form, points)),
        {cell: value for page in pages for cell, value in page.typed.items()},
        {key: text for page in pages for key, text in _notes(page)},
    )


def _page(form: Form, name: Sheet, sheet: CalamineSheet, package: Package) -> Page:
    units = (form.unit,) if name is Sheet.SELF else form.others
    formulas, percents = (_of_tab(cells, name) for cells in (package.formulas, package.percents))
    return Page(form, name, _grid(sheet), units, formulas, sheet.merged_cell_ranges or (), percents)


def _of_tab(cells: Mapping[str, frozenset[str]], name: Sheet) -> frozenset[str]:
    return next((found for tab, found in cells.items() if plain(tab).casefold() == name.casefold()), frozenset())


def _read_page(page: Page) -> Iterator[Finding]:
    """Fill in the page's points; yield its faults, those of its rows and columns first."""
    if not any(criterion.code in page.rows for criterion in page.form.criteria):
        yield Finding(Place(page.name), say("No criterion's code is found in this sheet."))
        return
    yield from _row_faults(page)
    yield from _column_faults(page)
    step = page.form.criteria.step
    for criterion, row, columns in page.places:
        line = page.grid[row]
        quick = quick_points([line[column] for _, column in columns], criterion, step)
        for (unit, column), points in zip(columns, quick, strict=True):
            if page.percents and address(row, column) in page.percents and isinstance(line[column], float):
                yield _percentage(page, unit, criterion, row, column)
            elif points is None:
                yield from _read_cell(page, unit, criterion, row, column)
            else:
                page.points[unit, criterion.code] = points


def _row_faults(page: Page) -> Iterator[Finding]:
    for criterion in page.form.criteria:
        rows = page.rows.get(criterion.code, [])
        if not rows:
            message = say("The row of the criterion {criterion} is missing.", criterion=criterion.code)
            yield Finding(Place(page.name), message)
        for row in rows[1:]:
            message = say("The criterion {criterion} has more than one row.", criterion=criterion.code)
            yield Finding(Place(page.name, address(row, page.code_column)), message)
        if criterion.code in page.mistitled:
            message = say(
                "The row of the criterion {criterion} bears the title “{other}”: put every code, its title and its points "
                "back where they were in the workbook that was issued.",
                criterion=criterion.code,
                other=cut(page.mistitled[criterion.code]),
            )
            yield Finding(Place(page.name, address(rows[0], page.code_column)), message)


def _column_faults(page: Page) -> Iterator[Finding]:
    for unit in page.units:
        columns, name = page.columns.get(unit, []), page.form.members[unit]
        if not columns:
            message = say("The column of {unit} (code {code}) is missing.", unit=name, code=unit)
            yield Finding(Place(page.name), message)
        if len(columns) > 1:
            message = say("{unit} (code {code}) has more than one column.", unit=name, code=unit)
            yield Finding(Place(page.name, letters_of(columns[1])), message)
        if unit in page.misnamed:
            message = say(
                "The column of {unit} (code {code}) is headed {other}: put every name and its points back where they were in "
                "the workbook that was issued.",
                unit=name,
                code=unit,
                other=page.misnamed[unit],
            )
            yield Finding(Place(page.name, letters_of(columns[0])), message)


def _read_cell(page: Page, unit: str, criterion: Criterion, row: int, column: int) -> Iterator[Finding]:
    """Take one cell's points, or yield its fault."""
    value = page.grid[row][column]
    try:
        page.points[unit, criterion.code] = points_in(value, criterion, page.form.criteria.step)
    except NotPoints as wrong:
        content = content_of(value)
        if content is not None:
            page.typed[unit, criterion.code] = content
        message = wrong.message
        if value in ERRORS:
            message = _why_empty(page, row, column) or message
        yield Finding(page.place_of(unit, criterion.code, row, column), message)
    else:
        if isinstance(value, str):
            page.texts.append((unit, criterion, row, column))


def _percentage(page: Page, unit: str, criterion: Criterion, row: int, column: int) -> Finding:
    """Return the fault of a cell that shows a percentage: whoever typed "25%" did not mean a quarter of a point."""
    shown = f"{100 * float(str(page.grid[row][column])):g}%"
    page.typed[unit, criterion.code] = shown
    message = say("{shown} is a percentage: type the points as a plain number.", shown=shown)
    return Finding(page.place_of(unit, criterion.code, row, column), message)


def _why_empty(page: Page, row: int, column: int) -> Message | None:
    """Return what is known about why nothing stands in a cell, or None."""
    if address(row, column) in page.formulas:
        return say("a formula stands here without a number that it came to: type the points themselves.")
    for (top, left), (bottom, right) in page.merged:
        if top <= row <= bottom and left <= column <= right and (row, column) != (top, left):
            return say("this cell is merged with {cell}: split them and type the points of each.", cell=address(top, left))
    return None


def _notes(page: Page) -> Iterator[tuple[tuple[str, Note], str]]:
    """Yield the evidence and the explanations that stand beside the self-score."""
    if page.name is not Sheet.SELF:
        return
    for note in Note:
        column = page.column_headed(note)
        if column is None:
            continue
        for criterion in page.form.criteria:
            for row in page.rows.get(criterion.code, [])[:1]:
                text = text_of(page.grid[row][column])
                if text:
                    yield (criterion.code, note), text
