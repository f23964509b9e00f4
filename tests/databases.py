"""Databases of a PostgreSQL server that the tests make and take away, where ``BLOC_TEST_POSTGRES_URL`` names one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

POSTGRES = os.environ.get("BLOC_TEST_POSTGRES_URL")  # of a server on which databases may be made
STRANGERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
)
KINDS = ["sqlite", *([pytest.param("postgres", marks=pytest.mark.postgres)] if POSTGRES else [])]


def database_named(name: str) -> tuple[str, str]:
    """Return name and URL of the tests' database ``name``, beside the one that ``POSTGRES`` names.

    Those that run side by side do not share it.
    """
    url = make_url(POSTGRES or "")
    made = f"{url.database}_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    return made, url.set(database=made).render_as_string(hide_password=False)


def replace_database(name: str, by: str | None) -> None:
    """Make the database ``name`` anew, as a copy of another or, without one, as if it had never been."""
    server = create_engine(make_url(POSTGRES or ""), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        if by is not None:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{by}"'))


@dataclass
class Rows:
    """What the tables of a database hold: kept under names, and found again. To make the database anew takes ten times as long.

    Over one connection, which stays: to make one takes longer than all else here.
    """

    url: str

    def __post_init__(self) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._server = engine.connect()  # a string of statements is one transaction
        self._kept: dict[str, list[str]] = {}

    def keep(self, name: str) -> None:
        """Keep them under a name: in a schema beside them, of the tables that hold any."""
        full = [table for table in self._tables() if self._asked(f'SELECT EXISTS (SELECT FROM "{table}")') == [True]]
        copies = [f'CREATE TABLE "{name}"."{table}" AS TABLE "{table}"' for table in full]
        self._run(f'DROP SCHEMA IF EXISTS "{name}" CASCADE', f'CREATE SCHEMA "{name}"', *copies)
        self._kept[name] = full

    def renew(self, name: str) -> None:
        """Have the tables hold again what was kept under a name.

        Whoever is in the midst of something is sent away. Foreign keys are not looked at, so the order does not matter.
        """
        self._run(STRANGERS)
        emptied = [f'DELETE FROM "{table}"' for table in self._tables()]
        filled = [f'INSERT INTO "{table}" SELECT * FROM "{name}"."{table}"' for table in self._kept[name]]
        self._run("SET LOCAL session_replication_role = replica", *emptied, *filled)

    def close(self) -> None:
        """Leave the server."""
        self._server.close()

    def _tables(self) -> list[str]:
        return self._asked("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    def _asked(self, question: str) -> list[Any]:
        return list(self._server.exec_driver_sql(question).scalars())

    def _run(self, *statements: str) -> None:
        self._server.exec_driver_sql(";".join(statements))


@contextmanager
def new_database(kind: str, name: str, by: str | None = None) -> Iterator[str | None]:
    """Make a database of that kind, empty or as a copy of another, and return its URL.

    None for SQLite, which is a file in the home folder.
    """
    if kind == "sqlite":
        yield None
        return
    made, url = database_named(name)
    replace_database(made, by or "template0")
    yield url
    replace_database(made, None)
