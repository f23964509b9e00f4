"""Cross-scores that units contest once they are published, and what those who gave them answer."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import ObjectionAnswer
from models.columns import choice, key, reference


class Objection(SQLModel, table=True):
    """A cross-score that ``unit_id`` contests: what ``giver_id`` gave it for a criterion, in thousandths of a point.

    Lifecycle: open -> confirmed or corrected, by the giver, for a reason; both sides are kept. A correction is a new version of
    the giver's sheet (``correction``). Changed only by bloc.actions.objections, as is ``next_step_at``, which a sweep reads.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "number", name="one_objection_per_number"),
        UniqueConstraint("sheet", "unit_id", "criterion_id", name="one_objection_per_score"),
        CheckConstraint("unit_id <> giver_id", name="contested_by_another"),
        CheckConstraint("(evidence IS NULL) = (evidence_name IS NULL)", name="evidence_has_a_name"),
        CheckConstraint("(answer IS NULL) = (answered_because IS NULL)", name="objection_answered_for_a_reason"),
        CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="objection_answered_by_somebody"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="objection_answered_at_some_time"),
        CheckConstraint("(coalesce(answer, '') = 'corrected') = (corrected_to IS NOT NULL)", name="corrected_to_points"),
        CheckConstraint("(corrected_to IS NULL) = (correction IS NULL)", name="corrected_by_a_sheet"),
        Index("ix_objection_next_step_at", "next_step_at", "cycle_id"),  # all that bloc.due asks for
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    number: int  # in the cycle, from 1
    unit_id: uuid.UUID = reference("unit.id")
    giver_id: uuid.UUID = reference("unit.id")
    criterion_id: uuid.UUID = reference("criterion.id")
    sheet: uuid.UUID = reference("deposit.id")  # in which it was given, as published
    thousandths: int
    because: str
    evidence: str | None = Field(default=None, foreign_key="storedfile.sha256")
    evidence_name: str | None = None
    raised_by: str
    raised_at: datetime
    answer: ObjectionAnswer | None = choice(ObjectionAnswer, "objection_answer", None)
    answered_because: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    corrected_to: int | None = None
    correction: uuid.UUID | None = Field(default=None, foreign_key="deposit.id")
    reminded_until: datetime | None = None  # steps up to this moment have been looked at
    next_step_at: datetime | None = None
