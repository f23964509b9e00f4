"""The objection window: from the day on which a final result is published, so many working days."""

from dataclasses import dataclass
from datetime import date, datetime

from bloc.clock import local_day
from bloc.enums import ObjectionAnswer, ObjectionState
from bloc.rules.calendar import WorkCalendar
from bloc.rules.deadlines import due_at, is_late


@dataclass(frozen=True)
class Window:
    """When units may contest what they were given: from an instant to the end of ``last_day``."""

    opened_at: datetime
    last_day: date

    @property
    def due_at(self) -> datetime:
        """Return the instant (UTC) that ends it."""
        return due_at(self.last_day)

    def is_open(self, now: datetime) -> bool:
        """Return whether an objection raised at ``now`` is in time."""
        return self.opened_at <= now and not is_late(now, self.due_at)


def window(opened_at: datetime, days: int, calendar: WorkCalendar) -> Window:
    """Return the window that opens with a publication: its last day is the ``days``-th working day after that day.

    Args:
        opened_at: when the result was published; on a day off too.
        days: working days, at least 1.
        calendar: the plan's working days.
    """
    return Window(opened_at, calendar.shift(local_day(opened_at), days))


def state_of(answer: ObjectionAnswer | None, end: datetime | None, now: datetime) -> ObjectionState:
    """Return how an objection stands; one that nobody answered by the ``end`` (None: not known) stands as not answered."""
    if answer is not None:
        return ObjectionState(answer.value)
    return ObjectionState.OPEN if end is None or not is_late(now, end) else ObjectionState.NOT_ANSWERED
