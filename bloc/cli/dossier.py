"""`bloc dossier`: what goes to the city for a year, as one archive and as one .pdf."""

from pathlib import Path
from typing import Annotated

import typer

from bloc import queries
from bloc.actions.dossiers import dossier as dossier_of
from bloc.actions.dossiers import put_on_record
from bloc.cli.door import By, desk, window, write_bytes
from bloc.clock import now as wall
from bloc.documents.dossier import write
from bloc.files import digest_of
from bloc.language import say


def dossier(
    cycle: Annotated[str | None, typer.Argument(help="The bloc's year; needed only where there are several.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write the archive there (.zip).")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write all parts as one .pdf there, where LibreOffice is installed.")] = None,
    by: By = None,
) -> None:
    """Put the dossier of the year together, with a table of contents; what is missing is listed."""
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        contents = dossier_of(session, found, queries.now_of(found, wall()))
    written, target = write(contents, pdf=pdf is not None), to or Path(f"ho-so-{found.key}.zip")
    write_bytes(target, written.archive)
    with desk(found.key, by) as at:
        put_on_record(at.work, at.cycle, contents, written, at.now)
    typer.echo(say("Written: {path}", path=str(target)))
    typer.echo(f"SHA-256: {digest_of(written.archive)}")
    if pdf is not None and written.pdf is not None:
        write_bytes(pdf, written.pdf)
        typer.echo(say("Written: {path}", path=str(pdf)))
    elif pdf is not None:
        typer.echo(say("LibreOffice is not installed here: there is no merged .pdf, only the archive."), err=True)
    for name in written.left_out if pdf is not None else ():
        typer.echo(say("In the archive alone, for it cannot be had as .pdf: {name}", name=name))
    for each in contents.missing:
        typer.echo(say("Missing: {what} - {why}", what=each.title, why=each.why))
