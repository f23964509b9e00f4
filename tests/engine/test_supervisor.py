import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bloc.engine.parts import Part, bloc_environment, prefect_environment, server_part, sink_part, worker_part
from bloc.engine.supervisor import DEATHS, Supervisor
from bloc.errors import PartFailed, PortTaken
from bloc.language import Message, use
from bloc.settings import Settings
from tests.engine.waiting import answers, eventually, free_port

pytestmark = pytest.mark.process
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel has to help")

PARENT = """
import sys
from pathlib import Path
from bloc.engine.parts import sink_part
from bloc.engine.supervisor import Supervisor
from bloc.language import use
from bloc.settings import Settings

use("en")
settings = Settings(home=Path(sys.argv[1]), sink_port=int(sys.argv[2]), language="en", _env_file=None)
with Supervisor(lambda message: print(message, flush=True)) as supervisor:
    supervisor.start(sink_part(settings))
    print("running", flush=True)
    supervisor.watch()
"""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use("en")
    yield
    use("vi")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, sink_port=free_port(), prefect_port=free_port(), language="en", _env_file=None)


@pytest.fixture
def told() -> list[Message]:
    return []


def small(folder: Path, name: str, code: str, ready: Callable[[], bool]) -> Part:
    return Part(name, Message(f"The {name}"), (sys.executable, "-c", code), folder / f"{name}.log", ready)


def says_and_waits(folder: Path, name: str, code: str = "") -> Part:
    """Return a part that writes its name to its log when it is ready, and to ``ends`` when it is told to end."""
    source = f"""
import signal, sys, time
def end(*_):
    open({str(folder / "ends")!r}, "a").write({name!r} + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
{code}
print({name!r}, flush=True)
while True: time.sleep(60)
"""
    log = folder / f"{name}.log"
    return small(folder, name, source, lambda: log.exists() and name in log.read_text())


def test_a_part_runs_until_the_context_ends(settings, told):
    with Supervisor(told.append) as supervisor:
        supervisor.start(sink_part(settings))
        during = answers(settings.sink_port)
    after = answers(settings.sink_port)

    assert (during, after) == (True, False)
    assert [str(message).split(" after")[0] for message in told] == [
        "The mail sink is starting.",
        "The mail sink is ready",
        "Stopping; work under way is given 20 seconds to end.",
    ]


def test_parts_stop_in_reverse_order(tmp_path, told):
    with Supervisor(told.append) as supervisor:
        for name in ("first", "second", "third"):
            supervisor.start(says_and_waits(tmp_path, name))

    assert (tmp_path / "ends").read_text().split() == ["third", "second", "first"]


def test_what_is_to_be_done_before_and_after_a_stop_is_done_in_its_turn(tmp_path, told):
    done: list[str] = []
    part = says_and_waits(tmp_path, "worker")
    ends = tmp_path / "ends"
    part = replace(
        part,
        before_stop=lambda: done.append(f"before, ended: {ends.exists()}"),
        after_stop=lambda: done.append(f"after, ended: {ends.exists()}"),
    )

    with Supervisor(told.append) as supervisor:
        supervisor.start(part)

    assert done == ["before, ended: False", "after, ended: True"]


def test_an_api_that_is_gone_keeps_no_part_from_being_stopped(tmp_path, told):
    def gone() -> None:
        raise ConnectionRefusedError

    with Supervisor(told.append) as supervisor:
        supervisor.start(replace(says_and_waits(tmp_path, "worker"), before_stop=gone, after_stop=gone))

    assert (tmp_path / "ends").read_text() == "worker\n"


def test_a_second_ctrl_c_ends_the_waiting_and_every_part(tmp_path, told):
    def interrupted() -> None:
        raise KeyboardInterrupt

    supervisor = Supervisor(told.append)
    supervisor.start(says_and_waits(tmp_path, "server"))
    supervisor.start(replace(says_and_waits(tmp_path, "worker"), before_stop=interrupted))

    with pytest.raises(KeyboardInterrupt):
        supervisor.stop()

    assert (tmp_path / "ends").read_text().split() == ["worker", "server"]


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(settings, told):
    taken = socket.create_server(("127.0.0.1", settings.sink_port))

    with closing(taken), Supervisor(told.append) as supervisor, pytest.raises(PortTaken) as refusal:
        supervisor.start(sink_part(settings))

    assert str(refusal.value) == (
        f"The mail sink needs port {settings.sink_port}, which another program uses. "
        "Stop that program, or set BLOC_SINK_PORT to a free port."
    )
    assert told == []


def test_a_part_that_dies_shows_the_last_lines_of_this_start(tmp_path, told):
    part = small(tmp_path, "server", "import sys; sys.exit('no such table')", ready=lambda: False)
    part.log.write_text("an older start\n")

    with Supervisor(told.append) as supervisor, pytest.raises(PartFailed) as failure:
        supervisor.start(part)

    assert str(failure.value) == (
        f"The server did not come up, or ended by itself. Its log, {part.log}, ends with:\n  no such table"
    )
    assert part.log.read_text() == "an older start\nno such table\n"


def test_a_part_that_is_never_ready_is_given_up(tmp_path, told):
    part = replace(says_and_waits(tmp_path, "server"), ready=lambda: False, patience=0.2)

    with Supervisor(told.append) as supervisor, pytest.raises(PartFailed):
        supervisor.start(part)


def test_a_part_that_keeps_dying_is_started_again_ever_later_and_then_given_up(tmp_path, told):
    with Supervisor(told.append, pause=0.01) as supervisor:
        supervisor.start(small(tmp_path, "worker", "", ready=lambda: False if told[1:] else bool(told)))

        with pytest.raises(PartFailed):
            supervisor.watch()

    assert [str(message).split("; ")[0] for message in told].count("The worker ended by itself") == DEATHS


