"""One mail to one contact: a row first, a message second; and the wake-ups behind the events."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import NoticeKind, NoticeState, WakeupKind, WakeupState
from models.columns import choice, key, reference


class Notice(SQLModel, table=True):
    """One mail to one contact, once: ``identity`` says what, whom and which step, and is unique.

    Lifecycle: notifications.ledger.MOVES. ``values`` is what the message says, as JSON; what it is about is looked at again
    when it is sent. A wish to remind (invitation, reminder, overdue) is cancelled if its obligation is done by then, or if
    its deadline is no longer ``about_due_at``.
    """

    __table_args__ = (
        UniqueConstraint("identity", name="one_notice_per_contact_and_step"),
        Index("ix_notice_state_send_at", "state", "send_at"),
        CheckConstraint("(state = 'sending') = (claimed_at IS NOT NULL)", name="claimed_while_sending"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    obligation_id: uuid.UUID | None = Field(default=None, foreign_key="obligation.id", index=True)
    contact_id: uuid.UUID = reference("contact.id")
    unit_id: uuid.UUID = reference("unit.id")
    name: str  # what the contact is called, and in which language, by the plan under which the notice was queued
    language: str
    kind: NoticeKind = choice(NoticeKind, "notice_kind")
    identity: str
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    about_due_at: datetime | None = None
    state: NoticeState = choice(NoticeState, "notice_state", NoticeState.QUEUED)
    queued_at: datetime
    send_at: datetime  # not before; moves on after a passing failure
    expires_at: datetime | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    reply: str | None = None  # what the mail server said last
    sent_at: datetime | None = None


class Wakeup(SQLModel, table=True):
    """Whether a flow has been told that there is work. An event goes out when a row flips from idle to pending."""

    kind: WakeupKind = choice(WakeupKind, "wakeup_kind", primary_key=True)
    state: WakeupState = choice(WakeupState, "wakeup_state", WakeupState.IDLE)
    generation: int = 0
