"""How units kept their deadlines: shown to those who score a criterion that is about it. It gives no points itself."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bloc.clock import local_day
from bloc.rules.deadlines import due_at, is_late


class Punctuality(StrEnum):
    """How one deadline was kept, as of a moment."""

    ON_TIME = "on-time"
    LATE = "late"
    MISSING = "missing"  # its last day is over, and nothing has come
    AWAITED = "awaited"  # nothing has come, and there is still time
    WAIVED = "waived"  # the unit was released from it


@dataclass(frozen=True)
class Kept:
    """How a unit kept the deadline of one activity.

    Args:
        activity: what it was to send, by its short name, until the end of ``last_day``, its own where that was extended.
        how: on time, late and so on; ``days``: of the calendar, that it came too late or is overdue, 0 else.
        received_at: when it came; None if it has not.
        extended_because: why it had a day of its own; None if it had none. ``waived_because``: why it was released.
    """

    activity: str
    last_day: date
    how: Punctuality
    days: int = 0
    received_at: datetime | None = None
    extended_because: str | None = None
    waived_because: str | None = None


def kept(
    activity: str, last: date, received: datetime | None, now: datetime, *, extended_because: str | None = None,
    waived_because: str | None = None,
) -> Kept:  # fmt: skip
    """Return how the deadline that ends with ``last`` was kept, as of ``now``; what came after a waiver counts as it came.

    Source: plan, section III.3 ("theo đúng thời hạn quy định").
    """
    how, days = _how(last, received, now, is_waived=waived_because is not None)
    return Kept(activity, last, how, days, received, extended_because, waived_because)


def _how(last: date, received: datetime | None, now: datetime, *, is_waived: bool) -> tuple[Punctuality, int]:
    if received is not None:
        late = is_late(received, due_at(last))
        return (Punctuality.LATE, (local_day(received) - last).days) if late else (Punctuality.ON_TIME, 0)
    if is_waived:
        return Punctuality.WAIVED, 0
    if is_late(now, due_at(last)):
        return Punctuality.MISSING, (local_day(now) - last).days
    return Punctuality.AWAITED, 0
