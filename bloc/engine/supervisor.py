"""Starts processes, waits until they are ready, and leaves none behind, however this one ends.

A part dies with this process even if that is killed (Linux: ``leash``); told to stop (SIGTERM, SIGHUP, Ctrl-C) this process
stops its parts in reverse order. Start parts from the main thread.
"""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn, Self

from bloc.engine.leash import on_leash
from bloc.engine.parts import LOOPBACK, ROOT, Part
from bloc.errors import PartFailed, PortTaken
from bloc.language import Message, say

Tell = Callable[[Message], None]

GRACE = 15.0  # seconds between asking a part to end and killing it
POLL = 0.1  # seconds between two looks at a part that starts
WATCH = 0.5  # seconds between two looks at parts that run
NEWS = 5.0  # seconds between two words to whoever waits
LAST_LINES = 15  # lines of a log shown when a part fails
LOG_LIMIT = 10_000_000  # bytes, above which a log is set aside when its part starts


@dataclass(frozen=True)
class _Child:
    part: Part
    process: subprocess.Popen[bytes]
    log_start: int  # bytes in the log that are of earlier starts


class Supervisor:
    """A context in which parts run; leaving it stops them, the last started first."""

    def __init__(self, tell: Tell) -> None:
        """``tell`` is called with each thing that whoever waits may want to know."""
        self._tell = tell
        self._children: list[_Child] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(_stopping_on_signals())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        """Start ``part`` and wait until it is ready.

        Raises:
            PortTaken: another program uses its port.
            PartFailed: it died, or was not ready in time.
        """
        _check_port(part)
        self._tell(say("{part} is starting.", part=part.title))
        child = _spawn(part)
        self._children.append(child)
        self._stack.callback(_stop, child)
        self._wait_until_ready(child)

    def stop(self) -> None:
        """Stop all parts, the last started first."""
        if self._children:
            self._tell(say("Stopping; work under way is given {seconds} seconds to end.", seconds=20))
        self._children.clear()
        self._stack.close()

    def check(self) -> None:
        """Raise PartFailed if a part has died."""
        for child in self._children:
            if child.process.poll() is not None:
                raise _failure(child)

    def watch(self) -> NoReturn:
        """Wait for ever; it ends with SystemExit or KeyboardInterrupt by a signal, or with PartFailed."""
        while True:
            self.check()
            time.sleep(WATCH)

    def _wait_until_ready(self, child: _Child) -> None:
        start = news = time.monotonic()
        while not child.part.ready():
            self.check()
            waited = time.monotonic() - start
            if waited > child.part.patience:
                raise _failure(child)
            if time.monotonic() - news > NEWS:
                news = time.monotonic()
                self._tell(say("{part} is still starting ({seconds} s).", part=child.part.title, seconds=round(waited)))
            time.sleep(POLL)
        waited = round(time.monotonic() - start, 1)
        self._tell(say("{part} is ready after {seconds} s.", part=child.part.title, seconds=waited))


def _check_port(part: Part) -> None:
    if part.port is None:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port left a moment ago is free
        try:
            probe.bind((LOOPBACK, part.port))
        except OSError:
            raise PortTaken(_taken(part)) from None


def _taken(part: Part) -> Message:
    return say(
        "{part} needs port {port}, which another program uses. Stop that program, or set {setting} to a free port.",
        part=part.title,
        port=part.port,
        setting=part.setting,
    )


def _spawn(part: Part) -> _Child:
    part.log.parent.mkdir(parents=True, exist_ok=True)
    _set_aside(part.log)
    with part.log.open("ab") as log:
        process = subprocess.Popen(
            on_leash(part.argv),
            cwd=ROOT,
            env={**os.environ, **part.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops its parts in order
        )
        return _Child(part, process, log.tell())


def _set_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def _failure(child: _Child) -> PartFailed:
    with child.part.log.open("rb") as log:
        log.seek(child.log_start)
        lines = log.read().decode("utf-8", "replace").rstrip().splitlines()
    return PartFailed(
        say(
            "{part} did not come up, or ended by itself. Its log, {log}, ends with:\n{lines}",
            part=child.part.title,
            log=str(child.part.log),
            lines="\n".join(f"  {line}" for line in lines[-LAST_LINES:]),
        )
    )


def _stop(child: _Child) -> None:
    """Stop one part; whatever happens on the way, such as a second Ctrl-C, its process is ended."""
    alive = child.process.poll() is None
    try:
        if alive:
            with suppress(OSError):  # the API is gone: nothing to wait for
                child.part.before_stop()
    finally:
        _end(child.process)
    with suppress(OSError):
        child.part.after_stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the part and what it started to end, and after a while make them."""
    try:
        _signal(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    finally:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # the whole group has ended
        os.killpg(process.pid, number)


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that the parts are stopped; in a thread that may not, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)  # what a shell calls the end by a signal
