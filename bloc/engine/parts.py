"""What is supervised, as data: the mail sink, Prefect's server and its worker, the portal, built from the settings."""

import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bloc.clock import now
from bloc.engine.prefect_api import POOL, WORKER, PrefectApi, answers
from bloc.language import Message, say
from bloc.settings import Settings

ROOT = Path(__file__).parents[2]  # flows/ and prefect.yaml are here
LOOPBACK = "127.0.0.1"
DRAIN = 20.0  # seconds that runs under way are given to end before the worker is stopped


def nothing() -> None:
    """Do nothing: what most parts need before and after they are stopped."""


@dataclass(frozen=True)
class Part:
    """One process to be supervised.

    ``env`` is added to this process's own; ``port`` must be free before the start, and ``setting`` names what changes it;
    ``ready`` is asked until it says yes, for ``patience`` seconds; ``before_stop`` and ``after_stop`` may raise OSError.
    ``scratch`` is its folder for temporary files, if it has one of its own: emptied before each start.
    """

    name: str
    title: Message
    argv: tuple[str, ...]
    log: Path
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)  # holds passwords
    port: int | None = None
    setting: str = ""
    patience: float = 120.0
    before_stop: Callable[[], None] = nothing
    after_stop: Callable[[], None] = nothing
    scratch: Path | None = None


def sink_part(settings: Settings) -> Part:
    """Return the embedded mail sink."""
    port, folder = settings.sink_port, settings.mail_folder
    options = ("--port", str(port), "--folder", str(folder), "--language", settings.language)
    return Part(
        name="sink",
        title=say("The mail sink"),
        argv=(sys.executable, "-m", "bloc.engine.sink", *options),
        log=settings.log_folder / "sink.log",
        ready=lambda: answers(lambda: _connects(port)),
        env={"PYTHONPATH": _python_path()},
        port=port,
        setting="BLOC_SINK_PORT",
        patience=30.0,
    )


def server_part(settings: Settings) -> Part:
    """Return Prefect's server, on loopback and with SQLite under the home folder."""
    return Part(
        name="prefect-server",
        title=say("Prefect's server"),
        argv=(sys.executable, "-m", "prefect", "server", "start"),
        log=settings.log_folder / "prefect-server.log",
        ready=PrefectApi.of(settings).is_ready,
        env=prefect_environment(settings) | _server_environment(settings),
        port=settings.prefect_port,
        setting="BLOC_PREFECT_PORT",
        patience=300.0,  # a quarter of a minute as a rule; a machine that is busy with other things takes minutes
    )


def worker_part(settings: Settings) -> Part:
    """Return the worker that carries out the runs. It lets them end before it stops, for Prefect's own would kill them."""
    api, since = PrefectApi.of(settings), now()
    return Part(
        name="prefect-worker",
        title=say("Prefect's worker"),
        argv=(sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", WORKER),
        log=settings.log_folder / "prefect-worker.log",
        ready=lambda: api.has_worker(since),
        env=prefect_environment(settings) | bloc_environment(settings) | {"PYTHONPATH": _python_path(), "PATH": _path()},
        before_stop=lambda: _drain(api),
        after_stop=lambda: _release(api),
        scratch=settings.home / "prefect" / "tmp",  # else its runs' folders lie in /tmp under one name for all users
    )


def portal_part(settings: Settings, *, demo: bool = False) -> Part:
    """Return the portal; ``demo``: anybody may look in as the people of replayed years; only a replay's door asks for it."""
    port = settings.portal_port
    return Part(
        name="portal",
        title=say("The portal"),
        argv=(sys.executable, "-m", "bloc.portal", *(["--demo"] if demo else [])),
        log=settings.log_folder / "portal.log",
        ready=lambda: answers(lambda: _connects(port)),
        env=bloc_environment(settings) | {"PYTHONPATH": _python_path()},
        port=port,
        setting="BLOC_PORTAL_PORT",
        patience=60.0,
    )


def prefect_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that make a process a client of Bloc's Prefect; they must be set before it imports prefect."""
    return _login("PREFECT_API_AUTH_STRING", settings) | {
        "PREFECT_API_URL": settings.prefect_api,
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # else a missing URL silently starts a server in the home directory
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "bloc,notifications",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",  # a replay logs between its runs as well
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    }


def bloc_environment(settings: Settings) -> dict[str, str]:
    """Return the settings as variables. A run starts in a temporary folder, where there is no .env and no relative path."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    values["database_url"] = _absolute(settings.database)
    return {f"BLOC_{name.upper()}": _plain(value) for name, value in values.items() if value is not None}


def _server_environment(settings: Settings) -> dict[str, str]:
    return _login("PREFECT_SERVER_API_AUTH_STRING", settings) | {
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # none is used, and a first start is a second sooner
        # In memory, the default, a dead run would hold its slot for ever, over restarts too.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",  # else runs are kept for ever
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # It copies its pages there at its first start: by default beside its code, where a service's user may not write.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(settings.home / "prefect" / "ui"),
    }


def _login(name: str, settings: Settings) -> dict[str, str]:
    return {name: settings.prefect_login} if settings.prefect_login else {}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _absolute(url: str) -> str:
    """Return a database's URL with the path of an SQLite file made absolute; others are as they were."""
    scheme, found, path = url.partition(":///")
    relative = found and scheme.startswith("sqlite") and path and path[0] not in "/:"
    return f"{scheme}:///{Path(path).resolve()}" if relative else url


def _python_path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


def _path() -> str:
    """Return where programs are looked for, this Python first: the worker starts runs by it (``deploy.RUN``)."""
    return os.pathsep.join(filter(None, [str(Path(sys.executable).parent), os.environ.get("PATH")]))


def _connects(port: int) -> bool:
    with socket.create_connection((LOOPBACK, port), timeout=1):
        return True


def _drain(api: PrefectApi) -> None:
    api.pause_pool(True)
    api.wait_until_idle(DRAIN)


def _release(api: PrefectApi) -> None:
    api.crash_leftovers("Bloc was stopped before this run ended.", pool_only=True)
    api.pause_pool(False)
