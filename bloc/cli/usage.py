"""What is wrong with a command line, in the reader's language: Typer's own sentences are English.

Where its errors carry nothing but a sentence, that is what tells them apart; one that is not known gets a plainer sentence.
"""

import re
import sys

import typer
from typer._click.exceptions import BadOptionUsage, MissingParameter, NoArgsIsHelpError, NoSuchOption, UsageError
from typer.core import TyperGroup

from bloc.language import Message, say

WRONG = 2  # exit status

__all__ = ["WRONG", "UsageError", "show"]


def show(error: UsageError) -> None:
    """Say on stderr what is wrong and which help explains it; where only the command is missing, show that help."""
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        return
    command = error.ctx.command_path if error.ctx else " ".join(["bloc", *sys.argv[1:2]])  # where Click names no command
    said = say("{what} See: {command}", what=_wrong(error), command=f"{command} --help")
    typer.echo(f"bloc: {said}", err=True)


def _wrong(error: UsageError) -> Message:
    if isinstance(error, NoSuchOption):
        return say("There is no option {name} here.", name=error.option_name)
    if isinstance(error, BadOptionUsage):
        return _without_value(error)
    if isinstance(error, MissingParameter):
        return say("{name} is missing.", name=_name(error))
    if isinstance(error, typer.BadParameter):
        return _bad_value(error)
    return _bad_words(error)


def _without_value(error: BadOptionUsage) -> Message:
    if "not take" in error.message:
        return say("{name} takes no value.", name=error.option_name)
    return say("{name} needs a value.", name=error.option_name)


def _bad_value(error: typer.BadParameter) -> Message:
    name, expected = _name(error), error.message.partition(" is not one of ")[2]
    if expected:
        return say("{name} takes one of: {expected}.", name=name, expected=expected.rstrip(".").replace("'", ""))
    if "does not match the format" in error.message:
        return say("{name} takes a day: year-month-day or day/month/year.", name=name)
    return say("{name} does not take this value.", name=name)


def _name(error: typer.BadParameter) -> str:
    """Return an option as it is typed, an argument as the help calls it."""
    if error.param is None:
        return "?"
    option = max(error.param.opts, key=len, default="")
    return option if option.startswith("-") else (error.param.name or "?").upper()


def _bad_words(error: UsageError) -> Message:
    """Word what has no class of its own: an unknown command, a missing one, more words than are taken."""
    quoted = re.search(r"'(.*)'|\(s\) \((.*)\)", error.message)
    if error.ctx is None or quoted is None:
        return say("The command is not complete.")
    if isinstance(error.ctx.command, TyperGroup):
        return say("There is no command {name}.", name=quoted[1] or quoted[2])
    return say("There are more words than the command takes: {words}.", words=quoted[1] or quoted[2])
