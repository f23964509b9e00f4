"""`bloc health`: one line for a monitoring system: whether all runs as it should."""

import typer

from bloc import clock
from bloc.actions.heartbeats import health as wrongs
from bloc.cli.door import window
from bloc.language import say
from bloc.settings import Settings


def health() -> None:
    """Say in one line whether the jobs run and mail leaves; exit status 1 if something is wrong."""
    with window() as session:
        found = wrongs(session, Settings(), clock.now())
    if found:
        typer.echo(" ".join(str(wrong) for wrong in found))
        raise typer.Exit(1)
    typer.echo(say("All is well."))
