"""A replay in this process, with a real mail sink beside it, and what it leaves behind."""

import asyncio
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import inspect, text
from sqlmodel import Session, select

from bloc.actions.results import ranking
from bloc.db import Database
from bloc.engine.parts import sink_part
from bloc.engine.sink import messages
from bloc.engine.supervisor import Supervisor
from bloc.enums import NoticeState
from bloc.migrations import ready_database
from bloc.replay.play import Play
from bloc.replay.scenario import read_scenario
from bloc.replay.stagehands import WithoutPrefect
from bloc.replay.timeline import Timeline
from bloc.settings import Settings, installation
from flows import door
from models import Cycle, Notice, Result
from tests.engine.waiting import free_port
from tests.places import with_tables
from tests.replay.oracle import Mail

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "plans" / "scenarios" / "hai-phong-2024.yaml"
YEARS = {file.stem: file for file in sorted(SHIPPED.parent.glob("*.yaml"))}  # every scenario that is shipped
# Of bytes, which are kept once and for good, their number will do.
WHOLE = {"mail": "id, length(message)", "filechunk": "sha256, position, length(data)"}
SMALL = ROOT / "tests" / "data" / "replay"


@dataclass
class House:
    """An installation: a home folder, a mail sink that takes mail, a database, and what its replays have said."""

    settings: Settings
    base: Database
    said: io.StringIO = field(default_factory=io.StringIO)

    def course(self, scenario: Path, hands: WithoutPrefect | None = None) -> Play:
        """Return a replay of ``scenario`` in this house, to be run."""
        hands = hands or WithoutPrefect()
        timeline = Timeline(Console(file=self.said, width=200))
        return Play(read_scenario(scenario), Database(self.base.engine, hands.hear), self.settings, hands, timeline)

    def play(self, scenario: Path, until: date | None = None, hands: WithoutPrefect | None = None) -> list[str]:
        """Replay ``scenario``, or go on with it, through the day ``until``; return what the timeline said of it."""
        before = len(self.said.getvalue())
        installation.cache_clear()
        asyncio.run(self.course(scenario, hands).run(until))
        return [line.rstrip() for line in self.said.getvalue()[before:].splitlines()]

    def mails(self, cycle: str | None = None) -> Counter[Mail]:
        """Return the notices that lie in the sink, of one cycle or of all."""
        return Counter(mail for together in self.posts(cycle).elements() for mail in together)

    def posts(self, cycle: str | None = None) -> Counter[frozenset[Mail]]:
        """Return the mails that lie in the sink, of one cycle or of all, each with the notices in it."""
        return Counter(frozenset(letter.mails) for letter in self.letters() if cycle in (None, letter.cycle))

    def letters(self) -> list["Letter"]:
        """Return the messages in the sink, in the order of their arrival."""
        return [Letter.of(file) for file in messages(self.settings.mail_folder)]

    def rows(self) -> dict[str, list[Any]]:
        """Return all rows of all tables."""
        with self.base.engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            return {
                table: sorted(map(repr, connection.execute(text(f'SELECT {WHOLE.get(table, "*")} FROM "{table}"'))))
                for table in tables
            }

    def notices(self, state: NoticeState) -> list[str]:
        """Return the identities of the notices in that state."""
        with Session(self.base.engine) as session:
            return sorted(session.exec(select(Notice.identity).where(Notice.state == state)))

    def results(self, cycle: str) -> list[tuple[str, int, str]]:
        """Return the versions of a ranking: state, number of sheets, and lines "unit rank score", "=" before a tied rank."""
        with Session(self.base.engine) as session:
            wanted = select(Result).join(Cycle).where(Cycle.key == cycle).order_by(Result.version)
            return [(each.state.value, each.sheets, _lines(session, each)) for each in session.exec(wanted)]


def _lines(session: Session, result: Result) -> str:
    lines = ranking(session, result)
    return ", ".join(f"{line.unit.code} {'=' * line.standing.tied}{line.standing.rank} {line.score}" for line in lines)


@dataclass(frozen=True)
class Letter:
    """A message as the sink keeps it: of which cycle, when, and which notices are in it."""

    cycle: str
    moment: datetime
    mails: tuple[Mail, ...]

    @classmethod
    @cache  # a file stays as it came
    def of(cls, file: Path) -> "Letter":
        """Return the message in an .eml file."""
        headers = headers_of(file)
        moment: datetime = headers["Date"].datetime
        identities = str(headers["X-Bloc-Notice"]).split()
        mails = tuple(Mail(*mail_named(identity), moment.date()) for identity in identities)
        (cycle,) = {identity.partition("/")[0] for identity in identities}
        assert {mail.to for mail in mails} == {headers["X-Envelope-To"]}
        assert len(set(mails)) == len(mails)
        return cls(cycle, moment, mails)


def headers_of(file: Path) -> Message:
    """Return the headers of an .eml file: what lies below takes longer to read."""
    return BytesHeaderParser(policy=policy.default).parsebytes(file.read_bytes())


def mail_named(identity: str) -> tuple[str, str, str, str, str]:
    """Return which mail a notice is by its identity: to, kind, activity, unit, which."""
    _, *what, to = identity.split("/")
    return to, *_what(what)


def _what(parts: list[str]) -> tuple[str, str, str, str]:
    match parts:
        case [unit, "objection" | "objection-answer" as kind, number]:
            return kind, "", unit, number
        case [unit, str(step), last] if step.startswith("objection-reminder"):
            return "objection-reminder", "", unit, f"{step.removeprefix('objection-reminder')}/{last}"
        case ["result-ready" | "weekly" as kind, which]:
            return kind, "", "", which
        case ["undeliverable", address, since]:
            return "undeliverable", "", "", f"{address}/{since}"
        case [unit, "result" | "objections-open" as kind, version]:
            return kind, "", unit, version
        case ["undeliverable", address, _]:
            return "undeliverable", "", address, ""
        case [activity, unit, step, *rest]:
            kind, days = re.fullmatch(r"([a-z]+(?:-[a-z]+)*)([+-]\d+)?", step).groups(default="")  # type: ignore[union-attr]
            return kind, activity, unit, "/".join(filter(None, [days, *rest]))
    raise AssertionError(parts)


@contextmanager
def house(home: Path, database_url: str | None = None) -> Iterator[House]:
    """Run a mail sink, and point at it and at the database (by default SQLite) all that reads the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("BLOC_DATABASE_URL", raising=False)
        if database_url is not None:
            environment.setenv("BLOC_DATABASE_URL", database_url)
        environment.setenv("BLOC_HOME", str(home))
        environment.setenv("BLOC_SINK_PORT", str(free_port()))
        installation.cache_clear()
        settings = Settings(_env_file=None)
        if database_url is None and not (home / "bloc.db").exists():
            with_tables(home / "bloc.db").dispose()
        base = ready_database(settings)
        with Supervisor(lambda message: None) as supervisor:
            supervisor.start(sink_part(settings))
            yield House(settings, base)
        base.engine.dispose()
        door.database().engine.dispose()  # the flows keep one of their own
    installation.cache_clear()
