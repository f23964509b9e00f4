"""The reminder ladder: which mails an obligation brings about, on which days, to whom. The whole list is known at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from bloc.clock import at, local_day
from bloc.enums import ContactRole, Tone
from bloc.rules.calendar import WorkCalendar

URGENT_FROM = 1  # working days before the last day in time


@dataclass(frozen=True)
class Rung:
    """A step of the plan's ladder: ``days`` working days from the last day in time (negative: before it), and for whom."""

    days: int
    to: tuple[ContactRole, ...] = (ContactRole.CONTACT,)
    tone: Tone | None = None

    @property
    def speaks(self) -> Tone:
        """Return the tone that the plan gives this step; without one, how near the deadline is decides."""
        if self.tone is not None:
            return self.tone
        if self.days > 0:
            return Tone.FIRM
        return Tone.URGENT if self.days >= -URGENT_FROM else Tone.COURTEOUS


@dataclass(frozen=True)
class Step:
    """A rung that has found its day: reminders are owed from ``due_at`` (UTC) on."""

    rung: Rung
    day: date
    due_at: datetime

    @property
    def overdue(self) -> bool:
        """Return whether the step lies after the deadline."""
        return self.rung.days > 0


def reminder_steps(last: date, ladder: Iterable[Rung], calendar: WorkCalendar, strikes: time) -> list[Step]:
    """Return all steps of an obligation, in the order of their days; each falls on a working day.

    Args:
        last: the last day in time; steps count from the last working day up to it, and forward from it.
        ladder: the plan's rungs, in any order. Of rungs that meet on one day only the most urgent (latest) remains.
        calendar: the plan's working days.
        strikes: the time of day, in Vietnam, at which reminders go out.
    """
    eve = calendar.nearest(last, -1)
    by_day: dict[date, Rung] = {}
    for rung in sorted(ladder, key=lambda rung: rung.days):
        by_day[calendar.shift(last if rung.days > 0 else eve, rung.days)] = rung
    return [Step(rung, day, at(day, strikes)) for day, rung in sorted(by_day.items())]


def told_through(told: datetime, steps: Sequence[Step], calendar: WorkCalendar, strikes: time) -> datetime:
    """Return up to when what somebody was told stands for the steps: whoever has just been told is not reminded in addition.

    It stands for those of its own day, and for that of the next working day; but the last one before the deadline is sent
    in any case, and those after it.

    Args:
        told: when they were invited, or told of another deadline.
        steps: of what they are told of.
        calendar, strikes: as in ``reminder_steps``.
    """
    day = local_day(told)
    today, next_day = at(day, strikes), at(calendar.shift(day, 1), strikes)
    ahead = [step.due_at for step in steps if not step.overdue]
    return max(told, next_day if next_day in ahead[:-1] else today)


def step_due(steps: Sequence[Step], after: datetime | None, now: datetime, due: datetime) -> Step | None:
    """Return the one step to act on now, or None.

    A missed day is caught up, once: of all steps whose time came after ``after`` (the last moment looked at; None: never)
    and up to ``now``, only the latest is sent. One that reminds of a deadline still to come has no use once it has passed.
    """
    owed = [step for step in steps if step.due_at <= now and (after is None or step.due_at > after)]
    if not owed or (now >= due and not owed[-1].overdue):
        return None
    return owed[-1]


def next_step_at(steps: Sequence[Step], now: datetime) -> datetime | None:
    """Return when the first step after ``now`` is owed, or None if none is left."""
    return next((step.due_at for step in steps if step.due_at > now), None)
