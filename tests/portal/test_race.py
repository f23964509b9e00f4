"""Two units send the two last score sheets at the same moment, through the portal."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bloc.enums import AggregationState, Stage
from bloc.portal.app import create_app
from bloc.settings import Settings
from models import Aggregation
from tests.factories import cycle_of, on, plan, sheet
from tests.portal.conftest import Clock, Site


@pytest.fixture
def site(base, tmp_path):
    """Return a portal in which the sheets of two of three units are missing; on each kind of database."""
    year = cycle_of(base, plan())
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    year.send_sheet("u1", "2030-12-03 09:00")
    clock = Clock(on("2030-12-04 09:00"))
    site = Site(create_app(Settings(_env_file=None, home=tmp_path), base, wall=clock), year, year, clock, tmp_path)
    yield site
    for client in site.opened:
        client.close()


def test_of_two_last_sheets_at_once_each_has_its_receipt_and_one_aggregation_is_claimed(site):
    start, visitors = Barrier(2), {unit: site.visitor(f"{unit}@b.example.vn") for unit in ("u2", "u3")}
    forms = {unit: {"csrf": visitor.csrf} for unit, visitor in visitors.items()}

    def send(unit):
        path, file = f"/obligations/{site.year.obligation(unit, 'sheets').id}/file", sheet(site.year.cycle, unit)
        start.wait(20)
        return visitors[unit].client.post(path, data=forms[unit], files={"file": ("bang.xlsx", file)}, follow_redirects=True)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, visitors))

    assert sorted(re.search(r"Receipt number\D+(\d+)", answer.text)[1] for answer in answers) == ["2", "3"]
    assert [row.state for row in site.year.rows(Aggregation)] == [AggregationState.DUE]
