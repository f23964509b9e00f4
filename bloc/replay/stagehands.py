"""How a replay runs flows: through Prefect, visible in its UI, or without a server, as plain calls of the same bodies."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from bloc import events
from bloc.db import Wake
from bloc.enums import Stage, WakeupKind
from bloc.language import Message, say
from bloc.settings import Settings

NOBODY = "http://127.0.0.1:9/api"  # the discard port: where an event goes that gets lost
PATIENCE = 90.0  # seconds to wait for the run that an event starts
LOOK_EVERY = 0.2  # seconds
FLUSH = 10.0  # seconds to hand over what is held back


class Stagehands(Protocol):
    """Who runs the flows and hears the wake-ups."""

    lost: bool

    def hear(self, wake: Wake) -> None:
        """Be told of a wake-up after a commit."""
        ...

    async def run(self, flow: str, cycle: str, as_of: datetime) -> Any:
        """Run a flow for one cycle as of a moment."""
        ...

    async def aggregated(self, done: Callable[[], bool]) -> bool:
        """Let the aggregation happen that was just told of; return whether it did."""
        ...

    def close(self) -> None:
        """Leave nothing unsaid, while there is still a server to say it to."""
        ...


def flow_named(name: str) -> Any:
    """Return a flow of ours by name; a stage by its own."""
    from flows import aggregation, delivery, midyear, reminders, signing, sweep, year_end  # they import Prefect

    return {
        Stage.SIGNING: signing.advance_signing,
        Stage.MIDYEAR: midyear.advance_midyear,
        Stage.YEAR_END: year_end.advance_year_end,
        "reminders": reminders.send_reminders,
        "aggregation": aggregation.aggregate_scores,
        "delivery": delivery.deliver_notices,
        "sweep": sweep.sweep,
    }[name]


class _Ears:
    """Remembers whether an aggregation was told of."""

    def __init__(self) -> None:
        self.lost = False
        self.told = False

    def take(self) -> bool:
        told, self.told = self.told, False
        return told


class WithoutPrefect(_Ears):
    """Runs the bodies of the flows in this process; an event that is told is acted on at once."""

    def hear(self, wake: Wake) -> None:
        """Be told of a wake-up after a commit."""
        self.told |= wake.kind is WakeupKind.AGGREGATION and not self.lost

    async def run(self, flow: str, cycle: str, as_of: datetime) -> Any:
        """Run a flow's body."""
        return await flow_named(flow).fn(cycle=cycle, as_of=as_of)

    async def aggregated(self, done: Callable[[], bool]) -> bool:
        """Aggregate now, if an event said so."""
        if self.take():
            await flow_named("aggregation").fn()
        return done()

    def close(self) -> None:
        """Do nothing: nothing is held back."""


class WithPrefect(_Ears):
    """Runs flows as runs that Prefect's UI shows; an event goes to Prefect, whose automation starts the aggregation."""

    def __init__(self, settings: Settings, tell: Callable[[Message], None]) -> None:
        super().__init__()
        self.settings, self.tell, self.logging = settings, tell, False

    def hear(self, wake: Wake) -> None:
        """Tell Prefect of a wake-up, or the discard port while events get lost."""
        reached = events.tell(self.settings, wake, NOBODY if self.lost else self.settings.prefect_api)
        self.told |= reached and wake.kind is WakeupKind.AGGREGATION

    async def run(self, flow: str, cycle: str, as_of: datetime) -> Any:
        """Run a flow under Prefect, in this process."""
        found = flow_named(flow)
        if not self.logging:
            _log_to_file(self.settings)
            self.logging = True
        return await found(cycle=cycle, as_of=as_of)

    async def aggregated(self, done: Callable[[], bool]) -> bool:
        """Wait, with a bound, until the run that the event starts on the worker has done the work."""
        if not self.take():
            return done()
        self.tell(say("All score sheets are in: waiting for the run that Prefect's automation starts."))
        return await _until(done, PATIENCE)

    def close(self) -> None:
        """Hand the logs and events of the runs to the server: at exit, with the server gone, Prefect would wait for it."""
        from prefect.events.worker import EventsWorker  # heavy
        from prefect.logging.handlers import APILogWorker

        for worker in (APILogWorker, EventsWorker):
            worker.drain_all(timeout=FLUSH, at_exit=True)


def _log_to_file(settings: Settings) -> None:
    """Put what Prefect would print between the lines of the timeline into a log file, as every part has one."""
    file = logging.FileHandler(settings.log_folder / "replay.log", encoding="utf-8")
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [file]


async def _until(done: Callable[[], bool], seconds: float) -> bool:
    for _ in range(int(seconds / LOOK_EVERY)):
        if done():
            return True
        await asyncio.sleep(LOOK_EVERY)
    return done()
