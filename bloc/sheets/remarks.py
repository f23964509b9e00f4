"""What is odd about a sheet and refuses nothing: it is said to the unit with the receipt."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from bloc.language import say
from bloc.rules.criteria import THOUSANDTHS
from bloc.rules.plausibility import oddities
from bloc.sheets.findings import NOWHERE, Finding, Place
from bloc.sheets.form import Form, Points
from bloc.sheets.grid import Page, address
from bloc.sheets.layout import Sheet, Word
from bloc.sheets.package import Package
from bloc.sheets.typed import QUICK_NOISE, cut, shown, total_in

LISTED = 10  # remarks of one kind and sheet; what comes after them is counted


def remarks_on(pages: Iterable[Page], package: Package, form: Form, points: Points) -> Iterator[Finding]:
    """Yield what is odd about a sheet that was read: of the file, of cells, of totals, and of the points taken together."""
    if package.linked:
        yield Finding(NOWHERE, say("The workbook refers to other files; these were not looked at."))
    for page in pages:
        yield from _first_of(page, list(_text_remarks(page)))
        yield from _first_of(page, list(_formula_remarks(page)))
        yield from _total_remarks(page)
    if len(points) == len(form.members) * sum(1 for _ in form.criteria):
        yield from plausibility_remarks(points, form)


def plausibility_remarks(points: Points, form: Form) -> Iterator[Finding]:
    """Yield what is odd about the points of a complete sheet, taken together."""
    odd = oddities(points, form.unit, form.criteria)
    if odd.all_at_maximum:
        yield Finding(Place(Sheet.SELF), say("the unit gives itself the maximum in every criterion."))
    if odd.all_alike:
        yield Finding(Place(Sheet.CROSS), say("all other units are given the same points in every criterion."))
    if odd.lead is not None:
        message = say("the self-score is {lead} points above the mean of what the others are given.", lead=shown(odd.lead))
        yield Finding(Place(Sheet.SELF), message)


def _first_of(page: Page, remarks: list[Finding]) -> Iterator[Finding]:
    yield from remarks[:LISTED]
    if len(remarks) > LISTED:
        yield Finding(Place(page.name), say("the same is true of {count} more cells.", count=len(remarks) - LISTED))


def _text_remarks(page: Page) -> Iterator[Finding]:
    for unit, criterion, row, column in page.texts:
        points = shown(page.points[unit, criterion.code])
        message = say("the text “{typed}” is read as {points}.", typed=cut(str(page.grid[row][column])), points=points)
        yield Finding(page.place_of(unit, criterion.code, row, column), message)


def _formula_remarks(page: Page) -> Iterator[Finding]:
    for criterion, row, columns in page.places:
        for unit, column in columns if row in page.formula_rows else ():
            points = page.points.get((unit, criterion.code))
            if points is not None and address(row, column) in page.formulas:
                message = say("a formula stands here; the number that it came to, {points}, counts.", points=shown(points))
                yield Finding(page.place_of(unit, criterion.code, row, column), message)


def _total_remarks(page: Page) -> Iterator[Finding]:
    """Yield the totals that are not the sum of their points; where a point is missing nothing can be said."""
    for unit in page.units:
        with suppress(KeyError):
            column, overall = page.columns[unit][0], 0
            for group in page.form.criteria.groups:
                total = sum([page.points[unit, each.code] for each in group.criteria])
                overall += total
                for row in page.rows.get(group.code, ())[:1]:
                    yield from _total_remark(page, unit, (row, column), total)
            for row in page.rows.get(Word.TOTAL, ())[:1]:
                yield from _total_remark(page, unit, (row, column), overall)


def _total_remark(page: Page, unit: str, at: tuple[int, int], total: int) -> Iterator[Finding]:
    value = page.grid[at[0]][at[1]]
    if type(value) is float and abs(value * THOUSANDTHS - total) < QUICK_NOISE:
        return
    printed = total_in(value)
    if printed is not None and printed != total:
        message = say(
            "the sheet shows a total of {printed}; the points add up to {total}, which counts.",
            printed=shown(printed),
            total=shown(total),
        )
        yield Finding(Place(page.name, address(*at), "", unit, page.form.members[unit]), message)
