"""Two processes at the same moment, each with a connection of its own: what may happen once happens once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bloc.enums import AggregationState, ResultState, Stage
from models import Aggregation, Deposit, Result
from tests.factories import cycle_of, plan, sheet

pytestmark = pytest.mark.process

TIMES = 6
UNIT = """
import sys
from pathlib import Path
from bloc import clock, queries
from bloc.actions.aggregation import aggregate_next
from bloc.actions.deposits import Incoming, receive_deposit
from bloc.actions.wakeups import rest
from bloc.db import Database, open_engine, unit_of_work
from bloc.enums import WakeupKind
from bloc.settings import Settings

folder, unit = Path(sys.argv[1]), sys.argv[2]
told = []
base = Database(open_engine(Settings().database), told.append)
print("ready", flush=True)
for key in sys.argv[3:]:
    data = (folder / f"{key}-{unit}.xlsx").read_bytes()
    told.clear()
    sys.stdin.readline()
    with unit_of_work(base) as work:
        cycle = queries.cycle_by_key(work.session, key)
        incoming = Incoming(unit, "sheets", "a.xlsx", data)
        receive_deposit(work, cycle, incoming, now=clock.now(), limit=10**6)
    print([wake.kind for wake in told].count(WakeupKind.AGGREGATION), flush=True)
    sys.stdin.readline()
    with unit_of_work(base) as work:
        rest(work.session, WakeupKind.AGGREGATION)
        cycle = queries.locked(work.session, queries.cycle_by_key(work.session, key).id)
        print(int(aggregate_next(work, clock.now(), cycle.id) is not None), flush=True)
"""


def test_two_last_sheets_of_two_processes_give_one_aggregation_every_time(base, tmp_path):
    years = [cycle_of(base, plan(code=f"b{number}")) for number in range(TIMES)]
    for year in years:
        year.advance(Stage.YEAR_END, "2030-11-18 07:00")
        year.send_sheet("u1", "2030-12-02 09:00")
        for unit in ("u2", "u3"):
            (tmp_path / f"{year.key}-{unit}.xlsx").write_bytes(sheet(year.cycle, unit))
    units = [started(base, tmp_path, unit, [year.key for year in years]) for unit in ("u2", "u3")]
    ready = [unit.stdout.readline() for unit in units]

    said = [(at_once(units), at_once(units)) for _ in years]  # what was told of; how many aggregations were carried out

    assert ready == ["ready\n"] * 2
    assert [(sum(told), sum(done)) for told, done in said] == [(1, 1)] * TIMES
    assert [unit.wait(30) for unit in units] == [0, 0]
    assert [len(year.rows(Deposit)) for year in years] == [3] * TIMES
    assert [[row.state for row in year.rows(Aggregation)] for year in years] == [[AggregationState.DONE]] * TIMES
    assert [[(row.version, row.state, row.sheets) for row in year.rows(Result)] for year in years] == [
        [(1, ResultState.FINAL, 3)]
    ] * TIMES
    for unit in units:
        unit.communicate()


def started(base, folder: Path, unit: str, keys: list[str]) -> subprocess.Popen[str]:
    environment = os.environ | {
        "BLOC_DATABASE_URL": base.engine.url.render_as_string(hide_password=False),
        "BLOC_HOME": str(folder),
        "BLOC_PREFECT_API_URL": "http://127.0.0.1:1/api",
    }
    command = [sys.executable, "-c", UNIT, str(folder), unit, *keys]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def at_once(processes: list[subprocess.Popen[str]]) -> list[int]:
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return [int(process.stdout.readline()) for process in processes]
