"""How well a ranking stands up to questions: figures beside the official score, never instead of it. All of them are exact."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from statistics import median

from bloc.enums import TieRule
from bloc.rules.criteria import THOUSANDTHS
from bloc.rules.ranking import Place, Totals, standings
from bloc.rules.scoring import score

GroupTotals = Mapping[tuple[str, str, str], int]  # (scorer, scored, group of criteria) -> thousandths of a point
LEAST_TO_TRIM = 3  # totals: of fewer nothing is left between the lowest and the highest


@dataclass(frozen=True)
class UnitFigures:
    """How one unit stands.

    ``cross_mean`` is the mean of what the others gave it, ``lead`` its self-score less that mean, both in points, None if
    there is no such sheet. ``by_median`` and ``by_trimmed_mean`` are its ranks under those; ``best`` and ``worst`` the ends
    of its ranks when no scorer or any one is left out.
    """

    unit: str
    rank: int
    by_median: int
    by_trimmed_mean: int
    best: int
    worst: int
    cross_mean: Fraction | None
    lead: Fraction | None


@dataclass(frozen=True)
class ScorerFigures:
    """How one unit scored the others, in points.

    ``leniency``: by how much it gave more, in the mean, than the other peers gave the same units; None without other peers.
    ``spread``: from the lowest to the highest total that it gave.
    """

    scorer: str
    leniency: Fraction | None
    spread: Fraction


@dataclass(frozen=True)
class OddTotal:
    """A total that lies off what its row and its column lead to expect; ``off`` is by how much, in points."""

    scorer: str
    unit: str
    off: Fraction


@dataclass(frozen=True)
class Tie:
    """Units of one exact score; ``order`` is by their mean of cross-scores, best first, those still equal together."""

    rank: int
    order: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Robustness:
    """All figures: ``units`` in the order of the ranking, ``scorers`` in the members' order.

    ``first_depends_on`` are the scorers without any one of whom the first place would be another's. ``odd_total`` is None
    if no total, or more than one, lies furthest off.
    """

    units: tuple[UnitFigures, ...]
    scorers: tuple[ScorerFigures, ...]
    first_depends_on: tuple[str, ...]
    odd_total: OddTotal | None
    ties: tuple[Tie, ...]


def robustness(members: Sequence[str], scorers: Iterable[str], totals: Totals, rule: TieRule) -> Robustness:
    """Return how well the ranking of ``members`` stands; the arguments are those of ``bloc.rules.ranking.standings``.

    Raises:
        NoSheets: ``scorers`` is empty.
    """
    counted = set(scorers)
    ordered = [unit for unit in members if unit in counted]
    places = standings(members, ordered, totals, rule)
    without = _without_each(members, ordered, totals, rule)
    return Robustness(
        units=_units(places, ordered, totals, without),
        scorers=tuple(_scorer(scorer, members, ordered, totals) for scorer in ordered),
        first_depends_on=tuple(scorer for scorer, other in without.items() if _first(other) != _first(places)),
        odd_total=_odd_total(members, ordered, totals),
        ties=_ties(members, ordered, totals),
    )


def gains(members: Sequence[str], scorers: Sequence[str], totals: GroupTotals) -> dict[tuple[str, str], Fraction]:
    """Return by how much each unit's score in each group of criteria lies above the bloc's mean, in points.

    Args:
        members: codes of all N units.
        scorers: codes of the k units whose sheets count.
        totals: what each scorer gave each member in each group.

    Returns:
        By (unit, group); a group's gains add up to nought, a unit's to what its score lies above the mean score.

    Raises:
        NoSheets: ``scorers`` is empty.
    """
    groups = dict.fromkeys(group for _, _, group in totals)
    means = {(unit, group): score([totals[scorer, unit, group] for scorer in scorers]) for unit in members for group in groups}
    middle = {group: _mean(means[unit, group] for unit in members) for group in groups}
    return {(unit, group): mean - middle[group] for (unit, group), mean in means.items()}


def _without_each(members: Sequence[str], scorers: Sequence[str], totals: Totals, rule: TieRule) -> dict[str, list[Place]]:
    """Return the ranking without each scorer; the only one cannot be left out."""
    if len(scorers) == 1:
        return {}
    return {out: standings(members, [each for each in scorers if each != out], totals, rule) for out in scorers}


def _first(places: Sequence[Place]) -> set[str]:
    return {place.unit for place in places if place.rank == 1}


def _units(
    places: Sequence[Place], scorers: Sequence[str], totals: Totals, without: Mapping[str, Sequence[Place]]
) -> tuple[UnitFigures, ...]:
    received = {place.unit: [totals[scorer, place.unit] for scorer in scorers] for place in places}
    by_median = _ranks({unit: median(map(Fraction, given)) for unit, given in received.items()})
    by_trimmed_mean = _ranks({unit: score(_trimmed(given)) for unit, given in received.items()})
    held = [{place.unit: place.rank for place in ranked} for ranked in (places, *without.values())]
    return tuple(
        UnitFigures(
            unit=place.unit,
            rank=place.rank,
            by_median=by_median[place.unit],
            by_trimmed_mean=by_trimmed_mean[place.unit],
            best=min(ranks[place.unit] for ranks in held),
            worst=max(ranks[place.unit] for ranks in held),
            cross_mean=place.cross_mean,
            lead=_lead(place),
        )
        for place in places
    )


def _ranks(worth: Mapping[str, Fraction]) -> dict[str, int]:
    better = sorted(worth.values(), reverse=True)
    return {unit: better.index(own) + 1 for unit, own in worth.items()}


def _trimmed(given: Sequence[int]) -> Sequence[int]:
    return sorted(given)[1:-1] if len(given) >= LEAST_TO_TRIM else given


def _lead(place: Place) -> Fraction | None:
    if place.self_total is None or place.cross_mean is None:
        return None
    return Fraction(place.self_total, THOUSANDTHS) - place.cross_mean


def _scorer(scorer: str, members: Sequence[str], scorers: Sequence[str], totals: Totals) -> ScorerFigures:
    given = {unit: totals[scorer, unit] for unit in members if unit != scorer}
    peers = {unit: [totals[peer, unit] for peer in scorers if peer not in (scorer, unit)] for unit in given}
    more = [Fraction(given[unit], THOUSANDTHS) - score(theirs) for unit, theirs in peers.items() if theirs]
    spread = Fraction(max(given.values()) - min(given.values()), THOUSANDTHS)
    return ScorerFigures(scorer, _mean(more) if more else None, spread)


def _odd_total(members: Sequence[str], scorers: Sequence[str], totals: Totals) -> OddTotal | None:
    """Return the largest two-way residual: the total less its row's mean, less its column's mean, plus the mean of all.

    Of two scorers' totals the residuals come in pairs of one size: nobody can say which of the two is off.
    """
    rows = {unit: score([totals[scorer, unit] for scorer in scorers]) for unit in members}
    columns = {scorer: score([totals[scorer, unit] for unit in members]) for scorer in scorers}
    middle = _mean(rows.values())
    off = {
        (scorer, unit): Fraction(totals[scorer, unit], THOUSANDTHS) - rows[unit] - columns[scorer] + middle
        for scorer in scorers
        for unit in members
    }
    sizes = Counter(map(abs, off.values()))
    furthest = max(sizes)
    if not furthest or sizes[furthest] > 1:
        return None
    return next(OddTotal(scorer, unit, by) for (scorer, unit), by in off.items() if abs(by) == furthest)


def _ties(members: Sequence[str], scorers: Sequence[str], totals: Totals) -> tuple[Tie, ...]:
    shared = standings(members, scorers, totals, TieRule.SHARED)
    tied = {place.unit: place.rank for place in shared if place.tied}
    decided = [place for place in standings(members, scorers, totals, TieRule.CROSS_MEAN) if place.unit in tied]
    found: dict[int, list[tuple[str, ...]]] = {}
    for _, equals in groupby(decided, key=lambda place: place.rank):
        units = tuple(place.unit for place in equals)
        found.setdefault(tied[units[0]], []).append(units)
    return tuple(Tie(rank, tuple(order)) for rank, order in found.items())


def _mean(numbers: Iterable[Fraction]) -> Fraction:
    listed = list(numbers)
    return sum(listed, Fraction(0)) / len(listed)
