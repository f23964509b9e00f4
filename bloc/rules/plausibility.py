"""What is odd about a score sheet though every point of it is allowed. It never refuses a sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bloc.rules.criteria import Criteria

LEAD = Fraction(1, 10)  # of the span of points: a self-score that lies further above the others' mean is odd


@dataclass(frozen=True)
class Oddities:
    """What is odd; ``lead``: how far the self-score lies above the others' mean, in thousandths of a point, if too far."""

    all_at_maximum: bool
    all_alike: bool
    lead: int | None


def oddities(given: Mapping[tuple[str, str], int], unit: str, criteria: Criteria) -> Oddities:
    """Return what is odd about the points that ``unit`` gives itself and the others.

    Args:
        given: all points of a valid sheet, in thousandths, by (code of the unit scored, code of the criterion).
        unit: the code of the scorer.
        criteria: what the points are given for.
    """
    totals: dict[str, int] = {}
    for (code, _), points in given.items():
        totals[code] = totals.get(code, 0) + points
    own = totals.pop(unit)
    highest, lowest = sum(leaf.maximum for leaf in criteria), sum(leaf.minimum for leaf in criteria)
    lead = own - Fraction(sum(totals.values()), len(totals))
    return Oddities(
        all_at_maximum=own == highest,
        all_alike=len(totals) > 1 and len(set(totals.values())) == 1 and _all_alike(given, list(totals), criteria),
        lead=round(lead) if lead > LEAD * (highest - lowest) else None,
    )


def _all_alike(given: Mapping[tuple[str, str], int], units: Sequence[str], criteria: Criteria) -> bool:
    return all(len({given[unit, leaf.code] for unit in units}) == 1 for leaf in criteria)
