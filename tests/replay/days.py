"""On which days things happen, by a plan as written: last days, openings, the ladder's steps, the weekly digests."""

from datetime import date, datetime
from typing import Any

from tests.replay import written
from tests.replay.written import DAY

FIRST_DAYS = {"1": (1, 1), "2": (4, 1), "3": (7, 1), "4": (10, 1)}  # of the quarters


def last(plan: dict[str, Any], activity: dict[str, Any]) -> date | None:
    """Return the last day in time; None while it is to be dated."""
    deadline, policies = activity["deadline"], plan.get("policies", {})
    if deadline is None:
        held = activity.get("conference", {}).get("date")
        return written.day(held) if held else None
    day = written.day(deadline.get("by") or deadline["before"])
    if "before" in deadline and policies.get("before", "day-before") == "day-before":
        day -= DAY
    match policies.get("day_off", "as-written"):
        case "working-day-before":
            return written.nearest(plan, day, -DAY)
        case "working-day-after":
            return written.nearest(plan, day, DAY)
    return day


def opening(plan: dict[str, Any], activity: dict[str, Any]) -> date:
    """Return the day on which an activity opens."""
    if activity.get("opens"):
        return written.day(activity["opens"])
    ends, year = last(plan, activity), int(plan["year"])
    quarters = [FIRST_DAYS[activity.get("quarter", "1")], FIRST_DAYS["1"]]
    days = [written.nearest(plan, date(year, month, day), DAY) for month, day in quarters]
    return next((day for day in days if ends and day <= ends), ends or days[0])


def working_day_after(plan: dict[str, Any], day: date, count: int) -> date:
    """Return the ``count``-th working day after ``day``."""
    for _ in range(count):
        day = written.nearest(plan, day + DAY, DAY)
    return day


def steps(plan: dict[str, Any], activity: dict[str, Any], ends: date) -> list[tuple[datetime, int, list[str]]]:
    """Return (when, working days from the last day, to whom); of steps that meet on one day the most urgent."""
    ladder = activity.get("ladder", plan["reminders"]["ladder"])
    found = {}
    for days, to in sorted((written.working_days(rung), rung.get("to", ["contact"])) for rung in ladder):
        step = DAY if days > 0 else -DAY
        day = ends if days > 0 else written.nearest(plan, ends, -DAY)
        for _ in range(abs(days)):
            day = written.nearest(plan, day + step, step)
        found[day] = (written.at(day, written.strikes(plan)), days, to)
    return [found[day] for day in sorted(found)]


def digest(plan: dict[str, Any], day: date) -> date | None:
    """Return the first working day of the week, from Monday to Sunday, in which ``day`` lies; None if it has none."""
    monday = day - day.weekday() * DAY
    first = written.nearest(plan, monday, DAY)
    return first if first < monday + 7 * DAY else None


def neighbouring_digest(plan: dict[str, Any], day: date, step: int) -> date:
    """Return the first working day of the nearest week that has one, forward (1) or back (-1)."""
    weeks = (digest(plan, day + n * step * 7 * DAY) for n in range(1, 9))
    return next(first for first in weeks if first)
