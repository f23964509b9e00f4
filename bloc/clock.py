"""Time is an argument: read here, once, by a door, and passed on; aware, UTC in the database, local only to reason in days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """Return the present moment, in UTC. Only doors call this."""
    return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """Return ``moment`` in UTC; one without a zone is taken to be Vietnamese time, as an operator types it in a form."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)


def at(day: date, clock: time = time.min) -> datetime:
    """Return the instant (UTC) at which ``clock`` strikes on ``day`` in Vietnam."""
    return datetime.combine(day, clock, VIETNAM).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first instant (UTC) that is no longer ``day`` in Vietnam: a deadline lies strictly before it."""
    return at(day + timedelta(days=1))


def local_day(moment: datetime) -> date:
    """Return the calendar day of an aware ``moment`` in Vietnam."""
    return moment.astimezone(VIETNAM).date()


def local(moment: datetime) -> datetime:
    """Return an aware ``moment`` as Vietnamese time."""
    return moment.astimezone(VIETNAM)
