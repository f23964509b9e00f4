"""What the names in a path stand for, and whose roles are where."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import local_day
from bloc.enums import ActivityKind, ContactRole, CycleMode
from bloc.portal.door import Place, Seat
from bloc.queries import Owed
from models import Activity, Attendance, Bloc, Cycle, Deposit, Membership, Obligation, Role, Unit


def find(session: Session, named: Mapping[str, Any], seats: Sequence[Seat] = ()) -> Place | None:
    """Return what the names in a path stand for; None if one of them stands for nothing. Others are left to the page.

    A year in which whoever asks has one of ``seats`` is known with it.
    """
    for name, finder in FINDERS.items():
        if name in named:
            return finder(session, named)
    return _by_cycle(session, named, seats) if "cycle" in named else Place()


def _by_deposit(session: Session, named: Mapping[str, Any]) -> Place | None:
    deposit = _row(session, Deposit, named["deposit"])
    return _place(session, deposit.obligation_id, deposit) if deposit else None


def _by_report(session: Session, named: Mapping[str, Any]) -> Place | None:
    """Return the place of a deposit that is a report: whoever may read those may read no score sheet by its id."""
    return _of_kind(_by_deposit(session, {"deposit": named["report"]}), ActivityKind.REPORT)


def _by_scan(session: Session, named: Mapping[str, Any]) -> Place | None:
    """Return the place of a deposit that is the scan of what was signed."""
    return _of_kind(_by_deposit(session, {"deposit": named["scan"]}), ActivityKind.SIGNATURE)


def _of_kind(place: Place | None, kind: ActivityKind) -> Place | None:
    return place if place and place.owed and place.owed.activity.kind is kind else None


def _by_obligation(session: Session, named: Mapping[str, Any]) -> Place | None:
    obligation = _row(session, Obligation, named["obligation"])
    return _place(session, obligation.id) if obligation else None


def _by_attendance(session: Session, named: Mapping[str, Any]) -> Place | None:
    seat = _row(session, Attendance, named["attendance"])
    if seat is None:
        return None
    cycle, unit = session.get_one(Cycle, seat.cycle_id), session.get_one(Unit, seat.unit_id)
    return Place(cycle, unit, attendance=seat, activity=session.get_one(Activity, seat.activity_id))


def _by_cycle(session: Session, named: Mapping[str, Any], seats: Sequence[Seat]) -> Place | None:
    known = (seat.cycle for seat in seats if seat.cycle.key == named["cycle"])
    cycle = next(known, None) or session.exec(select(Cycle).where(Cycle.key == named["cycle"])).first()
    if cycle is None:
        return None
    if "unit" not in named:
        return Place(cycle)
    members = {unit.code: unit for unit in queries.members(session, cycle.id)}
    return Place(cycle, members[named["unit"]]) if named["unit"] in members else None


FINDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], Place | None]] = {
    "deposit": _by_deposit,
    "report": _by_report,
    "scan": _by_scan,
    "obligation": _by_obligation,
    "attendance": _by_attendance,
}


def _row(session: Session, table: type[Any], text: str) -> Any:
    try:
        return session.get(table, UUID(text))
    except ValueError:
        return None


def _place(session: Session, obligation_id: UUID, deposit: Deposit | None = None) -> Place:
    found = session.execute(
        select(Obligation, Activity, Unit, Cycle)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .join(Cycle, col(Obligation.cycle_id) == Cycle.id)
        .where(Obligation.id == obligation_id)
    ).one()
    obligation, activity, unit, cycle = found
    return Place(cycle, unit, Owed(obligation, activity, unit), deposit)


def seats_of(session: Session, contact_id: UUID, moment: datetime, *, replays_only: bool = False) -> tuple[Seat, ...]:
    """Return the roles that a person holds at ``moment`` (in a replay: at its own) in member units, the newest year first."""
    rows = session.execute(_seats(replays_only), {"contact": contact_id})
    return tuple(Seat(*row[:-2]) for row in rows if _holds(row, moment))


def _holds(row: Any, moment: datetime) -> bool:
    """Return whether a role with days is held; most have none."""
    if row.since is None and row.until is None:
        return True
    day = local_day(queries.now_of(row.Cycle, moment))
    return bool((row.since or day) <= day <= (row.until or day))


@cache  # every page asks for them: to put the query together takes as long as to have it answered
def _seats(replays_only: bool) -> Any:
    mine = (
        select(Bloc, Cycle, Unit, Membership.role, Role.role, Role.name, Role.since, Role.until)  # type: ignore[call-overload]
        .select_from(Role)
        .join(Cycle, col(Role.cycle_id) == Cycle.id)
        .join(Bloc, col(Cycle.bloc_id) == Bloc.id)
        .join(Unit, col(Role.unit_id) == Unit.id)
        .join(Membership, (col(Membership.cycle_id) == Cycle.id) & (col(Membership.unit_id) == Unit.id))
        .where(col(Role.contact_id) == bindparam("contact"), col(Membership.until).is_(None))
        .order_by(col(Cycle.year).desc(), col(Bloc.name), col(Role.role).desc())
    )
    return mine.where(Cycle.mode == CycleMode.REPLAY) if replays_only else mine


def people_of_replays(session: Session, moment: datetime) -> list[tuple[UUID, Seat]]:
    """Return who serves replayed years and no live one, each with their roles: by year, the secretary first, and unit."""
    live = select(Role.contact_id).join(Cycle, col(Role.cycle_id) == Cycle.id).where(Cycle.mode == CycleMode.LIVE)
    people = session.exec(select(Role.contact_id).where(col(Role.contact_id).not_in(live)).distinct()).all()
    found = [(contact, seat) for contact in people for seat in seats_of(session, contact, moment)]
    return sorted(found, key=lambda each: (each[1].cycle.key, ORDER.index(each[1].role), each[1].unit.name))


ORDER = (ContactRole.SECRETARY, ContactRole.CONTACT, ContactRole.DEPUTY_CONTACT, ContactRole.HEAD)
