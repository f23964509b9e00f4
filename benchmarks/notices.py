"""How fast mails leave: ours end to end, beside django-post_office, a bare loop, and the raw bytes, in one run to one sink.

`.venv/bin/python -m benchmarks.notices [--count 5000] [--rounds 5]`. Each way is a process of its own; they take turns, so
that a busy machine slows all alike, and the spread is printed. The sink is Postfix's smtp-sink where that is installed, else
aiosmtpd. With BLOC_TEST_POSTGRES_URL those that have a ledger are measured on PostgreSQL too. django-post_office is installed,
once, in an environment of its own, ``--cache``.

What is compared, with the same headers, text and HTML in each message:
- ours: looks, renders, composes, claims, sends, marks each mail and keeps it, in a ledger that holds them queued;
- post_office: one batch, 16 threads, one process, no log rows: its best settings. `rendered`, in its favour: the texts were
  rendered by us before the clock starts, and it prepares, sends and marks; `template`: like ours it renders as it sends, by a
  template of its own, in which all that is alike in the messages stands as text;
- bare: renders the same, builds ``EmailMessage``, sends; no ledger; a fifth as many, since it is slow;
- raw: sends bytes that were made before.
All send over 4 connections, but post_office, which has one a thread.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.databases import POSTGRES, new_database
from tests.engine.waiting import answers, eventually, free_port

ROOT = Path(__file__).parents[1]
MAILING = (sys.executable, "-m", "benchmarks.mailing")
TO_POST_OFFICE = 1.5  # at least so many times its speed
TO_BARE = 1.0
MEMORY = 100  # MiB, at most, with so many queued:
QUEUED = 50_000
DATABASES = ["sqlite", *(["postgres"] if POSTGRES else [])]
Figures = dict[str, list[float]]  # mails in a second, a round each


@contextmanager
def sink() -> Iterator[int]:
    """Run a mail server that keeps nothing, as a process of its own; return its port."""
    port, smtp_sink = free_port(), shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    theirs = [smtp_sink, *(["-u", "nobody"] if os.geteuid() == 0 else []), f"127.0.0.1:{port}", "1000"]
    command = theirs if smtp_sink else [*MAILING, "sink", str(port)]
    print(f"sink: {'smtp-sink' if smtp_sink else 'aiosmtpd'}; {os.cpu_count()} cores; {', '.join(DATABASES)}", flush=True)
    process = subprocess.Popen(command)
    try:
        assert eventually(lambda: answers(port), 10)
        yield port
    finally:
        process.terminate()
        process.wait()


def measured(command: Sequence[object], *arguments: object) -> dict[str, Any]:
    """Run a way in a process of its own; return what it says of itself."""
    said = subprocess.run([*map(str, (*command, *arguments))], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def post_office_python(cache: Path) -> Path:
    """Return the interpreter of the environment that django-post_office is installed in, which is made if it is not there."""
    python = cache / "bin" / "python"
    if not python.exists():
        print("installing django-post_office ...", flush=True)
        venv.create(cache, with_pip=True)
        packages = ["django", "django-post_office", "psycopg[binary]"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True, stderr=subprocess.DEVNULL)
    return python


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Make an empty database; return its URL."""
    with new_database(kind, "notices") as url:
        file = folder / "notices.db"
        yield url or f"sqlite:///{file}"
        for left in folder.glob("notices.db*"):
            left.unlink()


def ours(kind: str, folder: Path, port: int, count: int) -> dict[str, Any]:
    """Queue and deliver."""
    with database(kind, folder) as url:
        queued = measured(MAILING, "queue", url, count)
        return queued | measured(MAILING, "ours", url, port)


def post_office(kind: str, way: str, folder: Path, port: int, python: Path) -> dict[str, Any]:
    """Queue and send what was rendered, or what its template renders."""
    with database(kind, folder) as url:
        return measured([python, ROOT / "benchmarks" / "with_post_office.py"], url, folder / "rendered.jsonl", port, way)


def rounds(chosen: argparse.Namespace, folder: Path, port: int) -> tuple[Figures, Figures]:
    """Measure every way so many times, each time from another one on; return mails a second: delivered, and queued."""
    python, count = post_office_python(chosen.cache), chosen.count
    measured(MAILING, "render", folder / "rendered.jsonl", count)
    ways = {f"ours, {kind}": partial(ours, kind, folder, port, count) for kind in DATABASES}
    for way in ("rendered", "template"):
        ways |= {f"post_office, {way}, {kind}": partial(post_office, kind, way, folder, port, python) for kind in DATABASES}
    ways |= {
        "bare": partial(measured, MAILING, "bare", port, count // 5),
        "raw": partial(measured, MAILING, "raw", port, count),
    }
    delivered: Figures = {name: [] for name in ways}
    queued: Figures = {name: [] for name in ways if "," in name}
    for number in range(chosen.rounds):
        names = list(ways)[number % len(ways) :] + list(ways)[: number % len(ways)]
        for name in names:
            found = ways[name]()
            assert found["sent"] == count // (5 if name == "bare" else 1), found
            delivered[name].append(found["sent"] / found["seconds"])
            if name in queued:
                queued[name].append(count / found["queueing"])
            print(f"  round {number + 1}: {name:32} {delivered[name][-1]:7.0f}/s", flush=True)
    return delivered, queued


def ratio(figures: Figures, one: str, other: str) -> float:
    """Print how many times as fast as the other the one is; return the median."""
    ratios = [mine / theirs for mine, theirs in zip(figures[one], figures[other], strict=True)]
    print(f"{one} : {other} = {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    return statistics.median(ratios)


def main(chosen: argparse.Namespace) -> int:
    """Measure; return the exit status."""
    start, bad = time.monotonic(), False
    with tempfile.TemporaryDirectory(prefix="bloc-notices-") as name, sink() as port:
        folder = Path(name)
        delivered, queued = rounds(chosen, folder, port)
        for way, figures in delivered.items():
            spread = f"({min(figures):.0f} to {max(figures):.0f})"
            beside = f"; queued at {statistics.median(queued[way]):.0f}/s" if way in queued else ""
            print(f"{way:32} {statistics.median(figures):6.0f} mails/s {spread}{beside}")
        for kind in DATABASES:
            bad |= ratio(delivered, f"ours, {kind}", f"post_office, template, {kind}") < TO_POST_OFFICE
            ratio(delivered, f"ours, {kind}", f"post_office, rendered, {kind}")
            bad |= ratio(delivered, f"ours, {kind}", "bare") <= TO_BARE
            ratio(delivered, f"ours, {kind}", "raw")
        if not chosen.no_memory:
            held = ours("sqlite", folder, port, QUEUED)
            print(f"{QUEUED} queued: {held['memory']} MiB, {QUEUED / held['seconds']:.0f} mails/s")
            bad |= held["memory"] > MEMORY
    print(f"{time.monotonic() - start:.0f} s")
    return int(bad)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "bloc-benchmark-post-office")
    parser.add_argument("--no-memory", action="store_true", help=f"without the delivery of {QUEUED} that measures memory")
    return parser


if __name__ == "__main__":
    sys.exit(main(_parser().parse_args()))
