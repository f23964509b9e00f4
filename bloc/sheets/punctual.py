"""How units kept their deadlines, in words, for those who score a criterion that is about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bloc.language import Message, clock_time, say, short_day
from bloc.rules.punctuality import Kept, Punctuality


@dataclass(frozen=True)
class Records:
    """What is known as of a moment: for each linked criterion, by its code, and each unit, by its code, how it kept what."""

    as_of: datetime
    by_criterion: Mapping[str, Mapping[str, Sequence[Kept]]]

    def __bool__(self) -> bool:
        return any(any(lines.values()) for lines in self.by_criterion.values())

    def of(self, criterion: str, unit: str) -> Sequence[Kept]:
        """Return how a unit kept the deadlines that a criterion is about; nothing for one that is about none."""
        return self.by_criterion.get(criterion, {}).get(unit, ())

    def brief(self, criterion: str, unit: str) -> list[Message]:
        """Return the same in the few words that fit beside a cell: how many were on time, and each that was not.

        What may still come in time, and what the unit was released from, is counted in neither.
        """
        lines = self.of(criterion, unit)
        over = [line for line in lines if line.how not in (Punctuality.AWAITED, Punctuality.WAIVED)]
        in_time = sum(line.how is Punctuality.ON_TIME for line in over)
        said = [say("on time: {count} of {all}", count=in_time, all=len(over)) if over else say("nothing is over yet")]
        others = [state(line) for line in lines if line.how not in (Punctuality.ON_TIME, Punctuality.AWAITED)]
        return said + others if lines else []


def state(line: Kept) -> Message:
    """Return how one deadline was kept."""
    match line.how:
        case Punctuality.ON_TIME:
            return say("on time")
        case Punctuality.LATE:
            return say("late by {days} days", days=line.days)
        case Punctuality.MISSING:
            return say("not sent, {days} days overdue", days=line.days)
        case Punctuality.WAIVED:
            return say("waived")
        case _:
            return say("not sent yet; there is still time")


def deadline(line: Kept) -> Message | str:
    """Return the last day, and that it is an extended one."""
    day = short_day(line.last_day)
    return day if line.extended_because is None else say("{day} (extended)", day=day)


def received(line: Kept) -> str:
    """Return when it came; "-" if it has not."""
    return clock_time(line.received_at) if line.received_at else "-"


def why(line: Kept) -> str:
    """Return why it was extended or waived; empty if it was neither."""
    return "; ".join(because for because in (line.extended_because, line.waived_because) if because)
