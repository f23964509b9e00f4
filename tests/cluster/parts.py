"""The many-machine form on this one: a PostgreSQL and a Redis of its own, two API replicas, two services, two workers.

What each part is told stands in ``deploy/*.env.example``; only hosts, ports and folders are others. So those files are tested.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bloc.engine.leash import on_leash
from bloc.engine.parts import bloc_environment, sink_part
from bloc.engine.prefect_api import PrefectApi
from bloc.events import ask
from bloc.settings import Settings
from tests.engine.waiting import answers, eventually, free_port
from tests.soak.killing import descendants

ROOT = Path(__file__).parents[2]
POSTGRES_USER = "postgres"  # PostgreSQL does not run as root
PATIENCE = 120.0  # seconds that a part may take to be ready
PREFECT = (sys.executable, "-m", "prefect")
WORKERS, REPLICAS, SERVICES = ("worker-1", "worker-2"), ("api-1", "api-2"), ("services-1", "services-2")


def program(name: str) -> str | None:
    """Return the path of a program; those of PostgreSQL's server may lie beside no other."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(beside[-1]) if beside else None)


def missing() -> str | None:
    """Return what this machine lacks; None: nothing."""
    lacking = [name for name in ("initdb", "postgres", "redis-server") if program(name) is None]
    return f"needs {', '.join(lacking)}" if lacking else None


def example(name: str, **others: str) -> dict[str, str]:
    """Return the variables of ``deploy/<name>.env.example``, some with other values."""
    lines = (ROOT / "deploy" / f"{name}.env.example").read_text("utf-8").splitlines()
    found = dict(line.split("=", 1) for line in lines if re.match("[A-Z]", line))
    assert set(others) <= set(found)
    return found | others


@dataclass
class Cluster:
    """All parts, by name: how each is started, and the process that it is now."""

    folder: Path
    ports: Mapping[str, int]
    commands: dict[str, tuple[tuple[str, ...], dict[str, str]]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.folder / "home", database_url=f"postgresql+psycopg://bloc@127.0.0.1:{self.ports['postgres']}/bloc",
            prefect_api_url=self.api_url("api-1"), sink_port=self.ports["sink"], language="en", _env_file=None,
        )  # fmt: skip

    @property
    def api(self) -> PrefectApi:
        return PrefectApi(self.api_url("api-1"))

    def api_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}/api"

    def start(self, *names: str) -> None:
        """Start parts side by side, and wait until each is ready."""
        for name in names:
            argv, environment = self.commands[name]
            user = POSTGRES_USER if name == "postgres" and os.getuid() == 0 else None
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    argv if user else on_leash(argv), cwd=self.folder, env=_inherited() | environment, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True, user=user,
                )  # fmt: skip
        for name in names:
            assert eventually(lambda name=name: self.is_ready(name), PATIENCE), f"{name}: {self.log(name)}"

    def is_ready(self, name: str) -> bool:
        assert self.processes[name].poll() is None, f"{name} has died: {self.log(name)}"
        if name in REPLICAS:
            with suppress(OSError):
                return ask(self.api_url(name), "/ready") is not None
            return False
        if name in WORKERS:
            return "started!" in self.log(name)
        return name in SERVICES or answers(self.ports[name])

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")[-3000:]

    def kill(self, name: str) -> None:
        """Kill -9 a part; what it had started ends with it."""
        leash = self.processes[name]
        for pid in descendants(leash.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        leash.wait(30)

    def kill_a_run(self) -> bool:
        """Kill -9 a run under way, and not its worker; return whether there was one."""
        for worker in WORKERS:
            for pid in descendants(self.processes[worker].pid):
                with suppress(OSError):
                    if "-m flows" in Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " "):
                        os.kill(pid, signal.SIGKILL)
                        return True
        return False

    def restart(self, name: str) -> None:
        """Stop a database as its unit would, and start it again."""
        self.processes[name].send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        self.processes[name].wait(30)
        self.start(name)

    def run(self, *argv: str, **environment: str) -> None:
        """Run a command of the documentation to its end."""
        done = subprocess.run(
            argv, cwd=self.folder, env=_inherited() | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{argv}: {done.stdout[-3000:]}"

    def stop(self) -> None:
        for name in reversed(self.processes):
            process = self.processes[name]
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait()


def _inherited() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BLOC_", "PREFECT_"))}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"  # as the workers' unit and the container have it
    return kept | {"PYTHONPATH": str(ROOT), "PATH": path}


def _postgres(cluster: Cluster) -> None:
    data, port = cluster.folder / "postgres", str(cluster.ports["postgres"])
    initdb, postgres = program("initdb"), program("postgres")
    assert initdb and postgres
    data.mkdir(mode=0o700)
    user = POSTGRES_USER if os.getuid() == 0 else None
    if user:
        shutil.chown(data, user)
    subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "bloc", "-N"], check=True, capture_output=True, user=user, cwd="/")
    options = ("-p", port, "-k", str(data), "-h", "127.0.0.1", "-c", "max_connections=300", "-c", "fsync=off")
    cluster.commands["postgres"] = ((postgres, "-D", str(data), *options), {})


