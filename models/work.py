"""What the plan asks for, and what each unit owes of it."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import ActivityKind, ActivityState, ObligationState, Stage
from models.columns import choice, key, reference


class Activity(SQLModel, table=True):
    """One item of a cycle's plan.

    Lifecycle: undated -> planned -> open -> closed; planned -> past; any -> withdrawn. Changed by bloc.actions.plans (dates)
    and bloc.actions.stages (opening and closing). ``opens_at`` and ``due_at`` are instants; the phrase stays in the plan.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "code", name="one_activity_per_code"),
        Index("ix_activity_stage_next_at", "stage", "next_at", "cycle_id"),  # all that bloc.due asks for
        CheckConstraint("opens_at IS NULL OR due_at IS NULL OR opens_at < due_at", name="opens_before_it_closes"),
        CheckConstraint("state <> 'open' OR due_at IS NOT NULL", name="open_only_when_dated"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    code: str
    position: int
    kind: ActivityKind = choice(ActivityKind, "activity_kind")
    stage: Stage = choice(Stage, "activity_stage")
    quarter: int | None = None
    title: str
    name: str  # short, for lists and the subjects of mails
    phrase: str | None = None
    last_day: date | None = None
    opens_at: datetime | None = Field(default=None, index=True)
    due_at: datetime | None = Field(default=None, index=True)
    state: ActivityState = choice(ActivityState, "activity_state")
    next_at: datetime | None = None  # when its stage's run is to open it, to ask, or to close it


class Obligation(SQLModel, table=True):
    """What one unit owes for one activity.

    Lifecycle: open -> accepted; open -> waived, by the plan (its unit or activity is there no more; it opens again when that
    is put back) or by the secretary (``waived_because``); accepted -> open when what was sent is returned. Lateness is a fact
    read from the dates, not a state. Changed only by bloc.actions.deposits, .responses, .deadlines, .returns, .stages, .plans.
    """

    __table_args__ = (
        UniqueConstraint("activity_id", "unit_id", name="one_obligation_per_unit"),
        Index("ix_obligation_state_next_step_at", "state", "next_step_at", "cycle_id"),  # all that bloc.due asks for
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    activity_id: uuid.UUID = reference("activity.id")
    unit_id: uuid.UUID = reference("unit.id", index=True)
    state: ObligationState = choice(ObligationState, "obligation_state", ObligationState.OPEN)
    due_at: datetime
    moves: int = 0  # how often it has been asked for anew: kept by bloc.actions.reminders.ask_anew
    extended: bool = False  # its deadline is its own, and no longer moves with the activity's
    accepted_at: datetime | None = None
    waived_because: str | None = None
    reminded_until: datetime | None = None  # steps up to this moment have been looked at
    next_step_at: datetime | None = None  # kept by bloc.actions.reminders.set_next_step
