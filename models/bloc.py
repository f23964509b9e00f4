"""Who emulates whom, in which year, and who can be written to."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import ContactRole, CycleMode, MemberRole
from models.columns import choice, key, reference


class Bloc(SQLModel, table=True):
    """A bloc (khối thi đua). Made and renamed by bloc.actions.plans."""

    __table_args__ = (UniqueConstraint("code", name="one_bloc_per_code"),)

    id: uuid.UUID = key()
    code: str
    name: str


class Unit(SQLModel, table=True):
    """An agency of a bloc; which years it takes part in is told by its memberships."""

    __table_args__ = (UniqueConstraint("bloc_id", "code", name="one_unit_per_code"),)

    id: uuid.UUID = key()
    bloc_id: uuid.UUID = reference("bloc.id")
    code: str
    name: str


class Cycle(SQLModel, table=True):
    """One bloc's one year, with its frozen copy of the plan and its clock.

    ``mode`` is ``live``, or ``replay`` with ``reached_at`` as its now. ``frozen_at`` is set by bloc.actions.responses when
    the last unit has signed the covenant. The row is locked while sheets are counted.
    """

    __table_args__ = (
        UniqueConstraint("bloc_id", "year", name="one_cycle_per_year"),
        UniqueConstraint("key", name="one_cycle_per_key"),
        CheckConstraint("(mode = 'replay') = (reached_at IS NOT NULL)", name="a_replay_has_its_own_clock"),
    )

    id: uuid.UUID = key()
    bloc_id: uuid.UUID = reference("bloc.id")
    key: str
    year: int
    mode: CycleMode = choice(CycleMode, "cycle_mode")
    reached_at: datetime | None = None
    scenario: str | None = None  # digest of the scenario that is replayed
    scenario_done: int = 0  # acts of it already carried out, so that a replay goes on from where it is
    plan: str = Field(sa_type=Text)  # JSON of bloc.plan.Plan
    plan_hash: str
    plan_version: int = 1
    frozen_at: datetime | None = None
    weekly_at: datetime | None = Field(default=None, index=True)  # when the secretary's next weekly digest is owed


class PlanVersion(SQLModel, table=True):
    """One version of a cycle's plan as it was applied, kept for good: a result names the version that it rests on."""

    __table_args__ = (UniqueConstraint("cycle_id", "version", name="one_plan_per_version"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    version: int
    plan: str = Field(sa_type=Text)  # JSON of bloc.plan.Plan
    applied_at: datetime


class Membership(SQLModel, table=True):
    """A unit's part in one cycle: its role, its place in the plan's order, and since and until when; ``until`` None: now."""

    __table_args__ = (UniqueConstraint("cycle_id", "unit_id", name="one_membership_per_unit"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    unit_id: uuid.UUID = reference("unit.id", index=True)
    role: MemberRole = choice(MemberRole, "membership_role")
    position: int
    since: datetime
    until: datetime | None = None


class Contact(SQLModel, table=True):
    """A person who gets mail, known by address alone; one person may serve several units and blocs.

    An address that takes no mail is undeliverable, since when and why, until a person says that it works again
    (bloc.actions.undeliverable): a unit's mail then falls to its next contact.
    """

    __table_args__ = (UniqueConstraint("email", name="one_contact_per_address"),)

    id: uuid.UUID = key()
    email: str
    undeliverable_since: datetime | None = None
    undeliverable_because: str | None = None


class Role(SQLModel, table=True):
    """What a contact does for a unit in one cycle, from which day to which, and what its plan calls them.

    Kept in step with the plan by bloc.actions.plans. Without a first day (``since``) it is from the beginning, without a last
    one (``until``) to the end.
    """

    __table_args__ = (UniqueConstraint("cycle_id", "unit_id", "contact_id", "role", name="one_role_once"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    unit_id: uuid.UUID = reference("unit.id")
    contact_id: uuid.UUID = reference("contact.id", index=True)
    role: ContactRole = choice(ContactRole, "role_kind")
    name: str
    language: str = "vi"
    since: date | None = None
    until: date | None = None
