"""One mail to one contact: a row first, a message second; what people changed in it beforehand; and the wake-ups."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import Job, NoticeKind, NoticeState, WakeupKind, WakeupState
from models.columns import choice, key, reference


class Notice(SQLModel, table=True):
    """One mail to one contact, once: ``identity`` says what, whom and which step, and is unique.

    Lifecycle: notifications.ledger.MOVES. ``values`` is what the message says, as JSON; what it is about is looked at again
    when it is sent. A wish to remind (ledger.WISHES) is cancelled if its obligation is done by then, or if its deadline is no
    longer ``about_due_at``. Wishes of one ``bundle`` that are sent together leave as one mail: a digest of what is owed.
    Without a cycle it is about the installation, and goes to its operator.
    """

    __table_args__ = (
        UniqueConstraint("identity", name="one_notice_per_contact_and_step"),
        Index("ix_notice_state_urgency", "state", "urgency"),
        Index("ix_notice_state_send_at", "state", "send_at"),
        CheckConstraint("(state = 'sending') = (claimed_at IS NOT NULL)", name="claimed_while_sending"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID | None = Field(default=None, foreign_key="cycle.id", index=True)
    obligation_id: uuid.UUID | None = Field(default=None, foreign_key="obligation.id", index=True)
    attendance_id: uuid.UUID | None = Field(default=None, foreign_key="attendance.id", index=True)
    contact_id: uuid.UUID = reference("contact.id")
    unit_id: uuid.UUID | None = Field(default=None, foreign_key="unit.id")
    name: str  # what the contact is called, and in which language, by the plan under which the notice was queued
    language: str
    kind: NoticeKind = choice(NoticeKind, "notice_kind")
    identity: str
    bundle: str | None = Field(default=None, index=True)
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    attachments: list[Any] = Field(default_factory=list, sa_type=JSON)  # {"name": file name, "sha256": of a stored file}
    about_due_at: datetime | None = None
    state: NoticeState = choice(NoticeState, "notice_state", NoticeState.QUEUED)
    queued_at: datetime
    send_at: datetime  # not before; moves on after a passing failure
    urgency: datetime  # the nearest is sent first: the deadline it is about, or when it was to be sent
    expires_at: datetime | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    reply: str | None = None  # what the mail server said last, or who took it out of the queue and why
    sent_at: datetime | None = None
    mail_id: uuid.UUID | None = Field(default=None, foreign_key="mail.id", index=True)  # the message it left in
    followed_up_at: datetime | None = None  # of one that failed: when bloc.actions.undeliverable saw to it, at once as a rule


class Mail(SQLModel, table=True):
    """A message as it was handed to a mail server, whole, for the record; the notices that left in it refer to it."""

    id: uuid.UUID = key()
    message: bytes = Field(sa_type=LargeBinary)  # compressed (zlib)


class NoticeChange(SQLModel, table=True):
    """What a person decided about a notice before its day: not to send it, or to add words of their own.

    Written by bloc.actions.notice_changes, on record in the audit trail; looked up when the notice is queued.
    """

    __table_args__ = (
        UniqueConstraint("identity", name="one_change_per_notice"),
        CheckConstraint("suppressed OR remark IS NOT NULL", name="suppressed_or_remarked"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    identity: str
    suppressed: bool = False
    remark: str | None = None
    by: str
    because: str
    changed_at: datetime


class Wakeup(SQLModel, table=True):
    """Whether a flow has been told that there is work. An event goes out when a row flips from idle to pending."""

    kind: WakeupKind = choice(WakeupKind, "wakeup_kind", primary_key=True)
    state: WakeupState = choice(WakeupState, "wakeup_state", WakeupState.IDLE)
    generation: int = 0


class Heartbeat(SQLModel, table=True):
    """When a job ran last, by the wall clock. Whoever looks sees whether it still does (bloc.actions.heartbeats)."""

    job: Job = choice(Job, "heartbeat_job", primary_key=True)
    ran_at: datetime
