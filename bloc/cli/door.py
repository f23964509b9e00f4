"""What the commands share: the database, the cycle and its now, and how days are typed."""

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from bloc import clock, events, queries
from bloc.db import Database, Wake, Work, reading, unit_of_work
from bloc.errors import NotAllowed, NotFound, reason_of
from bloc.language import on_one_line, say
from bloc.migrations import ready_database
from bloc.settings import Settings
from models import Cycle


def typed(text: str | None) -> str | None:
    """Return a reason, a name or a code as it may go on record and into mails: on one line."""
    return None if text is None else on_one_line(text)


CycleName = Annotated[str | None, typer.Option("--cycle", help="The bloc's year; needed only where there are several.")]
UnitCode = Annotated[str, typer.Option(help="Code of the unit.", callback=typed)]
Because = Annotated[str, typer.Option(help="The reason, as it will stand on record.", callback=typed)]
By = Annotated[
    str | None,
    typer.Option("--by", help="Who does it, by office, for the record; by default your login name.", callback=typed),
]
DAY = ["%Y-%m-%d", "%d/%m/%Y"]


@dataclass(frozen=True)
class Desk:
    """A transaction on one cycle, and the cycle's now."""

    work: Work
    cycle: Cycle
    now: datetime
    settings: Settings


@contextmanager
def opened(settings: Settings, tell: Callable[[Wake], object] | None = None) -> Iterator[Database]:
    """Open this installation's database, which tells of wake-ups (by default Prefect), and close it at the end."""
    database = ready_database(settings, tell or teller(settings))
    try:
        yield database
    finally:
        database.engine.dispose()


def teller(settings: Settings) -> Callable[[Wake], None]:
    """Return what tells Prefect of wake-ups; where it is not reached, that is said once, as what it is: no failure."""
    tell, unheard = events.teller(settings), False

    def told(wake: Wake) -> None:
        nonlocal unheard
        if not tell(wake) and not unheard:
            unheard = True
            typer.echo(say("The service is not running now; what follows from this is done once it runs."), err=True)

    return told


@contextmanager
def desk(cycle: str | None, by: str | None = None) -> Iterator[Desk]:
    """Open a unit of work of ``by`` on the cycle named (or the only one); it commits at its end, and then tells Prefect."""
    settings = Settings()
    with opened(settings) as database, unit_of_work(database, who(by)) as work:
        found = queries.cycle_by_key(work.session, cycle)
        yield Desk(work, found, queries.now_of(found, clock.now()), settings)


@contextmanager
def window() -> Iterator[Session]:
    """Open a session that only reads."""
    with opened(Settings()) as database, reading(database) as session:
        yield session


def who(by: str | None) -> str:
    """Return who acts, as it stands on record: as named, or by the name of the login."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # there is no such user, as in a container; KeyError before Python 3.13
        return str(os.getuid())


def day_of(moment: datetime) -> date:
    """Return the day that was typed."""
    return moment.date()


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the bytes of a file of at most ``limit`` of them.

    Raises:
        NotFound: it cannot be read.
        NotAllowed: it is larger.
    """
    try:
        if path.stat().st_size > limit:
            raise NotAllowed(say("{path} is larger than {limit} MB.", path=str(path), limit=limit / 1_000_000))
        return path.read_bytes()
    except OSError as error:
        raise NotFound(say("{path} cannot be read: {why}", path=str(path), why=reason_of(error))) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file.

    Raises:
        NotFound: its folder is not there.
        NotAllowed: it cannot be written for another reason.
    """
    try:
        path.write_bytes(data)
    except FileNotFoundError as error:
        raise NotFound(say("{path} cannot be written: there is no such folder", path=str(path))) from error
    except OSError as error:
        raise NotAllowed(say("{path} cannot be written: {why}", path=str(path), why=reason_of(error))) from error


def write_form(path: Path, data: bytes) -> None:
    """Write a workbook that somebody is to fill in, but not over a file of other contents: that one may be filled in.

    Raises:
        NotAllowed: there is such a file.
        NotFound, NotAllowed: it cannot be written.
    """
    if os.path.isfile(path) and read_bytes(path, sys.maxsize) != data:  # unlike Path's own, it takes any name
        raise NotAllowed(say("{path} is there already and may be filled in; write to another file with --out.", path=str(path)))
    write_bytes(path, data)


def write_marked(path: Path, data: bytes) -> None:
    """Write the marked copy of a sheet and name it; one that is there already may hold corrections, and stays.

    Raises:
        NotFound, NotAllowed: it cannot be written.
    """
    if os.path.isfile(path):
        typer.echo(say("The marked copy is there already: {path}", path=str(path)))
        return
    write_bytes(path, data)
    typer.echo(say("The marked copy, to be corrected and sent back: {path}", path=str(path)))
