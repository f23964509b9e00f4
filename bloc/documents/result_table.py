"""What the result workbook is made of: a version of the ranking, with the points that it rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from bloc.clock import local_day
from bloc.enums import TieRule
from bloc.rules.criteria import THOUSANDTHS, Criteria, Criterion

Given = tuple[str, str, str]  # (code of the scorer, code of the unit scored, code of the criterion)


@dataclass(frozen=True)
class Line:
    """One unit's standing.

    ``self_total`` is in thousandths of a point, ``cross_mean`` and ``score`` are exact, in points; the first two are None
    if no such sheet counts. ``sheets`` of ``of`` sheets count for this unit.
    """

    unit: str
    rank: int
    tied: bool
    self_total: int | None
    cross_mean: Fraction | None
    score: Fraction
    sheets: int
    of: int


@dataclass(frozen=True)
class Timing:
    """When a unit had to send a report or its score sheet, and when it did.

    Args:
        activity: the name of what was owed; ``unit``: the unit's code.
        last_day: as the plan says; ``extended_until``: instead of it, ``extended_because`` of what; None if it was not.
        received_at: when the first version came that was accepted and not returned; aware.
        waived_because: why the unit was released from it, if it was.
        code: the activity's.
    """

    activity: str
    unit: str
    last_day: date
    received_at: datetime | None = None
    extended_until: date | None = None
    extended_because: str | None = None
    waived_because: str | None = None
    code: str = ""

    @property
    def days_late(self) -> int:
        """Return how many days after its last day it came; 0: in time, or not at all."""
        if self.received_at is None:
            return 0
        return max(0, (local_day(self.received_at) - (self.extended_until or self.last_day)).days)


@dataclass(frozen=True)
class FormerYear:
    """The ranking that the bloc published in a former year: ``lines`` are rank and exact score, in points, by unit."""

    year: int
    lines: Mapping[str, tuple[int, Fraction]]


@dataclass(frozen=True)
class ResultTable:
    """A version of the ranking.

    ``council`` is the parent line of the letterhead; ``members`` is code -> name in the plan's order; ``scorers`` are the
    codes of the units whose sheets count; ``lines`` are in the order of the ranking; ``points`` are in thousandths of a
    point; scores are shown with ``decimals`` places; ``timings`` are in the order of the activities and of the plan's
    units; ``ties`` is the plan's rule for equal scores; ``former`` are the bloc's years before, the oldest first.
    """

    bloc_name: str
    council: str
    place: str
    year: int
    version: int
    provisional: bool
    computed_on: date
    decimals: int
    leader_title: str
    members: Mapping[str, str]
    criteria: Criteria
    scorers: tuple[str, ...]
    lines: tuple[Line, ...]
    points: Mapping[Given, int]
    timings: tuple[Timing, ...] = ()
    ties: TieRule = TieRule.SHARED
    former: tuple[FormerYear, ...] = ()

    def __hash__(self) -> int:
        """Return a hash by what tells versions apart: what is made of a table can be kept. Equal are those all equal."""
        return hash((self.bloc_name, self.year, self.version, self.computed_on))

    def total(self, scorer: str, scored: str, criteria: Iterable[Criterion] | None = None) -> int:
        """Return what ``scorer`` gave ``scored`` for ``criteria`` (default: all), in thousandths of a point."""
        counted = self.criteria if criteria is None else criteria
        return sum(self.points[scorer, scored, each.code] for each in counted)

    @property
    def point_decimals(self) -> int:
        """Return how many decimals points need to be shown exactly: 2 for a step of 0.25."""
        return next(places for places in range(4) if self.criteria.step * 10**places % THOUSANDTHS == 0)
