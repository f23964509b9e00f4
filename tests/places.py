"""Databases as tests find them: made once, kept under a name, and found again from that copy."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Engine

from bloc import queries
from bloc.db import Database, open_engine, reading
from bloc.migrations import upgrade
from tests.databases import Rows, database_named, new_database, replace_database
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
    years: dict[str, tuple[str, str]] = field(default_factory=dict)  # what was asked for -> its name, the year's key


def kept(make: Callable[[Database], Year]) -> Any:
    """Return a fixture of the year that ``make`` makes in an empty database: made for the first test, copied for the next.

    ``told`` hears nothing of how it was made.
    """

    @pytest.fixture
    def found(place: Place, base: Database) -> Year:
        return kept_year(place, base, make)

    return found


def kept_with(make: Callable[..., Year]) -> Any:
    """Return a fixture that gives the year that ``make`` makes with what it is given; one of each is kept, as ``kept`` does."""

    @pytest.fixture
    def found(place: Place, base: Database) -> Callable[..., Year]:
        return partial(kept_year, place, base, make)

    return found


def kept_year(place: Place, base: Database, make: Callable[..., Year], *args: Any, **how: Any) -> Year:
    """Return the year in ``base``, which is empty: made once, and copied from then on."""
    with reading(base) as session:
        assert not queries.cycles(session), "a test has one such year, and asks for it before anything else"
    asked = repr((make.__module__, make.__qualname__, args, how))
    if asked in place.years:
        name, key = place.years[asked]
        place.renew(name)
    else:
        name, key = f"year {len(place.years)}", make(Database(place.engine), *args, **how).key
        place.keep(name)
        place.years[asked] = name, key
    return Year(base, key)


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


def with_tables(file: Path) -> Engine:
    """Return the engine of a new database in a file that has its tables already: to migrate each takes far longer."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_tables())
    return open_engine(f"sqlite:///{file}")


@cache
def _tables() -> bytes:
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/bloc.db")
        upgrade(engine)
        engine.dispose()
        return Path(folder, "bloc.db").read_bytes()


@contextmanager
def new_place(kind: str, name: str) -> Iterator[str | None]:
    """Make a database of that kind as ``new_database`` does; one of a server has its tables already."""
    with new_database(kind, name, _template() if kind == "postgres" else None) as url:
        yield url


@cache
def _template() -> str:
    made, url = database_named("tables")
    replace_database(made, "template0")
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()  # a database is copied while nobody is connected
    return made


def _with_tables(place: Place) -> Place:
    upgrade(place.engine)
    place.keep(EMPTY)
    return place
