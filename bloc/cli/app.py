"""All commands, by name."""

import sys

import typer

from bloc import language
from bloc.cli import plan, result, service, sheet, status, work
from bloc.errors import BlocError
from bloc.settings import Settings

app = typer.Typer(
    name="bloc",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The year of an emulation bloc: plan, covenant, reports, score sheets, ranking.",
)
app.add_typer(plan.app, name="plan")
app.add_typer(sheet.app, name="sheet")
for command in (
    status.status, work.deposit, work.respond, work.extend, work.aggregate, work.publish, work.sweep, result.result,
    service.up, service.replay,
):  # fmt: skip
    app.command()(command)


def main() -> None:
    """Run a command; a refusal is said on stderr, and the exit status is 1. Nobody sees a traceback for bad input."""
    try:
        language.use(Settings().language)
    except ValueError as error:  # pydantic's ValidationError: a setting that cannot be read
        sys.exit(f"bloc: {error}")
    try:
        app()
    except BlocError as error:
        sys.exit(f"bloc: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
