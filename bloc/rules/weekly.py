"""When the secretary's weekly digest is owed: on the first working day of each week. A week begins on Monday."""

from datetime import date, datetime, time, timedelta

from bloc.clock import at, end_of, local_day
from bloc.rules.calendar import ONE_DAY, WorkCalendar

WEEK = 7  # days
AFTERWARDS = timedelta(weeks=6)  # how long a year is told of after the last of its deadlines


def digest_of_week(moment: datetime, calendar: WorkCalendar, strikes: time) -> datetime | None:
    """Return when the digest of the week in which ``moment`` lies is owed (UTC); None if that week has no working day."""
    monday = local_day(moment) - local_day(moment).weekday() * ONE_DAY
    days = (monday + n * ONE_DAY for n in range(WEEK))
    return next((at(day, strikes) for day in days if calendar.is_working_day(day)), None)


def digest_after(moment: datetime, calendar: WorkCalendar, strikes: time) -> datetime:
    """Return when the first digest after ``moment`` is owed."""
    return _first(moment, timedelta(days=WEEK), calendar, strikes)


def digest_before(moment: datetime, calendar: WorkCalendar, strikes: time) -> datetime:
    """Return when the last digest before ``moment`` was owed."""
    return _first(moment, -timedelta(days=WEEK), calendar, strikes)


def digests_end(year: int, last_due: datetime | None) -> datetime:
    """Return the moment (UTC) from which a year has no digest: its end, or ``AFTERWARDS`` after its last deadline, if later.

    Args:
        year: the cycle's.
        last_due: the instant that ends the last of its deadlines; None: it has none.
    """
    end = end_of(date(year, 12, 31))
    return end if last_due is None else max(end, last_due + AFTERWARDS)


def _first(moment: datetime, step: timedelta, calendar: WorkCalendar, strikes: time) -> datetime:
    within = moment
    while True:
        owed = digest_of_week(within, calendar, strikes)
        if owed is not None and (owed > moment if step > timedelta() else owed < moment):
            return owed
        within += step


def still_owed(weekly_at: datetime, now: datetime, calendar: WorkCalendar, strikes: time) -> datetime:
    """Return when the digest that is owed at ``weekly_at`` is owed once the calendar is another.

    One that was missed stays owed. A week that has had its digest gets no second one, whatever is now its first working day.
    """
    if weekly_at <= now:
        return weekly_at
    monday = at(local_day(weekly_at) - local_day(weekly_at).weekday() * ONE_DAY)
    return digest_after(max(now, monday - timedelta(microseconds=1)), calendar, strikes)
