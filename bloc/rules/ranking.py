"""Ranks by exact scores: equal scores share a rank (1, 2, 2, 4) until the plan's tie rule decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from bloc.enums import TieRule
from bloc.rules.scoring import cross_mean, score

Totals = Mapping[tuple[str, str], int]  # (scorer, scored) -> thousandths of a point


@dataclass(frozen=True)
class Place:
    """One unit's line in a result: totals in thousandths of a point, means in points."""

    unit: str
    rank: int
    tied: bool
    self_total: int | None
    cross_mean: Fraction | None
    score: Fraction


def standings(members: Sequence[str], scorers: Sequence[str], totals: Totals, rule: TieRule) -> list[Place]:
    """Return the ranking of all members, best first, those of equal rank in the plan's order.

    Args:
        members: codes of all N units; one whose own sheet is missing is ranked all the same.
        scorers: codes of the k units whose sheets count.
        totals: what each scorer gave to each member, itself included.
        rule: ``cross-mean`` puts the higher mean of cross-scores first; ``shared`` and ``ballot`` leave a tie a tie.

    Raises:
        NoSheets: ``scorers`` is empty.
    """
    lines = {unit: _means(unit, scorers, totals) for unit in members}

    def worth(unit: str) -> tuple[Fraction, Fraction]:
        _, cross, mean = lines[unit]
        return mean, (cross or Fraction(0)) if rule is TieRule.CROSS_MEAN else Fraction(0)

    places: list[Place] = []
    for _, group in groupby(sorted(members, key=worth, reverse=True), key=worth):
        equals, rank = list(group), len(places) + 1
        places += [Place(unit, rank, len(equals) > 1, *lines[unit]) for unit in equals]
    return places


def _means(unit: str, scorers: Sequence[str], totals: Totals) -> tuple[int | None, Fraction | None, Fraction]:
    given = [totals[scorer, unit] for scorer in scorers]
    crosses = [totals[scorer, unit] for scorer in scorers if scorer != unit]
    return totals[unit, unit] if unit in scorers else None, cross_mean(crosses), score(given)
