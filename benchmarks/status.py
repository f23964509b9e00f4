"""How long `bloc status` takes beside `import sqlmodel`, both in fresh interpreters and in the same run.

    .venv/bin/python benchmarks/status.py [TIMES]

Prints the best of TIMES (default 15) of each, taken in turn, and their ratio; exit status 1 if it is above the house's limit.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bloc import clock
from bloc.actions.plans import apply_plan
from bloc.db import unit_of_work
from bloc.migrations import ready_database
from bloc.plan import read_plan
from bloc.settings import Settings

LIMIT = 2.0  # times the import of sqlmodel
PLAN = next((Path(__file__).parent.parent / "plans").glob("*.yaml"))
STATUS = "import sys; sys.argv = ['bloc', 'status']; from bloc.cli import main; main()"


def seconds(code: str, home: str) -> float:
    """Return how long a fresh interpreter takes to run ``code``."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"BLOC_HOME": home}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main(times: int) -> int:
    """Measure in turn, so that a busy machine slows both alike; return the exit status."""
    with tempfile.TemporaryDirectory() as home:
        base = ready_database(Settings(home=Path(home), _env_file=None))
        with unit_of_work(base) as work:
            apply_plan(work, read_plan(PLAN), clock.now())
        base.engine.dispose()
        pairs = [(seconds("import sqlmodel", home), seconds(STATUS, home)) for _ in range(times)]
    imported, status = (min(each) for each in zip(*pairs, strict=True))
    print(f"import sqlmodel {imported * 1000:.0f} ms, bloc status {status * 1000:.0f} ms: {status / imported:.2f} times")
    return int(status > LIMIT * imported)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
