"""All commands, by name."""

import io
import sys
from importlib import import_module
from typing import Any

import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, OperationalError
from typer.core import TyperGroup

from bloc import language
from bloc.errors import BlocError
from bloc.language import say
from bloc.settings import Settings

# Name -> module of this package, and the function or group of commands in it. Imported when it is asked for.
COMMANDS = {
    "plan": "plan.app",
    "sheet": "sheet.app",
    "status": "status.status",
    "deposit": "work.deposit",
    "respond": "work.respond",
    "extend": "work.extend",
    "aggregate": "work.aggregate",
    "publish": "work.publish",
    "sweep": "work.sweep",
    "result": "result.result",
    "up": "service.up",
    "replay": "service.replay",
}
PLAIN: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


class Commands(TyperGroup):
    """The commands, each brought in when it is asked for: `bloc status` pays for no other."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return a command, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(".")
        found, host = getattr(import_module(f"bloc.cli.{module}"), name), typer.Typer(callback=lambda: None, **PLAIN)
        if isinstance(found, typer.Typer):
            host.add_typer(found, name=cmd_name)
        else:
            host.command(cmd_name)(found)
        return typer.main.get_group(host).commands[cmd_name]


app = typer.Typer(
    name="bloc",
    cls=Commands,
    callback=lambda: None,
    no_args_is_help=True,
    help="The year of an emulation bloc: plan, covenant, reports, score sheets, ranking.",
    **PLAIN,
)


def main() -> None:
    """Run a command; a refusal is said on stderr, and the exit status is 1. Nobody sees a traceback for bad input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter gets "?", not a traceback
    try:
        language.use(Settings().language)
    except ValidationError as error:
        sys.exit("\n".join(f"bloc: {_setting(each)}" for each in error.errors()))
    try:
        app()
    except (BlocError, OSError) as error:
        sys.exit(f"bloc: {error}")
    except (ArgumentError, OperationalError) as error:
        why = str(error.orig if isinstance(error, OperationalError) else error).strip()
        refusal = say("The database cannot be used (BLOC_DATABASE_URL): {why}", why=why)
        sys.exit(f"bloc: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)


def _setting(wrong: Any) -> str:
    """Return what is wrong with a setting, by its name in the environment."""
    name = "_".join(str(part) for part in wrong["loc"]).upper()
    return f"BLOC_{name}={wrong['input']}: {wrong['msg']}"
