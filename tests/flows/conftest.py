import asyncio
from collections.abc import Iterator

import pytest

from bloc.db import Database
from bloc.settings import installation
from flows import door


def run(flow, **parameters):
    """Run a flow's body, as Prefect would: in a process that reads its settings."""
    installation.cache_clear()
    return asyncio.run(flow.fn(**parameters))


@pytest.fixture
def home(base, tmp_path, monkeypatch) -> Database:
    """Return the database of an installation that has its folder, and no mail server or Prefect to talk to."""
    monkeypatch.delenv("BLOC_SMTP_HOST", raising=False)
    monkeypatch.setenv("BLOC_DATABASE_URL", base.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("BLOC_HOME", str(tmp_path))
    monkeypatch.setenv("BLOC_PREFECT_API_URL", "http://127.0.0.1:1/api")
    monkeypatch.setenv("BLOC_SINK_PORT", "1")
    return base


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Have each test's settings read anew."""
    installation.cache_clear()
    yield
    installation.cache_clear()


@pytest.fixture(autouse=True)
def _engines(monkeypatch) -> Iterator[None]:
    """Close what the flows open: each opens the installation's database for itself."""
    opened, ready = [], door.ready_database

    def remember(*args):
        opened.append(ready(*args))
        return opened[-1]

    monkeypatch.setattr(door, "ready_database", remember)
    yield
    for database in opened:
        database.engine.dispose()
