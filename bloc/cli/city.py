"""`bloc city`: how all blocs of a year stand, and who may look on for the city."""

from typing import Annotated, Literal

import typer

from bloc import clock
from bloc.actions import city, city_view
from bloc.actions.city_view import BlocYear
from bloc.cli.asking import of_kind
from bloc.cli.door import By, opened, typed, who, window
from bloc.db import unit_of_work
from bloc.enums import ResultState
from bloc.errors import NotFound
from bloc.language import Message, clock_time, say, short_day
from bloc.plan.fields import Address
from bloc.settings import Settings

app = typer.Typer(invoke_without_command=True, help="How all blocs of a year stand, and who may look on for the city.")
RESULTS = {ResultState.FINAL: say("final"), ResultState.PROVISIONAL: say("provisional"), None: say("none")}


@app.callback()
def view(
    context: typer.Context,
    year: Annotated[int | None, typer.Option(help="Of which year; by default the newest.")] = None,
) -> None:
    """Say how each bloc of a year stands, the late ones first."""
    if context.invoked_subcommand is not None:
        return
    with window() as session:
        years = city_view.years(session, replays=True)
        if not years or (year is not None and year not in years):
            raise NotFound(say("No bloc has a plan of that year; there are: {years}", years=", ".join(map(str, years)) or "-"))
        for bloc in city_view.city_view(session, year or years[0], clock.now(), replays=True):
            typer.echo(_head(bloc))
            typer.echo(f"  {_line(bloc)}")


def _head(bloc: BlocYear) -> Message | str:
    return say("{bloc} (replayed)", bloc=bloc.name) if bloc.replayed else bloc.name


def _line(bloc: BlocYear) -> Message:
    result = say("published") if bloc.published_at else RESULTS[bloc.result]
    return say(
        "{doing}; done: {done} of {asked}; overdue: {late} (units: {late_units}); score sheets: {sheets} of {units}; "
        "result: {result}.",
        doing=_doing(bloc), done=bloc.done, asked=bloc.asked, late=bloc.late, late_units=bloc.late_units, sheets=bloc.sheets,
        units=bloc.units, result=result,
    )  # fmt: skip


def _doing(bloc: BlocYear) -> Message:
    if bloc.doing is None:
        return say("Nothing with a date ahead")
    name, day = bloc.doing.name, short_day(bloc.doing.day)
    return (
        say("{name} (to {day})", name=name, day=day)
        if bloc.doing.is_open
        else say("Next: {name} (to {day})", name=name, day=day)
    )


Email = Annotated[str, typer.Argument(callback=typed)]


@app.command()
def grant(
    email: Email,
    name: Annotated[str, typer.Option(help="The office, not a person's name.", callback=typed)] = "Ban Thi đua - Khen thưởng",
    language: Annotated[Literal["vi", "en"], typer.Option(help="The language of mails and pages.")] = "vi",
    by: By = None,
) -> None:
    """Let somebody look on for the city, in the portal: how blocs stand and what they have published, nothing else."""
    address = of_kind(Address)(email)
    with opened(Settings()) as database, unit_of_work(database, who(by)) as work:
        city.grant(work, address, name, language, clock.now())
    typer.echo(say("{address} looks on for the city: {name}.", address=address, name=name))


@app.command()
def revoke(email: Email, by: By = None) -> None:
    """Let somebody look on no more."""
    with opened(Settings()) as database, unit_of_work(database, who(by)) as work:
        city.revoke(work, email.lower(), clock.now())
    typer.echo(say("{address} looks on no more.", address=email.lower()))


@app.command("list")
def listed() -> None:
    """List who looks on for the city and who did, since when and by whose leave."""
    with window() as session:
        for viewer, address in city.viewers(session):
            since = clock_time(viewer.granted_at)
            typer.echo(
                say(
                    "{address} ({name}): since {since}, by {by}",
                    address=address,
                    name=viewer.name,
                    since=since,
                    by=viewer.granted_by,
                )
            )
            if viewer.ended_at is not None:
                typer.echo(say("  ended {moment}, by {by}", moment=clock_time(viewer.ended_at), by=viewer.ended_by))