def test_a_part_that_is_killed_runs_again_and_what_it_left_is_settled(tmp_path, told):
    settled: list[str] = []
    part = says_and_waits(tmp_path, "worker")
    part = replace(
        part,
        ready=lambda: part.log.read_text().count("worker") > len(settled),
        after_stop=lambda: settled.append("settled"),
    )

    def killed_and_back(message: Message) -> None:
        told.append(message)
        if "runs again" in str(message):
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), Supervisor(killed_and_back, pause=0.01) as supervisor:
        supervisor.start(part)
        supervisor._children[0].process.kill()
        supervisor.watch()

    assert [str(message).split(";")[0] for message in told][2:4] == ["The worker ended by itself", "The worker runs again."]
    assert settled == ["settled", "settled"]
    assert set((tmp_path / "ends").read_text().split()) == {"worker"}  # the one that was killed may have had its time too


def test_a_folder_for_temporary_files_is_the_parts_own_and_empty_at_its_start(tmp_path, told):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "left").touch()
    code = f"import tempfile, pathlib; pathlib.Path({str(tmp_path / 'where')!r}).write_text(tempfile.gettempdir())"

    with Supervisor(told.append) as supervisor:
        supervisor.start(replace(says_and_waits(tmp_path, "worker", code), scratch=scratch))

    assert (tmp_path / "where").read_text() == str(scratch)
    assert list(scratch.iterdir()) == []
    assert scratch.stat().st_mode & 0o077 == 0


def fail_beside(part: Part) -> None:
    with Supervisor(lambda message: None) as supervisor:
        supervisor.start(part)
        raise ConnectionRefusedError


def test_what_fails_because_a_part_has_died_is_told_as_that(tmp_path):
    with pytest.raises(PartFailed) as failure:
        fail_beside(small(tmp_path, "server", "", ready=lambda: True))

    assert str(failure.value).startswith("The server did not come up, or ended by itself.")


def test_what_fails_while_all_parts_live_is_told_as_it_is(tmp_path):
    with pytest.raises(ConnectionRefusedError):
        fail_beside(says_and_waits(tmp_path, "server"))


def listens(port: int, stubborn: bool = False) -> str:
    """Return code that starts a process, in a session of its own as Prefect's runs are, which listens at ``port``."""
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " if stubborn else ""
    code = f"{ignore}import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    return f"import subprocess; subprocess.Popen([{sys.executable!r}, '-c', {code!r}], start_new_session=True)"


@linux
@pytest.mark.parametrize("stubborn", [False, True], ids=["that may be told", "that hears nothing"])
def test_what_a_part_has_started_in_a_session_of_its_own_ends_with_it(stubborn, tmp_path, told):
    port = free_port()

    with Supervisor(told.append) as supervisor:
        supervisor.start(says_and_waits(tmp_path, "worker", listens(port, stubborn)))
        began = eventually(lambda: answers(port))

    assert began
    assert not answers(port)


@linux
def test_a_part_that_dies_takes_along_what_it_started(tmp_path, told):
    port = free_port()
    wait = f"import socket\nwhile socket.socket().connect_ex(('127.0.0.1', {port})): time.sleep(0.02)\nraise SystemExit"

    with Supervisor(told.append) as supervisor, pytest.raises(PartFailed):
        supervisor.start(says_and_waits(tmp_path, "worker", f"{listens(port)}\n{wait}"))

    assert not answers(port)


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, pytest.param(signal.SIGKILL, marks=linux)],
    ids=lambda number: number.name,
)
def test_no_part_outlives_its_parent(number, settings):
    command = [sys.executable, "-c", PARENT, str(settings.home), str(settings.sink_port)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        assert "running\n" in iter(parent.stdout.readline, "")
        during = answers(settings.sink_port)
        os.kill(parent.pid, number)
        parent.wait(10)

    assert during
    assert eventually(lambda: not answers(settings.sink_port))


def test_a_run_finds_the_same_settings_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(home="here", database_url="sqlite:///here/other.db", smtp_password="secret", _env_file=None)
    (tmp_path / "elsewhere").mkdir()

    environment = bloc_environment(settings)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = Settings(_env_file=None)

    assert found == settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/here/other.db"})
    assert "BLOC_SMTP_HOST" not in environment


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("postgresql+psycopg:///bloc", "postgresql+psycopg:///bloc"),
        ("sqlite:////srv/bloc.db", "sqlite:////srv/bloc.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
    ],
    ids=["another database", "an absolute path", "in memory"],
)
def test_only_a_relative_sqlite_path_is_changed(url, absolute):
    assert bloc_environment(Settings(database_url=url, _env_file=None))["BLOC_DATABASE_URL"] == absolute


def test_a_login_reaches_the_server_and_its_clients_and_no_message(tmp_path):
    settings = Settings(home=tmp_path, prefect_api_auth="thu-ky:secret", _env_file=None)

    assert prefect_environment(settings)["PREFECT_API_AUTH_STRING"] == "thu-ky:secret"
    assert server_part(settings).env["PREFECT_SERVER_API_AUTH_STRING"] == "thu-ky:secret"
    assert worker_part(settings).env["PREFECT_API_AUTH_STRING"] == "thu-ky:secret"
    assert "secret" not in repr([server_part(settings), worker_part(settings)])


def test_prefect_keeps_everything_below_the_home_folder(settings):
    environment = server_part(settings).env

    assert environment["PREFECT_HOME"] == str(settings.home / "prefect")
    assert environment["PREFECT_SERVER_UI_STATIC_DIRECTORY"] == str(settings.home / "prefect" / "ui")
    assert environment["PREFECT_API_URL"] == f"http://127.0.0.1:{settings.prefect_port}/api"
