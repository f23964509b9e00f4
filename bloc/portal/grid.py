"""A score sheet as the fields of a page: what each is called, what stands in it, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from starlette.datastructures import FormData

from bloc.language import Message, points, say, told_in
from bloc.portal import forms
from bloc.portal.forms import Faults
from bloc.rules.criteria import Criterion, Group
from bloc.sheets.form import Cell, Content, Form
from bloc.sheets.layout import Note
from bloc.sheets.on_page import Contents, Filled, cells_of, content_typed, read_filled

LONGEST_POINTS, LONGEST_NOTE = 40, 1_500  # signs


def field_of(cell: Cell) -> str:
    """Return the name of the field for the points of a unit in a criterion."""
    return f"p/{cell[0]}/{cell[1]}"


def note_field(criterion: str, note: Note) -> str:
    """Return the name of the field for a note beside the self-score."""
    return f"n/{criterion}/{note.name.lower()}"


def shown(content: Content) -> str:
    """Return what stands in a field: with a comma in every language, as in the workbook, which is a Vietnamese form."""
    return told_in("vi", points, content) if isinstance(content, int) else content or ""


def typed(sent: FormData, form: Form) -> Contents:
    """Return what was sent, of the fields that are there: those that are not keep what they hold."""
    cells = {
        cell: content_typed(forms.line(sent, field_of(cell))[:LONGEST_POINTS], criterion, form.criteria.step)
        for cell, criterion in cells_of(form)
        if field_of(cell) in sent
    }
    notes = {
        (code, note): forms.text(sent, name)[:LONGEST_NOTE] for code, note, name in _note_fields(form) if name in sent
    }  # fmt: skip
    return Contents(cells, notes)


def _note_fields(form: Form) -> Iterator[tuple[str, Note, str]]:
    return ((leaf.code, note, note_field(leaf.code, note)) for leaf in form.criteria for note in Note)


@dataclass(frozen=True)
class Grid:
    """A sheet as it is shown: criteria in rows, ``units`` (of which the scorer is the first) in columns."""

    form: Form
    contents: Contents
    units: tuple[str, ...]

    @property
    def filled(self) -> Filled:
        """How far the whole sheet is filled in, whatever is shown of it."""
        return read_filled(self.form, self.contents.cells)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The criteria by group."""
        return self.form.criteria.groups

    def name(self, unit: str, criterion: Criterion) -> str:
        """Return the name of a cell's field."""
        return field_of((unit, criterion.code))

    def value(self, unit: str, criterion: Criterion) -> str:
        """Return what stands in a cell."""
        return shown(self.contents.cells.get((unit, criterion.code)))

    def note_name(self, criterion: Criterion, note: Note) -> str:
        """Return the name of a note's field."""
        return note_field(criterion.code, note)

    def note(self, criterion: Criterion, note: Note) -> str:
        """Return what stands beside the self-score."""
        return self.contents.notes.get((criterion.code, note), "")

    @property
    def totals(self) -> Mapping[str, str]:
        """The totals so far, by unit, as they are shown."""
        return {unit: shown(total) for unit, total in self.filled.totals.items()}

    @property
    def left(self) -> Mapping[str, int]:
        """How many cells are still empty, by unit."""
        left = self.filled.left
        return {unit: sum(cell[0] == unit for cell in left) for unit in (self.form.unit, *self.form.others)}

    @property
    def wrong(self) -> Mapping[str, Message]:
        """What is wrong, by the name of the field, each with its place in words."""
        return {field_of(cell): self._at(cell, fault) for cell, fault in self.filled.faults.items()}

    @property
    def faults(self) -> Faults:
        """All that keeps the sheet from being handed in, each with the field where it is mended; empty cells by unit."""
        found = dict(self.wrong)
        for unit, cells in groupby(self.filled.left, key=lambda cell: cell[0]):
            empty = [code for _, code in cells]
            found[field_of((unit, empty[0]))] = say(
                "{unit}: no points yet in {count} cells ({criteria})",
                unit=self.form.members[unit], count=len(empty), criteria=", ".join(empty),
            )  # fmt: skip
        return Faults(found)

    def _at(self, cell: Cell, fault: Message) -> Message:
        unit, criterion = cell
        return say("{criterion}, {unit}: {fault}", criterion=criterion, unit=self.form.members[unit], fault=fault)

    def other_than(self, theirs: Contents) -> "list[Differs]":
        """Return where these contents say something else than ``theirs``, in the places that these name."""
        titles = {leaf.code: leaf.title for leaf in self.form.criteria}
        cells = [
            Differs(field_of((unit, code)), f"{code}. {titles[code]}", self.form.members[unit], shown(mine), shown(there))
            for (unit, code), mine in self.contents.cells.items()
            if shown(mine) != shown(there := theirs.cells.get((unit, code)))
        ]
        notes = [
            Differs(note_field(code, note), f"{code}. {titles[code]}", note.value, mine, there)
            for (code, note), mine in self.contents.notes.items()
            if mine != (there := theirs.notes.get((code, note), ""))
        ]
        return cells + notes


@dataclass(frozen=True)
class Differs:
    """A place in which two people have written different things."""

    name: str
    criterion: str
    of: str
    mine: str
    theirs: str
