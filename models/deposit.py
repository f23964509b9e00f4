"""What units send: files, whole and for good, and responses that need no file."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import DepositState, ResponseKind
from models.columns import choice, key, reference


class StoredFile(SQLModel, table=True):
    """A file by its SHA-256. Never changed or joined; its bytes are in chunks, behind bloc.files."""

    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256_in_hex"),)

    sha256: str = Field(primary_key=True)
    size: int


class FileChunk(SQLModel, table=True):
    """A piece of a stored file."""

    sha256: str = Field(primary_key=True, foreign_key="storedfile.sha256")
    position: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class Deposit(SQLModel, table=True):
    """One version of a file that a unit sent for an obligation; never overwritten, a refused one kept as well.

    Lifecycle: accepted or refused from the start; accepted -> returned by bloc.actions.returns. ``faults`` and ``remarks``
    are lists of bloc.errors.Fault as JSON. ``receipt`` is its number in the cycle ("biên nhận"), for accepted ones.
    """

    __table_args__ = (
        UniqueConstraint("obligation_id", "version", name="one_version_once"),
        UniqueConstraint("cycle_id", "receipt", name="one_receipt_number_once"),
        CheckConstraint("(state = 'refused') = (receipt IS NULL)", name="a_receipt_unless_refused"),
        CheckConstraint("(state = 'returned') = (returned_because IS NOT NULL)", name="returned_for_a_reason"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    obligation_id: uuid.UUID = reference("obligation.id")
    version: int
    state: DepositState = choice(DepositState, "deposit_state")
    sha256: str = Field(foreign_key="storedfile.sha256")
    file_name: str
    received_at: datetime
    late_seconds: int = 0
    receipt: int | None = None
    faults: list[Any] = Field(default_factory=list, sa_type=JSON)
    remarks: list[Any] = Field(default_factory=list, sa_type=JSON)
    returned_because: str | None = None
    points_hash: str | None = None  # of what an accepted score sheet gives, by bloc.actions.result_inputs
    marked: str | None = Field(default=None, foreign_key="storedfile.sha256")  # a refused score sheet, as it goes back


class Response(SQLModel, table=True):
    """How an obligation that asks for no file was met: agreed, commented, signed, done; each kept, the last one counts."""

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    obligation_id: uuid.UUID = reference("obligation.id", index=True)
    kind: ResponseKind = choice(ResponseKind, "response_kind")
    text: str | None = None
    signatory: str | None = None  # the office of who signed
    responded_at: datetime
