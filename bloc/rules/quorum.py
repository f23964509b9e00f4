"""Whether enough units are at a conference to decide."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil


@dataclass(frozen=True)
class Quorum:
    """How many units are asked, how many of them must be there, and how many are."""

    asked: int
    needed: int
    present: int

    @property
    def reached(self) -> bool:
        """Return whether enough are there; where nobody is asked, nobody can be enough."""
        return self.asked > 0 and self.present >= self.needed


def quorum_of(share: Fraction, asked: int, present: int) -> Quorum:
    """Return the quorum of a conference: at least the ``share`` of the units ``asked``, in whole units, and never none.

    Args:
        share: greater than 0, at most 1.
        asked: how many units are asked to come, and ``present``, how many of them have.
    """
    return Quorum(asked, max(1, ceil(share * asked)), present)
