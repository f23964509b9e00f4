"""Questions at a terminal: asked again until the answer can be taken; what an option answers is not asked."""

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from unicodedata import normalize

import typer
from pydantic import TypeAdapter, ValidationError

from bloc.cli.door import DAY
from bloc.errors import BlocError, NotAllowed
from bloc.language import Message, say
from bloc.plan.reading import what_is_wrong

T = TypeVar("T")
Reader = Callable[[str], T]  # returns what an answer says; raises BlocError with what is wrong with it


@dataclass(frozen=True)
class Questions:
    """Puts questions. ``options`` are the answers given on the command line, by their option; None: to be asked for."""

    options: Mapping[str, Any]
    take_defaults: bool = False

    def ask(self, option: str, question: Message, read: Reader[T], default: str | None = None) -> T:
        """Return the answer to one question; an empty one means ``default``.

        Raises:
            NotAllowed: the option's value cannot be taken.
            EOFError: there is no more input.
        """
        given = self.options.get(option)
        if given is not None:
            return of_option(option, read, given)
        if self.take_defaults and default is not None:
            return read(default)
        typer.echo(f"{question} [{default}]" if default else question)
        return _until_taken("> ", lambda typed: read(typed or default or ""))

    def ask_several(self, option: str, question: Message, read: Callable[[str, Sequence[T]], T], least: int) -> list[T]:
        """Return the answers to a question, one a line until an empty one; ``read`` gets those before. Raises as ``ask``."""
        answers: list[T] = []

        def next_of(typed: str) -> T | None:
            if not typed and len(answers) < least:
                raise NotAllowed(say("At least {least} are needed.", least=least))
            return read(typed, answers) if typed else None

        given = self.options.get(option)
        replies = iter([*given, ""]) if given else None
        if replies is None:
            typer.echo(question)

        def reply() -> T | None:
            return of_option(option, next_of, next(replies)) if replies else _until_taken(f"{len(answers) + 1}> ", next_of)

        while (answer := reply()) is not None:
            answers.append(answer)
        return answers


def of_option(option: str, read: Reader[T], given: str) -> T:
    """Return what an option's value says; a refusal names the option."""
    try:
        return read(given.strip())
    except BlocError as refused:
        raise NotAllowed(say("--{option}: {why}", option=option, why=refused.message)) from refused


def _until_taken(prompt: str, read: Reader[T]) -> T:
    while True:
        try:
            return read(input(prompt).strip())
        except BlocError as refused:
            typer.echo(f"  {refused}")


def prepare_input() -> None:
    """Let what is no UTF-8 be refused as an answer, not by a traceback; to be called before anything is read."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")


def of_kind(kind: Any) -> Reader[Any]:
    """Return what reads an answer as a kind of value of the plan (bloc.plan.fields)."""
    adapter = TypeAdapter(kind)

    def read(typed: str) -> Any:
        if not typed:
            raise NotAllowed(say("Please give an answer."))
        try:
            return adapter.validate_python(normalize("NFC", typed))
        except ValidationError as error:
            why = what_is_wrong(error.errors(include_url=False)[0])
            raise NotAllowed(say('"{typed}" {why}.', typed=typed, why=why)) from error

    return read


def or_nothing(read: Reader[T]) -> Reader[T | None]:
    """Return what reads an answer that may be left empty."""
    return lambda typed: read(typed) if typed else None


def read_day(typed: str) -> date:
    """Return the day that was typed."""
    for form in DAY:
        try:
            return datetime.strptime(typed, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise NotAllowed(say('"{typed}" is no day; write day/month/year, or leave it empty.', typed=typed))
