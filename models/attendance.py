"""Who comes to a conference, and who was there."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import Attends
from models.columns import choice, key, reference


class Attendance(SQLModel, table=True):
    """One unit's part in one conference, from its invitation to who was there.

    Lifecycle: invited -> answered, as often as the unit likes before the conference begins; asked anew when the conference is
    moved; called off when it is not held, or the unit is not asked any more; then recorded as present or not. ``told`` is what
    the unit knows of day, time, place and link (bloc.actions.conferences.facts), and ``moves`` how often that has changed: the
    calendar's SEQUENCE. Changed by bloc.actions.conferences, .conference_answers and .conference_reminders.
    """

    __table_args__ = (
        UniqueConstraint("activity_id", "unit_id", name="one_attendance_per_unit"),
        Index("ix_attendance_next_step_at", "next_step_at", "cycle_id"),  # all that bloc.due asks for
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="attends_at_some_time"),
        CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="attends_by_somebody"),
        CheckConstraint("answer IS NULL OR answer <> 'coming' OR (who IS NOT NULL AND people > 0)", name="somebody_comes"),
        CheckConstraint("answer IS NULL OR answer <> 'absent' OR because IS NOT NULL", name="absent_for_a_reason"),
        CheckConstraint("(present IS NULL) = (recorded_by IS NULL)", name="recorded_by_somebody"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    activity_id: uuid.UUID = reference("activity.id")
    unit_id: uuid.UUID = reference("unit.id", index=True)
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    moves: int = 0
    called_off: bool = False
    answer: Attends | None = choice(Attends, "attendance_answer", None)
    who: str | None = None  # office or role of who comes
    people: int | None = None  # how many come
    because: str | None = None  # why nobody comes
    answered_by: str | None = None
    answered_at: datetime | None = None
    present: bool | None = None
    recorded_by: str | None = None
    reminded_until: datetime | None = None  # steps of the ladder up to this moment have been looked at
    next_step_at: datetime | None = None  # when the unit is reminded next, as long as it has not answered
