"""A year at a glance, as the secretary's desk shows it: one query, and the frozen plan.

A board follows from what it is made of, so it is made once as long as all of that stays the same: the plan, the rows, the day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Dialect
from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import at, local_day
from bloc.enums import ActivityState, ObligationState
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.portal import words
from bloc.portal.words import Look, Tag
from bloc.rules.deadlines import last_day_of
from models import Activity, Cycle, Obligation, Unit

AHEAD = timedelta(days=14)  # how far the desk looks
LEAST = 0.8  # per cent of the year's width that a bar takes at least
LANE = 22  # pixels from one bar to the next below it


@dataclass(frozen=True)
class Cell:
    """What one unit owes for one activity; ``id`` is the obligation's, None before it is asked for."""

    state: Tag
    due_at: datetime | None = None
    id: UUID | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Column:
    """An activity, with a cell for each unit, by code, that it asks something of."""

    code: str
    name: str
    quarter: int | None
    state: ActivityState
    opens_at: datetime | None
    due_at: datetime | None
    cells: Mapping[str, Cell]

    @property
    def tag(self) -> Tag:
        """How it stands as a whole: as the unit that is furthest from done."""
        asked = [cell.state for cell in self.cells.values() if cell.id]
        worst = {state.look: state for state in asked}
        order = (Look.LATE, Look.SOON, Look.TODO, Look.DONE, Look.QUIET)
        return next((worst[look] for look in order if look in worst), words.LATER)

    @property
    def done(self) -> int:
        """How many units are done with it, or released from it."""
        return sum(cell.state.look in (Look.DONE, Look.QUIET) for cell in self.cells.values())


@dataclass(frozen=True)
class Event:
    """What a day brings: an activity opens, or is due for the units that still owe it."""

    day: date
    name: str
    units: tuple[str, ...] = ()
    links: tuple[UUID, ...] = ()

    @property
    def named(self) -> Sequence[tuple[str, UUID]]:
        """The units, each with its obligation."""
        return list(zip(self.units, self.links, strict=True))


@dataclass(frozen=True)
class Bar:
    """An activity on the timeline; ``x`` and ``width`` are in per cent of the year, ``y`` in pixels."""

    column: Column
    x: float
    width: float
    y: int


@dataclass(frozen=True, eq=False)  # one that was made before is known again by being the same
class Board:
    """A year on a ``day``: its units in the plan's order, code -> name, and its activities, with what each unit owes."""

    year: int
    day: date
    units: Mapping[str, str]
    columns: Sequence[Column]

    def late(self) -> list[Event]:
        """Return what is overdue, the oldest first."""
        return [event for event in self._due() if event.day < self.day]

    def coming(self) -> list[tuple[date, list[Event]]]:
        """Return what opens and what is due today and within ``AHEAD``, by day."""
        events = [each for each in (*self._opening(), *self._due()) if self.day <= each.day <= self.day + AHEAD]
        ordered = sorted(events, key=lambda event: event.day)
        return [(day, list(group)) for day, group in groupby(ordered, key=lambda event: event.day)]

    def _opening(self) -> Iterator[Event]:
        for column in self.columns:
            if column.state is ActivityState.PLANNED and column.opens_at:
                yield Event(local_day(column.opens_at), column.name)

    def _due(self) -> list[Event]:
        found: dict[tuple[date, str], list[tuple[str, UUID]]] = {}
        for column in self.columns:
            for code, name in self.units.items():
                cell = column.cells.get(code)
                if cell and cell.is_open and cell.id and cell.due_at:
                    found.setdefault((last_day_of(cell.due_at), column.name), []).append((name, cell.id))
        rows = sorted(found.items(), key=lambda item: item[0][0])
        return [Event(day, name, *map(tuple, zip(*owing, strict=True))) for (day, name), owing in rows]

    @property
    def dated(self) -> list[Column]:
        """The activities that have a deadline, or had one."""
        return [column for column in self.columns if column.state is not ActivityState.UNDATED]

    def quarters(self) -> Iterator[tuple[int | None, list[Column], list[Column]]]:
        """Yield the activities of each quarter, those with a date and those without; those of no quarter (None) come last."""
        for quarter, group in groupby(self.columns, key=lambda column: column.quarter):
            columns = list(group)
            undated = [column for column in columns if column.state is ActivityState.UNDATED]
            yield quarter, [column for column in columns if column.state is not ActivityState.UNDATED], undated

    def bars(self) -> list[Bar]:
        """Return the dated activities as bars, on as many lanes as they need."""
        ends: list[float] = []
        bars = []
        for column in sorted((each for each in self.columns if each.due_at), key=lambda each: each.opens_at or each.due_at):  # type: ignore[arg-type,return-value]
            start = self.place(local_day(column.opens_at or column.due_at))  # type: ignore[arg-type]
            end = max(self.place(last_day_of(column.due_at) + timedelta(days=1)), start + LEAST)  # type: ignore[arg-type]
            lane = next((n for n, taken in enumerate(ends) if taken <= start), len(ends))
            ends[lane : lane + 1] = [end]
            bars.append(Bar(column, min(start, 100 - LEAST), round(end - start, 2), LANE * lane))
        return bars

    def place(self, day: date) -> float:
        """Return where a day begins on the timeline, in per cent of the year; what lies outside of it is at its edge."""
        first, last = date(self.year, 1, 1), date(self.year + 1, 1, 1)
        return round(100 * min(max((day - first) / (last - first), 0), 1), 2)

    @property
    def today(self) -> float | None:
        """Where the mark of today stands; None outside of the year."""
        return self.place(self.day) if self.day.year == self.year else None

    @property
    def starts(self) -> list[float]:
        """Where the quarters begin."""
        return [self.place(date(self.year, month, 1)) for month in (1, 4, 7, 10)]

    @property
    def legend(self) -> Sequence[tuple[Tag, Message]]:
        """What the signs say."""
        return LEGEND


