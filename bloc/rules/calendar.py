"""Working days in Vietnam: weekends, public holidays and make-up days, and what the plan adds or takes away."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

COUNTRY = "VN"
ONE_DAY = timedelta(days=1)


@cache
def _public() -> holidays.HolidayBase:
    return holidays.country_holidays(COUNTRY)


@dataclass(frozen=True)
class WorkCalendar:
    """The working days that a plan counts by.

    ``days_off`` and ``working_days`` come from the plan: swaps are announced late, so a plan may add and take away days.
    """

    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    @classmethod
    def of(cls, days_off: Collection[date] = (), working_days: Collection[date] = ()) -> "WorkCalendar":
        """Return the calendar that a plan's two lists of days make."""
        return cls(frozenset(days_off), frozenset(working_days))

    def is_working_day(self, day: date) -> bool:
        """Return whether offices work on ``day``. A make-up Saturday, such as 04/5/2024, is a working day."""
        if day in self.working_days:
            return True
        return day not in self.days_off and bool(_public().is_working_day(day))

    def nearest(self, day: date, direction: int) -> date:
        """Return ``day`` if it is a working day, else the next one in ``direction`` (+1 later, -1 earlier)."""
        while not self.is_working_day(day):
            day += direction * ONE_DAY
        return day

    def shift(self, day: date, working_days: int) -> date:
        """Return the day that lies ``working_days`` working days after ``day`` (before it, if negative).

        ``day`` itself need not be a working day: the first working day after (before) it is one away.
        """
        step = 1 if working_days > 0 else -1
        for _ in range(abs(working_days)):
            day = self.nearest(day + step * ONE_DAY, step)
        return day
