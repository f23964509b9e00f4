"""Two at the same moment, through the portal: what may happen once happens once."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from fastapi import Response

from bloc.actions import signing_in
from bloc.actions.sessions import Browser
from bloc.db import unit_of_work
from bloc.enums import AggregationState, Stage
from bloc.portal import cookies
from bloc.portal.app import create_app
from bloc.settings import Settings
from models import Aggregation, SignedIn
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


@pytest.fixture
def asked(site):
    """Return the secrets of a wish to sign in, and two windows of the browser that asked for it."""
    with unit_of_work(site.year.base) as work:
        wish = signing_in.ask(work, site.portal.key, "u2@b.example.vn", Browser("192.0.2.7"), "/seats", site.clock())
    response, windows = Response(), (site.visitor(), site.visitor())
    cookies.write(response, site.portal, cookies.WISH, f"{wish.wish}/seats")
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    for window in windows:
        window.client.cookies.set(name, value)
    return wish, windows


@pytest.mark.parametrize(
    ("path", "secret", "status", "said"),
    [
        ("/sign-in/code", "code", 422, "This is not the code, or it is good no more."),
        ("/sign-in/link", "token", 410, "This link is good no more: it was used, or it is too old."),
    ],
    ids=["by the code", "by the link"],
)
def test_of_two_who_sign_in_with_the_same_mail_at_once_one_is_let_in_and_the_other_told(
    site, asked, path, secret, status, said
):
    wish, windows = asked
    start, forms = Barrier(2), [{"csrf": window.csrf, secret: getattr(wish, secret)} for window in windows]

    def sign_in(window, form):
        start.wait(20)
        return window.client.post(path, data=form)

    with ThreadPoolExecutor(2) as pool:
        let_in, turned_away = sorted(pool.map(sign_in, windows, forms), key=lambda answer: answer.status_code)

    assert (let_in.status_code, let_in.headers["location"]) == (303, "/seats")
    assert (turned_away.status_code, said in turned_away.text) == (status, True)
    assert "bloc-session" not in turned_away.cookies
    assert len(site.rows(SignedIn)) == 1
