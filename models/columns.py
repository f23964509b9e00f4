"""What the tables share: names of constraints, keys, and enums stored by their values."""

import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def key() -> Any:
    """Return a primary key that needs no round trip."""
    return Field(default_factory=uuid.uuid4, primary_key=True)


def reference(target: str, *, index: bool = False) -> Any:
    """Return a column that refers to ``target`` ("table.column")."""
    return Field(foreign_key=target, index=index)


def choice(kind: type[StrEnum], name: str, default: Any = ..., *, primary_key: bool = False) -> Any:
    """Return a column for a closed set: stored by value, and guarded by the constraint ``name``."""
    column = Enum(
        kind,
        name=name,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=24,
    )
    return Field(default, sa_type=column, primary_key=primary_key)
