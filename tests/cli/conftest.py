import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bloc.cli import main
from bloc.db import Database
from bloc.enums import CycleMode
from bloc.settings import installation
from tests.factories import Year, cycle_of, plan, plan_text
from tests.mails import SERVER
from tests.places import kept


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let commands work on SQLite: they are doors, and what they open is tested on both kinds of database."""
    if "place" in metafunc.fixturenames:
        metafunc.definition.add_marker(pytest.mark.parametrize("place", ["sqlite"], indirect=True, scope="session"))


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit status, and what stood on stdout and stderr."""

    status: int
    out: str = ""
    err: str = ""


@pytest.fixture
def bloc(
    base: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Said]]:
    """Return what runs a command as its door does, on the test's database, with nobody to tell of events."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BLOC_DATABASE_URL", base.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("BLOC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BLOC_LANGUAGE", "en")
    monkeypatch.setenv("BLOC_IMAP_AUTHSERV", SERVER)
    monkeypatch.setenv("BLOC_PREFECT_API_URL", "http://127.0.0.1:1/api")
    monkeypatch.delenv("BLOC_SMTP_HOST", raising=False)

    def run(*words: object) -> Said:
        installation.cache_clear()  # which a process reads once
        monkeypatch.setattr(sys, "argv", ["bloc", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        status, (out, err) = end.value.code, capfd.readouterr()
        return Said(1, out, f"{err}{status}\n") if isinstance(status, str) else Said(int(status or 0), out, err)

    yield run
    installation.cache_clear()


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """Return the file of a small plan."""
    file = tmp_path / "plan.yaml"
    file.write_text(plan_text(), encoding="utf-8")
    return file


@kept
def replayed(base: Database) -> Year:
    """Return a year whose clock stands where a test puts it."""
    return cycle_of(base, plan(), mode=CycleMode.REPLAY)
