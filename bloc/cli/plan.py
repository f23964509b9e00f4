"""`bloc plan`: make a plan file, check it, apply it; its schema for editors."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bloc import clock
from bloc.actions.plans import apply_plan
from bloc.cli.door import By, opened, typed, who, write_bytes
from bloc.cli.new_plan import new
from bloc.db import unit_of_work
from bloc.language import say
from bloc.plan import read_plan
from bloc.plan.json_schema import plan_json_schema
from bloc.prefect_plan import show_plan
from bloc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Make a plan file, check it, and apply it.")
app.command()(new)


@app.command()
def check(file: Path) -> None:
    """Report every fault of a plan file, each with its line and path; exit status 1 if there is any."""
    plan = read_plan(file)
    typer.echo(
        say(
            "The plan {key} is in order: {units} units, {activities} activities.", key=plan.key, units=len(plan.units),
            activities=len(plan.activities),
        )
    )  # fmt: skip


@app.command()
def apply(
    file: Path,
    because: Annotated[
        str | None, typer.Option(help="The reason; needed to change what was agreed on and signed.", callback=typed)
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what would change, and change nothing.")] = False,
    by: By = None,
) -> None:
    """Bring the bloc's year in step with a plan file, and show what that changes; done twice, it changes nothing."""
    plan = read_plan(file)
    with opened(Settings()) as database, unit_of_work(database, who(by)) as work:
        changes = apply_plan(work, plan, clock.now(), because=because)
        if dry_run:
            work.forget()
    shown = dry_run or _show_in_prefect(Settings())
    for change in changes:
        typer.echo(change)
    if not changes:
        typer.echo(say("Nothing changes: {key} is in step with the file.", key=plan.key))
    elif dry_run:
        typer.echo(say("This was only shown; nothing has been changed."))
    if not shown and changes:
        typer.echo(say("Prefect is not running now; it shows the plan's days once it does."), err=True)


def _show_in_prefect(settings: Settings) -> bool:
    """Bring Prefect's coming runs in step with the plans; return whether it answered. The sweep does it, too."""
    try:
        with opened(settings) as database:
            show_plan(database, settings, clock.now())
    except OSError:
        return False
    return True


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="Where to write it; by default it is shown.")] = None) -> None:
    """Write a JSON Schema of plan files, by which editors complete keys, explain them, and show faults while one types."""
    text = json.dumps(plan_json_schema(), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
    else:
        write_bytes(out, f"{text}\n".encode())
        typer.echo(say("Written: {path}", path=str(out)))
