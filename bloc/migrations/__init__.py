"""Migrations, by Alembic. A door asks for ``ready_database``; only where something is to be done is Alembic imported."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from bloc.db import Database, Wake, open_engine
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.settings import Settings

HEAD = "0009"  # the newest revision; a test holds it against the scripts


def ready_database(settings: Settings, tell: Callable[[Wake], object] = lambda wake: None) -> Database:
    """Return this installation's database, with its tables brought up to date.

    Raises:
        NotAllowed: it was made by a newer version.
    """
    engine = open_engine(settings.database)
    revision = revision_of(engine)
    if revision is not None and revision > HEAD:
        raise NotAllowed(say("The database was made by a newer version of Bloc ({revision}).", revision=revision))
    if revision != HEAD:
        upgrade(engine)
    return Database(engine, tell)


def revision_of(engine: Engine) -> str | None:
    """Return the revision of a database's tables; None: it has none yet."""
    with engine.execution_options(reading=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables up to date, or to an earlier ``revision``; two that start at once do it one after the other."""
    from alembic import command  # heavy, and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7326)"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
            raise RuntimeError("a migration has left a row without what it refers to")


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Let SQLite make a table anew that others refer to; only outside a transaction can it be told so."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
