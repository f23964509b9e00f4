"""A portal with two blocs in it, and people who look at it: without a browser, and (``served``) for one."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI, Response
from sqlalchemy import Engine
from sqlmodel import Session, select
from starlette.testclient import TestClient

from bloc.actions.city import grant
from bloc.actions.heartbeats import beat
from bloc.actions.incoming import Desk, Raw, take
from bloc.actions.sessions import Browser, begin
from bloc.db import Database, open_engine, unit_of_work
from bloc.engine.sink import Sink, messages
from bloc.enums import ResponseKind, Stage
from bloc.language import use
from bloc.portal import cookies
from bloc.portal.app import create_app
from bloc.portal.door import Portal
from bloc.settings import Settings
from models import Contact
from tests.engine.waiting import free_port
from tests.factories import Year, cycle_of, on, plan, plan_data, report
from tests.places import with_tables

NOW = "2030-12-04 09:00"
OWN, OTHER, DEPUTY = "u3@b.example.vn", "u4@b.example.vn", "u2@b.example.vn"
HEAD, SECRETARY, FOREIGN = "head3@b.example.vn", "secretary@b.example.vn", "secretary@c.example.vn"
CITY = "city@example.vn"
SHEET_NAME = "Bảng mật.xlsx"
NOBODY = "http://127.0.0.1:1/api"


@dataclass
class Clock:
    """A wall clock that stands until a test moves it on."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **how_long: float) -> None:
        self.moment += timedelta(**how_long)


@dataclass
class Visitor:
    """Somebody's browser, without a screen. Forms are sent as its pages would."""

    client: TestClient
    tokens: dict[str | None, str] = field(default_factory=dict)  # what forms carry, by the word that they are bound to

    def get(self, path: str, **how: Any) -> Any:
        return self.client.get(path, **how)

    def post(self, path: str, fields: dict[str, str] | None = None, **how: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **(fields or {})}, **how)

    @property
    def csrf(self) -> str:
        bound = self._bound()
        if bound not in self.tokens:
            found = re.search(r'name="csrf" value="(\w+)"', self.client.get("/nowhere").text)
            assert found is not None
            bound = self._bound()
            self.tokens[bound] = found[1]
        return self.tokens[bound]

    def _bound(self) -> str | None:
        return next((each.value for each in self.client.cookies.jar if each.name.endswith(cookies.VISITOR)), None)


@dataclass
class Site:
    """A portal, the year in it that is looked at (of four units, in December), and another bloc's."""

    app: FastAPI
    year: Year
    other: Year
    clock: Clock
    mail: Path
    opened: list[TestClient] = field(default_factory=list)

    @property
    def portal(self) -> Portal:
        portal: Portal = self.app.state.portal
        return portal

    def visitor(self, address: str | None = None, *, language: str = "en") -> Visitor:
        """Return a browser, signed in as ``address``, if one is given, without a mail."""
        client = TestClient(self.app, base_url=self.portal.settings.portal, follow_redirects=False)
        self.opened.append(client)
        response = Response()
        cookies.write(response, self.portal, cookies.LANGUAGE, language)
        if address:
            cookies.write(response, self.portal, cookies.SESSION, self._session(address))
        for line in response.headers.getlist("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            client.cookies.set(name, value)
        return Visitor(client)

    def _session(self, address: str) -> str:
        with unit_of_work(self.year.base) as work:
            contact = work.session.exec(select(Contact).where(Contact.email == address)).one()
            return begin(work, self.portal.key, contact.id, Browser("192.0.2.7", "Test"), self.clock())

    def mails(self) -> list[EmailMessage]:
        """Return the mails that were sent, in the order of their arrival."""
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in messages(self.mail)]  # type: ignore[misc]

    def rows(self, table: type[Any]) -> list[Any]:
        with Session(self.year.base.engine) as session:
            return list(session.exec(select(table)))


@pytest.fixture(autouse=True)
def _pages_are_english() -> None:
    use("en")


