import socket
from pathlib import Path

import pytest

from bloc.errors import PortTaken
from bloc.portal.app import serve
from bloc.settings import Settings
from tests.factories import on
from tests.portal.conftest import OWN, SECRETARY


def test_health_says_to_machines_what_is_wrong(site):
    tidy = {"wrong": [], "well": True}
    site.clock.moment = on("2030-01-02 08:30")  # before anything was due
    before = site.visitor().get("/healthz")

    site.clock.moment = on("2030-12-05 09:00")
    after = site.visitor(language="en").get("/healthz")

    assert (before.status_code, before.json()) == (200, tidy)
    assert (after.status_code, after.json()["well"]) == (503, False)
    assert [wrong.split(".")[0] for wrong in after.json()["wrong"]] == [
        "The sweep has not run since 9:00 on Wednesday 04/12/2030: no reminder goes out and no result is made",
        "24 mails wait for the mail server longer than they should",
    ]


def test_a_database_that_does_not_answer_is_told_to_machines_too(site):
    monitor, engine = site.visitor(), site.portal.base.engine
    engine.dispose()
    Path(engine.url.database).write_bytes(b"no database" * 1000)

    answer = monitor.get("/healthz")

    assert (answer.status_code, answer.json()) == (503, {"well": False, "wrong": ["The database does not answer."]})


def test_a_port_that_is_taken_is_told_in_words(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=f"needs port {port}"):
            serve(Settings(_env_file=None, home=tmp_path, portal_port=port))


def test_who_steers_a_live_year_is_told_on_every_page_that_the_service_does_not_run(site):
    said, later = "The service has not run since 9:00 on Wednesday 04/12/2030", on("2030-12-05 09:00")
    pages = {SECRETARY: "/years/b-2030/desk", OWN: "/years/b-2030/units/u3"}
    visitors = {address: site.visitor(address, language="en") for address in pages}
    before = [said in visitors[address].get(path).text for address, path in pages.items()]

    site.clock.moment = later
    silent = [said in visitors[address].get(path).text for address, path in pages.items()]

    assert (before, silent) == ([False, False], [True, False])


def test_the_operator_alone_sees_how_the_installation_is(opening):
    with opening(operator=SECRETARY) as site:
        shown, refused = site.visitor(SECRETARY).get("/installation"), site.visitor(OWN).get("/installation")

    assert (shown.status_code, refused.status_code) == (200, 404)
    assert "waiting to be sent" in shown.text
