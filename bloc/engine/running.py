"""The whole engine of one machine as one context."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bloc.clock import now
from bloc.db import Database
from bloc.engine.automations import automate, make_single
from bloc.engine.deploy import FILE, deploy, triggers
from bloc.engine.parts import prefect_environment, server_part, sink_part, worker_part
from bloc.engine.prefect_api import PrefectApi
from bloc.engine.supervisor import Supervisor, Tell
from bloc.errors import PartFailed
from bloc.language import say
from bloc.prefect_plan import show_plan
from bloc.settings import Settings

CATCH_UP = (  # what may have been missed while nothing ran; each does only what is due
    "advance-signing/daily",
    "advance-midyear/daily",
    "advance-year-end/daily",
    "send-reminders/daily",
    "sweep/every-15-minutes",
)


def tell_prefect(settings: Settings, tell: Tell, file: Path = FILE, base: Database | None = None) -> None:
    """Bring Prefect to what ``file`` says, with the automations and, of ``base``, the plan's days; say what that changed.

    The variables of ``prefect_environment`` must have been set. Raises OSError: Prefect is not reached.
    """
    if asyncio.run(deploy(settings, file)):
        tell(say("Prefect has been told of the flows."))
    api = PrefectApi.of(settings)
    if automate(api):
        tell(say("Prefect has been told how to find runs that nobody works on any more."))
    make_single(api, triggers(file))
    if base is None:
        return
    shown = show_plan(base, settings, now())
    if shown:
        tell(
            say(
                "Prefect shows the plan's days: {made} new, {removed} gone; {forms} forms renewed.",
                made=shown.made, removed=shown.removed, forms=shown.forms,
            )
        )  # fmt: skip


@contextmanager
def running(
    settings: Settings, tell: Tell, file: Path = FILE, at_start: Sequence[str] = (), base: Database | None = None
) -> Iterator[Supervisor]:
    """Run the parts that the settings ask for: a mail server of one's own replaces the sink, a Prefect elsewhere the server.

    Sets this process's environment for Prefect.

    Args:
        at_start: deployments run at once, such as ``CATCH_UP``.
        base: whose plans' days are shown.

    Raises:
        PortTaken, PartFailed: a part cannot run, or a Prefect elsewhere is not reached.
    """
    os.environ.update(prefect_environment(settings))
    api = PrefectApi.of(settings)
    with Supervisor(tell) as supervisor:
        if settings.smtp_host is None:
            supervisor.start(sink_part(settings))
        if settings.prefect_api_url is None:
            supervisor.start(server_part(settings))
            api.crash_leftovers("Bloc ended before this run did.")
        elif not api.is_ready():
            raise PartFailed(say("Prefect does not answer at {url} (BLOC_PREFECT_API_URL).", url=settings.prefect_api))
        tell_prefect(settings, tell, file, base)
        api.pause_pool(False)  # a stop that was itself cut short leaves it paused
        supervisor.start(worker_part(settings))
        for deployment in at_start:
            with suppress(OSError):  # each comes by itself at its time
                api.run(deployment)
        yield supervisor
