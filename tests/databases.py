"""Databases of a PostgreSQL server that the tests make and take away, where ``BLOC_TEST_POSTGRES_URL`` names one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

POSTGRES = os.environ.get("BLOC_TEST_POSTGRES_URL")  # of a server on which databases may be made
STRANGERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
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


def keep_rows(url: str, name: str) -> None:
    """Keep what the tables of a database hold, under a name: in a schema beside them, of the same tables."""
    with _server(url) as connection:
        copies = [f'CREATE TABLE "{name}"."{table}" AS TABLE "{table}"' for table in _tables(connection)]
        connection.exec_driver_sql(";".join([f'DROP SCHEMA IF EXISTS "{name}" CASCADE', f'CREATE SCHEMA "{name}"', *copies]))


def renew_rows(url: str, name: str) -> None:
    """Have the tables of a database hold again what was kept under a name; to make the database anew takes ten times as long.

    Whoever is still connected is sent away. Foreign keys are not looked at, so the order does not matter.
    """
    with _server(url) as connection:
        connection.exec_driver_sql(STRANGERS)
        tables = _tables(connection)
        emptied = [f'DELETE FROM "{table}"' for table in tables]
        filled = [f'INSERT INTO "{table}" SELECT * FROM "{name}"."{table}"' for table in tables]
        connection.exec_driver_sql(";".join(["SET LOCAL session_replication_role = replica", *emptied, *filled]))


@contextmanager
def _server(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def _tables(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars())


@contextmanager
def new_database(kind: str, name: str) -> Iterator[str | None]:
    """Make an empty database of that kind and return its URL; None for SQLite, which is a file in the home folder."""
    if kind == "sqlite":
        yield None
        return
    made, url = database_named(name)
    replace_database(made, "template0")
    yield url
    replace_database(made, None)
