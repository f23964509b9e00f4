import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bloc.db import Database, open_engine, reading, unit_of_work
from bloc.errors import NotAllowed
from models import Bloc
from tests.databases import KINDS, POSTGRES
from tests.places import with_tables


def names(base):
    with Session(base.engine) as session:
        return sorted(bloc.name for bloc in session.exec(select(Bloc)))


@pytest.mark.postgres
@pytest.mark.skipif(POSTGRES is None, reason="BLOC_TEST_POSTGRES_URL is not set: nothing ran on PostgreSQL")
def test_what_uses_a_database_runs_on_both_kinds():
    assert len(KINDS) == 2


@pytest.mark.postgres
@pytest.mark.skipif(POSTGRES is None, reason="BLOC_TEST_POSTGRES_URL is not set: nothing ran on PostgreSQL")
def test_a_connection_that_was_lost_while_it_rested_is_made_anew(monkeypatch):
    monkeypatch.setattr("bloc.db.RESTED", 0)  # seconds: so that none need go by
    base, others = Database(open_engine(POSTGRES)), Database(open_engine(POSTGRES))
    mine = text("SELECT pg_backend_pid()")
    with reading(base) as session:
        before = session.execute(mine).scalar_one()
    with reading(others) as session:
        session.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": before})

    with reading(base) as session:
        after = session.execute(mine).scalar_one()

    assert after != before
    for each in (base, others):
        each.engine.dispose()


@pytest.mark.parametrize("place", KINDS[1:], indirect=True)
def test_postgresql_compiles_no_statement(base):
    with base.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW jit").scalar_one() == "off"


@pytest.mark.parametrize("url", ["mysql://somewhere/bloc", "nothing://somewhere/bloc"])
def test_a_kind_of_database_without_a_driver_is_refused(url):
    with pytest.raises(NotAllowed, match=r"use SQLite or PostgreSQL"):
        open_engine(url)


def test_a_unit_of_work_commits_at_its_end(base):
    with unit_of_work(base) as work:
        work.session.add(Bloc(code="a", name="A"))
        work.session.add(Bloc(code="b", name="B"))

    assert names(base) == ["A", "B"]


def test_an_error_of_the_database_names_no_parameters(base):
    def fail():
        with unit_of_work(base) as work:
            work.session.add_all([Bloc(code="a", name="secret"), Bloc(code="a", name="secret")])

    with pytest.raises(IntegrityError) as failure:
        fail()

    assert "secret" not in str(failure.value)


def test_a_unit_of_work_that_fails_leaves_nothing(base):
    def fail():
        with unit_of_work(base) as work:
            work.session.add(Bloc(code="a", name="A"))
            work.session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert names(base) == []


def test_what_a_unit_of_work_returned_is_still_readable_after_it(base):
    with unit_of_work(base) as work:
        bloc = Bloc(code="a", name="A")
        work.session.add(bloc)

    assert bloc.name == "A"


@pytest.fixture
def sqlite(tmp_path):
    base = Database(with_tables(tmp_path / "bloc.db"))
    yield base
    base.engine.dispose()


def test_a_unit_of_work_takes_the_lock_of_sqlite_at_once(sqlite):
    impatient = open_engine(str(sqlite.engine.url))
    with impatient.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        connection.rollback()

        with unit_of_work(sqlite) as work:
            work.session.exec(select(Bloc)).all()
            with pytest.raises(Exception, match="database is locked"):
                connection.execute(text("SELECT 1"))

    impatient.dispose()


def test_who_reads_waits_for_no_writer_and_holds_none_up(sqlite):
    with reading(sqlite) as session:
        before = session.exec(select(Bloc)).all()
        with unit_of_work(sqlite) as work:
            work.session.add(Bloc(code="a", name="A"))
        during = session.exec(select(Bloc)).all()

    assert (before, during, names(sqlite)) == ([], [], ["A"])


def test_sqlite_guards_references_and_writes_ahead(sqlite):
    with sqlite.engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("foreign_keys", "journal_mode")]

    assert pragmas == [1, "wal"]


def test_a_new_file_of_sqlite_that_another_has_just_begun_to_write_is_waited_for(tmp_path, monkeypatch):
    other = sqlite3.connect(tmp_path / "bloc.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("bloc.db.sleep", lambda _: other.execute("COMMIT"))  # where SQLite itself would not wait at all
    engine = open_engine(f"sqlite:///{tmp_path / 'bloc.db'}")

    with engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()

    assert (mode, other.in_transaction) == ("wal", False)
    engine.dispose()
    other.close()


def test_threads_that_read_and_then_write_lose_no_write(base):
    with unit_of_work(base) as work:
        work.session.add(Bloc(code="count", name="0"))
    start = Barrier(8)

    def count(_: int) -> None:
        start.wait()
        for _ in range(5):
            with unit_of_work(base) as work:
                bloc = work.session.exec(select(Bloc).with_for_update()).one()
                bloc.name = str(int(bloc.name) + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))

    assert names(base) == ["40"]


COUNT = """
from bloc.db import Database, open_engine, unit_of_work
from models import Bloc
from sqlmodel import select
import sys
base = Database(open_engine(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    with unit_of_work(base) as work:
        bloc = work.session.exec(select(Bloc)).one()
        bloc.name = str(int(bloc.name) + 1)
"""


@pytest.mark.process
def test_processes_that_read_and_then_write_lose_no_write(sqlite):
    with unit_of_work(sqlite) as work:
        work.session.add(Bloc(code="count", name="0"))
    command = [sys.executable, "-c", COUNT, str(sqlite.engine.url)]
    writers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()

    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert names(sqlite) == ["75"]


def test_wakeups_are_told_after_the_lock_is_let_go(base):
    free = Event()

    def tell(_):
        with unit_of_work(base) as other:
            other.session.add(Bloc(code="told", name="told"))
        free.set()

    with unit_of_work(Database(base.engine, tell)) as work:
        work.session.add(Bloc(code="a", name="A"))
        work.wakes.append(None)

    assert free.is_set()
    assert names(base) == ["A", "told"]
