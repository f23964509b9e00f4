"""The audit trail: who did what, when, and what was before and after, each entry chained to the one before by its hash."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import Act
from models.columns import choice, key, reference


class AuditEntry(SQLModel, table=True):
    """One act in a cycle. Never changed: ``hash`` covers all of it and ``former``, the hash of the entry before.

    Written by bloc.actions.audit.record in the transaction of the act itself. It tells no points and no addresses.
    """

    __table_args__ = (UniqueConstraint("cycle_id", "number", name="one_entry_per_number"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    number: int  # from 1, without a gap
    at: datetime  # the cycle's now
    by: str
    client: str | None = None  # address of the network it was done from, where that is known
    act: Act = choice(Act, "audited_act")
    about: str  # "activity/unit", or what else it is about
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    because: str | None = None
    former: str
    hash: str
