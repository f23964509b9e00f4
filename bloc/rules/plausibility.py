"""What is odd about a score sheet though every point of it is allowed. It never refuses a sheet."""

from collections.abc import Mapping
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
    leaves = list(criteria)
    others = list(dict.fromkeys(code for code, _ in given if code != unit))
    own, *theirs = [tuple(given[code, leaf.code] for leaf in leaves) for code in (unit, *others)]
    span = sum(leaf.maximum - leaf.minimum for leaf in leaves)
    lead = sum(own) - Fraction(sum(map(sum, theirs)), len(theirs))
    return Oddities(
        all_at_maximum=own == tuple(leaf.maximum for leaf in leaves),
        all_alike=len(theirs) > 1 and len(set(theirs)) == 1,
        lead=round(lead) if lead > LEAD * span else None,
    )
