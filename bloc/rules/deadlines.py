"""From a deadline as the plan writes it to the last day in time and the instant at which lateness begins."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bloc.clock import end_of, local_day
from bloc.enums import Before, DayOff
from bloc.rules.calendar import WorkCalendar


@dataclass(frozen=True)
class DeadlineRule:
    """How a bloc reads deadlines: what "trước ngày" means, and what becomes of a last day that is no working day."""

    before: Before = Before.DAY_BEFORE
    day_off: DayOff = DayOff.AS_WRITTEN
    calendar: WorkCalendar = field(default_factory=WorkCalendar)


def last_day(day: date, exclusive: bool, rule: DeadlineRule) -> date:
    """Return the last day in time of a deadline written with ``day``.

    Args:
        day: the date that the plan writes.
        exclusive: whether it is written "trước ngày" (before), and not "đến hết ngày" (by).
        rule: the plan's policies. By default "trước ngày D" ends with the day before D, working day or not.

    Source: plan, section II.2.2 and II.2.4.
    """
    if exclusive and rule.before is Before.DAY_BEFORE:
        day -= timedelta(days=1)
    match rule.day_off:
        case DayOff.WORKING_DAY_BEFORE:
            return rule.calendar.nearest(day, -1)
        case DayOff.WORKING_DAY_AFTER:
            return rule.calendar.nearest(day, +1)
        case _:
            return day


def due_at(last: date) -> datetime:
    """Return the instant (UTC) that ends ``last``: what arrives at it or after is late."""
    return end_of(last)


def last_day_of(due: datetime) -> date:
    """Return the last day in time of a deadline kept as an instant; the inverse of ``due_at``."""
    return local_day(due - timedelta(microseconds=1))


def is_late(moment: datetime, due: datetime) -> bool:
    """Return whether what arrived at ``moment`` came too late."""
    return moment >= due
