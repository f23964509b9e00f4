from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bloc.language import use
from tests.databases import KINDS
from tests.places import new_place
from tests.replay.playing import SHIPPED, SMALL, YEARS, House, house

AT = date(2024, 12, 6)
ODD = {
    "three-2030": SMALL / "three-year.yaml",
    "two-2030": SMALL / "two-year.yaml",
    "received-2030": SMALL / "received-year.yaml",
    "changing-2030": SMALL / "changing-year.yaml",
    "undated-2030": SMALL / "undated-year.yaml",
}

HERE = Path(__file__).parent
OTHER_YEARS = {"others", "blocs"}  # fixtures


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make soak` what years other than the shipped one do on PostgreSQL."""
    for item in items:
        if item.path.parent == HERE and item.get_closest_marker("postgres") and _is_of_other_years(item):
            item.add_marker("soak")


def _is_of_other_years(item: pytest.Item) -> bool:
    told = item.callspec.params  # type: ignore[attr-defined]
    named = {*item.fixturenames, told.get("fixture")}  # type: ignore[attr-defined]
    return told.get("cycle", SHIPPED.stem) != SHIPPED.stem or bool(OTHER_YEARS & named)


@pytest.fixture(autouse=True)
def english() -> None:
    use("en")


@dataclass(frozen=True)
class Played:
    """A house after its replays, the timeline of each, and how it stood half-way."""

    house: House
    said: dict[str, list[str]]
    halfway: list[tuple[str, int, str]] | None = None


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return on which kind of database is played: where there is a server, on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Iterator[Played]:
    """Return the shipped year, stopped once on 06/12/2024 and then gone on with."""
    use("en")
    with new_place(kind, "year") as url:
        with house(tmp_path_factory.mktemp("year"), url) as home:
            said = home.play(SHIPPED, AT)
            halfway = home.results("hai-phong-2024")
            said += home.play(SHIPPED)
        yield Played(home, {"hai-phong-2024": said}, halfway)
        home.base.engine.dispose()


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Iterator[Played]:
    """Return the other shipped years, replayed one after another in one database."""
    others = {cycle: file for cycle, file in YEARS.items() if file != SHIPPED}
    yield from _played(others, tmp_path_factory.mktemp("others"), kind)


@pytest.fixture(scope="session")
def blocs(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Iterator[Played]:
    """Return the years of odd blocs, replayed one after another in one database."""
    yield from _played(ODD, tmp_path_factory.mktemp("blocs"), kind)


def _played(years: Mapping[str, Path], folder: Path, kind: str) -> Iterator[Played]:
    use("en")
    with new_place(kind, folder.name) as url:
        with house(folder, url) as home:
            said = {cycle: home.play(scenario) for cycle, scenario in years.items()}
        yield Played(home, said)
        home.base.engine.dispose()


@pytest.fixture
def home(tmp_path: Path, kind: str) -> Iterator[House]:
    """Return an empty house, with its mail sink running."""
    with new_place(kind, "home") as url, house(tmp_path / "home", url) as empty:
        yield empty
