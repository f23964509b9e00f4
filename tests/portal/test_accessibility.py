"""Every page of the shipped year, light and dark, in December and at the year's end: WCAG 2.2 AA, by axe-core."""

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import Year
from tests.portal.browsing import CHROMIUM, DESKTOP, chromium, served
from tests.portal.tour import Guide, as_person, kept
from tests.replay.playing import SHIPPED, house

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

YEAR = SHIPPED.stem
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# When, and which of the pages: at the end of the year the others are as they were.
STOPS = {"two sheets are missing": (date(2024, 12, 6), ""), "the result is published": (None, "desk|result|units/[^/]*$")}
PEOPLE = {
    "nobody yet": None,
    "the secretary": "giup-viec.heza@example.vn",
    "a unit whose sheet is missing": "dau-moi.dv5@example.vn",
    "a unit one of whose sheets was refused": "dau-moi.dv6@example.vn",
    "the deputy leader's": "dau-moi.nnptnt@example.vn",
    "a head": "thu-truong.dv3@example.vn",
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # all that a dark page may break beside a light one
MAINLY = {  # in `make test` those whose pages are the most; the others in `make soak`
    ("two sheets are missing", "a unit whose sheet is missing"),
    ("the result is published", "the secretary"),
}
LOOKS = [
    pytest.param(stop, person, id=f"{stop}: {person}", marks=[] if (stop, person) in MAINLY else pytest.mark.soak)
    for stop in STOPS
    for person in PEOPLE
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the database of the shipped year as it stands at each stop."""
    folder, made = tmp_path_factory.mktemp("stops"), {}
    with house(folder / "home") as home:
        for name, (until, _) in STOPS.items():
            home.play(SHIPPED, until)
            made[name] = kept(home.base, folder / f"{len(made)}.db")
    return made


@pytest.fixture(scope="module")
def browser(files):
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(request, files, browser, tmp_path_factory):
    with served(files[request.param], tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def seen(request):
    """Return which pages are looked at."""
    return re.compile(STOPS[request.node.callspec.params["site"]][1])


@pytest.mark.parametrize(("site", "person"), LOOKS, indirect=["site"], scope="module")
def test_no_page_breaks_a_rule_of_accessibility_or_complains(site, seen, browser, person):
    paths = [path for path in Guide(Year(site.year.base, YEAR), PEOPLE[person]) if seen.search(path)]

    with as_person(browser, site, PEOPLE[person], DESKTOP) as shown:
        found = {path: broken(shown, path) for path in paths}

    assert {path: rules for path, rules in found.items() if rules} == {}
    assert shown.complaints == []


def broken(shown, path: str) -> list[str]:
    """Return the rules that a page breaks, with the place of the first that does."""
    said = []
    shown.open(path)
    for scheme, rules in (("light", RULES), ("dark", CONTRAST)):
        shown.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # or colours are caught half-way
        violations = Axe().run(shown.page, options=rules).response["violations"]
        said += [f"{scheme}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    return said
