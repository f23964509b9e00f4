"""A replay, sweeps as the worker runs them, and a unit's deposits, each a process, in one SQLite file."""

import os
import subprocess
import sys

import pytest

from models import Deposit
from tests.factories import cycle_of, plan, report
from tests.replay.oracle import Year
from tests.replay.playing import ROOT, SMALL, house

pytestmark = [pytest.mark.replay, pytest.mark.process]

RECEIVED = SMALL / "received-year.yaml"
FILES = 8
SWEEPS = """
import asyncio, sys, threading
from flows.sweep import sweep
enough = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), enough.set()), daemon=True).start()
mails = 0
while not enough.wait(0.3):
    mails += asyncio.run(sweep.fn())
print(mails + asyncio.run(sweep.fn()))
"""
DEPOSITS = """
import sys
from bloc.cli.app import app
for file in sys.argv[1:]:
    words = ["deposit", "--cycle", "live-2030", "--unit", "u2", "--activity", "reports", file]
    app(words, prog_name="bloc", standalone_mode=False)
    app(["status"], prog_name="bloc", standalone_mode=False)
"""


def test_three_writers_at_once_lose_nothing_and_see_no_lock(tmp_path):
    files = [tmp_path / f"{number}.docx" for number in range(FILES)]
    for file in files:
        file.write_bytes(report(file.name))

    with house(tmp_path / "home") as home:
        live = cycle_of(home.base, plan(code="live"))
        replay = started(home, "-m", "bloc.cli", "replay", RECEIVED, "--without-prefect")
        sweeps = started(home, "-c", SWEEPS)
        deposits = started(home, "-c", DEPOSITS, *files)
        outputs = [process.communicate() for process in (replay, deposits)]
        outputs.append(sweeps.communicate("\n"))
        kept = sorted((deposit.version, deposit.receipt) for deposit in live.rows(Deposit))
        receipts = [mail.which for mail in home.mails("live-2030")]

        assert [process.returncode for process in (replay, deposits, sweeps)] == [0, 0, 0], outputs
        assert [text for output in outputs for text in output if "locked" in text or "Traceback" in text] == []
        assert outputs[1][0].count("\nSHA-256 ") == FILES
        assert kept == [(number, number) for number in range(1, FILES + 1)]
        assert sorted(receipts, key=int) == [str(number) for number in range(1, FILES + 1)]
        assert outputs[2][0] == f"{FILES}\n"
        assert home.mails("received-2030") == Year(RECEIVED).mails
        assert home.results("received-2030")[-1] == ("final", 3, "c2 1 8, c3 2 23/3, c1 3 6")


def started(home, *words: object) -> subprocess.Popen[str]:
    """Start a process in the house; mail goes to the sink of the house."""
    environment = os.environ | {
        "BLOC_LANGUAGE": "en",
        "BLOC_PREFECT_API_URL": "http://127.0.0.1:1/api",
        "BLOC_SMTP_HOST": "127.0.0.1",
        "BLOC_SMTP_PORT": str(home.settings.sink_port),
        "BLOC_SMTP_SECURITY": "none",
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, *map(str, words)], cwd=ROOT, env=environment, **pipes)
