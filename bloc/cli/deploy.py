"""`bloc deploy`: tells Prefect of the flows, where `bloc up` does not run it."""

import asyncio
import os

import typer

from bloc.engine.deploy import deploy as bring_in_step
from bloc.engine.parts import prefect_environment
from bloc.engine.prefect_api import PrefectApi
from bloc.errors import PartFailed
from bloc.language import say
from bloc.settings import Settings


def deploy() -> None:
    """Tell the Prefect that the settings name of the work pool and the flows; a second time it changes nothing."""
    settings = Settings()
    os.environ.update(prefect_environment(settings))
    if not PrefectApi.of(settings).is_ready():
        raise PartFailed(say("Prefect does not answer at {url} (BLOC_PREFECT_API_URL).", url=settings.prefect_api))
    if asyncio.run(bring_in_step(settings)):
        typer.echo(say("Prefect has been told of the flows."))
    else:
        typer.echo(say("Prefect knows the flows as they are."))
