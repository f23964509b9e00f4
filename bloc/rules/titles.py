"""Which units meet the conditions of a title, why others do not, and who is proposed for it by rank. Exact, and pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


@dataclass(frozen=True)
class Conditions:
    """What a title asks of a unit; what is None or false is not asked.

    Args:
        least_score: in points.
        sheet_sent: its score sheet has come; ``reports_sent``: so have its reports.
        most_days_late: how many days late any of what it has sent may have come.
        top_only: none but those of rank 1.
        not_with: none that has one of these other titles.
    """

    least_score: Fraction | None = None
    sheet_sent: bool = False
    reports_sent: bool = False
    most_days_late: int | None = None
    top_only: bool = False
    not_with: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sent:
    """What a unit was asked to send: what it is called, whether it is the score sheet, and how late it came.

    ``days_late`` is counted in calendar days begun, from the unit's own deadline on, an extension included; 0 is in time, None:
    it has not come. What was waived is not asked, and no entry.
    """

    name: str
    is_sheet: bool
    days_late: int | None


@dataclass(frozen=True)
class Record:
    """A unit's year, as far as titles ask for it.

    ``excluded``: the recorded reason for which it is left out; ``has``: the other titles that it is to have.
    """

    unit: str
    rank: int
    score: Fraction
    sent: tuple[Sent, ...] = ()
    excluded: str | None = None
    has: frozenset[str] = frozenset()


class Lack(StrEnum):
    """What a unit lacks for a title."""

    EXCLUDED = "excluded"
    OTHER_TITLE = "other-title"
    NOT_FIRST = "not-first"
    SCORE = "score"
    NOT_SENT = "not-sent"
    LATE = "late"


@dataclass(frozen=True)
class Shortcoming:
    """A condition that a unit does not meet: ``what`` names the paper, title or reason, ``days`` how late it came."""

    lack: Lack
    what: str = ""
    days: int = 0


def shortcomings(record: Record, conditions: Conditions) -> tuple[Shortcoming, ...]:
    """Return all the conditions that a unit does not meet; none if it may be proposed."""
    return tuple(_shortcomings(record, conditions))


def _shortcomings(record: Record, conditions: Conditions) -> Iterator[Shortcoming]:
    if record.excluded is not None:
        yield Shortcoming(Lack.EXCLUDED, record.excluded)
    yield from (Shortcoming(Lack.OTHER_TITLE, title) for title in sorted(record.has & conditions.not_with))
    if conditions.top_only and record.rank != 1:
        yield Shortcoming(Lack.NOT_FIRST)
    if conditions.least_score is not None and record.score < conditions.least_score:
        yield Shortcoming(Lack.SCORE)
    for paper in record.sent:
        if paper.days_late is None:
            if conditions.sheet_sent if paper.is_sheet else conditions.reports_sent:
                yield Shortcoming(Lack.NOT_SENT, paper.name)
        elif conditions.most_days_late is not None and paper.days_late > conditions.most_days_late:
            yield Shortcoming(Lack.LATE, paper.name, paper.days_late)


class Verdict(StrEnum):
    """Where a unit stands in a proposal."""

    PROPOSED = "proposed"
    TIED = "tied"  # equals at the last place of whom not all have one: a person or a vote decides
    BELOW = "below"  # it meets the conditions, and better ones have the places
    FAILS = "fails"


@dataclass(frozen=True)
class Proposed:
    """A unit's line in a proposal, with what it lacks."""

    unit: str
    rank: int
    verdict: Verdict
    lacks: tuple[Shortcoming, ...] = ()


def proposal(records: Sequence[Record], conditions: Conditions, places: int | None) -> list[Proposed]:
    """Return every unit's line, by rank, those of equal rank by code.

    Args:
        places: how many units can have the title; None: all that meet the conditions.
    """
    ordered = sorted(records, key=lambda record: (record.rank, record.unit))
    lacks = {record.unit: shortcomings(record, conditions) for record in ordered}
    able = [record.rank for record in ordered if not lacks[record.unit]]
    return [
        Proposed(
            record.unit, record.rank, _verdict(record.rank, able, places, fails=bool(lacks[record.unit])), lacks[record.unit]
        )
        for record in ordered
    ]


def _verdict(rank: int, able: Sequence[int], places: int | None, *, fails: bool) -> Verdict:
    """Return where a unit of that rank stands among the ranks of those that meet the conditions."""
    if fails:
        return Verdict.FAILS
    better, equal = sum(other < rank for other in able), able.count(rank)
    if places is None or better + equal <= places:
        return Verdict.PROPOSED
    return Verdict.TIED if better < places else Verdict.BELOW
