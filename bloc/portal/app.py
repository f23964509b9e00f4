"""The application: its routes, what surrounds them, and the server that it runs in."""

import errno
import logging
import socket
from collections.abc import Callable
from datetime import datetime
from functools import cache

import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from bloc import clock
from bloc.db import Database
from bloc.errors import PortTaken
from bloc.events import teller
from bloc.language import Message, say
from bloc.migrations import ready_database
from bloc.portal import refusals
from bloc.portal.access import enter
from bloc.portal.door import Portal
from bloc.portal.forms import posted
from bloc.portal.pages import STATIC
from bloc.portal.routes import (
    answers,
    arrivals,
    cases,
    city,
    conferences,
    demo,
    deposits,
    desk,
    documents,
    dossier,
    extensions,
    feeds,
    health,
    incoming,
    installation,
    mails,
    metrics,
    next_plan,
    objections,
    obligations,
    people,
    plan,
    record,
    reports,
    result,
    runs,
    sheets,
    sign_in,
    start,
    titles,
    unit_result,
    unit_year,
)
from bloc.portal.shield import Shield
from bloc.seal import key_of
from bloc.settings import Settings

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    start.router,
    sign_in.router,
    demo.router,
    unit_year.router,
    obligations.router,
    deposits.router,
    desk.router,
    # the secretary steers
    cases.router,
    arrivals.router,
    result.router,
    # what a unit answers, fills in and asks for
    answers.router,
    sheets.router,
    extensions.router,
    unit_result.router,
    objections.router,
    reports.router,
    feeds.router,
    # plan, people, mails, record; the operator's
    plan.router,
    next_plan.router,
    people.router,
    mails.router,
    incoming.router,
    record.router,
    documents.router,
    titles.router,
    dossier.router,
    installation.router,
    conferences.router,
    # the city looks on
    city.router,
    # what is started by hand; figures for machines
    runs.router,
    metrics.router,
)
FOR_GOOD = "public, max-age=31536000, immutable"  # a file's path changes with its contents


def create_app(
    settings: Settings,
    base: Database | None = None,
    *,
    demo: bool = False,
    wall: Callable[[], datetime] = clock.now,
) -> FastAPI:
    """Return the portal.

    Args:
        settings: the installation's.
        base: its database; by default that of the settings, brought up to date, which tells Prefect of wake-ups.
        demo: whether a page lists people of replayed years, to look in as one of them. No setting says so: only the door that
            shows a replay does.
        wall: the wall clock.
    """
    portal = Portal(settings, base or ready_database(settings, teller(settings)), key_of(settings), wall, demo)
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.portal = portal
    app.router.routes.extend(_guarded())
    app.mount("/static", _Static(directory=STATIC), name="static")
    refusals.install(app)
    app.add_middleware(Shield, portal=portal, broken=refusals.broken)
    return app


@cache
def _guarded() -> list[BaseRoute]:
    """Return all routes, behind what lets in and what reads forms. FastAPI looks into each once a process, not once an app."""
    every = APIRouter()
    for router in ROUTERS:
        every.include_router(router, dependencies=[Depends(enter), Depends(posted)])
    return every.routes


class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_GOOD
        return response


def serve(settings: Settings, *, demo: bool = False) -> None:
    """Serve the portal until a signal ends it. The server writes no log of requests: their paths may hold tokens.

    Raises:
        PortTaken: another program uses its port.
    """
    _check_port(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(settings, demo=demo)
    uvicorn.run(
        app, host=settings.portal_host, port=settings.portal_port, access_log=False, server_header=False, log_config=None,
        timeout_graceful_shutdown=5,
    )  # fmt: skip


def _check_port(settings: Settings) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.portal_host, settings.portal_port, type=socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port left a moment ago is free
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(_taken(settings.portal_port)) from None


def _taken(port: int) -> Message:
    return say(
        "The portal needs port {port}, which another program uses. Stop that program, or set BLOC_PORTAL_PORT to a free port.",
        port=port,
    )
