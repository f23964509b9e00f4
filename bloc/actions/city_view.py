"""How all blocs of a year stand, for the city: in as many queries for one bloc as for all; no scores but published ones."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, literal
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.results import RankLine, ranking
from bloc.enums import ActivityKind, ActivityState, CycleMode, ObligationState, ResultState
from bloc.rules.deadlines import last_day_of
from models import Activity, Bloc, Cycle, Membership, Obligation, Result


@dataclass(frozen=True)
class Doing:
    """What a bloc is at: the open activity that ends first or, where none is open, the next one, with the day it opens on."""

    name: str
    day: date
    is_open: bool


@dataclass(frozen=True)
class BlocYear:
    """How one bloc's year stands: counts of what is asked for by now, and of the result what has been made and published."""

    code: str
    name: str
    replayed: bool
    units: int
    signed: bool
    doing: Doing | None
    done: int
    asked: int
    late: int
    late_units: int
    sheets: int
    result: ResultState | None
    published_at: datetime | None

    @property
    def complete(self) -> bool:
        """Whether all that has been asked for is done."""
        return self.asked > 0 and self.done == self.asked


@dataclass(frozen=True)
class Published:
    """A bloc's newest published ranking, if any: ranks and scores of the units, and nothing of who gave what."""

    bloc: str
    result: Result | None = None
    lines: Sequence[RankLine] = ()
    decimals: int = 0
    cycle: Cycle | None = None


def years(session: Session, *, replays: bool) -> Sequence[int]:
    """Return the years that any bloc has, the newest first."""
    found = select(Cycle.year).where(_shown(replays)).distinct().order_by(col(Cycle.year).desc())
    return session.exec(found).all()


def city_view(session: Session, year: int, now: datetime, *, replays: bool) -> Sequence[BlocYear]:
    """Return how the blocs of ``year`` stand, the late ones first; ``replays``: replayed years too, each by its own clock."""
    begun = select(Cycle.id, Cycle.mode, Cycle.frozen_at, Bloc.code, Bloc.name)  # type: ignore[call-overload]
    begun = begun.join(Bloc, col(Cycle.bloc_id) == Bloc.id).where(Cycle.year == year, _shown(replays))
    cycles = session.execute(begun).all()
    those = select(Cycle.id).where(Cycle.year == year, _shown(replays)).scalar_subquery()
    units, counts = _units(session, those), _counts(session, those, now)
    doing, results = _doing(session, those), _results(session, those)
    found = [
        BlocYear(
            code=row.code, name=row.name, replayed=row.mode is CycleMode.REPLAY, units=units.get(row.id, 0),
            signed=row.frozen_at is not None, doing=doing.get(row.id), **counts.get(row.id, NOTHING),
            result=results.get(row.id, NONE)[0], published_at=results.get(row.id, NONE)[1],
        )
        for row in cycles
    ]  # fmt: skip
    return sorted(found, key=lambda bloc: (-bloc.late, bloc.name, bloc.code))


NONE: tuple[ResultState | None, datetime | None] = (None, None)
NOTHING = {"done": 0, "asked": 0, "late": 0, "late_units": 0, "sheets": 0}


def _shown(replays: bool) -> ColumnElement[bool]:
    return literal(True) if replays else col(Cycle.mode) == CycleMode.LIVE


def _units(session: Session, those: Any) -> Mapping[UUID, int]:
    present = select(Membership.cycle_id, func.count()).where(
        col(Membership.cycle_id).in_(those),
        col(Membership.until).is_(None),
    )
    return dict(session.exec(present.group_by(col(Membership.cycle_id))).all())


def _counts(session: Session, those: Any, now: datetime) -> Mapping[UUID, Mapping[str, int]]:
    open_, done = ObligationState.OPEN, ObligationState.ACCEPTED
    is_late = (col(Obligation.state) == open_) & (col(Obligation.due_at) <= func.coalesce(Cycle.reached_at, now))
    is_done = col(Obligation.state) == done
    rows = session.execute(
        select(  # type: ignore[call-overload]
            Obligation.cycle_id,
            func.sum(case((is_done, 1), else_=0)).label("done"),
            func.count().label("asked"),
            func.sum(case((is_late, 1), else_=0)).label("late"),
            func.count(case((is_late, col(Obligation.unit_id))).distinct()).label("late_units"),
            func.sum(case((is_done & (col(Activity.kind) == ActivityKind.SCORE_SHEETS), 1), else_=0)).label("sheets"),
        )
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Cycle, col(Obligation.cycle_id) == Cycle.id)
        .where(col(Obligation.cycle_id).in_(those), col(Obligation.state).in_([open_, done]))
        .group_by(col(Obligation.cycle_id))
    )
    return {row.cycle_id: {name: int(getattr(row, name)) for name in NOTHING} for row in rows}


def _doing(session: Session, those: Any) -> Mapping[UUID, Doing]:
    dated = (
        select(Activity.cycle_id, Activity.name, Activity.state, Activity.opens_at, Activity.due_at)  # type: ignore[call-overload]
        .where(col(Activity.cycle_id).in_(those))
        .where(col(Activity.state).in_([ActivityState.OPEN, ActivityState.PLANNED]), col(Activity.due_at).is_not(None))
        .order_by(col(Activity.due_at), col(Activity.position))
    )
    mine: dict[UUID, list[Row[tuple[object, ...]]]] = defaultdict(list)
    for row in session.execute(dated):
        mine[row.cycle_id].append(row)
    return {cycle: _first(rows) for cycle, rows in mine.items()}


def _first(rows: Sequence[Row[tuple[object, ...]]]) -> Doing:
    open_ = next((row for row in rows if row.state is ActivityState.OPEN), None)
    if open_ is not None:
        return Doing(open_.name, last_day_of(open_.due_at), True)
    coming = min(rows, key=lambda row: row.opens_at)
    return Doing(coming.name, last_day_of(coming.due_at), False)


def _results(session: Session, those: Any) -> Mapping[UUID, tuple[ResultState, datetime | None]]:
    """Return of each year the state of the newest result, and when one was published last."""
    versions = select(Result.cycle_id, Result.state, Result.published_at).where(col(Result.cycle_id).in_(those))
    found: dict[UUID, tuple[ResultState, datetime | None]] = {}
    for cycle_id, state, published_at in session.exec(versions.order_by(col(Result.version))):
        found[cycle_id] = (ResultState(state), published_at or found.get(cycle_id, NONE)[1])
    return found


def published(session: Session, year: int, code: str, *, replays: bool) -> Published | None:
    """Return the newest ranking that a bloc has published in ``year``; None if there is no such bloc."""
    mine = (Cycle.year == year, Bloc.code == code, _shown(replays))
    begun = select(Cycle.id, Bloc.name).join(Bloc, col(Cycle.bloc_id) == Bloc.id).where(*mine)
    found = session.exec(begun).first()
    if found is None:
        return None
    cycle_id, bloc = found
    versions = select(Result).where(Result.cycle_id == cycle_id, col(Result.published_at).is_not(None))
    result = session.exec(versions.order_by(col(Result.version).desc())).first()
    if result is None:
        return Published(bloc)
    plan = queries.plan_at(session, cycle_id, result.plan_version)
    return Published(bloc, result, ranking(session, result), plan.policies.rounding.decimals, session.get(Cycle, cycle_id))
