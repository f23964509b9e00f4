"""What is done in a year: deposits, responses, extensions, the secretary's acts, and all that is due, by hand."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bloc import queries
from bloc.actions import aggregation, deadlines, deposits, publishing, responses, returns, sums
from bloc.actions.reading import marked_copy
from bloc.cli.door import DAY, Because, By, CycleName, UnitCode, day_of, desk, read_bytes, typed, write_marked
from bloc.enums import DepositState, ResponseKind
from bloc.errors import Fault, NotAllowed
from bloc.language import clock_time, on_one_line, points, say, short_day
from bloc.rules.deadlines import is_late
from bloc.settings import Settings
from models import Result

ActivityCode = Annotated[str, typer.Option(help="Code of the activity in the plan.", callback=typed)]


def _lines(text: str | None) -> str | None:
    return None if text is None else "\n".join(on_one_line(line) for line in text.splitlines())


def deposit(file: Path, unit: UnitCode, activity: ActivityCode, by: By = None, cycle: CycleName = None) -> None:
    """Hand in a report, a score sheet, or the scan of what was signed; exit status 1 if it is refused, with every fault."""
    data = read_bytes(file, Settings().upload_limit)
    _hand_in(deposits.Incoming(unit, activity, file.name, data), by, cycle, file)


def _hand_in(incoming: deposits.Incoming, by: str | None, cycle: str | None, file: Path) -> None:
    """Hand a file in, and say what became of it."""
    with desk(cycle, by) as at:
        found = deposits.receive_deposit(at.work, at.cycle, incoming, now=at.now, limit=at.settings.upload_limit)
        marked = marked_copy(at.work.session, found)
        totals = sums.totals_by_unit(at.work.session, at.cycle, found)
    for remark in found.remarks:
        typer.echo(f"  ({Fault.from_json(remark)})")
    if found.state is DepositState.REFUSED:
        for fault in found.faults:
            typer.echo(f"  - {Fault.from_json(fault)}", err=True)
        typer.echo(say("Refused: please mend the {count} places above and send it again.", count=len(found.faults)), err=True)
        if marked:
            write_marked(file.with_name(f"{file.stem}-can-sua-{found.version}.xlsx"), marked)
        raise typer.Exit(1)
    received = clock_time(found.received_at)
    typer.echo(say("Received: receipt {number}, version {version}, {moment}.", number=found.receipt, version=found.version,
                   moment=received))  # fmt: skip
    typer.echo(f"SHA-256 {found.sha256}")
    for name, total in totals:
        typer.echo(f"  {name}: {points(total)}")


def respond(
    unit: UnitCode,
    activity: ActivityCode,
    kind: Annotated[ResponseKind, typer.Option("--as", help="How it is answered.")],
    text: Annotated[str | None, typer.Option(help="The comment.", callback=_lines)] = None,
    signatory: Annotated[str | None, typer.Option(help="The office of who signed.", callback=typed)] = None,
    scan: Annotated[
        Path | None, typer.Option(help="The scan of what was signed; it may follow later by `bloc deposit`.")
    ] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Record an answer that needs no file: to a consultation, the covenant's signature, a duty done."""
    if scan is not None and kind is not ResponseKind.SIGNED:
        raise NotAllowed(say("Only what was signed has a scan."))
    data = read_bytes(scan, Settings().upload_limit) if scan else None
    with desk(cycle, by) as at:
        responses.respond(
            at.work, at.cycle, unit=unit, activity=activity, kind=kind, now=at.now, text=text, signatory=signatory
        )
    typer.echo(say("Recorded."))
    if scan is not None and data is not None:
        _hand_in(deposits.Incoming(unit, activity, scan.name, data), by, cycle, scan)


def extend(
    unit: UnitCode,
    activity: ActivityCode,
    until: Annotated[datetime, typer.Option(formats=DAY, help="The new last day.")],
    because: Because,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Give one unit a later deadline; stale reminders lapse and the unit is told."""
    day = day_of(until)
    with desk(cycle, by) as at:
        deadlines.extend(at.work, at.cycle, unit=unit, activity=activity, until=day, because=because, now=at.now)
        name = queries.unit_by_code(at.work.session, at.cycle, unit).name
    typer.echo(say("{unit} has until {day}: {because}", unit=name, day=short_day(day), because=because))


def waive(unit: UnitCode, activity: ActivityCode, because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Release one unit from what it owes; it is told, and reminded no more."""
    with desk(cycle, by) as at:
        deadlines.waive(at.work, at.cycle, unit=unit, activity=activity, because=because, now=at.now)
        name = queries.unit_by_code(at.work.session, at.cycle, unit).name
    typer.echo(say("{unit} is released from it: {because}", unit=name, because=because))


def return_report(unit: UnitCode, activity: ActivityCode, because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Give a unit's report back to it; it is told why, and owes it again."""
    with desk(cycle, by) as at:
        found = returns.return_report(at.work, at.cycle, unit=unit, activity=activity, because=because, now=at.now)
        owed = queries.obligation_of(at.work.session, at.cycle, activity, queries.unit_by_code(at.work.session, at.cycle, unit))
    typer.echo(say("Returned: receipt {number}, version {version}.", number=found.receipt, version=found.version))
    if is_late(at.now, owed.obligation.due_at):
        typer.echo(say("Its last day has passed; `bloc extend` gives {unit} another.", unit=owed.unit.name))


def close(
    because: Annotated[str | None, typer.Option(help="The reason, as it will stand on record.", callback=typed)] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Close the scoring with the sheets received, where the plan allows it (the secretary's act); the result is provisional."""
    with desk(cycle, by) as at:
        aggregation.close(at.work, at.cycle, at.now, because)
        made = aggregation.aggregate_next(at.work, at.now, at.cycle.id)
    _say_made(made)


def reopen(because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Take back that the scoring was closed without some sheets, before its result is published (the secretary's act)."""
    with desk(cycle, by) as at:
        found = aggregation.reopen(at.work, at.cycle, at.now, because)
    typer.echo(say("The scoring is open again; version {version} of the result is withdrawn.", version=found.version))


def aggregate(by: By = None, cycle: CycleName = None) -> None:
    """Ask for the aggregation of the sheets that have arrived, where the plan allows it (the secretary's act)."""
    with desk(cycle, by) as at:
        aggregation.claim(at.work, at.cycle, at.now)
        made = aggregation.aggregate_next(at.work, at.now, at.cycle.id)  # of an earlier claim too, whose event was lost
    _say_made(made)


def _say_made(made: Result | None) -> None:
    if made is None:
        typer.echo(say("These sheets have been aggregated already."))
        return
    typer.echo(say("Version {version} of the result is made.", version=made.version))


def publish(
    provisional: Annotated[bool, typer.Option("--provisional", help="Publish a provisional result, as such.")] = False,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Publish the newest result, if it is final: every unit is told (the secretary's act)."""
    with desk(cycle, by) as at:
        newest = queries.latest_result(at.work.session, at.cycle.id)
        before = newest and newest.published_at
        result = publishing.publish(at.work, at.cycle, at.now, provisional=provisional)
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
