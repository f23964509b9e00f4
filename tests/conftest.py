"""What all tests share: English by default, and a real database: SQLite in a file, PostgreSQL where there is one."""

import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from xdist.scheduler import LoadScopeScheduling

from bloc.db import Database, Wake
from bloc.language import use
from tests.databases import KINDS
from tests.factories import year_begun
from tests.places import EMPTY, Place, kept, postgres, sqlite

gc.disable()  # until all is imported: see ``pytest_collection_finish``
# No test cuts the power: none waits for the disk.
os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
DOORS = {"cli", "portal"}
KEEPING = {"test_backup.py", "test_db.py", "test_migrations.py"}  # rows, in databases of their own
PLAYED = {f"tests/replay/{name}.py" for name in ("test_drafts", "test_shipped", "test_replay", "test_mails")}


@event.listens_for(Engine, "engine_connect")
def _hurry(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("PRAGMA synchronous=OFF")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what goes through a door, what makes whole papers, and what keeps rows."""
    if item.path.parent.name in DOORS:
        item.add_marker("door")
    if item.path.parent.name == "documents":
        item.add_marker("paper")
    if item.path.name in KEEPING or "place" in getattr(item, "fixturenames", ()):
        item.add_marker("database")


class Scopes(LoadScopeScheduling):
    """Keeps on one worker a file, and the tests of the years that were played on one kind of database."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        kind = re.search(r"[-\[](sqlite|postgres)\b", nodeid)
        return f"years, {kind[1]}" if kind and file in PLAYED else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scopes:
    """Return what deals out the tests."""
    return Scopes(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first, so that no worker is left alone with one at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("prefect")}
    items.sort(key=lambda item: (item.path not in long, _file(item.nodeid) not in PLAYED))


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what was imported: it took a tenth of the time."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(specname="pytest_collection_modifyitems", tryfirst=True)
def pytest_leave_to_soak(items: list[pytest.Item]) -> None:
    """Leave to `make soak` what on PostgreSQL would only be done once more."""
    for item in items:
        if item.get_closest_marker("either") and item.get_closest_marker("postgres"):
            item.add_marker("soak")


@pytest.fixture(autouse=True)
def _english() -> None:
    use("en")


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """Return what gives the database of a kind: made when it is first asked for, and kept when a test of the other comes."""

    @cache
    def of(kind: str) -> Place:
        made = sqlite(tmp_path_factory.mktemp("database")) if kind == "sqlite" else postgres()
        leaving.callback(made.leave)
        return made

    with ExitStack() as leaving:
        yield of


@pytest.fixture(scope="session", params=KINDS)
def place(request: pytest.FixtureRequest, places: Callable[[str], Place]) -> Place:
    """Return the database of the tests; where there is a server, each test runs on both kinds."""
    return places(request.param)


@pytest.fixture
def told() -> list[Wake]:
    """Return the wake-ups that ``base`` told."""
    return []


@pytest.fixture
def base(place: Place, told: list[Wake]) -> Database:
    place.renew(EMPTY)
    return Database(place.engine, told.append)


year = kept(year_begun)
