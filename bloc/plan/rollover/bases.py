"""Legal bases in the next year: those that hold, and in the place of those that do not what the plan knows of them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from bloc.language import Message, say, short_day
from bloc.plan.rollover.marks import MARK
from bloc.plan.schema import LegalBasis

Entry = tuple[dict[str, Any], Message | None, bool]  # as the tree has it, what is remarked, and whether it is to be filled in


def next_bases(bases: Sequence[LegalBasis], year: int) -> Iterator[Entry]:
    """Yield the legal bases of ``year``, with what has to be said of each."""
    for basis in bases:
        yield from _carried(basis, date(year, 1, 1), date(year, 12, 31))


def _carried(basis: LegalBasis, first: date, last: date) -> Iterator[Entry]:
    ends = basis.until
    if ends is None or ends > last:
        yield _tree(basis), None, False
    elif ends >= first:
        said = say("It holds through {day} only.", day=short_day(ends))
        yield _tree(basis.model_copy(update={"replaced_by": None})), said, basis.replaced_by is None
        if basis.replaced_by is not None:
            yield from _carried(basis.replaced_by, first, last)
    elif basis.replaced_by is not None:
        after = list(_carried(basis.replaced_by, first, last))
        said = say("It stands in the place of what held through {day}: {name}", day=short_day(ends), name=basis.name)
        yield after[0][0], after[0][1] or said, after[0][2]
        yield from after[1:]
    else:
        said = say("what comes in the place of this: it held through {day}", day=short_day(ends))
        yield {**_tree(basis), "name": f"{MARK}: căn cứ thay cho “{basis.name}”"}, said, True


def _tree(basis: LegalBasis) -> dict[str, Any]:
    return basis.model_dump(mode="json", exclude_none=True)
