"""The criteria tree as values. Points are integers in thousandths of a point, so that every sum is exact."""

from collections.abc import Iterator
from dataclasses import dataclass

THOUSANDTHS = 1000  # of a point


@dataclass(frozen=True)
class Criterion:
    """A leaf of the tree (tiêu chí): what is given for it lies from ``minimum`` to ``maximum``, in thousandths of a point."""

    code: str
    title: str
    minimum: int
    maximum: int


@dataclass(frozen=True)
class Group:
    """A group of criteria; its points are the sum of its criteria's."""

    code: str
    title: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Criteria:
    """The whole tree. Every number of points is a multiple of ``step`` (thousandths of a point)."""

    step: int
    groups: tuple[Group, ...]

    def __iter__(self) -> Iterator[Criterion]:
        return (criterion for group in self.groups for criterion in group.criteria)
