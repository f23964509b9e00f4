"""`bloc up`: Prefect's server, its worker, the portal and the mail sink in one foreground command."""

import os
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from bloc.cli.door import opened
from bloc.engine.checking import findings
from bloc.engine.leash import die_with_parent
from bloc.engine.parts import portal_part
from bloc.engine.running import CATCH_UP, running
from bloc.language import Message, say
from bloc.settings import Settings

console = Console(highlight=False)


def up(
    check: Annotated[bool, typer.Option("--check", help="Only say what would be started, and what is wrong.")] = False,
) -> None:
    """Run the service in the foreground: the plan's jobs by Prefect, its UI, the mail sink; Ctrl-C ends it."""
    settings = Settings()
    if check:
        _check(settings)
        return
    die_with_make()
    parts = [portal_part(settings)]
    with opened(settings) as base, running(settings, tell, at_start=CATCH_UP, base=base, beside=parts) as supervisor:
        addresses(settings)
        supervisor.watch()


def _check(settings: Settings) -> None:
    found = list(findings(settings))
    for each in found:
        typer.echo(each.so)
    for each in found:
        if each.wrong:
            typer.echo(say("ATTENTION: {wrong}", wrong=each.wrong))
    if any(each.wrong for each in found):
        raise typer.Exit(1)


def addresses(settings: Settings, *, demo: bool = False) -> None:
    """Say where there is what to look at."""
    rows = list(_addresses(settings, demo=demo))
    width = max(len(str(what)) for what, _ in rows)
    for what, where in rows:
        console.print(f"  {what!s:{width}}  {where}", soft_wrap=True)
    tell(say("The service is up; Ctrl-C ends it."))


def _addresses(settings: Settings, *, demo: bool) -> Iterator[tuple[Message, str]]:
    """Yield what there is to look at, and where."""
    yield say("The portal"), settings.portal
    if demo:
        yield say("To look in as the secretary or as a unit, without a mail"), f"{settings.portal}/demo"
    yield say("Prefect's UI"), settings.prefect_ui
    mail = f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else str(settings.mail_folder)
    yield say("Mail goes to"), mail
    yield say("Logs, one a part"), str(settings.log_folder)


def die_with_make() -> None:
    """End with the parent where the Makefile asks for it; by hand one may well close the shell."""
    if os.environ.get("BLOC_DIE_WITH_PARENT"):
        die_with_parent()


def tell(message: Message) -> None:
    """Say to whoever waits what goes on."""
    console.print(f"[dim]{message}[/dim]" if console.is_terminal else str(message), soft_wrap=True)