@pytest.fixture(scope="session", autouse=True)
def _one_loop() -> Iterator[None]:
    """Let all clients share a thread and its loop: to start them for each request takes longer than most answers."""
    with start_blocking_portal() as portal:
        TestClient.portal = portal
        yield
        TestClient.portal = None


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a database with the years of two blocs, one of four units whose sheets are asked for."""
    file = tmp_path_factory.mktemp("portal") / "played.db"
    engine = with_tables(file)
    base = Database(engine)
    contacts = [*plan_data(4)["contacts"], {"unit": "u3", "role": "head", "name": "Giám đốc 3", "email": HEAD}]
    year, other = cycle_of(base, plan(4, contacts=contacts)), cycle_of(base, plan(3, "c"))
    for each in (year, other):
        _play(each)
    year.deposit("u3", b"no workbook", "2030-11-20 09:00", "sheets", SHEET_NAME)
    with year.open() as (work, _):
        grant(work, CITY, "Ban Thi đua", "vi", on(NOW))
        beat(work.session, on(NOW))  # as if the sweep had just run
    engine.dispose()
    return file


def _play(year: Year) -> None:
    year.advance(Stage.SIGNING, "2030-02-11 08:00")
    for unit, _ in year.units():
        year.respond(unit, "opinions", ResponseKind.AGREED, "2030-02-12 08:00")
    year.advance(Stage.SIGNING, "2030-02-18 08:00")
    for unit, _ in year.units():
        year.sign(unit)
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.deposit("u3", report(), "2030-05-20 09:00")
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")


@contextmanager
def _copied(played: Path) -> Iterator[Engine]:
    """Open a copy of a database, by an engine whose copy was closed: it has compiled most of what a portal will ask."""
    engine = AT_REST.pop() if AT_REST else open_engine(f"sqlite:///{mkdtemp()}/bloc.db")
    file = Path(str(engine.url.database))
    for left in file.parent.iterdir():
        left.unlink()
    file.write_bytes(played.read_bytes())
    try:
        yield engine
    finally:
        engine.dispose()
        AT_REST.append(engine)


AT_REST: list[Engine] = []


@contextmanager
def opened(played: Path, home: Path, *, demo: bool = False, **settings: Any) -> Iterator[Site]:
    """Open a portal on a copy of the played years, with a mail server."""
    with _copied(played) as engine:
        yield from _opened(engine, home, demo=demo, **settings)


def _opened(engine: Engine, home: Path, *, demo: bool, **settings: Any) -> Iterator[Site]:
    (home / "mail").mkdir()
    port, url = free_port(), engine.url.render_as_string(hide_password=False)
    usual = {"upload_limit": 300_000, "prefect_api_url": NOBODY, "database_url": url}
    configured = Settings(_env_file=None, home=home, sink_port=port, **{**usual, **settings})
    base, clock = Database(engine), Clock(on(NOW))
    server = Controller(Sink(home / "mail"), hostname="127.0.0.1", port=port, server_hostname="localhost")
    server.start()
    site = Site(
        create_app(configured, base, demo=demo, wall=clock), Year(base, "b-2030"), Year(base, "c-2030"), clock, home / "mail"
    )
    try:
        yield site
    finally:
        for client in site.opened:
            client.close()
        server.stop()


@pytest.fixture
def site(played: Path, tmp_path: Path) -> Iterator[Site]:
    with opened(played, tmp_path) as site:
        yield site


@pytest.fixture
def opening(played: Path, tmp_path: Path) -> Callable[..., Any]:
    """Return what opens a portal with settings of a test's own."""
    return lambda **settings: opened(played, tmp_path, **settings)


def held(site: Site, *attached: tuple[str, bytes]) -> str:
    """Let a mail of u3 come in that a person has to decide about; return what it is called. By default it brings a report."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = OWN, "bloc@example.vn", "Báo cáo kèm theo"
    mail.set_content("Kính gửi báo cáo.")
    for name, content in attached or [("Báo cáo.docx", report("Khác"))]:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    data = mail.as_bytes()
    with site.year.open() as (work, cycle):
        return take(Desk(work, [cycle], site.portal.settings, on(NOW)), Raw(data, on(NOW), len(data))).sha256
