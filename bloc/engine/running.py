"""The whole engine of one machine as one context."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from bloc.clock import now
from bloc.db import Database
from bloc.engine.automations import automate, make_single
from bloc.engine.deploy import FILE, Outcome, deploy, load_flows, triggers
from bloc.engine.parts import Part, prefect_environment, server_part, sink_part, worker_part
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


def tell_prefect(settings: Settings, tell: Tell, file: Path = FILE, base: Database | None = None, older: bool = False) -> None:
    """Bring Prefect to what ``file`` says, with the automations and, of ``base``, the plan's days; say what that changed.

    The variables of ``prefect_environment`` must have been set. ``older``: also if a newer version of Bloc has told it.
    Raises OSError: Prefect is not reached.
    """
    outcome, api = asyncio.run(deploy(settings, file, older=older)), PrefectApi.of(settings)
    if outcome is Outcome.TOLD:
        tell(say("Prefect has been told of the flows."))
    if outcome is Outcome.NEWER:
        tell(say("A newer version of Bloc has told Prefect of its flows, which stay; `bloc deploy --older` replaces them."))
    else:
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
    settings: Settings,
    tell: Tell,
    file: Path = FILE,
    at_start: Sequence[str] = (),
    base: Database | None = None,
    beside: Sequence[Part] = (),
) -> Iterator[Supervisor]:
    """Run the parts that the settings ask for: a mail server of one's own replaces the sink, a Prefect elsewhere the server.

    Sets this process's environment for Prefect.

    Args:
        at_start: deployments run at once, such as ``CATCH_UP``.
        base: whose plans' days are shown.
        beside: parts that need nothing of these, started with the first.

    Raises:
        PortTaken, PartFailed: a part cannot run, or a Prefect elsewhere is not reached.
    """
    os.environ.update(prefect_environment(settings))
    api, ours = PrefectApi.of(settings), settings.prefect_api_url is None

    def tell_it() -> None:
        tell_prefect(settings, tell, file, base)
        api.pause_pool(False)  # a stop that was itself cut short leaves it paused

    with Supervisor(tell) as supervisor:
        sink = [sink_part(settings)] if settings.smtp_host is None else []
        server = [server_part(settings)] if ours else []
        first = ours and not (settings.home / "prefect" / "prefect.db").exists()
        supervisor.start(*sink, *server, *beside, meanwhile=partial(load_flows, file) if first else lambda: None)
        if ours:
            api.crash_leftovers("Bloc ended before this run did.")
        elif not api.is_ready():
            raise PartFailed(say("Prefect does not answer at {url} (BLOC_PREFECT_API_URL).", url=settings.prefect_api))
        supervisor.start(worker_part(settings), meanwhile=tell_it)
        for deployment in at_start:
            with suppress(OSError):  # each comes by itself at its time
                api.run(deployment)
        yield supervisor
