"""`bloc simulate`: the deadline night of many blocs, in an empty database, to see what it takes."""

from typing import Annotated

import typer

from bloc.cli.door import opened
from bloc.language import say
from bloc.settings import Settings


def simulate(
    blocs: Annotated[int, typer.Option(min=1, help="How many blocs, of 8 to 10 units each.")],
    year: Annotated[int, typer.Option(min=1900, max=2999, help="The year whose last days are played.")],
    seed: Annotated[int, typer.Option(help="What the blocs are made from: the same seed, the same blocs.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Processes that run the jobs; as many receive the sheets.")] = 2,
) -> None:
    """Fill an empty database with blocs and play the night on which all their score sheets come; mail goes to a sink."""
    from bloc.simulation.country import Step  # with the engine; only this command needs it
    from bloc.simulation.country import simulate as play
    from bloc.simulation.plans import Country

    def tell(step: Step) -> None:
        typer.echo(f"{step.seconds:9.1f} s  {step.seconds / blocs * 1000:8.1f}  {step.count:7}  {step.what}")

    settings = Settings()
    with opened(settings, lambda wake: None) as base:
        typer.echo(say("   seconds   ms a bloc   count  what"))
        figures = play(base, settings, Country(blocs, year, seed), workers, tell)
    typer.echo(
        say(
            "{blocs} blocs, {units} units: {results} results in {runs} aggregation runs; {left} mails left; "
            "{per_bloc} ms a bloc; a worker took up to {peak} MiB.",
            blocs=blocs,
            units=figures.country.units,
            results=figures.results,
            runs=figures.runs,
            left=figures.left,
            per_bloc=round(figures.per_bloc * 1000),
            peak=round(figures.peak),
        )
    )
