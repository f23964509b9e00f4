"""A small year through a real Prefect: `bloc replay` as a person runs it, its runs in the server, its end without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bloc.engine.parts import ROOT
from bloc.events import ask
from tests.engine.waiting import answers, eventually, free_port
from tests.replay.playing import SMALL

pytestmark = pytest.mark.prefect

SHEETS = """
  - {at: 2030-12-20, sheet: {unit: a1, points: two-a1.csv}}
  - {at: 2031-01-02, sheet: {unit: b2, points: two-b2.csv}}
  - {at: 2031-01-03 08:00, events: {lost: true}}
  - {at: 2031-01-03 09:05, sheet: {unit: a1, points: two-a1.csv, cells: {"b2/I.1": "7"}}}
"""


@dataclass
class Replay:
    """A `bloc replay` under way, and how to ask its Prefect."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    output: Path

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def ask(self, path: str, body: Any) -> Any:
        return ask(f"http://127.0.0.1:{self.environment['BLOC_PREFECT_PORT']}/api", path, body, timeout=20)

    def bloc(self, *words: str) -> str:
        command = [sys.executable, "-m", "bloc.cli", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    home = tmp_path_factory.mktemp("with-prefect")
    for name in ("two.yaml", "two-a1.csv", "two-b2.csv"):
        (home / name).write_bytes((SMALL / name).read_bytes())
    scenario = home / "year.yaml"
    scenario.write_text(f"plan: two.yaml\nstarts: 2030-12-02\nends: 2031-01-05\nacts:{SHEETS}", "utf-8")
    environment = os.environ | {
        "BLOC_HOME": str(home / "var"),
        "BLOC_LANGUAGE": "en",
        "BLOC_PREFECT_PORT": str(free_port()),
        "BLOC_SINK_PORT": str(free_port()),
        "BLOC_PORTAL_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "bloc.cli", "replay", str(scenario)]
    with (home / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    running = Replay(process, environment, home / "output")
    try:
        assert eventually(lambda: "The service is up" in running.said() or process.poll() is not None, 400), running.said()
        assert process.poll() is None, running.said()
        yield running
    finally:
        process.kill()
        process.wait()


def test_what_there_is_to_look_at_is_said_line_by_line(replay):
    home = replay.environment["BLOC_HOME"]
    portal, prefect = (f"http://127.0.0.1:{replay.environment[f'BLOC_{name}_PORT']}" for name in ("PORTAL", "PREFECT"))

    lines = [line.split("  ") for line in replay.said().splitlines() if line.startswith("  ")]
    said = {words[1]: words[-1].strip() for words in lines if len(words) > 2}

    assert said["The portal"] == portal
    assert said["To look in as the secretary or as a unit, without a mail"] == f"{portal}/demo"
    assert said["Prefect's UI"] == prefect
    assert said["Mail goes to"] == f"{home}/mail"
    assert said["Logs, one a part"] == f"{home}/log"


def test_the_last_sheet_starts_the_aggregation_through_prefects_automation(replay):
    runs = replay.ask("/flow_runs/filter", {"flows": {"name": {"any_": ["aggregate-scores"]}}})

    assert "waiting for the run that Prefect's automation starts" in replay.said()
    assert [(run["state_type"], run["created_by"]["type"]) for run in runs] == [("COMPLETED", "AUTOMATION")]


def test_what_a_lost_event_missed_the_sweep_does(replay):
    lines = replay.said().splitlines()
    second = next(n for n, line in enumerate(lines) if "aggregated: version 2" in line)

    assert lines[second].strip().startswith("09:15")
    assert json.loads(replay.bloc("result", "--json"))["version"] == 2


def test_every_run_of_the_year_is_seen_in_prefect_and_says_for_whom_and_which_day(replay):
    runs = replay.ask("/flow_runs/filter", {"limit": 200})
    of_the_year = [run for run in runs if "two-2030" in run["name"]]

    assert {run["state_type"] for run in of_the_year} == {"COMPLETED"}
    assert "advance-year-end | two-2030 | 16/12/2030" in {run["name"] for run in of_the_year}
    assert Counter(run["name"].split(" | ")[0] for run in of_the_year).keys() >= {
        "advance-year-end",
        "send-reminders",
        "deliver-notices",
        "sweep",
    }


def test_nothing_in_prefect_tells_what_a_single_scorer_gave(replay):
    runs = replay.ask("/flow_runs/filter", {"limit": 200})
    logs = replay.ask("/logs/filter", {"limit": 200})
    artifacts = replay.ask("/artifacts/filter", {"limit": 200})

    assert {key for run in runs for key in run["parameters"]} <= {"cycle", "as_of", "dry_run"}
    assert [each["key"] for each in artifacts if "I.1" in str(each["data"]) or "example.vn" in str(each["data"])] == []
    assert [log["message"] for log in logs if "I.1" in log["message"] or "example.vn" in log["message"]] == []


def test_told_to_stop_it_leaves_nobody_behind(replay):
    ports = [int(replay.environment[name]) for name in ("BLOC_PREFECT_PORT", "BLOC_SINK_PORT", "BLOC_PORTAL_PORT")]
    before = [answers(port) for port in ports]

    replay.process.send_signal(signal.SIGTERM)

    assert before == [True, True, True]
    assert eventually(lambda: replay.process.poll() is not None, 60)
    assert eventually(lambda: [answers(port) for port in ports] == [False, False, False], 20)
    assert eventually(lambda: subprocess.run(["pgrep", "-f", replay.environment["BLOC_HOME"]], check=False).returncode == 1, 20)
