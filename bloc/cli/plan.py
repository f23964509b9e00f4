"""`bloc plan`: make a plan file, check it, apply it; its schema for editors."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bloc import clock
from bloc.actions.next_plan import Next, next_plan
from bloc.actions.plans import apply_plan
from bloc.cli.door import By, CycleName, desk, opened, typed, who, write_bytes, write_form
from bloc.cli.new_plan import new
from bloc.db import unit_of_work
from bloc.language import say
from bloc.plan import read_plan
from bloc.plan.json_schema import plan_json_schema
from bloc.plan.rollover import MARK
from bloc.plan.rollover.marks import marked_lines
from bloc.prefect_plan import show_plan
from bloc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Make a plan file, check it, and apply it.")
app.command()(new)


@app.command()
def check(file: Path) -> None:
    """Report every fault of a plan file, each with its line and path; exit status 1 if there is any."""
    plan = read_plan(file)
    marked = marked_lines(file.read_text(encoding="utf-8", errors="replace"))
    typer.echo(
        say(
            "The plan {key} is in order: {units} units, {activities} activities.", key=plan.key, units=len(plan.units),
            activities=len(plan.activities),
        )
    )  # fmt: skip
    _show_marked(file.name, marked)


def _show_marked(name: str, marked: Sequence[tuple[int, str]]) -> None:
    if marked:
        typer.echo(say('Still to be filled in, where "{mark}" stands:', mark=MARK))
    for number, line in marked:
        typer.echo(f"  {name}:{number} {line}")


@app.command("next")
def next_year(
    year: Annotated[int | None, typer.Option(help="Of which year; by default the one after.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write it; by default it is shown.")] = None,
    cycle: CycleName = None,
) -> None:
    """Draft the next year's plan from this one: what is known is carried over, what only people know is marked."""
    with desk(cycle) as at:
        found = next_plan(at.work, at.cycle, year, at.now)
    if out is None:
        typer.echo(found.draft.text, nl=False)
    else:
        write_form(out, found.draft.text.encode())
        typer.echo(say("Written: {path}", path=str(out)))
    _show_next(found, out.name if out else "plan.yaml", err=out is None)


def _show_next(found: Next, name: str, err: bool) -> None:
    """Say how the draft differs from the plan before, what was moved and why, and what is left to be filled in."""
    heads = (
        (say("What changes from year to year:"), [str(each) for each in found.changes]),
        (say("What was moved, and why:"), [str(each) for each in found.draft.remarks if not each.to_fill]),
        (say("What cannot be used yet:"), [str(each) for each in found.draft.faults]),
        (
            say('Still to be filled in, where "{mark}" stands:', mark=MARK),
            [f"{name}:{number} {line}" for number, line in marked_lines(found.draft.text)],
        ),
    )
    for head, lines in heads:
        for line in [str(head), *(f"  {each}" for each in lines)] if lines else ():
            typer.echo(line, err=err)


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
