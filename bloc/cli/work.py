"""What is done in a year: deposits, responses, extensions, the secretary's acts, and all that is due, by hand."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bloc import queries
from bloc.actions import aggregation, deadlines, deposits, publishing, responses
from bloc.cli.door import DAY, CycleName, day_of, desk, read_bytes
from bloc.enums import DepositState, ResponseKind
from bloc.errors import Fault
from bloc.language import clock_time, say, short_day
from bloc.settings import Settings

UnitCode = Annotated[str, typer.Option(help="Code of the unit.")]
ActivityCode = Annotated[str, typer.Option(help="Code of the activity in the plan.")]


def deposit(file: Path, unit: UnitCode, activity: ActivityCode, cycle: CycleName = None) -> None:
    """Hand in a report or a score sheet; exit status 1 if it is refused, with every fault by its place."""
    data = read_bytes(file, Settings().upload_limit)
    with desk(cycle) as at:
        incoming = deposits.Incoming(unit, activity, file.name, data)
        found = deposits.receive_deposit(at.work, at.cycle, incoming, now=at.now, limit=at.settings.upload_limit)
    for remark in found.remarks:
        typer.echo(f"  ({Fault.from_json(remark)})")
    if found.state is DepositState.REFUSED:
        for fault in found.faults:
            typer.echo(f"  - {Fault.from_json(fault)}", err=True)
        typer.echo(say("Refused: please mend the {count} places above and send it again.", count=len(found.faults)), err=True)
        raise typer.Exit(1)
    received = clock_time(found.received_at)
    typer.echo(say("Received: receipt {number}, version {version}, {moment}.", number=found.receipt, version=found.version,
                   moment=received))  # fmt: skip
    typer.echo(f"SHA-256 {found.sha256}")


def respond(
    unit: UnitCode,
    activity: ActivityCode,
    kind: Annotated[ResponseKind, typer.Option("--as", help="How it is answered.")],
    text: Annotated[str | None, typer.Option(help="The comment.")] = None,
    signatory: Annotated[str | None, typer.Option(help="The office of who signed.")] = None,
    cycle: CycleName = None,
) -> None:
    """Record an answer that needs no file: to a consultation, the covenant's signature, a duty done."""
    with desk(cycle) as at:
        responses.respond(
            at.work, at.cycle, unit=unit, activity=activity, kind=kind, now=at.now, text=text, signatory=signatory
        )
    typer.echo(say("Recorded."))


def extend(
    unit: UnitCode,
    activity: ActivityCode,
    until: Annotated[datetime, typer.Option(formats=DAY, help="The new last day.")],
    because: Annotated[str, typer.Option(help="The reason, as it will stand on record.")],
    cycle: CycleName = None,
) -> None:
    """Give one unit a later deadline; stale reminders lapse and the unit is told."""
    day = day_of(until)
    with desk(cycle) as at:
        deadlines.extend(at.work, at.cycle, unit=unit, activity=activity, until=day, because=because, now=at.now)
        name = queries.unit_by_code(at.work.session, at.cycle, unit).name
    typer.echo(say("{unit} has until {day}: {because}", unit=name, day=short_day(day), because=because))


def aggregate(cycle: CycleName = None) -> None:
    """Ask for the aggregation of the sheets that have arrived, where the plan allows it (the secretary's act)."""
    with desk(cycle) as at:
        aggregation.claim(at.work, at.cycle, at.now)
        made = aggregation.aggregate_next(at.work, at.now, at.cycle.id)  # of an earlier claim too, whose event was lost
    said = (
        say("Version {version} of the result is made.", version=made.version)
        if made
        else say("These sheets have been aggregated already.")
    )
    typer.echo(said)


def publish(cycle: CycleName = None) -> None:
    """Publish the newest final result: every unit is told (the secretary's act)."""
    with desk(cycle) as at:
        newest = queries.latest_result(at.work.session, at.cycle.id)
        before = newest and newest.published_at
        result = publishing.publish(at.work, at.cycle, at.now)
    said = (
        say("Version {version} of the result has been published already.", version=result.version)
        if before
        else say("Version {version} of the result is published.", version=result.version)
    )
    typer.echo(said)


def catch_up(cycle: CycleName = None) -> None:
    """Do all that is due now, without Prefect: open and close, remind, and what the sweep does: aggregate, deliver."""
    import asyncio

    from flows import midyear, reminders, signing, year_end  # they import Prefect
    from flows.sweep import sweep

    stages = (signing.advance_signing, midyear.advance_midyear, year_end.advance_year_end, reminders.send_reminders)

    async def all_of_it() -> int:
        return sum([await flow.fn(cycle=cycle) for flow in (*stages, sweep)])

    typer.echo(say("{count} things were done.", count=asyncio.run(all_of_it())))
