"""Criteria and points, as integers in thousandths of a point: the database sums them exactly."""

import uuid

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import key, reference


class Criterion(SQLModel, table=True):
    """A leaf of a cycle's criteria tree, from the plan's version ``since`` on, up to the version ``until`` that has it no more.

    Never changed, since points rest on it: a changed one is another row. Made by bloc.actions.plans.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "since", "code", name="one_criterion_per_code"),
        CheckConstraint("minimum <= maximum", name="minimum_up_to_maximum"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    code: str
    title: str
    position: int
    minimum: int
    maximum: int
    since: int
    until: int | None = None  # None: it stands in the plan


class Point(SQLModel, table=True):
    """What one accepted score sheet gives one unit for one criterion, in thousandths of a point. Never changed."""

    deposit_id: uuid.UUID = Field(foreign_key="deposit.id", primary_key=True)
    unit_id: uuid.UUID = Field(foreign_key="unit.id", primary_key=True)
    criterion_id: uuid.UUID = Field(foreign_key="criterion.id", primary_key=True)
    thousandths: int
