from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bloc.language import use
from tests.replay.playing import SHIPPED, SMALL, YEARS, House, house

AT = date(2024, 12, 6)
ODD = {
    "three-2030": SMALL / "three-year.yaml",
    "two-2030": SMALL / "two-year.yaml",
    "received-2030": SMALL / "received-year.yaml",
    "changing-2030": SMALL / "changing-year.yaml",
    "undated-2030": SMALL / "undated-year.yaml",
}


@pytest.fixture(autouse=True)
def english() -> None:
    use("en")


@dataclass(frozen=True)
class Played:
    """A house after its replays, the timeline of each, and how it stood half-way."""

    house: House
    said: dict[str, list[str]]
    halfway: list[tuple[str, int, str]] | None = None


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return the shipped year, stopped once on 06/12/2024 and then gone on with."""
    use("en")
    with house(tmp_path_factory.mktemp("year")) as home:
        said = home.play(SHIPPED, AT)
        halfway = home.results("hai-phong-2024")
        said += home.play(SHIPPED)
    return Played(home, {"hai-phong-2024": said}, halfway)


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return the other shipped years, replayed one after another in one database."""
    use("en")
    with house(tmp_path_factory.mktemp("others")) as home:
        return Played(home, {cycle: home.play(file) for cycle, file in YEARS.items() if file != SHIPPED})


@pytest.fixture(scope="session")
def blocs(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return the years of odd blocs, replayed one after another in one database."""
    use("en")
    with house(tmp_path_factory.mktemp("blocs")) as home:
        return Played(home, {cycle: home.play(scenario) for cycle, scenario in ODD.items()})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """Return an empty house, with its mail sink running."""
    with house(tmp_path / "home") as empty:
        yield empty
