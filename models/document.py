"""The documents that the leader unit drafts, issues and sends."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import DocumentKind, DocumentState
from models.columns import choice, key, reference


class Document(SQLModel, table=True):
    """One version of a document; the newest of a ``name`` counts, older drafts stay.

    Lifecycle: draft -> issued, by bloc.actions.documents; a draft that is made again from other data is another version, an
    issued one is never made again. ``scan_sha256`` is the signed copy, which is then what people get. ``about`` is the
    activity that a letter is about. A number is good once in a bloc and year.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "name", "version", name="one_version_of_a_document"),
        UniqueConstraint("bloc_id", "number_year", "number", name="one_document_per_number"),
        CheckConstraint("(state = 'issued') = (issued_on IS NOT NULL)", name="issued_on_a_day"),
        CheckConstraint("number IS NULL OR number_year IS NOT NULL", name="a_number_of_a_year"),
        CheckConstraint("scan_sha256 IS NULL OR state = 'issued'", name="signed_when_issued"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    bloc_id: uuid.UUID = reference("bloc.id")
    kind: DocumentKind = choice(DocumentKind, "document_kind")
    unit_id: uuid.UUID | None = Field(default=None, foreign_key="unit.id")
    about: str | None = None
    name: str  # in the year, and of its file
    version: int = 1
    state: DocumentState = choice(DocumentState, "document_state", DocumentState.DRAFT)
    sha256: str = Field(foreign_key="storedfile.sha256")
    made_at: datetime
    number: str | None = None  # "09/KH-KTĐ"
    number_year: int | None = None
    issued_on: date | None = None  # the day that it bears
    scan_sha256: str | None = Field(default=None, foreign_key="storedfile.sha256")
    scan_name: str | None = None
    sent_at: datetime | None = None  # when it was first sent to its readers
