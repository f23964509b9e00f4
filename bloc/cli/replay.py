"""`bloc replay`: a year from a scenario file, beside Prefect's server, its worker and the mail sink, and then the service."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import select

from bloc.cli.door import DAY, opened
from bloc.cli.service import addresses, console, die_with_make, tell
from bloc.clock import end_of
from bloc.db import Database, reading
from bloc.engine.parts import portal_part, sink_part
from bloc.engine.running import running
from bloc.engine.supervisor import Supervisor
from bloc.language import clock_time, say
from bloc.replay.drafts import left_behind
from bloc.replay.play import TICK, Play
from bloc.replay.scenario import Script, read_scenario
from bloc.replay.stagehands import Stagehands, WithoutPrefect, WithPrefect
from bloc.replay.summary import summary
from bloc.replay.timeline import Timeline
from bloc.settings import Settings
from models import Cycle


def replay(
    scenario: Path,
    until: Annotated[datetime | None, typer.Option("--at", formats=DAY, help="Stop the year at the end of that day.")] = None,
    once: Annotated[bool, typer.Option(help="End after the replay instead of leaving the service up.")] = False,
    without_prefect: Annotated[bool, typer.Option(help="Run the flows' bodies in this process, without a server.")] = False,
) -> None:
    """Replay a bloc's year from a scenario file, through the real flows and actions, and go on from where it stood."""
    settings, script = Settings(), read_scenario(scenario)
    die_with_make()
    hands: Stagehands = WithoutPrefect() if without_prefect else WithPrefect(settings, tell)
    parts = _sink_alone(settings) if without_prefect else running(settings, tell)
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
            supervisor.start(portal_part(settings, demo=True))
            addresses(settings, demo=True)
            supervisor.watch()


@contextmanager
def _sink_alone(settings: Settings) -> Iterator[Supervisor]:
    with Supervisor(tell) as supervisor:
        if settings.smtp_host is None:
            supervisor.start(sink_part(settings))
        yield supervisor


def _where(base: Database, script: Script) -> None:
    """Say from where a replay goes on that was begun before, or that it has ended."""
    key = script.plan.key
    with reading(base) as session:
        reached = session.exec(select(Cycle.reached_at).where(Cycle.key == key)).first()
    if reached is None:
        return
    if reached >= end_of(script.scenario.ends) - TICK:
        tell(say("The replay of {key} has ended already; `make clean-data` begins anew.", key=key))
    else:
        tell(say("The replay of {key} goes on from where it stood: {moment}.", key=key, moment=clock_time(reached)))
