"""What the daily runs cost among 10,000 units, beside one bare indexed query, and queueing 10,000 notices, beside the ORM.

    .venv/bin/python -m benchmarks.sweep [--blocs 1200] [--rounds 5]

On SQLite and, with BLOC_TEST_POSTGRES_URL, on PostgreSQL. What is compared is measured in turn, in one run, and the best of the
rounds counts, so that a busy machine slows all alike. Exit status 1 if a ratio of the house is broken, or if a table is read
from end to end to find that nothing is due.

The blocs are copies of three that were made through the actions; each unit owes six reports, all open, and was invited to send
each of them (benchmarks/blocs.py). Settings and engine are opened once; a run of a flow opens them, too, and that is not in it.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event, text, update
from sqlmodel import Session, col, select

from benchmarks.blocs import fill
from bloc import due
from bloc.db import Database, Work, open_engine, reading, unit_of_work
from bloc.enums import NoticeKind, ObligationState, Stage
from bloc.migrations import upgrade
from flows.door import Due, apart, due_in
from flows.reminders import queue_owed
from models import Cycle, Notice, Obligation
from notifications import ledger
from notifications.claims import Scope, tidy
from notifications.messages import Draft
from tests.databases import POSTGRES, database_named, replace_database
from tests.factories import on

QUIET = on("2030-02-20 12:00")  # no step, no digest, nothing to open or to close
STRIKES = on("2030-03-05 07:30")  # each unit is to be reminded of its first report
TO_BARE, TO_ORM, GROWTH = 3.0, 0.2, 1.5  # times, at most
FEW = 120  # blocs in which something is due, among all or among a sixth of them
LOOKS = 200  # rounds of what takes less than a millisecond

STAGES: Mapping[str, Due] = {f"stage run {stage}": partial(due.activities, stage=stage) for stage in Stage}


@dataclass(frozen=True)
class Place:
    """A kind of database, in which filled ones are kept by name, to be copied for each measurement."""

    kind: str
    folder: Path

    @contextmanager
    def new(self, name: str, like: str | None = None) -> Iterator[Database]:
        """Open a database, new or a copy of the one that is called ``like``; whoever made it new keeps it."""
        if self.kind == "sqlite":
            file = self.folder / f"{name}.db"
            if like:
                shutil.copy(self.folder / f"{like}.db", file)
            url = f"sqlite:///{file}"
        else:
            made, url = database_named(f"sweep_{name}")
            replace_database(made, database_named(f"sweep_{like}")[0] if like else "template0")
        base = Database(open_engine(url))
        upgrade(base.engine)
        yield base
        base.engine.dispose()

    def forget(self, *names: str) -> None:
        """Take databases away."""
        for name in names:
            if self.kind == "postgresql":
                replace_database(database_named(f"sweep_{name}")[0], None)
            for file in self.folder.glob(f"{name}.db*"):
                file.unlink()


def best(rounds: int, ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the best time of each way in seconds, taken in turn."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: min(seconds) for name, seconds in taken.items()}


def bare(base: Database) -> None:
    """Ask, by an index, for what is due."""
    wanted = select(Obligation.id).where(Obligation.state == ObligationState.OPEN, col(Obligation.next_step_at) <= QUIET)
    with reading(base) as session:
        assert not session.exec(wanted).all()


def look(base: Database, question: Due) -> None:
    """Do what a run of a flow does if nothing is due."""

    def never(_work: Work, one: Cycle, _now: object) -> int:
        raise AssertionError(f"{one.key} is not due")

    apart(base, due_in(base, question, QUIET), never, QUIET)


def nothing_due(base: Database) -> bool:
    """Measure the runs with nothing due; return whether each keeps to the limit."""
    ways: dict[str, Callable[[], object]] = {
        "reminders run, with digests": partial(look, base, due.reminders),
        **{name: partial(look, base, question) for name, question in STAGES.items()},
        "sweep, its aggregations": partial(look, base, due.aggregations),
    }
    took = best(LOOKS, {"one bare indexed query": partial(bare, base), **ways})
    query = took["one bare indexed query"]
    for name, seconds in took.items():
        print(f"  {name:32} {seconds * 1000:8.2f} ms  {seconds / query:5.2f} times the bare query")
    together = sum(took[name] for name in ways)
    print(f"  {'all of these':32} {together * 1000:8.2f} ms  {together / query:5.2f} times ({len(ways)} transactions)")
    return all(took[name] <= TO_BARE * query for name in ways)


def read_whole(base: Database) -> list[str]:
    """Return the steps of the runs' queries, as the database plans them, that read a table from end to end."""
    asked: list[Any] = []
    word = "EXPLAIN " if base.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    with reading(base) as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
        for question in (due.reminders, due.aggregations, *STAGES.values()):
            question(session, QUIET)
        steps = [str(row[-1]) for said, values in list(asked) for row in connection.exec_driver_sql(word + said, values)]
    return [step for step in steps if "Seq Scan" in step or (step.startswith("SCAN") and step != "SCAN due")]


