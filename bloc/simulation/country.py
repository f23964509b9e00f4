"""The course of the deadline night: the blocs begin, open, remind, and then all sheets come within an hour."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, func, select

from bloc.clock import at
from bloc.db import Database, reading
from bloc.engine.parts import bloc_environment, prefect_environment, sink_part
from bloc.engine.supervisor import Supervisor
from bloc.enums import NoticeState, WakeupKind
from bloc.errors import NotAllowed
from bloc.language import Message, say
from bloc.settings import Settings
from bloc.simulation.hands import NIGHT, Hand, Took
from bloc.simulation.plans import Country
from models import Cycle, Notice, Result

BEGINS = clock(8)  # on the second working day of the year, or so: when the plans are applied
OPENS = clock(7, 6)
REMINDS = clock(8)
EVENING = clock(20)  # when the sheets begin to come
MORNINGS = {"openings": say("activities opened"), "reminders": say("reminders queued")}
NOWHERE = "http://127.0.0.1:1/api"  # no Prefect is told: the simulation starts the runs itself
STARTS = 4.0  # seconds from a wake-up to the first line of the run that it starts
PAUSE = 0.02  # seconds between two looks for a wake-up


@dataclass(frozen=True)
class Step:
    """A line of what came of it: what was done, how much of it, and how long that took."""

    what: Message
    count: int
    seconds: float


@dataclass
class Figures:
    """What the night took."""

    country: Country
    steps: list[Step] = field(default_factory=list)
    peak: float = 0.0  # MiB of the worker that took most, with what it started
    processor: float = 0.0  # seconds of it, of all hands; the database's own are not in it
    runs: int = 0  # aggregation runs
    results: int = 0
    left: int = 0  # notices that were neither sent nor cancelled

    @property
    def per_bloc(self) -> float:
        """Seconds that a bloc took, in all."""
        return sum(step.seconds for step in self.steps) / self.country.blocs


def simulate(base: Database, settings: Settings, country: Country, workers: int, tell: Callable[[Step], None]) -> Figures:
    """Play the night with ``workers`` processes that run flows and as many that receive sheets; ``tell`` hears of each step.

    Raises:
        NotAllowed: the database holds a year: what is simulated is never beside what is real.
    """
    with reading(base) as session:
        if session.exec(select(func.count()).select_from(Cycle)).one():
            raise NotAllowed(say("The database holds years already; a simulation needs one that is empty."))
    with (
        TemporaryDirectory(prefix="bloc-simulation-") as folder,
        _sink(settings, Path(folder)) as environment,
        ExitStack() as stack,
    ):
        night = Night(country, tell, Figures(country))
        night.workers = [stack.enter_context(Hand(environment, night.woken)) for _ in range(workers)]
        night.desks = [stack.enter_context(Hand(environment, night.woken)) for _ in range(workers)]
        night.play()
    with reading(base) as session:
        _count(session, night.figures)
    return night.figures


@dataclass
class Night:
    """The night under way. Worker 0 aggregates, the last one delivers: one run of each at a time, as Prefect holds it."""

    country: Country
    tell: Callable[[Step], None]
    figures: Figures
    workers: list[Hand] = field(default_factory=list)
    desks: list[Hand] = field(default_factory=list)
    awake: dict[str, threading.Event] = field(default_factory=lambda: {kind.value: threading.Event() for kind in WakeupKind})

    def woken(self, kind: str) -> None:
        """Note that there is work of a kind."""
        self.awake[kind].set()

    def play(self) -> None:
        """Play it, step by step."""
        for hand in (*self.workers, *self.desks):
            self._do(hand, "ready" if hand in self.workers else "ready_at_the_desk", at(self.country.deadline))
        deadline = self.country.deadline
        begins = at(date(self.country.year, 1, 2), BEGINS)
        self._together("plans", begins, say("plans applied"))
        self._mornings("openings", self.country.first_opening, self.country.last_opening, OPENS)
        self._mornings("reminders", self.country.last_opening + timedelta(days=1), deadline, REMINDS)
        self._sheets(at(deadline, EVENING))
        self._once(self.workers[0], "aggregation", at(deadline, EVENING) + NIGHT, say("results by the sweep"))
        self._once(self.workers[-1], "delivery", at(deadline, EVENING) + NIGHT, say("mails left, sent"))

    def _once(self, hand: Hand, job: str, as_of: datetime, what: Message) -> Took:
        took = self._do(hand, job, as_of)
        self._note(what, took.count, took.seconds)
        return took

    def _mornings(self, job: str, first: date, last: date, when: clock) -> None:
        """Have a job done every morning, and then the delivery, as the days' schedules do."""
        count, sent = 0, 0
        seconds, sending = 0.0, 0.0
        for days in range((last - first).days + 1):
            as_of = at(first + timedelta(days=days), when)
            took, mails = self._do(self.workers[0], job, as_of), self._do(self.workers[-1], "delivery", as_of)
            count, seconds, sent, sending = (
                count + took.count,
                seconds + took.seconds,
                sent + mails.count,
                sending + mails.seconds,
            )
        self._note(MORNINGS[job], count, seconds)
        self._note(say("mails of these sent"), sent, sending)

    def _do(self, hand: Hand, job: str, as_of: datetime, number: int = 0) -> Took:
        country = self.country
        took = hand.do(
            job, as_of=as_of.isoformat(), blocs=country.blocs, year=country.year, seed=country.seed, hand=number,
            hands=len(self.desks),
        )  # fmt: skip
        if not job.startswith("ready"):
            self.figures.processor += took.processor
        if hand in self.workers:
            self.figures.peak = max(self.figures.peak, took.peak)
        return took

    def _together(self, job: str, as_of: datetime, what: Message) -> list[Took]:
        """Have all desks do a share each, at once."""
        start = time.perf_counter()
        with ThreadPoolExecutor(len(self.desks)) as threads:
            found = list(threads.map(lambda n: self._do(self.desks[n], job, as_of, n), range(len(self.desks))))
        self._note(what, sum(took.count for took in found), time.perf_counter() - start)
        return found

    def _sheets(self, start: datetime) -> None:
        """Let the sheets come, while the workers do what they are woken for."""
        over, ways = threading.Event(), {"aggregation": self.workers[0]}
        if len(self.workers) > 1:  # one alone delivers afterwards
            ways["delivery"] = self.workers[-1]
        with ThreadPoolExecutor(len(ways)) as threads:
            watching = {job: threads.submit(self._whenever_woken, hand, job, start + NIGHT, over) for job, hand in ways.items()}
            try:
                desks = self._together("sheets", start, say("score sheets received"))
            finally:
                over.set()
        runs = {job: watch.result() for job, watch in watching.items()}
        spent = sum(desk.own_seconds for desk in desks)
        self.tell(Step(say("  of that at the desk, in processor or waiting"), sum(desk.count for desk in desks), spent))
        for job, what in (("aggregation", say("  results meanwhile")), ("delivery", say("  mails meanwhile"))):
            self.tell(
                Step(what, sum(took.count for took in runs.get(job, ())), sum(took.seconds for took in runs.get(job, ())))
            )
        self.figures.runs = len(runs["aggregation"])

    def _whenever_woken(self, hand: Hand, job: str, as_of: datetime, over: threading.Event) -> list[Took]:
        runs = []
        while not over.is_set() or self.awake[job].is_set():
            if self.awake[job].wait(PAUSE):
                over.wait(STARTS)
                self.awake[job].clear()
                runs.append(self._do(hand, job, as_of))
        return runs

    def _note(self, what: Message, count: int, seconds: float) -> None:
        step = Step(what, count, seconds)
        self.figures.steps.append(step)
        self.tell(step)


def _count(session: Session, figures: Figures) -> None:
    figures.results = session.exec(select(func.count()).select_from(Result)).one()
    queued = select(func.count()).select_from(Notice).where(Notice.state == NoticeState.QUEUED)
    figures.left = session.exec(queued).one()


@contextmanager
def _sink(settings: Settings, folder: Path) -> Iterator[dict[str, str]]:
    """Run a mail sink of the simulation's own; give the environment of processes that know no other mail server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mine = Settings(
        home=folder, database_url=settings.database, language=settings.language, sink_port=port, prefect_api_url=NOWHERE,
        smtp_connections=settings.smtp_connections, _env_file=None,
    )  # fmt: skip
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BLOC_")}
    root = sink_part(mine).env
    with Supervisor(lambda message: None) as supervisor:
        supervisor.start(sink_part(mine))
        yield inherited | prefect_environment(mine) | bloc_environment(mine) | dict(root)
