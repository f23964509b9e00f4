"""The sweep notes that it ran and tells an address outside; nothing of that holds it up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from bloc import clock
from bloc.db import Database, unit_of_work
from bloc.enums import CycleMode, NoticeState
from bloc.queries import cycle_by_key
from bloc.settings import Settings
from flows.pings import pinged
from flows.sweep import sweep
from models import Heartbeat, Notice, Result
from tests.factories import cycle_of, on, plan
from tests.flows.conftest import run
from tests.notifications.faults import serving

pytestmark = pytest.mark.process


@pytest.fixture
def pings(monkeypatch) -> Iterator[list[str]]:
    """Return the paths that were fetched from a real server, whose address is in the settings."""
    heard: list[str] = []
    overtaken = threading.Event()

    class Ears(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("/start"):
                overtaken.wait(0.1)  # a start that takes long: what does not wait for it overtakes it
            heard.append(self.path)
            overtaken.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ears) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("BLOC_PING_URL", f"http://127.0.0.1:{server.server_port}/bi-mat-4711")
        yield heard
        server.shutdown()
        thread.join()


def beats(base):
    with Session(base.engine) as session:
        return session.exec(select(Heartbeat.ran_at)).all()


def test_a_sweep_notes_that_it_ran(home):
    before = clock.now()

    run(sweep)

    (ran_at,) = beats(home)
    assert before <= ran_at <= clock.now()


def test_a_sweep_of_one_year_by_hand_is_no_sign_of_life(home, pings):
    cycle_of(home, plan(), mode=CycleMode.REPLAY)

    run(sweep, cycle="b-2030")

    assert (beats(home), pings) == ([], [])


def test_an_address_outside_is_told_of_the_start_and_then_of_the_end(home, pings):
    run(sweep)

    assert pings == ["/bi-mat-4711/start", "/bi-mat-4711"]


def test_an_address_outside_is_told_that_a_sweep_failed_and_yet_it_ran(home, pings):
    for unit, _ in (year := cycle_of(home, plan())).units():
        year.send_sheet(unit, "2030-12-02 09:00")
    with unit_of_work(home) as work:  # as a plan would stand there that a newer version cannot read
        cycle_by_key(work.session, "b-2030").plan = "{}"

    with pytest.raises(ValueError, match="validation error"):
        run(sweep)

    assert pings == ["/bi-mat-4711/start", "/bi-mat-4711/fail"]
    assert len(beats(home)) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/bi-mat", "file:///etc/hostname", "no url"], ids=["nobody", "a file", "none"]
)
def test_an_address_that_does_not_answer_stops_nothing_and_is_not_logged(home, monkeypatch, caplog, url):
    monkeypatch.setenv("BLOC_PING_URL", url)

    assert run(sweep) == 0
    assert caplog.text.count("WARNING") >= 1
    assert url not in caplog.text


def test_an_end_that_comes_at_once_does_not_overtake_the_start(home, pings):
    with pinged(Settings()):
        pass

    assert pings == ["/bi-mat-4711/start", "/bi-mat-4711"]


def test_without_an_address_nobody_is_told(home, monkeypatch):
    monkeypatch.delenv("BLOC_PING_URL", raising=False)

    with pinged(Settings(_env_file=None)):
        pass


def test_a_mailbox_that_does_not_answer_is_logged_and_the_sweep_goes_on(home, monkeypatch, caplog):
    cycle_of(home, plan(), "2024-01-02 08:00")
    monkeypatch.setenv("BLOC_IMAP_HOST", "127.0.0.1")
    monkeypatch.setenv("BLOC_IMAP_PORT", "1")

    assert run(sweep) == 0
    assert "The mailbox (BLOC_IMAP_HOST) cannot be read" in caplog.text
    assert len(beats(home)) == 1


@contextmanager
def without(base: Database, table: str) -> Iterator[None]:
    """Let the database be without a table."""
    change = "ALTER TABLE {} RENAME TO {}"
    with base.engine.begin() as line:
        line.execute(text(change.format(table, f"{table}_away")))
    try:
        yield
    finally:
        with base.engine.begin() as line:
            line.execute(text(change.format(f"{table}_away", table)))


def test_trouble_of_the_database_with_mail_that_comes_in_holds_up_neither_results_nor_mail(home, monkeypatch, free_tcp_port):
    year = cycle_of(home, plan())
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00")
    run(sweep)  # after it nobody asks for how long it was silent
    monkeypatch.setenv("BLOC_IMAP_HOST", "127.0.0.1")
    monkeypatch.setenv("BLOC_SINK_PORT", str(free_tcp_port))

    with without(home, "planversion"), serving(free_tcp_port) as server, pytest.raises(DBAPIError):
        run(sweep, as_of=on("2030-12-02 10:00"))

    assert [(result.version, result.sheets) for result in year.rows(Result)] == [(1, 3)]
    assert "secretary@b.example.vn" in {to for to, _ in server.kept}


def test_the_first_sweep_after_a_silence_tells_the_operator(home, monkeypatch):
    cycle_of(home, plan(), "2024-01-02 08:00")
    monkeypatch.setenv("BLOC_OPERATOR", "operator@example.vn")

    for _ in range(2):
        run(sweep)

    with Session(home.engine) as session:
        assert [(row.kind.value, row.state) for row in session.exec(select(Notice))] == [("alarm", NoticeState.QUEUED)]
