"""A year's conferences as people look at them: when and where, who comes, who was there, and whether that is enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.conferences import attendances
from bloc.actions.meetings import begins_at, facts, meeting_of, said
from bloc.enums import ActivityKind, ActivityState, Attends
from bloc.language import Message, say
from bloc.plan.meeting import Conference
from bloc.rules.quorum import Quorum, quorum_of
from models import Activity, Attendance, Cycle, Unit
from notifications.messages import Meeting

DEFAULT = Conference()  # of which a plan says nothing


@dataclass(frozen=True)
class Seat:
    """One unit that is asked to come, and what is known of it; None before it is invited."""

    unit: Unit
    attendance: Attendance | None

    @property
    def answer(self) -> Attends | None:
        """Return what it answered."""
        return self.attendance.answer if self.attendance else None

    @property
    def present(self) -> bool | None:
        """Return whether it was there; None until that is recorded."""
        return self.attendance.present if self.attendance else None


@dataclass(frozen=True)
class Sitting:
    """A conference of the year. ``meeting`` is None while it has no day; ``share``: what makes a quorum, as it is written."""

    activity: Activity
    meeting: Meeting | None
    convener: str
    agenda: Sequence[str]
    share: str
    quorum: Quorum
    seats: Sequence[Seat]

    @property
    def recorded(self) -> bool:
        """Return whether it is on record who was there."""
        return any(seat.present is not None for seat in self.seats)

    @property
    def invited(self) -> bool:
        """Return whether the units have been invited."""
        return any(seat.attendance for seat in self.seats)

    def answered(self, attends: Attends | None) -> list[Seat]:
        """Return the units that answered so; None: those invited that have not answered."""
        return [seat for seat in self.seats if seat.attendance and seat.answer is attends]

    @property
    def people(self) -> int:
        """Return how many people the units that come have named."""
        return sum(seat.attendance.people or 0 for seat in self.seats if seat.attendance)

    def has_begun(self, now: datetime) -> bool:
        """Return whether it has begun, or its day is over."""
        return self.meeting is not None and begins_at(facts(self.meeting)) <= now


def sittings(session: Session, cycle: Cycle) -> list[Sitting]:
    """Return the conferences of a year, in the plan's order."""
    rows = select(Activity).where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.CONFERENCE)
    rows = rows.where(Activity.state != ActivityState.WITHDRAWN).order_by(col(Activity.position))
    found = (_sitting(session, cycle, row) for row in session.exec(rows).all())
    return [each for each in found if each is not None]


def sitting_of(session: Session, cycle: Cycle, code: str) -> Sitting | None:
    """Return the conference of that code; None if the plan has none of it."""
    return next((each for each in sittings(session, cycle) if each.activity.code == code), None)


def invitations(session: Session, cycle: Cycle, unit: Unit) -> list[tuple[Activity, Attendance, Message]]:
    """Return the conferences to which a unit is invited, with when and where each is held, in words."""
    plan = queries.plan_of(cycle)
    mine = select(Activity, Attendance).join(Attendance, col(Attendance.activity_id) == Activity.id)
    mine = mine.where(Attendance.cycle_id == cycle.id, Attendance.unit_id == unit.id, col(Attendance.called_off).is_(False))
    rows = session.exec(mine.order_by(col(Activity.position))).all()
    return [(row, seat, said(meeting_of(plan, plan.activity(row.code)))) for row, seat in rows]


def _sitting(session: Session, cycle: Cycle, row: Activity) -> Sitting | None:
    plan = queries.plan_of(cycle)
    planned = plan.activity(row.code)
    if planned is None:
        return None
    rows, asked = attendances(session, row.id), plan.asked_to(planned)
    there = {unit_id: each for unit_id, each in rows.items() if not each.called_off}
    seats = [Seat(unit, there.get(unit.id)) for unit in queries.members(session, cycle.id) if unit.code in asked]
    told = planned.conference or DEFAULT
    names = {unit.code: unit.name for unit in plan.units}
    quorum = quorum_of(told.share, len(seats), sum(seat.present is True for seat in seats))
    return Sitting(row, meeting_of(plan, planned), names[plan.convener(planned)], told.agenda, told.quorum, quorum, seats)


def quorum_said(sitting: Sitting) -> Message:
    """Return in words how many units must be there, and once that is recorded, whether enough were."""
    quorum = sitting.quorum
    told = {"needed": quorum.needed, "asked": quorum.asked, "share": sitting.share, "present": quorum.present}
    if not sitting.recorded:
        return say("At least {needed} of {asked} units must be there ({share}).", **told)
    if quorum.reached:
        return say("{present} of {asked} units were there; at least {needed} were needed ({share}): there is a quorum.", **told)
    return say("{present} of {asked} units were there; at least {needed} were needed ({share}): there is no quorum.", **told)
