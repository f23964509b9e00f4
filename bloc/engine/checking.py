"""`bloc up --check`: what would be started, on which ports, with which database, and what is wrong with it."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bloc.db import open_engine
from bloc.engine.parts import LOOPBACK, Part, portal_part, server_part, sink_part, worker_part
from bloc.engine.prefect_api import PrefectApi
from bloc.engine.supervisor import check_port
from bloc.errors import BlocError
from bloc.language import Message, say
from bloc.settings import Settings

PATIENCE = 5.0  # seconds for the mail server to take a connection


@dataclass(frozen=True)
class Finding:
    """What is so, and what is wrong with it, if anything is."""

    so: Message
    wrong: Message | None = None


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what `bloc up` would use and start, in its order."""
    yield _database(settings)
    yield _mail(settings)
    yield _prefect(settings)
    yield Finding(say("{part} would be started.", part=worker_part(settings).title))
    yield _port(portal_part(settings))
    yield Finding(say("Logs, one a part: {folder}", folder=str(settings.log_folder)))


def _database(settings: Settings) -> Finding:
    url = make_url(settings.database)
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return Finding(say("Database: {url}, which would be made.", url=shown))
    so = say("Database: {url}", url=shown)
    try:
        engine = open_engine(settings.database)
        with engine.connect():
            pass
        engine.dispose()
    except (SQLAlchemyError, BlocError) as error:
        first = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return Finding(so, say("The database is not reached: {why}", why=first))
    return Finding(so)


def _mail(settings: Settings) -> Finding:
    if settings.smtp_host is None:
        port = _port(sink_part(settings))
        said = say("{sink} Mail goes nowhere: it is kept in {folder}.", sink=port.so, folder=str(settings.mail_folder))
        return Finding(said, port.wrong)
    so = say("Mail server: {host}:{port}", host=settings.smtp_host, port=settings.smtp_port)
    try:
        socket.create_connection((settings.smtp_host, settings.smtp_port), PATIENCE).close()
    except OSError as error:
        return Finding(so, say("The mail server is not reached: {why}", why=str(error)))
    return Finding(so)


def _prefect(settings: Settings) -> Finding:
    if settings.prefect_api_url is None:
        return _port(server_part(settings))
    so = say("Prefect: {url}", url=settings.prefect_api)
    if PrefectApi.of(settings).is_ready():
        return Finding(so)
    return Finding(so, say("Prefect does not answer at {url} (BLOC_PREFECT_API_URL).", url=settings.prefect_api))


def _port(part: Part) -> Finding:
    so = say("{part} would be started at {address}.", part=part.title, address=f"{LOOPBACK}:{part.port}")
    try:
        check_port(part)
    except BlocError as error:
        return Finding(so, error.message)
    return Finding(so)
