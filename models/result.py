"""The claim that an aggregation is due, and the versions of the ranking."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import AggregationState, ResultState
from models.columns import choice, key, reference


class Aggregation(SQLModel, table=True):
    """The claim that a cycle's sheets are to be aggregated: one for each set of sheets.

    Lifecycle: due -> done; due -> stale when newer sheets were claimed; both -> due when a changed tie rule is changed back.
    Made by bloc.actions.aggregation in the transaction of the deposit that completes the sheets, and carried out there.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "sheets_hash", name="one_aggregation_per_set_of_sheets"),
        Index("ix_aggregation_state", "state", "cycle_id"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    sheets_hash: str
    state: AggregationState = choice(AggregationState, "aggregation_state", AggregationState.DUE)
    claimed_at: datetime
    done_at: datetime | None = None


class Result(SQLModel, table=True):
    """One version of a cycle's ranking; old versions stay.

    It rests on the sheets counted and on the plan's version; ``input_hash`` covers points, members, criteria and policies.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "version", name="one_result_per_version"),
        CheckConstraint("sheets BETWEEN 1 AND members", name="sheets_up_to_members"),
        CheckConstraint("(state = 'final') = (sheets = members)", name="final_only_when_all_are_in"),
        CheckConstraint("withdrawn_at IS NULL OR published_at IS NULL", name="withdrawn_or_published"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_because IS NULL)", name="withdrawn_for_a_reason"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    version: int
    state: ResultState = choice(ResultState, "result_state")
    sheets: int
    members: int
    plan_version: int
    input_hash: str
    policies: dict[str, Any] = Field(sa_type=JSON)
    code_version: str
    computed_at: datetime
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None  # the closing that it was made by is taken back: it is never published
    withdrawn_because: str | None = None


class CountedSheet(SQLModel, table=True):
    """Which deposits a result rests on."""

    result_id: uuid.UUID = Field(foreign_key="result.id", primary_key=True)
    deposit_id: uuid.UUID = Field(foreign_key="deposit.id", primary_key=True)


class Standing(SQLModel, table=True):
    """A unit's line in a result. The score is the exact fraction ``numerator / denominator`` in points."""

    __table_args__ = (
        UniqueConstraint("result_id", "unit_id", name="one_standing_per_unit"),
        CheckConstraint("denominator > 0 AND rank > 0", name="a_rank_and_a_fraction"),
    )

    id: uuid.UUID = key()
    result_id: uuid.UUID = reference("result.id")
    unit_id: uuid.UUID = reference("unit.id")
    rank: int
    tied: bool
    numerator: int
    denominator: int
