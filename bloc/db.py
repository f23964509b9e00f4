"""The engine, and the unit of work: one transaction, committed once by a door; events go out after the commit."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event, text
from sqlalchemy.exc import IntegrityError, InvalidatePoolError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel, create_engine

from bloc.enums import WakeupKind
from bloc.errors import NotAllowed
from bloc.language import say

POSTGRESQL = "postgresql+psycopg://"
ITSELF = "bloc"  # who acts where no person does
RESTED = 0.1  # seconds after which a connection may have been lost meanwhile
BUSY_TIMEOUT = 30  # seconds that a writer waits for another one on SQLite
BUSY_PAUSE = 0.01  # seconds before asking again where SQLite does not wait by itself


@dataclass(frozen=True)
class Wake:
    """A wake-up to be told after the commit: which flow has work, and the how-manieth time."""

    kind: WakeupKind
    generation: int


@dataclass(frozen=True)
class Database:
    """An engine, and who is told of wake-ups (by default nobody: the sweep finds the work)."""

    engine: Engine
    tell: Callable[[Wake], object] = lambda wake: None


@dataclass
class Work:
    """A transaction under way, who acts in it (as it stands on record), and what it will tell once it has committed."""

    session: Session
    by: str = ITSELF
    client: str | None = None  # address of the network they act from, where that is known
    wakes: list[Wake] = field(default_factory=list)
    rehearsed: bool = False  # what is done now will leave no trace: costly by-products need not be made

    def forget(self) -> None:
        """Leave no trace of what was done so far: it was only to be seen what it would do."""
        self.session.rollback()
        self.wakes.clear()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let what is done inside leave no trace, whatever was done before it stays: it is only to be seen what it would do."""
        told, rehearsed, nested = len(self.wakes), self.rehearsed, self.session.begin_nested()
        self.rehearsed = True
        try:
            yield
        finally:
            self.rehearsed = rehearsed
            nested.rollback()
            self.session.expire_all()  # what was changed row by row, past the session, is read anew
            del self.wakes[told:]


def open_engine(url: str) -> Engine:
    """Return the engine for ``url``; a SQLite file's folder is made.

    Raises:
        NotAllowed: there is no driver for such a database.

    Its errors name no parameters: they end in logs and in Prefect, and parameters are points and addresses.
    """
    if not url.startswith("sqlite"):
        return _server_engine(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT}, hide_parameters=True)
    if engine.url.database and engine.url.database != ":memory:":
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _server_engine(url: str) -> Engine:
    try:
        engine = create_engine(url.replace("postgresql://", POSTGRESQL, 1), hide_parameters=True)
    except (ImportError, NoSuchModuleError) as error:
        driver = say("This kind of database cannot be used; use SQLite or PostgreSQL ({example}...).", example=POSTGRESQL)
        raise NotAllowed(driver) from error
    event.listen(engine, "connect", _prepare_server)
    event.listen(engine, "checkin", _lay_by)
    event.listen(engine, "checkout", partial(_try_rested, engine.dialect))
    return engine


def _prepare_server(connection: Any, _record: object) -> None:
    # PostgreSQL compiles what it reckons to be long before it executes it. Ours are short; where it has not counted the rows of
    # a table that has grown, it took a third of a second for each look for mails that are due.
    connection.execute("SET jit = off")
    connection.commit()


def _lay_by(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = monotonic()


def _try_rested(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that has rested whether it is there still; if not, it and the others of its time are made anew.

    ``pool_pre_ping`` would ask each time, which is a journey more for each of many transactions in a row.
    """
    if monotonic() - record.info.get("rests_since", monotonic()) > RESTED:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing; _begin_sqlite does
    for pragma in (f"busy_timeout={BUSY_TIMEOUT * 1000}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    """Switch a file to the write-ahead log, which it then keeps.

    Of two that do so to a new file at the same moment SQLite refuses one at once, whatever its busy timeout: each holds the
    lock that the other waits for. That one lets go and asks again.
    """
    end = monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > end:
                raise
        sleep(BUSY_PAUSE)


def _begin_sqlite(connection: Connection) -> None:
    # One that reads and then writes must take the lock at once: it could not get it later without risking a stale read.
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def unit_of_work(database: Database, by: str = ITSELF, client: str | None = None) -> Iterator[Work]:
    """Run a transaction for ``by``, who acts from ``client``: commit once at its end and then tell, or leave no trace of it."""
    with Session(database.engine, expire_on_commit=False) as session:
        work = Work(session, by, client)
        yield work
        session.commit()
    for wake in work.wakes:
        database.tell(wake)


def one_at_a_time(session: Session, *names: str) -> None:
    """Wait until no other transaction holds one of ``names``, and hold them to the end: for counts that no row stands for.

    On SQLite a transaction that writes is alone as it is.
    """
    if session.get_bind().dialect.name == "postgresql":
        for name in sorted(names):  # all in one order: two that want the same ones wait in turn
            session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """Open a session that only reads: on SQLite it waits for no writer and holds none up."""
    with Session(database.engine.execution_options(reading=True)) as session:
        yield session


def add_once(session: Session, row: SQLModel) -> None:
    """Keep a new row, unless somebody else keeps the same at this moment: then wait until it is there."""
    with suppress(IntegrityError), session.begin_nested():
        session.add(row)
        session.flush()
