"""How many requests a second the secretary's desk answers, beside a bare page: FastAPI, Jinja2, one SQLModel query of 49 rows.

    .venv/bin/python -m benchmarks.portal [--blocs 1200] [--seconds 4] [--rounds 3]

The desk is that of the shipped year with the most units, as the year ends; then the same among 1,200 other blocs. Each page has
a server of its own, one process over SQLite; what is compared is asked in turn, in one run, and the best of the rounds counts.
The load is 50 connections that ask again once they were answered, from this process over the loopback. Exit status 1 if a ratio
of the house is broken.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import DictLoader, Environment
from sqlmodel import Field, Session, SQLModel, create_engine, select

from benchmarks.blocs import fill
from bloc import clock, queries
from bloc.db import Database, open_engine, reading
from bloc.enums import ContactRole
from bloc.portal.app import create_app
from bloc.settings import Settings
from tests.engine.waiting import answers, eventually, free_port
from tests.factories import Year
from tests.portal.conftest import Clock, Site
from tests.portal.tour import kept
from tests.replay.playing import YEARS, house

ROWS, UNITS, CONNECTIONS = 49, 10, 50
TO_BARE, TAIL, GROWTH = 0.25, 10.0, 1.2  # at least; p99 to the median, and among many blocs to one alone: at most
YEAR = "lam-dong-2027"


class Line(SQLModel, table=True):
    """A row of the bare page."""

    id: int | None = Field(default=None, primary_key=True)
    unit: str
    activity: str
    state: str


PAGE = """<!DOCTYPE html><html lang="vi"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><table>
{% for line in lines %}<tr><th>{{ line.unit }}</th><td>{{ line.activity }}</td><td>{{ line.state }}</td></tr>
{% endfor %}</table></body></html>"""


def bare_app(file: str) -> FastAPI:
    """Return the bare page's application, over the database in ``file``."""
    engine, app = create_engine(f"sqlite:///{file}"), FastAPI()
    page = Environment(loader=DictLoader({"page": PAGE}), autoescape=True).get_template("page")

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    @app.get("/")
    def lines(session: Annotated[Session, Depends(session)], request: Request) -> HTMLResponse:
        return HTMLResponse(page.render(title="Khối", lines=session.exec(select(Line)).all(), request=request))

    return app


def serve(kind: str, place: str, port: int) -> None:
    """Serve one of the two until killed."""
    app = bare_app(place) if kind == "bare" else create_app(Settings(home=Path(place), _env_file=None))
    uvicorn.run(app, port=port, log_config=None, access_log=False, server_header=False)


@contextmanager
def served(kind: str, place: Path) -> Iterator[int]:
    """Run a server in a process of its own; give its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.portal", "--serve", kind, str(place), str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            if not eventually(lambda: answers(port), 30):
                raise SystemExit(f"the server of {kind} does not start")
            yield port
        finally:
            process.terminate()


@dataclass(frozen=True)
class Load:
    """What came of one load: requests a second, and how long each took, in seconds."""

    rate: float
    took: list[float]

    @property
    def median(self) -> float:
        """Return how long half of them took at most."""
        return statistics.median(self.took)

    @property
    def p99(self) -> float:
        """Return how long 99 of 100 took at most."""
        return statistics.quantiles(self.took, n=100)[98]


async def _ask(port: int, head: bytes, until: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (start := time.perf_counter()) < until:
        writer.write(head)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(answer.decode())
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        took.append(time.perf_counter() - start)
    writer.close()


async def load(port: int, path: str, cookie: str, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Ask for a page over and over, by many at once."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()
    took: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(_ask(port, head, start + seconds, took) for _ in range(connections)))
    return Load(len(took) / (time.perf_counter() - start), took)


def replayed(folder: Path) -> Path:
    """Return a home with the database of the year."""
    with house(folder / "played") as home:
        home.play(YEARS[YEAR])
        (folder / "one").mkdir()
        kept(home.base, folder / "one" / "bloc.db")
    return folder / "one"


def among(home: Path, blocs: int) -> Path:
    """Return a home with a copy of that database, and ``blocs`` others in it."""
    other = home.parent / "many"
    other.mkdir()
    base = Database(open_engine(f"sqlite:///{home / 'bloc.db'}"))
    kept(base, other / "bloc.db")
    base.engine.dispose()
    base = Database(open_engine(f"sqlite:///{other / 'bloc.db'}"))
    fill(base, blocs)
    base.engine.dispose()
    return other


def bare(folder: Path) -> Path:
    """Return the bare page's database."""
    file = folder / "bare.db"
    engine = create_engine(f"sqlite:///{file}")
    Line.__table__.create(engine)  # type: ignore[attr-defined]
    with Session(engine) as session:
        session.add_all(Line(unit=f"Đơn vị {n % 7}", activity=f"Việc {n // 7}", state="open") for n in range(ROWS))
        session.commit()
    engine.dispose()
    return file


def cookie(home: Path) -> str:
    """Return the cookies of the secretary, signed in."""
    settings = Settings(home=home, _env_file=None)
    base = Database(open_engine(settings.database))
    with reading(base) as session:
        plan = queries.plan_of(queries.cycle_by_key(session, YEAR))
    secretary = next(each.email for each in plan.contacts if each.role is ContactRole.SECRETARY)
    year = Year(base, YEAR)
    client = Site(create_app(settings, base), year, year, Clock(clock.now()), home).visitor(secretary, language="vi").client
    base.engine.dispose()
    return "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar)


def main(blocs: int, seconds: float, rounds: int) -> int:
    """Measure in turn; print; return the exit status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, desk = replayed(folder), f"/years/{YEAR}/desk"
        many = among(home, blocs)
        pages = {"bare": (bare(folder), "/", ""), "desk": (home, desk, cookie(home)), "many": (many, desk, cookie(many))}
        best: dict[str, Load] = {}
        for kind, (place, path, cookies) in list(pages.items()) * rounds:
            with served(kind, place) as port:
                asyncio.run(load(port, path, cookies, 1, 4))  # what is compiled once
                found = asyncio.run(load(port, path, cookies, seconds))
            best[kind] = max(best.get(kind, found), found, key=lambda each: each.rate)
    for kind, each in best.items():
        print(f"{kind:5} {each.rate:7.1f}/s  median {each.median * 1000:6.1f} ms  p99 {each.p99 * 1000:6.1f} ms")
    to_bare, tail = best["desk"].rate / best["bare"].rate, best["desk"].p99 / best["desk"].median
    growth = best["desk"].rate / best["many"].rate
    print(f"desk to bare {to_bare:.2f} (at least {TO_BARE}), p99 to median {tail:.1f} (at most {TAIL}), "
          f"among {blocs} blocs {growth:.2f} times slower (at most {GROWTH})")  # fmt: skip
    return int(to_bare < TO_BARE or tail > TAIL or growth > GROWTH)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocs", type=int, default=1200)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.exit(serve(given.serve[0], given.serve[1], int(given.serve[2])) if given.serve
             else main(given.blocs, given.seconds, given.rounds))  # fmt: skip