def _commands(cluster: Cluster) -> None:
    """Say how each part is started: the command lines of deploy/systemd, with other ports."""
    ports, redis = cluster.ports, f"redis://127.0.0.1:{cluster.ports['redis']}"
    server = example(
        "prefect-server",
        PREFECT_HOME=str(cluster.folder / "server"),
        PREFECT_SERVER_DATABASE_CONNECTION_URL=f"postgresql+asyncpg://bloc@127.0.0.1:{ports['postgres']}/prefect",
        PREFECT_REDIS_MESSAGING_URL=f"{redis}/0", PREFECT_SERVER_DOCKET_URL=f"{redis}/1",
        PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL=f"{redis}/2",
    )  # fmt: skip
    redis_server = program("redis-server") or ""
    cluster.commands["redis"] = (
        (
            redis_server,
            "--port",
            str(ports["redis"]),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(cluster.folder),
            "--appendonly",
            "yes",
        ),
        {},
    )
    sink = sink_part(cluster.settings)
    cluster.commands["sink"] = (sink.argv, dict(sink.env))
    cluster.commands["migration"] = ((*PREFECT, "server", "database", "upgrade", "--yes"), server)
    for name in REPLICAS:
        cluster.commands[name] = ((*PREFECT, "server", "start", "--no-services", "--port", str(ports[name])), server)
    for name in SERVICES:
        cluster.commands[name] = ((*PREFECT, "server", "services", "start"), server)
    for worker, replica in zip(WORKERS, REPLICAS, strict=True):  # a proxy would stand before the replicas
        client = example("prefect", PREFECT_API_URL=cluster.api_url(replica), PREFECT_HOME=str(cluster.folder / worker))
        told = bloc_environment(cluster.settings.model_copy(update={"prefect_api_url": cluster.api_url(replica)}))
        command = (*PREFECT, "worker", "start", "--pool", "bloc", "--type", "process", "--name", worker)
        cluster.commands[worker] = (command, client | told)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run all parts, in the order of docs/operations.md, and tell Prefect of the flows."""
    folder = Path(tempfile.mkdtemp(prefix="bloc-cluster-"))
    folder.chmod(0o755)  # PostgreSQL's user goes through it to its own
    names = ("postgres", "redis", "sink", *REPLICAS)
    one = Cluster(folder, {name: free_port() for name in names})
    try:
        _postgres(one)
        _commands(one)
        one.start("postgres", "redis", "sink")
        port = str(one.ports["postgres"])
        for database in ("bloc", "prefect"):
            one.run("createdb", "-h", "127.0.0.1", "-p", port, "-U", "bloc", database)
        argv, environment = one.commands["migration"]
        one.run(*argv, **environment)
        one.start(*REPLICAS, *SERVICES)
        one.run(sys.executable, "-m", "bloc.cli", "deploy", **bloc_environment(one.settings))
        one.start(*WORKERS)
        yield one
    finally:
        one.stop()
        shutil.rmtree(folder, ignore_errors=True)


Blow = Callable[[Cluster], object]


def killed(name: str) -> Blow:
    """Return the blow that kills a part, which is then started again as its unit would be."""

    def strike(cluster: Cluster) -> None:
        cluster.kill(name)
        cluster.start(name)

    return strike
