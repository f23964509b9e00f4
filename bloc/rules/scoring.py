"""The official score, in exact arithmetic; only the display rounds."""

from collections.abc import Sequence
from fractions import Fraction

from bloc.errors import NoSheets
from bloc.rules.criteria import THOUSANDTHS


def score(totals: Sequence[int]) -> Fraction:
    """Return a unit's score: the mean of its self-score and its cross-scores, in points.

    Args:
        totals: the self total and the cross totals given to the unit, one a counted sheet, in thousandths of a point.
            Which sheets count is decided before, by ``bloc.rules.completeness``.

    Raises:
        NoSheets: ``totals`` is empty.

    Source: plan, section II.1, "Căn cứ đánh giá, bình xét thi đua".
    """
    return mean(sum(totals), len(totals))


def mean(total: int, sheets: int) -> Fraction:
    """Return the mean, in points, of what ``sheets`` sheets give: ``total`` in all, in thousandths of a point.

    Raises:
        NoSheets: there are none.
    """
    if not sheets:
        raise NoSheets
    return Fraction(total, THOUSANDTHS * sheets)
