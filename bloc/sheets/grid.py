"""One of the two filled-in sheets as a table: rows found by the codes of criteria, columns by the codes of units."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_uppercase

from bloc.rules.criteria import Criterion
from bloc.sheets.findings import Place
from bloc.sheets.form import Cell, Content, Form
from bloc.sheets.layout import Sheet, plain
from bloc.sheets.typed import Value

Grid = Sequence[Sequence[Value]]  # rows of cells, from A1
Corners = tuple[tuple[int, int], tuple[int, int]]  # of merged cells: row and column, counted from 0


@dataclass(frozen=True)
class Page:
    """A sheet as it came, and what has been read of it: ``points``, and in ``typed`` what stands where no points are."""

    form: Form
    name: Sheet
    grid: Grid
    units: tuple[str, ...]
    formulas: frozenset[str]  # addresses of the cells that are known to hold one
    merged: Sequence[Corners]
    percents: frozenset[str]  # addresses of those that show a percentage
    points: dict[Cell, int] = field(default_factory=dict)
    typed: dict[Cell, Content] = field(default_factory=dict)
    texts: list[tuple[str, Criterion, int, int]] = field(default_factory=list)  # those read as points, with row and column

    @property
    def places(self) -> Iterator[tuple[Criterion, int, list[tuple[str, int]]]]:
        """Yield each criterion with its row and the units' columns; what is missing, doubled or misnamed has no place."""
        columns = [(unit, self.columns[unit][0]) for unit in self._single if unit not in self.misnamed]
        for criterion in self.form.criteria:
            if len(self.rows.get(criterion.code, ())) == 1 and criterion.code not in self.mistitled:
                yield criterion, self.rows[criterion.code][0], columns

    @cached_property
    def code_column(self) -> int:
        """Return the column that names the most criteria; of two, the one on the left."""
        codes = {criterion.code for criterion in self.form.criteria}
        whole = next((column for column, values in enumerate(zip(*self.grid, strict=True)) if codes <= {*values}), None)
        if whole is not None:
            return whole
        # Some are not there, or in other letters, or with blanks around them.
        seen = {(column, text) for row in self.grid for column, text in _texts(row) if text in codes}
        counted = Counter(column for column, _ in seen)
        return max(sorted(counted), key=counted.__getitem__, default=0)

    @cached_property
    def rows(self) -> dict[str, list[int]]:
        """Return where each text of the code column stands."""
        return _places(row[self.code_column] for row in self.grid)

    @cached_property
    def columns(self) -> dict[str, list[int]]:
        """Return in which columns each unit stands: by the lowest row above the criteria that names the most of them.

        The row of their codes, which is hidden; or, where that is lost as a whole, the row of their names.
        """
        heads = []
        for row in reversed(self._head):
            # No points stand in the code column, though a group may be called as a unit is: "1".
            heads.append(_places(None if column == self.code_column else value for column, value in enumerate(row)))
            if heads[-1].keys() >= set(self.units):
                return heads[-1]
        best = self._best(heads)
        return best if best.keys() & set(self.units) else self._best([self._by_names(head) for head in heads])

    def _best(self, heads: Sequence[dict[str, list[int]]]) -> dict[str, list[int]]:
        return max(heads, key=lambda head: len(head.keys() & set(self.units)), default={})

    def _by_names(self, head: dict[str, list[int]]) -> dict[str, list[int]]:
        """Return a row's texts with the codes of units in place of their names, of those names that one unit alone has."""
        named = Counter(map(plain, self.form.members.values()))
        units = {unit: plain(self.form.members[unit]) for unit in self.units}
        return {unit: head[name] for unit, name in units.items() if name in head and named[name] == 1}

    @cached_property
    def misnamed(self) -> dict[str, str]:
        """Return the units at the head of whose columns another one's name stands in place of their own, with that name.

        Excel leaves hidden cells where they are when it sorts: the names, and the points below, part from the codes.
        """
        heads = {unit: [row[self.columns[unit][0]] for row in self._head] for unit in self._single}
        return _in_place_of(self.form.members, heads)

    @cached_property
    def mistitled(self) -> dict[str, str]:
        """Return the criteria in whose rows another one's title stands in place of their own, with that title."""
        titles = {each.code: each.title for each in self.form.criteria}
        found = {code: self.rows.get(code, ()) for code in titles}
        return _in_place_of(titles, {code: self.grid[rows[0]] for code, rows in found.items() if len(rows) == 1})

    @property
    def _single(self) -> list[str]:
        """Return the units that have one column."""
        return [unit for unit in self.units if len(self.columns.get(unit, ())) == 1]

    def place_of(self, unit: str, criterion: str, row: int, column: int) -> Place:
        """Return the place of the points of a unit in a criterion, for a finding."""
        return Place(self.name, address(row, column), criterion, unit, self.form.members[unit])

    @cached_property
    def formula_rows(self) -> frozenset[int]:
        """Return the rows in which formulas stand."""
        return frozenset(int(cell.lstrip(ascii_uppercase)) - 1 for cell in self.formulas)

    def column_headed(self, text: str) -> int | None:
        """Return the first column above whose criteria ``text`` stands, or None."""
        found = (column for row in self._head for column, there in _texts(row) if there.casefold() == text.casefold())
        return next(found, None)

    @cached_property
    def _head(self) -> Grid:
        """Return the rows above the criteria."""
        first = min((self.rows[each.code][0] for each in self.form.criteria if each.code in self.rows), default=len(self.grid))
        return self.grid[:first]


def _in_place_of(names: Mapping[str, str], beside: Mapping[str, Sequence[Value]]) -> dict[str, str]:
    """Return the codes beside which another one's name stands, and not their own, with that name.

    Args:
        names: the name of each code.
        beside: what stands beside a code where its name belongs.
    """
    found = {}
    for code, values in beside.items():
        if names[code] not in values:
            texts = {plain(value) for value in values}
            others = [name for name in names.values() if plain(name) in texts]
            if others and plain(names[code]) not in texts:
                found[code] = others[0]
    return found


def _texts(row: Sequence[Value]) -> Iterable[tuple[int, str]]:
    return ((column, plain(value)) for column, value in enumerate(row) if value and isinstance(value, str))


def _places(values: Iterable[Value]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, value in enumerate(values):
        if value:
            places.setdefault(plain(value), []).append(index)
    return places


def address(row: int, column: int) -> str:
    """Return a cell's name, "E12", from its row and column, counted from 0."""
    return f"{letters_of(column)}{row + 1}"


def letters_of(column: int) -> str:
    """Return a column's name, "AB" for 27, counted from 0."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
