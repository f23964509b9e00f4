"""`bloc up` and `bloc replay`: Prefect's server, its worker and the mail sink in one foreground command."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from sqlmodel import select

from bloc.cli.door import DAY, opened
from bloc.clock import end_of
from bloc.db import Database, reading
from bloc.engine.checking import findings
from bloc.engine.leash import die_with_parent
from bloc.engine.parts import portal_part, sink_part
from bloc.engine.running import CATCH_UP, running
from bloc.engine.supervisor import Supervisor
from bloc.language import Message, clock_time, say
from bloc.replay.play import TICK, Play
from bloc.replay.scenario import Script, read_scenario
from bloc.replay.stagehands import Stagehands, WithoutPrefect, WithPrefect
from bloc.replay.summary import summary
from bloc.replay.timeline import Timeline
from bloc.settings import Settings
from models import Cycle

console = Console(highlight=False)


def up(
    check: Annotated[bool, typer.Option("--check", help="Only say what would be started, and what is wrong.")] = False,
) -> None:
    """Run the service in the foreground: the plan's jobs by Prefect, its UI, the mail sink; Ctrl-C ends it."""
    settings = Settings()
    if check:
        _check(settings)
        return
    _die_with_make()
    with opened(settings) as base, running(settings, _tell, at_start=CATCH_UP, base=base) as supervisor:
        _open(supervisor, settings)


def _check(settings: Settings) -> None:
    found = list(findings(settings))
    for each in found:
        typer.echo(each.so)
    for each in found:
        if each.wrong:
            typer.echo(say("ATTENTION: {wrong}", wrong=each.wrong))
    if any(each.wrong for each in found):
        raise typer.Exit(1)


def replay(
    scenario: Path,
    until: Annotated[datetime | None, typer.Option("--at", formats=DAY, help="Stop the year at the end of that day.")] = None,
    once: Annotated[bool, typer.Option(help="End after the replay instead of leaving the service up.")] = False,
    without_prefect: Annotated[bool, typer.Option(help="Run the flows' bodies in this process, without a server.")] = False,
) -> None:
    """Replay a bloc's year from a scenario file, through the real flows and actions, and go on from where it stood."""
    from bloc.replay.drafts import left_behind  # heavy, and needed by a replay alone

    settings, script = Settings(), read_scenario(scenario)
    _die_with_make()
    hands: Stagehands = WithoutPrefect() if without_prefect else WithPrefect(settings, _tell)
    parts = _sink_alone(settings) if without_prefect else running(settings, _tell)
    with opened(settings, hands.hear) as base, parts as supervisor:
        _where(base, script)
        play = Play(script, base, settings, hands, Timeline(console), supervisor.check)
        try:
            asyncio.run(play.run(until.date() if until else None))
        finally:
            hands.close()
        left = list(left_behind(base, settings, script.plan.key, ended=until is None))
        summary(console, base, settings, script.plan.key)
        for line in left:
            console.print(str(line), soft_wrap=True)
        if not (without_prefect or once):
            _open(supervisor, settings, demo=True)


def _open(supervisor: Supervisor, settings: Settings, *, demo: bool = False) -> NoReturn:
    """Start the portal, say where it is, and keep all parts running."""
    supervisor.start(portal_part(settings, demo=demo))
    rows = list(_addresses(settings, demo=demo))
    width = max(len(str(what)) for what, _ in rows)
    for what, where in rows:
        console.print(f"  {what!s:{width}}  {where}", soft_wrap=True)
    _tell(say("The service is up; Ctrl-C ends it."))
    supervisor.watch()


def _addresses(settings: Settings, *, demo: bool) -> Iterator[tuple[Message, str]]:
    """Yield what there is to look at, and where."""
    yield say("The portal"), settings.portal
    if demo:
        yield say("To look in as the secretary or as a unit, without a mail"), f"{settings.portal}/demo"
    yield say("Prefect's UI"), settings.prefect_ui
    mail = f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else str(settings.mail_folder)
    yield say("Mail goes to"), mail
    yield say("Logs, one a part"), str(settings.log_folder)


@contextmanager
def _sink_alone(settings: Settings) -> Iterator[Supervisor]:
    with Supervisor(_tell) as supervisor:
        if settings.smtp_host is None:
            supervisor.start(sink_part(settings))
        yield supervisor


def _die_with_make() -> None:
    """End with the parent where the Makefile asks for it; by hand one may well close the shell."""
    if os.environ.get("BLOC_DIE_WITH_PARENT"):
        die_with_parent()


def _tell(message: Message) -> None:
    console.print(f"[dim]{message}[/dim]" if console.is_terminal else str(message), soft_wrap=True)


def _where(base: Database, script: Script) -> None:
    """Say from where a replay goes on that was begun before, or that it has ended."""
    key = script.plan.key
    with reading(base) as session:
        reached = session.exec(select(Cycle.reached_at).where(Cycle.key == key)).first()
    if reached is None:
        return
    if reached >= end_of(script.scenario.ends) - TICK:
        _tell(say("The replay of {key} has ended already; `make clean-data` begins anew.", key=key))
    else:
        _tell(say("The replay of {key} goes on from where it stood: {moment}.", key=key, moment=clock_time(reached)))
