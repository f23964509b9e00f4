"""Mail that comes in: kept whole, whatever becomes of it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import IncomingState
from models.columns import choice, key


class Incoming(SQLModel, table=True):
    """A mail that came in, once: the same bytes again are the same mail.

    Lifecycle: deposited, bounce, held or set-aside from the start; held -> deposited or set-aside by a person
    (bloc.actions.incoming). ``outcome`` says in words (bloc.language.Message as JSON) what became of each part of it, and why.
    """

    __table_args__ = (UniqueConstraint("sha256", name="one_incoming_mail_once"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID | None = Field(default=None, foreign_key="cycle.id", index=True)
    sha256: str = Field(foreign_key="storedfile.sha256")
    sender: str
    subject: str
    received_at: datetime
    state: IncomingState = choice(IncomingState, "incoming_state")
    outcome: list[Any] = Field(default_factory=list, sa_type=JSON)
