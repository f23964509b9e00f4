"""Databases as tests find them: made once, kept under a name, and found again from that copy."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bloc.db import Database, open_engine
from bloc.migrations import upgrade
from tests.databases import Rows, database_named, replace_database
from tests.factories import Year

EMPTY = "empty"
of_words = pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # what is said is the same on every database


@dataclass(frozen=True)
class Place:
    """A database that each test finds as it was kept under a name. The engine stays, and with it what it has compiled.

    ``EMPTY`` has the tables and no rows.
    """

    engine: Engine
    keep: Callable[[str], object]
    renew: Callable[[str], object]
    leave: Callable[[], object]
    years: dict[str, str] = field(default_factory=dict)  # the keys of those that ``kept`` has made


def kept(make: Callable[[Database], Year]) -> Any:
    """Return a fixture of the year that ``make`` makes in an empty database: made for the first test, copied for the next.

    ``told`` hears nothing of how it was made.
    """
    name = f"{make.__module__.rpartition('.')[2]}.{make.__qualname__}"

    @pytest.fixture
    def found(place: Place, base: Database) -> Year:
        if name in place.years:
            place.renew(name)
        else:
            place.years[name] = make(Database(place.engine)).key
            place.keep(name)
        return Year(base, place.years[name])

    return found


def sqlite(folder: Path) -> Place:
    """Return a database in a file of ``folder``."""
    file = folder / "bloc.db"
    engine = open_engine(f"sqlite:///{file}")

    def copied(source: Path, target: Path) -> None:
        engine.dispose()  # a file is copied whole while nobody is connected
        shutil.copy(source, target)

    keep, renew = (lambda name: copied(file, folder / name)), (lambda name: copied(folder / name, file))
    return _with_tables(Place(engine, keep, renew, engine.dispose))


def postgres() -> Place:
    """Return a database beside the one that the URL names; the next run replaces what this one leaves."""
    made, url = database_named("bloc")
    replace_database(made, "template0")
    engine, rows = open_engine(url), Rows(url)

    def leave() -> None:
        engine.dispose()
        rows.close()

    return _with_tables(Place(engine, rows.keep, rows.renew, leave))


def _with_tables(place: Place) -> Place:
    upgrade(place.engine)
    place.keep(EMPTY)
    return place
