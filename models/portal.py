"""Who is signed in to the portal, and what is kept there until it is handed in or answered."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from bloc.enums import Answer
from models.columns import choice, key, reference


class SignIn(SQLModel, table=True):
    """A wish to sign in, by link or by code; kept for an address that nobody has too, so that wishes can be counted.

    Lifecycle: asked -> spent, or dead by its tries or its age. Changed by bloc.actions.signing_in. Of the token, the code and
    the address only keyed digests are here.
    """

    __table_args__ = (
        UniqueConstraint("token", name="one_wish_per_token"),
        Index("ix_signin_address_asked_at", "address", "asked_at"),
        Index("ix_signin_client_asked_at", "client", "asked_at"),
    )

    id: uuid.UUID = key()
    contact_id: uuid.UUID | None = Field(default=None, foreign_key="contact.id")
    address: str
    client: str  # address of the network it came from
    token: str
    code: str
    then: str  # the page that is shown once it is spent, a path of ours
    asked_at: datetime
    expires_at: datetime
    tries: int = 0
    spent_at: datetime | None = None


class SignedIn(SQLModel, table=True):
    """A browser that somebody is signed in with. Begun, renewed and ended by bloc.actions.sessions.

    ``token`` is a keyed digest. One begun from the list of a demonstration (``demo``) sees replayed years only.
    """

    __table_args__ = (UniqueConstraint("token", name="one_browser_per_token"),)

    id: uuid.UUID = key()
    contact_id: uuid.UUID = reference("contact.id", index=True)
    token: str
    client: str
    browser: str
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    demo: bool = False


class CityViewer(SQLModel, table=True):
    """Somebody who looks on for the city: sees how all blocs stand and what they have published, and acts on nothing.

    Lifecycle: granted -> ended; a row is never taken away, so that it stays on record who could see and by whose leave.
    Changed by bloc.actions.city.
    """

    __table_args__ = (
        Index(
            "one_open_view_per_contact", "contact_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="a_view_is_ended_by_somebody"),
    )  # fmt: skip

    id: uuid.UUID = key()
    contact_id: uuid.UUID = reference("contact.id")
    name: str  # the office
    language: str = "vi"
    granted_at: datetime
    granted_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None


class SheetDraft(SQLModel, table=True):
    """A score sheet that is being filled in on the page; one a unit and obligation. It counts nowhere.

    ``points``: {unit code: {criterion code: thousandths of a point, or the text that was typed in their place}}; ``notes``:
    {criterion code: {bloc.sheets.layout.Note: text}}. ``revision`` goes up by one with each save; who saves names the one that
    was read, and is told if it is there no more. One that was handed in or dropped has ``ended``: it is empty, and its
    revisions go on, so that no page of before is taken for one of after. ``sent`` is the last version that had been sent when
    it was saved. Changed by bloc.actions.drafts.
    """

    __table_args__ = (
        UniqueConstraint("obligation_id", name="one_draft_per_obligation"),
        CheckConstraint("revision > 0", name="revisions_from_one"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    obligation_id: uuid.UUID = reference("obligation.id")
    revision: int = 1
    points: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    notes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    by: str
    saved_at: datetime
    sent: int = 0
    ended: bool = False


class ExtensionRequest(SQLModel, table=True):
    """A later deadline that a unit asks for. Lifecycle: open -> granted or refused, by the secretary."""

    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_at_some_time"),
        CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),
        CheckConstraint("answer IS NULL OR answer <> 'refused' OR answered_because IS NOT NULL", name="refused_for_a_reason"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    obligation_id: uuid.UUID = reference("obligation.id", index=True)
    until: date  # the last day that is asked for
    because: str
    by: str
    asked_at: datetime
    answer: Answer | None = choice(Answer, "extension_answer", None)
    answered_because: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


class CalendarFeed(SQLModel, table=True):
    """A person's address of their deadlines as a calendar, known by a secret in it, of which only the digest is here.

    Made and revoked by bloc.actions.calendar_feeds. One made from the list of a demonstration (``demo``) is good while the
    portal shows one, and tells of replayed years only.
    """

    __table_args__ = (UniqueConstraint("secret", name="one_feed_per_secret"),)

    id: uuid.UUID = key()
    contact_id: uuid.UUID = reference("contact.id", index=True)
    secret: str
    made_at: datetime
    revoked_at: datetime | None = None
    demo: bool = False


class PlanProposal(SQLModel, table=True):
    """A changed plan that is looked at before it is applied: between the two steps nothing of it is left to the browser.

    Kept and applied by bloc.actions.proposals. It changes the plan's version ``changes``, and can be applied to no other.
    """

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id", index=True)
    changes: int
    plan: str = Field(sa_type=Text)  # JSON of bloc.plan.Plan
    by: str
    proposed_at: datetime
    applied_at: datetime | None = None
