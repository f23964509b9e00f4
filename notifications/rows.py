"""Many notices in one statement: they go to the database as one JSON text, of which it makes rows again.

One INSERT for each costs a round trip each; to write, parse and bind one of many VALUES costs more than the insert itself.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import JSON, ColumnElement, Dialect, Table, Text, bindparam, cast, column, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from models import Notice

NOTICE: Table = Notice.__table__  # type: ignore[attr-defined]
AT_ONCE = 1000  # rows of one statement: about a megabyte
REMEMBERED = 1024  # values of a column, of which many rows have the same: days, units

# Each knows ON CONFLICT, which the plain insert does not.
_INSERT: Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_new(session: Session, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> set[str]:
    """Insert notices, but for those whose identity is there; return the identities of the new ones.

    Args:
        rows: the columns of each, the same ones in each.
        shared: the columns that are alike in all.
    """
    dialect, new = session.get_bind().dialect, set[str]()
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        insert = _insert(dialect.name, tuple(some[0]), tuple(shared))
        new.update(session.execute(insert, {"rows": _as_json(some, dialect), **shared}).scalars())
    return new


@cache
def _insert(dialect: str, names: Sequence[str], shared: Sequence[str]) -> ReturningInsert[tuple[str]]:
    given = [bindparam(name, type_=NOTICE.c[name].type) for name in shared]
    source = select(*_ROWS[dialect](names), *given).where(true())  # without WHERE SQLite takes ON for a join's
    insert = _INSERT[dialect](NOTICE).from_select([*names, *shared], source, include_defaults=False)
    # Asked for its identity, a row answers for itself; a count of rows is not to be had of every driver here.
    return insert.on_conflict_do_nothing(index_elements=["identity"]).returning(NOTICE.c.identity)


def _rows_of_sqlite(names: Sequence[str]) -> list[ColumnElement[Any]]:
    each = func.json_each(bindparam("rows", type_=Text)).table_valued("value")
    return [func.json_extract(each.c.value, f"$.{name}") for name in names]


def _rows_of_postgresql(names: Sequence[str]) -> list[ColumnElement[Any]]:
    columns = [NOTICE.c[name] for name in names]
    typed = [column(each.name, Text() if isinstance(each.type, JSON) else each.type) for each in columns]
    rows = (
        func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON)).table_valued(*typed).render_derived(with_types=True)
    )
    return [cast(rows.c[each.name], JSON) if isinstance(each.type, JSON) else rows.c[each.name] for each in columns]


_ROWS: Mapping[str, Callable[[Sequence[str]], list[ColumnElement[Any]]]] = {
    "sqlite": _rows_of_sqlite,
    "postgresql": _rows_of_postgresql,
}


def _as_json(rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> str:
    """Return the rows with each value as the database keeps it. What is JSON itself goes as text, and is not looked into."""
    kept = _kept(dialect, tuple(rows[0]))
    return to_json([{**row, **{name: as_kept(row[name]) for name, as_kept in kept.items()}} for row in rows]).decode()


@lru_cache
def _kept(dialect: Dialect, names: Sequence[str]) -> Mapping[str, Callable[[Any], Any]]:
    """Return how values of those columns become what the database keeps, where that is not how JSON writes them anyway."""
    kept: dict[str, Callable[[Any], Any]] = {}
    for name in names:
        kind = NOTICE.c[name].type
        if isinstance(kind, JSON):
            kept[name] = lambda value: to_json(value).decode()
        elif (process := kind.dialect_impl(dialect).bind_processor(dialect)) is not None:
            kept[name] = lru_cache(REMEMBERED)(process)
    return kept
