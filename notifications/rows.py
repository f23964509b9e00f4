"""Many notices in one statement: they go to the database as one JSON text, of which it makes rows again.

One INSERT for each costs a round trip each; to write, parse and bind one of many VALUES costs more than the insert itself.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import JSON, Dialect, Table, TextClause, bindparam, text
from sqlmodel import Session

from models import Notice

NOTICE: Table = Notice.__table__  # type: ignore[attr-defined]
AT_ONCE = 1000  # rows of one statement: about a megabyte
REMEMBERED = 1024  # values of a column, of which many rows have the same: days, units


def insert_new(session: Session, rows: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> set[str]:
    """Insert notices, but for those whose identity is there; return the identities of the new ones.

    Args:
        rows: the columns of each, the same ones in each.
        shared: the columns that are alike in all.
    """
    dialect, new = session.get_bind().dialect, set[str]()
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        insert = _insert(dialect, tuple(some[0]), tuple(shared))
        new.update(session.execute(insert, {"rows": _as_json(some, dialect), **shared}).scalars())
    return new


@lru_cache
def _insert(dialect: Dialect, names: Sequence[str], shared: Sequence[str]) -> TextClause:
    # As text: an insert that knows ON CONFLICT is compiled anew each time by SQLAlchemy, which takes longer than to run it.
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, (*names, *shared)))
    values, rows = _ROWS[dialect.name](dialect, names)
    given = ", ".join((*values, *(f":{name}" for name in shared)))
    # WHERE: without it SQLite takes ON for a join's. Asked for its identity, a row answers for itself; a count of rows is not
    # to be had of every driver here.
    insert = text(  # made of the names of columns alone
        f"INSERT INTO {NOTICE.name} ({columns}) SELECT {given} FROM {rows} WHERE true "  # noqa: S608
        "ON CONFLICT (identity) DO NOTHING RETURNING identity"
    )
    return insert.bindparams(*(bindparam(name, type_=NOTICE.c[name].type) for name in shared))


def _rows_of_sqlite(_dialect: Dialect, names: Sequence[str]) -> tuple[list[str], str]:
    return [f"json_extract(value, '$.{name}')" for name in names], "json_each(:rows)"


def _rows_of_postgresql(dialect: Dialect, names: Sequence[str]) -> tuple[list[str], str]:
    quote = dialect.identifier_preparer.quote
    columns = [NOTICE.c[name] for name in names]
    values = [f"CAST({quote(each.name)} AS JSON)" if isinstance(each.type, JSON) else quote(each.name) for each in columns]
    kinds = ["TEXT" if isinstance(each.type, JSON) else each.type.compile(dialect) for each in columns]
    typed = ", ".join(f"{quote(each.name)} {kind}" for each, kind in zip(columns, kinds, strict=True))
    return values, f"json_to_recordset(CAST(:rows AS JSON)) AS rows ({typed})"


_ROWS: Mapping[str, Callable[[Dialect, Sequence[str]], tuple[list[str], str]]] = {
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
