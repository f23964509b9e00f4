"""`bloc sheet`: the score workbook of a unit."""

from pathlib import Path
from typing import Annotated

import typer

from bloc import queries
from bloc.actions.reading import form_of
from bloc.cli.door import CycleName, window, write_bytes
from bloc.language import say
from bloc.sheets.write import make_sheet

app = typer.Typer(no_args_is_help=True, help="The score workbook of a unit.")


@app.callback()
def sheets() -> None:
    """Group the commands: Typer needs a callback where there is but one."""


@app.command()
def make(
    unit: Annotated[str, typer.Option(help="Code of the unit.")],
    out: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
    cycle: CycleName = None,
) -> None:
    """Write the score workbook of a unit: its self sheet and its cross sheet, empty."""
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        plan, code = queries.plan_of(found), queries.unit_by_code(session, found, unit).code
    target = out or Path(f"bang-cham-diem-{plan.key}-{code}.xlsx")
    write_bytes(target, make_sheet(form_of(plan, found, code)))
    typer.echo(say("Written: {path}", path=str(target)))
