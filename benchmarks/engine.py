"""How soon a run begins after the commit that asks for it, and what our flows add to an empty one.

    .venv/bin/python -m benchmarks.engine [--rounds 5]

Two engines side by side, each with a server and a worker of its own on SQLite: ours, as `bloc up` starts it, and one with
Prefect's default settings and an empty flow. From the commit of the last score sheet of a bloc to the first line of its
aggregation, beside from the event to the first line of the empty flow; they take turns, and the median counts. Then the sweep
with nothing due beside an empty async flow, each called in one process. Exit status 1 if a limit of the house is broken.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bloc import clock, events
from bloc.db import Database
from bloc.engine.deploy import FILE
from bloc.engine.parts import Part, bloc_environment, prefect_environment, server_part, worker_part
from bloc.engine.prefect_api import PrefectApi
from bloc.engine.supervisor import Supervisor
from bloc.language import use
from bloc.migrations import ready_database
from bloc.settings import Settings
from tests.engine.test_engine_prefect import TINY, deployed
from tests.engine.waiting import eventually, free_port
from tests.factories import cycle_of, plan, sheet

OURS, OVERHEAD = 0.9, 0.2  # times the default's, at most; seconds that a sweep with nothing due adds, at most
KEPT = ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_SERVER_API", "PREFECT_SERVER_EPHEMERAL", "PREFECT_SERVER_LOGGING")
START = 400.0  # seconds that a part may take to come up, on a machine that others use as well
PATIENCE = 90.0  # seconds that a run may take to begin


def by_default(part: Part) -> Part:
    """Return a part of Prefect with no settings but where it is."""
    bare = {name: value for name, value in part.env.items() if not name.startswith("PREFECT") or name.startswith(KEPT)}
    return replace(part, env=bare)


def settings_in(folder: Path) -> Settings:
    """Return the settings of an engine in a folder of its own."""
    folder.mkdir()
    return Settings(home=folder, prefect_port=free_port(), sink_port=free_port(), language="en", _env_file=None)


@contextmanager
def engine(settings: Settings, file: Path, as_it_is: Callable[[Part], Part] = lambda part: part) -> Iterator[PrefectApi]:
    """Run a server and a worker, with the flows of ``file``."""
    with Supervisor(lambda message: None) as supervisor:
        supervisor.start(replace(as_it_is(server_part(settings)), patience=START))
        deployed(settings, (version("bloc"), file))
        supervisor.start(replace(as_it_is(worker_part(settings)), patience=START))
        yield PrefectApi.of(settings)


@dataclass(frozen=True)
class Begun:
    """Seconds until a run was made, until a worker took it, until its first line."""

    made: float
    taken: float
    began: float


def first_line(api: PrefectApi, flow: str, known: set[str]) -> Callable[[], str | None]:
    """Return what gives the id of a new run of ``flow`` that has ended, once there is one."""

    def ask() -> str | None:
        runs: list[dict[str, Any]] = api.ask("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}})
        ended = [run["id"] for run in runs if run["id"] not in known and run["state_type"] == "COMPLETED"]
        known.update(ended)
        return min(ended, default=None)

    return ask


def until_it_began(api: PrefectApi, asked: Callable[[], str | None], since: float) -> Begun:
    """Wait for a run; return how many seconds after ``since`` it was made, taken and began."""
    found: list[str] = []

    def began() -> bool:
        run = asked()
        found.extend([run] if run else [])
        return bool(found)

    if not eventually(began, PATIENCE):
        sys.exit("a run did not come")
    states = {each["type"]: each["timestamp"] for each in reversed(api.ask(f"/flow_run_states/?flow_run_id={found[0]}"))}
    return Begun(*(datetime.fromisoformat(states[each]).timestamp() - since for each in ("SCHEDULED", "PENDING", "RUNNING")))


def aggregation(base: Database, api: PrefectApi, number: int, known: set[str]) -> Begun:
    """Return the seconds from the commit of a bloc's last sheet to its aggregation's start."""
    year = cycle_of(base, plan(code=f"bloc{number}"), clock.now())
    now = clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")
    for unit in ("u1", "u2"):
        year.send_sheet(unit, now)
    last, asked = sheet(year.cycle, "u3"), first_line(api, "aggregate-scores", known)
    since = time.time()
    year.deposit("u3", last, now, "sheets", "Bang.xlsx")  # the event goes out within, after the commit
    return until_it_began(api, asked, since)


def empty(api: PrefectApi, number: int, known: set[str]) -> Begun:
    """Return the seconds from an event to the start of an empty flow."""
    asked, since = first_line(api, "answer", known), time.time()
    events.emit(api.url, events.NOTICES_QUEUED, "bloc.wakeup.delivery", number)
    return until_it_began(api, asked, since)


def latency(folder: Path, rounds: int) -> bool:
    """Measure how soon a run begins; return whether ours keeps to the limit."""
    ours, default = settings_in(folder / "ours"), settings_in(folder / "default")
    tiny = folder / "tiny.yaml"
    tiny.write_text(TINY.replace('    schedules: [{slug: every-minute, cron: "* * * * *", timezone: Asia/Ho_Chi_Minh}]\n', ""))
    with engine(ours, FILE) as our_api, engine(default, tiny, by_default) as their_api:
        base, known = ready_database(ours, events.teller(ours)), set[str]()
        taken: dict[str, list[Begun]] = {"ours": [], "default": []}
        for number in range(rounds):
            taken["ours"].append(aggregation(base, our_api, number, known))
            taken["default"].append(empty(their_api, number, known))
        base.engine.dispose()
    medians = {name: statistics.median(each.began for each in runs) for name, runs in taken.items()}
    ratio = medians["ours"] / medians["default"]
    print(f"last sheet to aggregation {medians['ours']:.2f} s, event to an empty flow by default {medians['default']:.2f} s:"
          f" {ratio:.2f} times")  # fmt: skip
    for name, runs in taken.items():
        print(f"  {name}, until made, taken, begun: " + "; ".join(f"{r.made:.1f} {r.taken:.1f} {r.began:.1f}" for r in runs))
    return ratio <= OURS


def overhead(folder: Path, rounds: int) -> bool:
    """Measure what a sweep with nothing due adds to an empty async flow; return whether it keeps to the limit."""
    settings = settings_in(folder / "overhead")
    with Supervisor(lambda message: None) as supervisor:
        supervisor.start(replace(server_part(settings), patience=START))
        os.environ.update(prefect_environment(settings) | bloc_environment(settings))
        from flows.sweep import sweep
        from tests.engine.tiny_flows import tick

        taken: dict[str, list[float]] = {"empty": [], "sweep": []}
        for _ in range(rounds + 1):  # the first of each makes the database, and opens connections
            for name, flow in (("empty", tick), ("sweep", sweep)):
                start = time.perf_counter()
                asyncio.run(flow())
                taken[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(seconds[1:]) for name, seconds in taken.items()}
    added = medians["sweep"] - medians["empty"]
    print(f"an empty async flow {medians['empty']:.3f} s, a sweep with nothing due {medians['sweep']:.3f} s: {added:+.3f} s")
    return added <= OVERHEAD


def main() -> int:
    """Measure all; return the exit status."""
    parser = argparse.ArgumentParser(description="the engine, side by side")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    use("en")
    for name in [each for each in os.environ if each.startswith("PREFECT_")]:
        del os.environ[name]  # each part inherits them, and one is to have Prefect's default settings
    with tempfile.TemporaryDirectory(prefix="bloc-engine-") as folder:
        kept = [latency(Path(folder), rounds), overhead(Path(folder), rounds)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