def board_of(session: Session, cycle: Cycle, now: datetime) -> Board:
    """Return a year as it stands at ``now``."""
    with session.connection().execute(_owed_or_not(), {"cycle": cycle.id}) as found:
        rows = tuple(found.cursor.fetchall())  # as the driver has them: to know them again they need not be read
    return _board(cycle.year, cycle.plan, rows, session.get_bind().dialect, local_day(now))


@lru_cache(maxsize=64)
def _board(year: int, text: str, rows: Sequence[Any], dialect: Dialect, day: date) -> Board:
    plan = queries.plan_from(text)
    by_code = groupby(_read(rows, dialect), key=lambda row: row.code)
    columns = [_column(plan, list(group), at(day)) for _, group in by_code]
    return Board(year, day, {unit.code: unit.name for unit in plan.units}, columns)


class _Row(NamedTuple):
    """An activity, and one unit that owes it; where it is not owed yet, ``id`` and what is beside it are None."""

    code: str
    name: str
    quarter: int | None
    state: ActivityState
    opens_at: datetime | None
    due_at: datetime | None
    unit: str
    id: UUID | None
    owed: ObligationState
    until: datetime


def _columns() -> Sequence[Any]:
    """Return the columns of a ``_Row``."""
    of_activity = (Activity.code, Activity.name, Activity.quarter, Activity.state, Activity.opens_at, Activity.due_at)
    return *of_activity, Unit.code, Obligation.id, Obligation.state, Obligation.due_at


def _read(rows: Sequence[Any], dialect: Dialect) -> Iterator[_Row]:
    """Yield the driver's rows with their values as the tables have them."""
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in _columns()]
    for row in rows:
        yield _Row(*(read(value) if read else value for read, value in zip(readers, row, strict=True)))


@cache  # made once: to put it together takes as long as to have it answered
def _owed_or_not() -> Any:
    """Return the query for the activities, in the plan's order, each as often as it is owed, and once if it is not yet."""
    return (
        select(*_columns())
        .select_from(Activity)
        .outerjoin(Obligation, col(Obligation.activity_id) == Activity.id)
        .outerjoin(Unit, col(Obligation.unit_id) == Unit.id)
        .where(queries.mine(Activity), Activity.state != ActivityState.WITHDRAWN)
        .order_by(col(Activity.quarter).is_(None), col(Activity.quarter), col(Activity.position))
    )


NOT_ASKED = {ActivityState.UNDATED: words.UNDATED, ActivityState.PAST: words.PAST}


def _column(plan: Plan, rows: Sequence[_Row], now: datetime) -> Column:
    first = rows[0]
    later = Cell(NOT_ASKED.get(first.state, words.LATER))
    cells = dict.fromkeys(plan.actors(plan.activity(first.code)), later)
    cells |= {
        row.unit: Cell(words.state_at(row.owed, row.until, now), row.until, row.id, row.owed is ObligationState.OPEN)
        for row in rows
        if row.id
    }
    return Column(first.code, first.name, first.quarter, first.state, first.opens_at, first.due_at, cells)


LEGEND: Sequence[tuple[Tag, Message]] = [
    (words.DONE, say("what was asked for is here")),
    (words.TO_DO, say("asked for, in time")),
    (words.DUE_SOON, say("asked for, at most {days} days left", days=words.SOON)),
    (words.OVERDUE, say("asked for, the last day has passed")),
    (words.RELEASED, say("owed no more")),
    (words.LATER, say("not asked for")),
]
