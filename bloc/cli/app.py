"""All commands, by name."""

import io
import logging
import os
import sqlite3
import sys
from importlib import import_module
from typing import Any

import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from typer.core import TyperGroup

from bloc import language
from bloc.cli import usage
from bloc.errors import BlocError, Way, reason_of
from bloc.language import Message, say
from bloc.settings import Settings

logger = logging.getLogger(__name__)

# Name -> module of this package, and the function or group of commands in it. Imported when it is asked for.
COMMANDS = {
    "plan": "plan.app",
    "sheet": "sheet.app",
    "status": "status.status",
    "health": "health.health",
    "deposit": "work.deposit",
    "respond": "work.respond",
    "extend": "work.extend",
    "waive": "work.waive",
    "return": "work.return_report",
    "close": "work.close",
    "reopen": "work.reopen",
    "aggregate": "work.aggregate",
    "publish": "work.publish",
    "objection": "objection.app",
    "conference": "conferences.app",
    "postpone": "conferences.postpone",
    "inbox": "inbox.app",
    "catch-up": "work.catch_up",
    "result": "result.result",
    "titles": "titles.app",
    "documents": "documents.app",
    "dossier": "dossier.dossier",
    "bundle": "bundle.bundle",
    "city": "city.app",
    "verify": "record.verify",
    "audit": "record.app",
    "notices": "notices.app",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "up": "service.up",
    "deploy": "jobs.deploy",
    "jobs": "jobs.jobs",
    "portal": "portal.portal",
    "replay": "replay.replay",
    "simulate": "simulate.simulate",
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
        sys.exit(_settings(error))
    try:
        sys.exit(app(prog_name="bloc", standalone_mode=False))
    except usage.UsageError as error:
        usage.show(error)
        sys.exit(usage.WRONG)
    except (BlocError, OSError) as error:
        sys.exit(f"bloc: {_system(error) if isinstance(error, OSError) else _refused(error)}")
    except (ArgumentError, DatabaseError) as error:
        logger.debug("%s", error)
        refusal = say("The database cannot be used (BLOC_DATABASE_URL): {why}", why=_database(error))
        sys.exit(f"bloc: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)


WAYS = {
    Way.REASON: "--because",
    Way.WORDS: "--say",
    Way.FILE: "--file",
    Way.AS_PROVISIONAL: "--provisional",
    Way.AGGREGATE: "bloc aggregate",
    Way.RESTORE: "bloc notices restore",
    Way.NOTICES: "bloc notices list",
    Way.COMING_NOTICES: "bloc notices plan",
    Way.MAILS: "bloc inbox list --all",
}


def _refused(error: BlocError) -> str:
    """Return what was refused, and which option or command helps."""
    return f"{error} ({WAYS[error.way]})" if error.way else str(error)


def _settings(error: ValidationError) -> str:
    """Return what is wrong with the settings, each by its name in the environment."""
    from bloc.plan.reading import what_is_wrong  # heavy, and seldom needed

    wanted = os.environ.get("BLOC_LANGUAGE")
    if wanted in language.LANGUAGES:
        language.use(wanted)
    faults = error.errors(include_url=False)
    names = ["BLOC_" + "_".join(str(part) for part in fault["loc"]).upper() for fault in faults]
    return "\n".join(
        f"bloc: {name}={fault['input']}: {what_is_wrong(fault)}" for name, fault in zip(names, faults, strict=True)
    )


def _system(error: OSError) -> Message:
    """Return what the operating system refused, with the path that it was about."""
    logger.debug("%s", error)
    why = reason_of(error)
    return say("{path} cannot be used: {why}", path=str(error.filename), why=why) if error.filename else why


SQLITE = {
    sqlite3.SQLITE_CANTOPEN: say("the file cannot be opened"),
    sqlite3.SQLITE_READONLY: say("the file cannot be written to"),
    sqlite3.SQLITE_BUSY: say("another program has kept it busy for too long; please try again"),
    sqlite3.SQLITE_FULL: say("the disk is full"),
    sqlite3.SQLITE_NOTADB: say("the file is no database"),
    sqlite3.SQLITE_CORRUPT: say("the file is damaged"),
}
PRIMARY = 0xFF  # the part of SQLite's codes that names the kind of error


def _database(error: ArgumentError | DatabaseError) -> Message:
    """Return why the database cannot be used; an error that is our own mistake goes on its way.

    Raises:
        DatabaseError: it is neither about the file nor about the server.
    """
    if isinstance(error, ArgumentError):
        return say("it is no URL of a database that Bloc knows")
    known = SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY)
    if known is not None:
        return known
    if not isinstance(error, OperationalError):
        raise error
    if isinstance(error.orig, sqlite3.Error):
        return say("SQLite refuses it")
    return say("the server does not answer or refuses the connection; please check its address, the user and the password")
