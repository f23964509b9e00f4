"""What one unit's score sheet consists of: the same for the writer and the reader."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bloc.rules.criteria import Criteria

Cell = tuple[str, str]  # (code of the unit scored, code of the criterion)
Points = Mapping[Cell, int]  # in thousandths of a point
Content = int | str | None  # of a cell: thousandths of a point; a text as somebody typed it; nothing


@dataclass(frozen=True)
class Form:
    """One unit's sheet for one cycle: a self-score of itself and cross-scores of the N-1 others.

    ``members`` is code -> name of all N units in the plan's order, the scorer among them. What the cover says besides:
    ``last_day`` (None: not dated yet), and to whom the sheet goes back, ``sender`` and their ``address`` ("" if not known).
    """

    cycle: str
    year: int
    bloc_name: str
    unit: str
    members: Mapping[str, str]
    criteria: Criteria
    last_day: date | None = None
    sender: str = ""
    address: str = ""

    @property
    def others(self) -> tuple[str, ...]:
        """Return the codes of the N-1 units that this one cross-scores, in the plan's order."""
        return tuple(code for code in self.members if code != self.unit)

    @property
    def criteria_digest(self) -> str:
        """Return what tells this version of the criteria from every other."""
        return _digest(_plain(self.criteria))

    @property
    def digest(self) -> str:
        """Return a plain digest of cycle, unit, members and criteria: a sheet made from others is refused by name.

        Members by code, in any order: a sheet issued before one was renamed or put in another place is as good as any. No key:
        a lost one would refuse all sheets.
        """
        return _digest([self.cycle, self.unit, sorted(self.members), _plain(self.criteria)])


def totals_of(points: Points, units: Iterable[str]) -> dict[str, int]:
    """Return what a sheet gives each of ``units`` in all, in their order, in thousandths of a point."""
    totals = dict.fromkeys(units, 0)
    for (unit, _), value in points.items():
        totals[unit] += value
    return totals


def _plain(criteria: Criteria) -> list[object]:
    groups = [
        [group.code, group.title, [[each.code, each.title, each.minimum, each.maximum] for each in group.criteria]]
        for group in criteria.groups
    ]
    return [criteria.step, groups]


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
