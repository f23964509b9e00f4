"""Where everything stands on the two sheets that a unit fills in, and how wide it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from bloc.language import Message
from bloc.sheets.form import Cell, Content, Form
from bloc.sheets.layout import Note, Sheet, Word
from bloc.sheets.paper import Styles

STATE_ROW, MOTTO_ROW, TITLE_ROW, COUNTER_ROW, HEADER_ROW, CODE_ROW, FIRST_ROW = range(7)  # counted from 0
CODE, TITLE, MINIMUM, MAXIMUM, FIRST_UNIT = range(5)  # columns
PAGE_WIDTH = 128  # characters over A4 landscape at 12 pt, before it is made smaller to fit
TITLE_WIDTH, CROWDED_TITLE_WIDTH = 46, 36  # characters, as all widths
NUMBER_WIDTH = 8
NOTE_WIDTH = 30
WIDEST_UNIT, NARROWEST_UNIT, CROWDED_UNIT, SELF_UNIT = 40, 11, 7, 10
MANY_UNITS = 12  # from here on names stand upright, so that the print on A4 stays legible
LETTER_WIDTH = 7.0  # points, of bold type
UPRIGHT = 360.0  # points that a line of a name that stands upright may take
HIGHEST = 409.0  # points: no row can be higher
WIDE_LETTERS = 0.72  # as many capitals go into a column as others

Notes = Mapping[tuple[str, Note], str]  # by the code of the criterion


@dataclass(frozen=True)
class Filling:
    """What stands in the sheets already: points or what was typed for them, evidence and explanations, and what is wrong."""

    cells: Mapping[Cell, Content] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)
    faults: Mapping[Cell, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class ScorePage:
    """One of the two sheets: what is written, where, and for which units (the columns)."""

    form: Form
    name: Sheet
    sheet: Worksheet
    styles: Styles
    filling: Filling

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Return the units that are scored, from left to right."""
        return (self.form.unit,) if self.name is Sheet.SELF else self.form.others

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Return the columns of text behind the points."""
        return tuple(Note) if self.name is Sheet.SELF else ()

    @property
    def last_unit(self) -> int:
        """Return the last column of points."""
        return FIRST_UNIT + len(self.units) - 1

    @property
    def last_column(self) -> int:
        """Return the last column of the table."""
        return self.last_unit + len(self.notes)

    @property
    def crowded(self) -> bool:
        """Return whether there are so many units that their names stand upright."""
        return len(self.units) > MANY_UNITS

    @property
    def title_width(self) -> int:
        """Return the width of the column of criteria."""
        return CROWDED_TITLE_WIDTH if self.crowded else TITLE_WIDTH

    @property
    def upright_lines(self) -> int:
        """Return in how many lines the names stand that stand upright."""
        longest = max(len(self.form.members[unit]) for unit in self.units)
        return max(2, math.ceil(longest * LETTER_WIDTH / UPRIGHT) + 1)

    @property
    def unit_width(self) -> int:
        """Return the width of a unit's column: what the page leaves, but neither cramped nor lost."""
        if self.crowded:
            return max(CROWDED_UNIT, 3 * self.upright_lines)
        if self.notes:
            return SELF_UNIT
        left = PAGE_WIDTH - TITLE_WIDTH - 3 * NUMBER_WIDTH
        return max(NARROWEST_UNIT, min(WIDEST_UNIT, left // len(self.units)))

    @cached_property
    def rows(self) -> dict[str, int]:
        """Return the row of every group and criterion, by code."""
        codes = [code for group in self.form.criteria.groups for code in (group.code, *(each.code for each in group.criteria))]
        return {code: FIRST_ROW + index for index, code in enumerate(codes)}

    def place_of(self, cell: Cell) -> str | None:
        """Return the name of the cell ("E12") for the points of a unit in a criterion, or None if it is not here."""
        unit, criterion = cell
        if unit not in self.units:
            return None
        return str(xl_rowcol_to_cell(self.rows[criterion], FIRST_UNIT + self.units.index(unit)))

    @property
    def counter(self) -> str:
        """Return the reference of the cell that says how many cells are left."""
        return f"'{self.name}'!{xl_rowcol_to_cell(COUNTER_ROW, CODE)}"

    @cached_property
    def left(self) -> int:
        """Return how many cells are still to be filled in."""
        cells = ((unit, criterion.code) for unit in self.units for criterion in self.form.criteria)
        return sum(self.filling.cells.get(cell) is None for cell in cells)

    @property
    def counted(self) -> str:
        """Return what the counter says now."""
        if self.left:
            return Word.LEFT.format(count=self.left)
        return Word.NONE_LEFT.format(count=len(self.units) * len(list(self.form.criteria)))
