"""Days carried into another year: the same day of the month, and where that is no working day the nearest one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bloc.enums import DayOff
from bloc.language import Message, say, short_day, week_day
from bloc.plan.schema import Activity, Plan
from bloc.rules.calendar import WorkCalendar
from bloc.rules.deadlines import DeadlineRule, last_day


@dataclass(frozen=True)
class Dated:
    """An activity's days in the new year, with what has to be said of them."""

    deadline: date | None
    opens: date | None
    said: tuple[Message, ...]


def same_day(day: date, years: int) -> date:
    """Return the day so many years later; the 29th of February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def kept_days(plan: Plan, year: int) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Return the days off and the working days of a plan's own calendar that are not over in ``year``."""
    kept = [tuple(day for day in days if day.year >= year) for days in (plan.calendar.days_off, plan.calendar.working_days)]
    return kept[0], kept[1]


def rule_of(plan: Plan, year: int) -> DeadlineRule:
    """Return how the next plan's deadlines are read: by the same policies, and by the new year's working days."""
    return DeadlineRule(plan.policies.before, plan.policies.day_off, WorkCalendar.of(*kept_days(plan, year)))


def dated(activity: Activity, rule: DeadlineRule, years: int) -> Dated:
    """Return an activity's days in the new year; it never opens after it ends."""
    deadline, said = None, list[Message]()
    last = date.max
    if activity.deadline is not None:
        exclusive = activity.deadline.before is not None
        deadline, why = _deadline(activity.deadline.date, exclusive, rule, years)
        last, said = last_day(deadline, exclusive, rule), list(why)
    opens = None
    if activity.opens is not None:
        opens, late = _opening(activity.opens, last, rule, years)
        said += late
    return Dated(deadline, opens, tuple(said))


def _deadline(day: date, exclusive: bool, rule: DeadlineRule, years: int) -> tuple[date, Iterator[Message]]:
    """Return the date to be written. Where the policy moves a last day by itself, the date stays; else it is moved here."""
    same = same_day(day, years)
    last = last_day(same, exclusive, rule)
    working = last if rule.day_off is not DayOff.AS_WRITTEN else rule.calendar.nearest(last, -1)
    moved = same - (last - working)
    return moved, _why(day, same, moved, last, working)


def _why(day: date, same: date, moved: date, last: date, working: date) -> Iterator[Message]:
    if (day.month, day.day) != (same.month, same.day):
        yield say(
            "{day} is no day of {year}: {same} stands in its place.", day=short_day(day), year=same.year, same=short_day(same)
        )
    if moved != same:
        yield say(
            "{same} would end on {last}, which is no working day: the date is {moved}, and the last day {working}.",
            same=short_day(same), last=week_day(last), moved=short_day(moved), working=week_day(working),
        )  # fmt: skip


def _opening(day: date, last: date, rule: DeadlineRule, years: int) -> tuple[date, list[Message]]:
    same = same_day(day, years)
    opens = min(rule.calendar.nearest(same, +1), last)
    if opens == same:
        return opens, []
    return opens, [say("It opens on {opens}: {same} is no working day.", opens=week_day(opens), same=week_day(same))]
