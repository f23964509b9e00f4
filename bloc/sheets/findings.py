"""What was found in a workbook: its points, and all that is wrong or odd, each by its place; also as plain JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from bloc.errors import Fault
from bloc.language import Message
from bloc.sheets.form import Cell, Content, Points
from bloc.sheets.layout import Note


@dataclass(frozen=True)
class Place:
    """Where in a workbook: a sheet, a cell of it, and whose points for what; what is not known is empty."""

    sheet: str = ""
    cell: str = ""
    criterion: str = ""
    unit: str = ""  # its code
    unit_name: str = ""

    def __str__(self) -> str:
        where = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        return " · ".join(part for part in (where, self.criterion, self.unit_name) if part)


NOWHERE = Place()


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a workbook, or odd about it."""

    place: Place
    message: Message

    def __str__(self) -> str:
        return str(self.as_fault)

    @property
    def as_fault(self) -> Fault:
        """Return the finding as every input's faults are kept and shown."""
        return Fault(str(self.place), self.message)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON."""
        return {"place": asdict(self.place), "message": self.message.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the finding that ``to_json`` wrote."""
        return cls(Place(**data["place"]), Message.from_json(data["message"]))


@dataclass(frozen=True)
class Reading:
    """What a workbook says. The sheet counts only if there is no fault; a remark does not keep it from counting.

    ``points`` are in thousandths of a point, by (unit scored, criterion): all cells that could be read, so N times the
    number of criteria if there is no fault. ``typed`` is what stands in the other cells; ``notes`` are the evidence and the
    explanations, by criterion. Both are there to be handed back.
    """

    points: Points
    faults: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    typed: Mapping[Cell, Content] = field(default_factory=dict)
    notes: Mapping[tuple[str, Note], str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the reading as plain JSON."""
        return {
            "points": [[*cell, value] for cell, value in self.points.items()],
            "faults": [fault.to_json() for fault in self.faults],
            "remarks": [remark.to_json() for remark in self.remarks],
            "typed": [[*cell, value] for cell, value in self.typed.items()],
            "notes": [[*key, text] for key, text in self.notes.items()],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the reading that ``to_json`` wrote."""
        return cls(
            {(unit, criterion): value for unit, criterion, value in data["points"]},
            tuple(Finding.from_json(fault) for fault in data["faults"]),
            tuple(Finding.from_json(remark) for remark in data["remarks"]),
            {(unit, criterion): value for unit, criterion, value in data["typed"]},
            {(criterion, Note(note)): text for criterion, note, text in data["notes"]},
        )


@dataclass(frozen=True)
class Whose:
    """Whose score sheet a workbook says that it is: key of the bloc's year, and code of the unit. Whoever sent it may lie."""

    cycle: str
    unit: str


def refused(message: Message) -> Reading:
    """Return the reading of a file that is refused as a whole."""
    return Reading({}, (Finding(NOWHERE, message),))
