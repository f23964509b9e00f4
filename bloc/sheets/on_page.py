"""A score sheet that is filled in on a page: what is typed into its cells is read as the reader of workbooks reads them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bloc.language import Message
from bloc.rules.criteria import THOUSANDTHS, Criterion
from bloc.sheets.findings import Finding
from bloc.sheets.form import Cell, Content, Form, Points, totals_of
from bloc.sheets.remarks import plausibility_remarks
from bloc.sheets.score_page import Notes
from bloc.sheets.typed import NotPoints, content_of, points_in


@dataclass(frozen=True)
class Contents:
    """What stands in a sheet: points, or what was typed in their place, and the notes beside the self-score."""

    cells: Mapping[Cell, Content] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)

    def with_(self, later: "Contents") -> "Contents":
        """Return these contents with those of ``later`` in the places that it names."""
        return Contents({**self.cells, **later.cells}, {**self.notes, **later.notes})


@dataclass(frozen=True)
class Filled:
    """How far a sheet is filled in: its points (thousandths), what is wrong by cell, and which cells are still empty."""

    form: Form
    points: Points
    faults: Mapping[Cell, Message]
    left: tuple[Cell, ...]

    @property
    def complete(self) -> bool:
        """Return whether it could be handed in."""
        return not self.faults and not self.left

    @property
    def totals(self) -> dict[str, int]:
        """Return what each unit is given so far, in thousandths of a point, the scorer first."""
        return totals_of(self.points, (self.form.unit, *self.form.others))

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """Return what is odd about a complete sheet, though no fault."""
        return tuple(plausibility_remarks(self.points, self.form)) if self.complete else ()


def cells_of(form: Form) -> Iterator[tuple[Cell, Criterion]]:
    """Yield every cell of a sheet with its criterion: the scorer's own first, unit by unit."""
    return (((unit, criterion.code), criterion) for unit in (form.unit, *form.others) for criterion in form.criteria)


def content_typed(text: str, criterion: Criterion, step: int) -> Content:
    """Return the points that ``text`` certainly says ("9,5"), in thousandths; else the text itself; None if it is empty."""
    try:
        return points_in(text, criterion, step)
    except NotPoints:
        content = content_of(text)
        return content if content is None or isinstance(content, str) else str(content)


def read_filled(form: Form, cells: Mapping[Cell, Content]) -> Filled:
    """Return how far a sheet is filled in; what its form does not have is passed over."""
    points: dict[Cell, int] = {}
    faults: dict[Cell, Message] = {}
    left = []
    for cell, criterion in cells_of(form):
        content = cells.get(cell)
        if content is None:
            left.append(cell)
            continue
        try:
            value = content / THOUSANDTHS if isinstance(content, int) else content
            points[cell] = points_in(value, criterion, form.criteria.step)
        except NotPoints as wrong:
            faults[cell] = wrong.message
    return Filled(form, points, faults, tuple(left))
