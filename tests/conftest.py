"""What all tests share: English by default, and a real database: SQLite in a file, PostgreSQL where there is one."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from xdist.scheduler import LoadScopeScheduling

from bloc.db import Database, Wake, open_engine
from bloc.language import use
from bloc.migrations import upgrade
from tests.databases import KINDS, database_named, keep_rows, renew_rows, replace_database
from tests.factories import Year, cycle_of, plan

EMPTY = "empty"
DOORS = {"cli", "portal"}
PLAYED = {f"tests/replay/{name}.py" for name in ("test_shipped", "test_replay", "test_mails")}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what goes through a door."""
    if item.path.parent.name in DOORS:
        item.add_marker("door")


class Scopes(LoadScopeScheduling):
    """Keeps on one worker a file, and the tests of the years that were played on one kind of database."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        kind = re.search(r"\[(sqlite|postgres)\b", nodeid)
        return f"years, {kind[1]}" if kind and file in PLAYED else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scopes:
    """Return what deals out the tests."""
    return Scopes(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first, so that no worker is left alone with one at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("prefect")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def _english() -> None:
    use("en")


@dataclass(frozen=True)
class Place:
    """A database that each test finds as it was kept under a name. The engine stays, and with it what it has compiled.

    ``keep`` and ``renew`` copy it while nobody is connected. ``EMPTY`` has the tables and no rows.
    """

    engine: Engine
    keep: Callable[[str], object]
    renew: Callable[[str], object]


@pytest.fixture(scope="session", params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the database of the tests; where there is a server, each test runs on both kinds."""
    made = _sqlite(tmp_path_factory.mktemp("database")) if request.param == "sqlite" else _postgres()
    yield made
    made.engine.dispose()


@pytest.fixture
def told() -> list[Wake]:
    """Return the wake-ups that ``base`` told."""
    return []


@pytest.fixture
def base(place: Place, told: list[Wake]) -> Iterator[Database]:
    place.renew(EMPTY)
    yield Database(place.engine, told.append)
    place.engine.dispose()


@pytest.fixture(scope="session")
def begun(place: Place) -> str:
    """Return the name under which a database with the year of a bloc of three, as its plan begins it, is kept."""
    place.renew(EMPTY)
    cycle_of(Database(place.engine), plan())
    place.engine.dispose()
    place.keep("begun")
    return "begun"


@pytest.fixture
def year(begun: str, base: Database, place: Place) -> Year:
    """Return the year of a bloc of three, as its plan begins it."""
    place.renew(begun)
    return Year(base, plan().key)


def _sqlite(folder: Path) -> Place:
    file = folder / "bloc.db"
    engine = open_engine(f"sqlite:///{file}")
    place = Place(engine, lambda name: shutil.copy(file, folder / name), lambda name: shutil.copy(folder / name, file))
    return _with_tables(place)


def _postgres() -> Place:
    """Return a database beside the one that the URL names; the next run replaces what this one leaves."""
    made, url = database_named("bloc")
    replace_database(made, "template0")
    return _with_tables(Place(open_engine(url), lambda name: keep_rows(url, name), lambda name: renew_rows(url, name)))


def _with_tables(place: Place) -> Place:
    upgrade(place.engine)
    place.engine.dispose()
    place.keep(EMPTY)
    return place
