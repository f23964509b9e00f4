"""The objection window as the oracle reckons it: what is contested, by whom, and who has answered."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass
class Contested:
    """One objection."""

    unit: str
    giver: str
    criterion: str
    raised: datetime
    answered: bool = False

    @property
    def about(self) -> tuple[str, str, str]:
        return self.unit, self.giver, self.criterion


@dataclass
class Objections:
    """The objections of a year by their numbers, from 1. ``last``: the window's last day, once it has been opened."""

    last: date | None = None
    raised: list[Contested] = field(default_factory=list)

    def takes(self, new: Contested) -> bool:
        """Whether that may be contested: another's points, and for the first time."""
        return new.unit != new.giver and new.about not in [each.about for each in self.raised]

    def numbered(self, number: int, giver: str) -> Contested | None:
        """Return the objection of that number, if it waits for the answer of ``giver``."""
        found = dict(enumerate(self.raised, start=1)).get(number)
        return found if found and found.giver == giver and not found.answered else None

    def owing(self, before: datetime) -> list[str]:
        """Return the units that have not answered what was contested before a moment."""
        return sorted({each.giver for each in self.raised if not each.answered and each.raised < before})
