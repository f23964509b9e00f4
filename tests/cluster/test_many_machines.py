"""Several of each part, as processes: what is completed at once is aggregated once, and what dies loses and doubles nothing."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select, update

from bloc import clock, events, queries
from bloc.actions import deposits
from bloc.db import Database, unit_of_work
from bloc.engine.parts import bloc_environment
from bloc.engine.sink import messages
from bloc.enums import NoticeKind, NoticeState, ResultState
from bloc.migrations import ready_database
from models import Cycle, Notice, Result
from notifications.claims import LEASE
from tests.cluster.parts import Blow, Cluster, cluster, killed, missing
from tests.engine.waiting import eventually
from tests.factories import LIMIT, cycle_of, plan, sheet

pytestmark = [
    pytest.mark.soak,  # two minutes until all parts are up
    pytest.mark.prefect,
    pytest.mark.postgres,
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]

UNITS = ("u1", "u2", "u3")
FEW, MANY = 8, 50  # years that are completed at once
OVER = timedelta(seconds=90)  # after that long nobody works any more on a mail that was claimed here
BLOWS: dict[str, Blow] = {
    "nothing": lambda cluster: None,
    "a worker": killed("worker-1"),
    "a run": lambda cluster: eventually(cluster.kill_a_run, 20),
    "services": killed("services-1"),
    "a replica": killed("api-1"),
    "Redis": lambda cluster: cluster.restart("redis"),
    "PostgreSQL": lambda cluster: cluster.restart("postgres"),
}


@pytest.fixture(scope="module")
def one() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture(scope="module")
def base(one: Cluster) -> Iterator[Database]:
    base = ready_database(one.settings, events.teller(one.settings))
    yield base
    base.engine.dispose()


def send(base: Database, key: str, unit: str) -> None:
    """Send a sheet in, again while the database is away, as a person would."""
    for _ in range(60):
        try:
            with unit_of_work(base) as work:
                cycle = queries.cycle_by_key(work.session, key)
                incoming = deposits.Incoming(unit, "sheets", "Bảng.xlsx", sheet(cycle, unit))
                deposits.receive_deposit(work, cycle, incoming, now=clock.now(), limit=LIMIT)
            return
        except OperationalError:
            time.sleep(0.5)  # as long as a person would wait, and more
    raise AssertionError("the database has not come back")


def begun(base: Database, code: str, count: int) -> list[str]:
    """Begin years, in each of which the last unit's sheet is missing."""
    years = [cycle_of(base, plan(code=f"{code}{n}"), clock.now()) for n in range(count)]
    for year in years:
        for unit in UNITS[:-1]:
            send(base, year.key, unit)
    return [year.key for year in years]


def complete(base: Database, keys: Sequence[str]) -> None:
    with ThreadPoolExecutor(4) as people:
        list(people.map(lambda key: send(base, key, UNITS[-1]), keys))


def results(base: Database, keys: Sequence[str]) -> dict[str, list[ResultState]]:
    found: dict[str, list[ResultState]] = {key: [] for key in keys}
    with Session(base.engine) as session:
        wanted = select(Cycle.key, Result.state).join(Result).where(col(Cycle.key).in_(keys))
        for key, state in session.exec(wanted):
            found[key].append(state)
    return found


def told(base: Database, keys: Sequence[str]) -> Counter[tuple[str, NoticeState]]:
    """Return of how many notices about results each state is, by year."""
    with Session(base.engine) as session:
        wanted = select(Cycle.key, Notice.state).join(Notice, col(Notice.cycle_id) == Cycle.id)
        return Counter(session.exec(wanted.where(Notice.kind == NoticeKind.RESULT_READY, col(Cycle.key).in_(keys))).all())


def undone(base: Database, keys: Sequence[str]) -> int:
    with Session(base.engine) as session:
        left = select(Notice.id).join(Cycle, col(Notice.cycle_id) == Cycle.id).where(col(Cycle.key).in_(keys))
        return len(session.exec(left.where(col(Notice.state).in_([NoticeState.QUEUED, NoticeState.SENDING]))).all())


def let_claims_lapse(base: Database) -> None:
    """Let the time pass after which a claim is abandoned, for those that nobody works on any more."""
    with suppress(OperationalError), Session(base.engine) as session:
        dead = (col(Notice.state) == NoticeState.SENDING) & (col(Notice.claimed_at) < clock.now() - OVER)
        session.execute(update(Notice).where(dead).values(claimed_at=col(Notice.claimed_at) - LEASE))
        session.commit()


def runs(one: Cluster, flow: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one.api.ask("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}})
    return found


def is_done(base: Database, keys: Sequence[str]) -> bool:
    try:
        return all(results(base, keys).values()) and not undone(base, keys)
    except OperationalError:
        return False


def judge(one: Cluster, base: Database, keys: Sequence[str]) -> None:
    """See that each year has its one final result and its secretary one mail about it, and that no mail came twice."""
    assert results(base, keys) == {key: [ResultState.FINAL] for key in keys}
    notices = told(base, keys)
    assert Counter(key for key, _ in notices.elements()) == dict.fromkeys(keys, 1)
    assert {state for _, state in notices} <= {NoticeState.SENT, NoticeState.UNCERTAIN}
    ids = Counter(message_from_bytes(file.read_bytes())["Message-ID"] for file in messages(one.settings.mail_folder))
    assert [mail for mail, count in ids.items() if count > 1] == []


def test_what_dies_while_years_are_completed_loses_and_doubles_nothing(one, base):
    before = len(runs(one, "aggregate-scores"))

    disturbed(one, base, "short", FEW, ["a worker", "a replica"])

    assert len(runs(one, "aggregate-scores")) - before < FEW


@pytest.mark.parametrize("what", BLOWS)
def test_many_years_completed_at_once_while_something_dies(one, base, what):
    disturbed(one, base, f"soak{list(BLOWS).index(what)}-", MANY, [what])


def test_two_that_deploy_at_once_leave_each_job_and_each_trigger_once(one, tmp_path):
    """Each home remembers what it has told: one that is new, as another version's, tells all again; the last one stands."""

    def told(home: str) -> None:
        settings = one.settings.model_copy(update={"home": tmp_path / home})
        one.run(sys.executable, "-m", "bloc.cli", "deploy", **bloc_environment(settings))

    def known() -> list[list[str]]:
        return [sorted(each["name"] for each in one.api.ask(f"/{what}/filter", {})) for what in ("deployments", "automations")]

    before = known()
    with ThreadPoolExecutor(2) as people:
        list(people.map(told, ["one", "other"]))

    assert known() == before


def disturbed(one: Cluster, base: Database, code: str, count: int, whom: Sequence[str]) -> None:
    keys = begun(base, code, count)
    with ThreadPoolExecutor(1) as people:
        sending = people.submit(complete, base, keys)
        for what in whom:
            BLOWS[what](one)
        sending.result()
    one.api.run("sweep/every-15-minutes")  # what an event missed; its time would come by itself

    assert eventually(lambda: is_done(base, keys) or not still(one, base), 300)
    judge(one, base, keys)


def still(one: Cluster, base: Database) -> bool:
    """Ask for another sweep if the last one is over, and let what was claimed before lapse; return yes: there is time."""
    let_claims_lapse(base)
    sweeps = runs(one, "sweep")
    if all(run["state_type"] in ("COMPLETED", "CRASHED", "FAILED") for run in sweeps if not run["auto_scheduled"]):
        one.api.run("sweep/every-15-minutes")
    return True
