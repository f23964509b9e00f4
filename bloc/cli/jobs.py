"""`bloc jobs` and `bloc deploy`: the jobs in Prefect, how they stand, and what is out of step."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bloc import clock
from bloc.actions.heartbeats import health
from bloc.cli.door import opened
from bloc.db import Database, reading
from bloc.engine import jobs as engine
from bloc.engine.jobs import EVENT, HAND, PLAN, Job
from bloc.engine.parts import prefect_environment
from bloc.engine.running import tell_prefect
from bloc.enums import Job as Beaten
from bloc.enums import RunState
from bloc.language import Message, _, clock_time, say, short_day
from bloc.prefect_plan import asking
from bloc.settings import Settings
from models import Heartbeat

WHAT: Mapping[str, Message] = {
    "advance-signing/q1-covenant-signing": say("Quarter I: covenant signing"),
    "advance-midyear/q2-midyear-reports": say("Quarter II: the units' mid-year reports"),
    "advance-bloc-report/q3-bloc-report": say("Quarter III: the bloc's own mid-year report"),
    "advance-year-end/q4-year-end-scoring": say("Quarter IV: year-end reports and score sheets"),
    "aggregate-scores/q4-aggregation": say("Quarter IV: aggregation"),
    "advance-conference/q4-conference": say("Quarter IV: year-end conference"),
    "advance-signing/daily": say("Opens and closes what is due in Quarter I"),
    "advance-midyear/daily": say("Opens and closes what is due in Quarters II and III"),
    "advance-year-end/daily": say("Opens and closes what is due in Quarter IV"),
    "send-reminders/daily": say("Queues reminders and weekly digests"),
    "aggregate-scores/when-complete": say("Adds the scores up when the last sheet is in"),
    "deliver-notices/when-queued": say("Sends the mails that are queued"),
    "alarm/when-a-run-fails": say("Tells the operator of failed jobs"),
    "draft-documents/by-hand": say("Drafts the documents of a year"),
    "sweep/every-15-minutes": say("Sweep: does what an event missed, and delivers"),
}
STATES: Mapping[RunState, Message] = {
    RunState.SCHEDULED: say("is to come"),
    RunState.LATE: say("late"),
    RunState.PENDING: say("starting"),
    RunState.RUNNING: say("running"),
    RunState.COMPLETED: say("done"),
    RunState.FAILED: say("FAILED"),
    RunState.CRASHED: say("CRASHED"),
    RunState.CANCELLING: say("being cancelled"),
    RunState.CANCELLED: say("cancelled"),
    RunState.PAUSED: say("paused"),
}
WIDTH = 200  # columns that the table may take: nothing of it is cut; a narrower terminal folds its lines


def jobs() -> None:
    """Show all jobs: what starts them, when next, how the last run went; and what is out of step (then exit status 1)."""
    settings, wall = Settings(), clock.now()
    ask = asking(settings)
    with opened(settings) as base:
        try:
            found, wrong = engine.asked(ask, wall), engine.out_of_step(base, ask, wall)
        except OSError:
            found, wrong = engine.unasked(), [say("Prefect is not reachable at {url}.", url=settings.prefect_api)]
        beaten, wrong = _sweep(base, settings, wall, wrong)
    _show(found)
    typer.echo(beaten)
    for each in wrong:
        typer.echo(say("ATTENTION: {wrong}", wrong=each))
    if wrong:
        raise typer.Exit(1)


def _sweep(base: Database, settings: Settings, wall: datetime, wrong: list[Message]) -> tuple[Message, list[Message]]:
    """Return when the sweep ran by our own record, and all that is wrong."""
    with reading(base) as session:
        row, ill = session.get(Heartbeat, Beaten.SWEEP), health(session, settings, wall)
    if row is None:
        return say("By Bloc's own record the sweep has not run yet."), [*wrong, *ill]
    return say("By Bloc's own record the sweep ran last at {moment}.", moment=clock_time(row.ran_at)), [*wrong, *ill]


def _show(found: list[Job]) -> None:
    console = Console(highlight=False)
    console.width = max(console.width, WIDTH)
    grid = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for title in (_("Job"), _("Starts"), _("Next"), _("Last")):
        grid.add_column(title, no_wrap=True)
    for job in found:
        grid.add_row(f"{WHAT.get(job.address, job.address)}\n[dim]{job.address}[/dim]", *_cells(job))
    console.print(grid)


def _cells(job: Job) -> Iterator[str]:
    yield str(in_words(job.starts))
    yield _moment(job.next)
    yield f"{_moment(job.last_at)} {STATES[job.last]}" if job.last else "-"


def in_words(starts: str) -> Message:
    """Return what starts a job, in words; of crons, those that prefect.yaml has."""
    if starts == EVENT:
        return say("on an event")
    if starts == PLAN:
        return say("on the plan's days")
    if starts == HAND:
        return say("by hand")
    minute, hour = starts.split()[:2]
    if minute.startswith("*/"):
        return say("every {minutes} minutes", minutes=int(minute[2:]))
    return say("every day at {time}", time=f"{int(hour):02}:{int(minute):02}")


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "-"
    there = clock.local(moment)
    return f"{there:%H:%M} {short_day(there.date())}"


def deploy(
    older: Annotated[bool, typer.Option("--older", help="Replace also the jobs of a newer version of Bloc.")] = False,
) -> None:
    """Tell Prefect of the jobs, the automations that find dead runs, and the plan's days; twice run it changes nothing."""
    settings = Settings()
    os.environ.update(prefect_environment(settings))
    told: list[Message] = []
    with opened(settings) as base:
        tell_prefect(settings, told.append, base=base, older=older)
    for each in told or [say("Prefect is in step already.")]:
        typer.echo(each)
