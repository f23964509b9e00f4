"""The form of a backup: what its manifest says, and how each kind of value stands in a line."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

import bloc.migrations
from models import FileChunk, SignedIn, SignIn

FORM = 1  # of the file; one that is read otherwise gets another number
MANIFEST = "manifest.json"
LEFT_OUT = {SignIn.__tablename__, SignedIn.__tablename__}  # secrets of this installation's browsers
CHUNKS = str(FileChunk.__tablename__)  # a stored file is a member of its own, not rows
VERSIONS = Path(bloc.migrations.__file__).parent / "versions"


@dataclass(frozen=True)
class Kind:
    """A kind of value: the type of its column, and how it is written as JSON and read."""

    type: type[TypeEngine[Any]]
    to_json: Callable[[Any], Any] = lambda value: value
    from_json: Callable[[Any], Any] = lambda value: value


KINDS: Mapping[str, Kind] = {  # the first that fits a column is its kind
    "uuid": Kind(Uuid, str, UUID),
    "moment": Kind(UTCDateTime, datetime.isoformat, datetime.fromisoformat),
    "day": Kind(Date, date.isoformat, date.fromisoformat),
    "bytes": Kind(
        LargeBinary, lambda value: base64.b64encode(value).decode(), lambda text: base64.b64decode(text, validate=True)
    ),
    "json": Kind(JSON),
    "truth": Kind(Boolean),
    "whole": Kind(Integer),
    "number": Kind(Float),
    "text": Kind(String),  # enumerations too: their values
}


class Contents(BaseModel):
    """What there must be of one table."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, str]  # name -> kind
    rows: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(extra="forbid")

    form: int
    revision: str
    code_version: str
    made_at: datetime
    tables: dict[str, Contents]  # in the order in which they can be filled
    files: int = Field(ge=0)


def tables() -> list[Table]:
    """Return the tables that a backup keeps as rows, each after those that it refers to."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in LEFT_OUT | {CHUNKS}]


def columns_of(table: Table) -> dict[str, str]:
    """Return the kind of each column."""
    return {column.name: _kind(column) for column in table.columns}


def _kind(column: "Column[Any]") -> str:
    plain = getattr(column.type, "impl_instance", None)  # of a type that SQLModel puts around another
    return next(name for name, kind in KINDS.items() if isinstance(column.type, kind.type) or isinstance(plain, kind.type))


def table_of(name: str, columns: Mapping[str, str]) -> Table:
    """Return a table of those columns, whatever the models have become since."""
    return Table(name, MetaData(), *(Column(column, KINDS[kind].type()) for column, kind in columns.items()))


def member_of(table: str) -> str:
    """Return the name under which the rows of a table are kept."""
    return f"tables/{table}.jsonl"


def member_of_file(sha256: str) -> str:
    """Return the name under which a stored file is kept."""
    return f"files/{sha256}"


def is_known(revision: str) -> bool:
    """Return whether this version of the code can make tables of that revision."""
    return re.fullmatch(r"[0-9]{4}", revision) is not None and any(VERSIONS.glob(f"{revision}_*.py"))