def queueing(base: Database, rounds: int) -> bool:
    """Measure queueing a notice for each obligation that falls due, and as many by the ORM; return whether it may take that."""
    with reading(base) as session:
        owed = session.exec(select(Obligation).where(col(Obligation.next_step_at) <= STRIKES)).all()
        contacts = dict(session.exec(select(Notice.unit_id, Notice.contact_id)).all())
        said, cycle_id = session.exec(select(Notice.values)).first() or {}, owed[0].cycle_id
    rows: list[dict[str, Any]] = [
        {
            "identity": f"k/report/{n}/reminder-3/2030-03-08/a@example.vn",
            "contact_id": contacts[each.unit_id],
            "name": "Chuyên viên",
            "language": "vi",
            "unit_id": each.unit_id,
            "obligation_id": each.id,
            "about_due_at": each.due_at,
            "expires_at": each.due_at,
            "bundle": f"k/2030-03-05/{n}@example.vn",
        }
        for n, each in enumerate(owed)
    ]
    values = {**said, "days_left": 3, "tone": "courteous"}

    def ours() -> None:
        with Session(base.engine) as session:
            draft = Draft(NoticeKind.REMINDER, values)
            entries = [ledger.Entry(draft, **row) for row in rows]
            assert len(ledger.queue_all(session, entries, cycle_id=cycle_id, now=STRIKES)) == len(rows)

    def orm() -> None:
        alike = {"kind": NoticeKind.REMINDER, "values": values, "cycle_id": cycle_id, "queued_at": STRIKES, "send_at": STRIKES}
        with Session(base.engine) as session:
            session.add_all([Notice(**alike, urgency=row["about_due_at"], **row) for row in rows])
            session.flush()

    took = best(rounds, {"queue_all": ours, "add_all": orm})
    ratio = took["queue_all"] / took["add_all"]
    print(f"  {len(rows)} notices: add_all {took['add_all']:.2f} s, queue_all {took['queue_all']:.2f} s: {ratio:.3f} times")
    return ratio <= TO_ORM


def act(base: Database) -> tuple[int, float]:
    """Have the reminders run do all that is due; return how many notices that are, and the seconds it took."""
    start = time.perf_counter()
    queued = apart(base, due_in(base, due.reminders, STRIKES), queue_owed, STRIKES)
    return queued, time.perf_counter() - start


def put_off(base: Database, but_for: int) -> None:
    """Let the first step be due in so many blocs only."""
    with base.engine.begin() as connection:
        kept = select(col(Cycle.id)).order_by(Cycle.key).limit(but_for)
        owed = update(Obligation).where(col(Obligation.cycle_id).not_in(kept), col(Obligation.next_step_at) <= STRIKES)
        connection.execute(owed.values(next_step_at=on("2030-03-08 07:30")))


def growth(place: Place, rounds: int) -> bool:
    """Measure the reminders run with as much due among few obligations and among many; return whether it may take that."""
    took: dict[str, float] = {}
    for name in ("sixth", "all") * rounds:
        with place.new("copy", name) as base:
            put_off(base, FEW)
            queued, seconds = act(base)
            took[name] = min(seconds, took.get(name, seconds))
    ratio = took["all"] / took["sixth"]
    print(f"  {queued} due among a sixth {took['sixth']:.2f} s, among all {took['all']:.2f} s: {ratio:.2f} times")
    return ratio <= GROWTH


def tidying(base: Database, what: str) -> None:
    """Say how long it takes to take out of the queue what is not wanted."""

    def run() -> None:
        with unit_of_work(base) as work:
            tidy(work.session, Scope(None, STRIKES, STRIKES))

    print(f"  tidy with {what}: {best(5, {'': run})[''] * 1000:.1f} ms")


def measure(place: Place, blocs: int, rounds: int) -> bool:
    """Measure all on one kind of database; return whether every limit is kept."""
    for name, count in (("sixth", blocs // 6), ("all", blocs)):
        with place.new(name) as base:
            fill(base, count)
            if place.kind == "postgresql":
                with base.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
    with place.new("copy", "all") as base:
        with reading(base) as session:
            counts = [len(session.exec(select(table)).all()) for table in (Cycle.id, Obligation.id, Notice.id)]
        print(f"{place.kind}: {counts[0]} blocs, {counts[1]} obligations, {counts[2]} notices sent; nothing due:")
        kept = [nothing_due(base), not (whole := read_whole(base))]
        print("  read from end to end:", "; ".join(whole) or "nothing")
        tidying(base, "nothing queued")
        print("due:")
        kept.append(queueing(base, rounds))
        queued, seconds = act(base)
        print(f"  the whole reminders run, {queued} notices in {counts[0]} transactions: {seconds:.2f} s")
        tidying(base, f"{queued} queued")
    kept.append(growth(place, rounds))
    place.forget("sixth", "all", "copy")
    return all(kept)


def measured(measure: Callable[[Place, int, int], bool], purpose: str) -> int:
    """Measure so many blocs in so many rounds, as the command line asks, on each kind of database; return the exit status."""
    options = argparse.ArgumentParser(description=purpose.partition("\n")[0])
    options.add_argument("--blocs", type=int, default=1200)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kinds = ("sqlite", "postgresql") if POSTGRES else ("sqlite",)
        kept = [measure(Place(kind, Path(folder)), given.blocs, given.rounds) for kind in kinds]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(measured(measure, __doc__))
