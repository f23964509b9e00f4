"""Ranks by exact scores: equal scores share a rank (1, 2, 2, 4) until the plan's tie rule decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Self

from bloc.enums import TieRule
from bloc.rules.scoring import mean

Totals = Mapping[tuple[str, str], int]  # (scorer, scored) -> thousandths of a point


@dataclass(frozen=True)
class Sums:
    """What one unit was given, in thousandths of a point: by all the k ``sheets`` that count, and by its own among them.

    ``own`` is None if its own does not count.
    """

    given: int
    own: int | None
    sheets: int

    @classmethod
    def of(cls, unit: str, given: Mapping[str, int]) -> Self:
        """Return the sums for ``unit`` of what each scorer has given it."""
        return cls(sum(given.values()), given.get(unit), len(given))

    @property
    def score(self) -> Fraction:
        """The official score; NoSheets if none counts."""
        return mean(self.given, self.sheets)

    @property
    def cross_mean(self) -> Fraction | None:
        """The mean of the cross-scores; None if nobody gave it one."""
        sheets = self.sheets - (self.own is not None)
        return mean(self.given - (self.own or 0), sheets) if sheets else None


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
    """Return the ranking of all members, as ``ranked`` does.

    Args:
        members: codes of all N units; one whose own sheet is missing is ranked all the same.
        scorers: codes of the k units whose sheets count.
        totals: what each scorer gave to each member, itself included.
        rule: for equal scores.

    Raises:
        NoSheets: ``scorers`` is empty.
    """
    counted = set(scorers)
    return ranked({unit: Sums.of(unit, {scorer: totals[scorer, unit] for scorer in counted}) for unit in members}, rule)


def ranked(sums: Mapping[str, Sums], rule: TieRule) -> list[Place]:
    """Return the ranking of the units that were given ``sums``, best first, those of equal rank in the order given.

    Args:
        sums: by the codes of all members, in the plan's order.
        rule: ``cross-mean`` puts the higher mean of cross-scores first; ``shared`` and ``ballot`` leave a tie a tie. Where one
            sheet alone counts, its own unit has no cross-score and the others' is their score: nothing is decided.

    Raises:
        NoSheets: no sheet counts.
        ValueError: some sheets leave members out; one that counts gives each member its points.
    """
    if len({each.sheets for each in sums.values()}) > 1:
        raise ValueError("the sheets that count leave members out")
    means = {unit: (each.cross_mean, each.score) for unit, each in sums.items()}

    def worth(unit: str) -> tuple[Fraction, Fraction]:
        cross, score = means[unit]
        return score, score if cross is None or rule is not TieRule.CROSS_MEAN else cross

    places: list[Place] = []
    for _, group in groupby(sorted(sums, key=worth, reverse=True), key=worth):
        equals, rank = list(group), len(places) + 1
        places += [Place(unit, rank, len(equals) > 1, sums[unit].own, *means[unit]) for unit in equals]
    return places
