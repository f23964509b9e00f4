"""Write docs/images/portal-*.png anew: pages of the portal with the shipped year in it, stopped with two score sheets missing.

    .venv/bin/python docs/portal_pictures.py

Needs Chromium. The year is replayed through the actions; the result's picture is of the same year at its end.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser  # noqa: E402 - the browser and the replay are the tests', which are no package that is installed

from tests.factories import Year  # noqa: E402
from tests.portal.browsing import DESKTOP, PHONE, chromium, served  # noqa: E402
from tests.portal.conftest import Site  # noqa: E402
from tests.portal.tour import as_person, kept  # noqa: E402
from tests.replay.playing import SHIPPED, house  # noqa: E402

YEAR, STOPS = SHIPPED.stem, date(2024, 12, 6)
SECRETARY, UNIT = "giup-viec.heza@example.vn", "dau-moi.dv5@example.vn"


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it; of what is longer only the first ``height`` pixels."""

    name: str
    address: str
    path: str
    height: int
    viewport: dict[str, int]
    dark: bool = False


PICTURES = {
    STOPS: (
        Picture("desk", SECRETARY, f"/years/{YEAR}/desk", 1500, DESKTOP),
        Picture("blocks", SECRETARY, f"/years/{YEAR}/arrivals", 850, DESKTOP),
        Picture("unit", UNIT, f"/years/{YEAR}/units/dv5", 1100, DESKTOP),
        Picture("sheet", UNIT, "/obligations/{sheet}/sheet", 1100, DESKTOP),
        Picture("phone", UNIT, f"/years/{YEAR}/units/dv5", 800, PHONE, dark=True),
    ),
    None: (Picture("result", SECRETARY, f"/years/{YEAR}/result", 1700, DESKTOP),),
}


def main() -> None:
    """Replay, and photograph."""
    with tempfile.TemporaryDirectory() as folder:
        files = list(_replayed(Path(folder)))
        with chromium() as browser:
            for file, pictures in zip(files, PICTURES.values(), strict=True):
                with served(file, file.parent) as site:
                    for picture in pictures:
                        _take(browser, site, picture)


def _replayed(folder: Path) -> Iterator[Path]:
    """Yield the database as it stands at each stop."""
    with house(folder / "home") as home:
        for until in PICTURES:
            home.play(SHIPPED, until)
            (folder / f"until-{until}").mkdir()
            yield kept(home.base, folder / f"until-{until}" / "year.db")


def _take(browser: Browser, site: Site, picture: Picture) -> None:
    sheet = Year(site.year.base, YEAR).obligation("dv5", "year-end-sheets").id
    target = ROOT / "docs" / "images" / f"portal-{picture.name}.png"
    with as_person(browser, site, picture.address, {**picture.viewport, "height": picture.height}) as shown:
        shown.page.emulate_media(color_scheme="dark" if picture.dark else "light")
        shown.open(picture.path.format(sheet=sheet))
        shown.page.screenshot(path=target)
    print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
