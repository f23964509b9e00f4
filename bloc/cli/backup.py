"""`bloc backup` and `bloc restore`: all that the database holds, in one file, and back."""

from pathlib import Path

import typer

from bloc.backup.manifest import Manifest
from bloc.backup.restored import restore_backup
from bloc.backup.written import write_backup
from bloc.cli.door import opened
from bloc.clock import now
from bloc.db import open_engine
from bloc.language import say
from bloc.settings import Settings


def backup(file: Path) -> None:
    """Write all that the database holds into one file, while the service runs; who is signed in is left out."""
    with opened(Settings()) as database:
        made = write_backup(database.engine, file, now())
    typer.echo(say("Written: {path}", path=str(file)))
    _tell(made)


def restore(file: Path) -> None:
    """Fill a new, empty database from a backup; every count and hash must be as it says, else nothing is restored."""
    engine = open_engine(Settings().database)
    try:
        made = restore_backup(engine, file)
    finally:
        engine.dispose()
    typer.echo(say("Restored: {path}", path=str(file)))
    _tell(made)


def _tell(made: Manifest) -> None:
    counts = {name: contents.rows for name, contents in made.tables.items()}
    typer.echo(
        say("{years} years, {rows} rows, {files} files", years=counts["cycle"], rows=sum(counts.values()), files=made.files)
    )
