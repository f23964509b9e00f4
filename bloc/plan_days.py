"""The plan's days: on which days something opens or closes in the live years, part by part, for whoever shows the year ahead.

They are shown, and acted on; the truth is what the daily jobs ask the database (bloc.due).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import reduce

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from bloc.clock import at, local_day
from bloc.enums import ActivityKind, ActivityState, CycleMode, Part, Quarter, Stage
from models import Activity, Cycle

STRIKES = time(6, 50)  # when a day of the plan is acted on: before the daily jobs, which do what it missed
COMING = (ActivityState.PLANNED, ActivityState.OPEN)

MIDYEAR, YEAR_END = col(Activity.stage) == Stage.MIDYEAR, col(Activity.stage) == Stage.YEAR_END
BLOCS_OWN = func.coalesce(col(Activity.quarter), 0) == Quarter.III  # by then the units' own reports are in
CONFERENCE = col(Activity.kind) == ActivityKind.CONFERENCE

ACTIVITIES: Mapping[Part, ColumnElement[bool]] = {
    Part.SIGNING: col(Activity.stage) == Stage.SIGNING,
    Part.MIDYEAR: MIDYEAR & ~BLOCS_OWN,
    Part.BLOC_REPORT: MIDYEAR & BLOCS_OWN,
    Part.YEAR_END: YEAR_END & ~CONFERENCE,
    Part.CONFERENCE: YEAR_END & CONFERENCE,
    Part.AGGREGATION: col(Activity.kind) == ActivityKind.SCORE_SHEETS,  # at the end of their time alone
}


@dataclass(frozen=True)
class PlanDay:
    """What a day brings in one part of the plan: what opens and what closes, in how many years, and the first's key."""

    opens: tuple[str, ...]
    closes: tuple[str, ...]
    years: int
    first: str

    def __add__(self, other: "PlanDay") -> "PlanDay":
        # Years in which one activity opens as another closes count twice where there are several: good enough for a name.
        years = 1 if self.years == other.years == 1 and self.first == other.first else self.years + other.years
        return PlanDay(self.opens + other.opens, self.closes + other.closes, years, min(self.first, other.first))


PlanDays = Mapping[Part, Mapping[date, PlanDay]]


def plan_days(session: Session, now: datetime) -> PlanDays:
    """Return the days yet to come of each part, in all live years; a day whose hour has struck is none."""
    return {part: _in_order(_days(session, part), now) for part in Part}


def moment_of(day: date) -> datetime:
    """Return when a day of the plan is acted on."""
    return at(day, STRIKES)


def live_keys(session: Session) -> list[str]:
    """Return the keys of the live years."""
    return list(session.exec(select(Cycle.key).where(Cycle.mode == CycleMode.LIVE).order_by(Cycle.key)))


def _in_order(days: Iterator[tuple[datetime, PlanDay]], now: datetime) -> dict[date, PlanDay]:
    found: defaultdict[date, list[PlanDay]] = defaultdict(list)
    for moment, brings in days:
        found[local_day(moment)].append(brings)
    return {day: reduce(PlanDay.__add__, found[day]) for day in sorted(found) if moment_of(day) > now}


def _days(session: Session, part: Part) -> Iterator[tuple[datetime, PlanDay]]:
    if part is not Part.AGGREGATION:
        for moment, count, name, years, first in _counted(session, part, col(Activity.opens_at)):
            yield moment, PlanDay((_told(count, name),), (), years, first)
    for moment, count, name, years, first in _counted(session, part, col(Activity.due_at)):
        yield moment, PlanDay((), (_told(count, name),), years, first)


def _told(count: int, name: str) -> str:
    return name if count == 1 else f"{count} activities"


def _counted(session: Session, part: Part, moment: Mapped[datetime | None]) -> Iterator[tuple[datetime, int, str, int, str]]:
    """Yield each such moment, with how many activities have it, in how many years: some hundred rows for a whole country."""
    name, years = func.min(col(Activity.name)), func.count(col(Activity.cycle_id).distinct())
    rows = session.execute(
        select(moment, func.count(), name, years, func.min(Cycle.key))  # type: ignore[call-overload]
        .join(Cycle, col(Activity.cycle_id) == Cycle.id)
        .where(Cycle.mode == CycleMode.LIVE, col(Activity.state).in_(COMING), moment.is_not(None), ACTIVITIES[part])
        .group_by(moment)
    )
    yield from (tuple(row) for row in rows)
