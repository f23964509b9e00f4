"""Pings: an address outside is fetched at the start and at the end of a run, so that somebody notices when none comes.

The convention is that of healthchecks.io: ``/start`` is appended at the start, ``/fail`` at the end of a run that failed. A
ping never holds up a run or fails it. The address is a secret: who knows it can keep an alarm silent.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from threading import Thread
from urllib.parse import urlsplit
from urllib.request import urlopen

from bloc.settings import Settings

PATIENCE = 5.0  # seconds for one ping, and that each may hold up the end of a run

log = logging.getLogger("bloc.flows")


@contextmanager
def pinged(settings: Settings, wanted: bool = True) -> Iterator[None]:
    """Ping the address of the settings, if there is one, at the start and at the end of what is done within."""
    url = settings.ping_url.get_secret_value().rstrip("/") if settings.ping_url and wanted else None
    first = _start(url, "/start")
    try:
        yield
    except BaseException:  # whatever ends the run: it is told, and goes on its way
        _end(first, url, "/fail")
        raise
    _end(first, url, "")


def _start(url: str | None, suffix: str) -> Thread | None:
    if url is None:
        return None
    thread = Thread(target=_ping, args=(url + suffix,), daemon=True)
    thread.start()
    return thread


def _end(first: Thread | None, url: str | None, suffix: str) -> None:
    _finish(first)  # a start that came after the end would look like a run that never ends
    _finish(_start(url, suffix))


def _finish(thread: Thread | None) -> None:
    if thread is not None:
        thread.join(PATIENCE)


def _ping(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        log.warning("BLOC_PING_URL is no address of the web")
        return
    try:
        with urlopen(url, timeout=PATIENCE):  # noqa: S310 - the scheme is looked at above
            pass
    except (OSError, HTTPException, ValueError) as error:
        log.warning("a ping was not taken: %s", type(error).__name__)  # its text would tell the address
