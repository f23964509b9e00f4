"""A process that takes part in a simulation: it reads jobs, a line each, does them, and answers with what they took.

``python -m bloc.simulation.hands`` is one; ``Hand`` is the other end of its pipes. A job is the name of a function here and
its arguments. A wake-up is passed on at once, as a line of its own, for it is what starts a run.
"""

import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Self

from sqlmodel import col, select

from bloc import due, queries
from bloc.actions.deposits import Incoming, receive_deposit
from bloc.actions.plans import apply_plan
from bloc.actions.reading import form_of
from bloc.actions.wakeups import rest
from bloc.db import Database, Wake, open_engine, unit_of_work
from bloc.engine.leash import on_leash
from bloc.enums import ActivityKind, Stage, WakeupKind
from bloc.errors import PartFailed
from bloc.language import say
from bloc.settings import Settings
from bloc.sheets.apart import read_apart
from bloc.sheets.write import make_sheet
from bloc.simulation.plans import Country, points_of
from models import Cycle

NIGHT = timedelta(hours=1)  # within which all sheets come
_said = Lock()


@dataclass(frozen=True)
class Took:
    """What a job did: how much, in how many seconds, and the most memory of its process and those it started (MiB)."""

    count: int
    seconds: float
    peak: float
    processor: float  # seconds of it, with those of the processes that it started and that have ended
    own_seconds: float = 0.0  # of these, what is measured by itself: the deposits, without the units' own work


class Hand:
    """Another process, and the pipes to it."""

    def __init__(self, environment: dict[str, str], woken: Callable[[str], None]) -> None:
        """Start it; ``woken`` is called with the kind of each wake-up."""
        command = on_leash((sys.executable, "-m", __name__))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, start_new_session=True
        )
        self._woken = woken

    def do(self, job: str, **arguments: Any) -> Took:
        """Have a job done and return what it took; a wake-up meanwhile is passed on.

        Raises:
            PartFailed: the process has died; it said why on stderr.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"job": job, **arguments}) + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                said = json.loads(line)
                if "wake" not in said:
                    return Took(**said)
                self._woken(said["wake"])
        raise PartFailed(
            say("A process of the simulation has died at {job} (status {code}).", job=job, code=self._process.wait())
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.terminate()


def _country(given: dict[str, Any]) -> Country:
    return Country(given["blocs"], given["year"], given["seed"])


def _base() -> Database:
    def tell(wake: Wake) -> None:
        _say({"wake": wake.kind.value})

    return Database(open_engine(Settings().database), tell)


def ready(_base: Database, _given: dict[str, Any]) -> int:
    """Bring in what a run of a flow does, which is not of the night."""
    import flows.delivery
    import flows.reminders
    import flows.stage

    return len((flows.delivery.__name__, flows.reminders.__name__, flows.stage.__name__))


def ready_at_the_desk(_base: Database, given: dict[str, Any]) -> int:
    """Have the reader of sheets come up, and the templates read."""
    country = _country(given)
    plan = country.plan(0)
    form = form_of(plan, plan, plan.units[0].code)
    return len(read_apart(make_sheet(form, points_of(form, country.seed)), form).points)


def plans(base: Database, given: dict[str, Any]) -> int:
    """Begin the years of the blocs that fall to this process."""
    numbers = range(given["hand"], given["blocs"], given["hands"])
    for number in numbers:
        with unit_of_work(base, "Chuyên viên giúp việc") as work:
            apply_plan(work, _country(given).plan(number), datetime.fromisoformat(given["as_of"]))
    return len(numbers)


def openings(_base: Database, given: dict[str, Any]) -> int:
    """Open what the plans open, as the stage's flow does every morning."""
    from flows.stage import advance  # with prefect: workers pay for it, desks do not

    return asyncio.run(advance(Stage.YEAR_END, None, datetime.fromisoformat(given["as_of"]), dry_run=False))


def reminders(_base: Database, given: dict[str, Any]) -> int:
    """Queue what is owed, as the reminders' flow does every morning."""
    from flows.door import over_cycles
    from flows.reminders import queue_owed

    return over_cycles(queue_owed, due.reminders, None, datetime.fromisoformat(given["as_of"]))


def delivery(base: Database, given: dict[str, Any]) -> int:
    """Send what is queued, as the delivery's flow does."""
    from flows.delivery import send_all

    return asyncio.run(send_all(base, None, datetime.fromisoformat(given["as_of"])))


def aggregation(base: Database, given: dict[str, Any]) -> int:
    """Aggregate in every bloc in which that is due, as one run of the aggregation's flow does, and as of a moment."""
    from flows.aggregation import aggregate
    from flows.door import apart, due_in

    as_of, done = datetime.fromisoformat(given["as_of"]), 0
    with unit_of_work(base) as work:
        rest(work.session, WakeupKind.AGGREGATION)
    while cycles := due_in(base, due.aggregations, as_of):
        done += apart(base, cycles, aggregate, as_of)
    return done


def sheets(base: Database, given: dict[str, Any]) -> tuple[int, float]:
    """Send in the score sheets that fall to this process, spread over the night; return how many, and the desk's seconds."""
    country, start = _country(given), datetime.fromisoformat(given["as_of"])
    mine, spent = list(country.arrivals(given["hand"], given["hands"])), 0.0
    for done, (number, place) in enumerate(mine):
        with unit_of_work(base) as work:
            cycle = _cycle(work.session, country, number)
        plan = queries.plan_of(cycle)
        form = form_of(plan, cycle, plan.units[place].code)
        data, began = make_sheet(form, points_of(form, country.seed)), time.perf_counter()
        activity = next(each.code for each in plan.activities if each.kind is ActivityKind.SCORE_SHEETS)
        incoming = Incoming(form.unit, activity, f"bang-cham-diem-{form.unit}.xlsx", data)
        with unit_of_work(base, plan.units[place].name) as work:
            receive_deposit(work, cycle, incoming, now=start + NIGHT * done / len(mine), limit=Settings().upload_limit)
        spent += time.perf_counter() - began
    return len(mine), spent


def _cycle(session: Any, country: Country, number: int) -> Cycle:
    found: Cycle = session.exec(select(Cycle).where(col(Cycle.key) == country.key(number))).one()
    return found


JOBS: dict[str, Callable[[Database, dict[str, Any]], Any]] = {
    job.__name__: job for job in (ready, ready_at_the_desk, plans, openings, reminders, delivery, aggregation, sheets)
}


def _say(what: dict[str, Any]) -> None:
    with _said:
        print(json.dumps(what), flush=True)


def _peak() -> float:
    mine, theirs = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (mine + theirs) / 1024


def _processor() -> float:
    return sum(os.times()[:4])


def main() -> None:
    """Do jobs until the other end closes the pipe."""
    logging.disable(logging.INFO)
    base = _base()
    for line in sys.stdin:
        given = json.loads(line)
        start, busy = time.perf_counter(), _processor()
        found = JOBS[given["job"]](base, given)
        count, own = found if isinstance(found, tuple) else (found, 0.0)
        _say(asdict(Took(count, time.perf_counter() - start, _peak(), _processor() - busy, own)))


if __name__ == "__main__":
    main()
