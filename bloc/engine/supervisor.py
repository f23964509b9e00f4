"""Starts processes, waits until they are ready, and leaves none behind, however this one ends.

A part dies with this process even if that is killed (Linux: ``leash``); told to stop (SIGTERM, SIGHUP, Ctrl-C) this process
stops its parts in reverse order. Start parts from the main thread.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn, Self

from bloc.engine.leash import GRACE, on_leash
from bloc.engine.parts import DRAIN, LOOPBACK, ROOT, Part
from bloc.errors import PartFailed, PortTaken
from bloc.language import Message, say

Tell = Callable[[Message], None]

PATIENCE = 2.0 * GRACE  # seconds until a part's leash, which kills after GRACE, is itself killed
POLL = 0.25  # seconds between two looks at a part that starts: each is a question to a server that has enough to do
WATCH = 0.5  # seconds between two looks at parts that run
FIRST_PAUSE = 1.0  # seconds before a part that has died is started again; twice as long each further time
DEATHS = 6  # so often one soon after another, a minute in all: then something is wrong that no start mends
HEALTHY = 300.0  # seconds that a part has to run for its death to count as the first
LAST_LOOK = 1.0  # seconds that the leash of a part that has died may take to end
NEWS = 5.0  # seconds between two words to whoever waits
LAST_LINES = 15  # lines of a log shown when a part fails
LOG_LIMIT = 10_000_000  # bytes, above which a log is set aside when its part starts


@dataclass
class _Child:
    part: Part
    process: subprocess.Popen[bytes]
    log_start: int  # bytes in the log that are of earlier starts
    since: float = field(default_factory=time.monotonic)  # when it was started
    deaths: int = 0  # one soon after another


class Supervisor:
    """A context in which parts run; leaving it stops them, the last started first."""

    def __init__(self, tell: Tell, pause: float = FIRST_PAUSE) -> None:
        """``tell`` is called with each thing that whoever waits may want to know; ``pause``: before the first new start."""
        self._tell = tell
        self._pause = pause
        self._children: list[_Child] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(_stopping_on_signals())
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        """Stop all parts. What failed because a part has died is told as that.

        Raises:
            PartFailed: an error ends the context, and a part has died.
        """
        try:
            if isinstance(error, Exception):
                self.check(LAST_LOOK)
        finally:
            self.stop()

    def start(self, *parts: Part, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Start ``parts`` side by side, do something ``meanwhile``, and wait until each is ready.

        Raises:
            PortTaken: another program uses the port of one; none was started.
            PartFailed: one died, or was not ready in time.
        """
        for part in parts:
            check_port(part)
        children = [self._begin(part) for part in parts]
        meanwhile()
        for child in children:
            self._wait_until_ready(child)

    def _begin(self, part: Part) -> _Child:
        self._tell(say("{part} is starting.", part=part.title))
        child = _spawn(part)
        self._children.append(child)
        self._stack.callback(_try, part.after_stop)  # these three in reverse, each even if another is cut short, as by a
        self._stack.callback(_end, child)  # second Ctrl-C
        self._stack.callback(_if_alive, child)
        return child

    def stop(self) -> None:
        """Stop all parts, the last started first."""
        if self._children:
            self._tell(say("Stopping; work under way is given {seconds} seconds to end.", seconds=round(DRAIN)))
        self._children.clear()
        self._stack.close()

    def check(self, patience: float = 0.0) -> None:
        """Raise PartFailed if a part has died, or is found to within ``patience`` seconds: its leash ends after it."""
        end = time.monotonic() + patience
        while not (dead := self._dead()) and time.monotonic() < end:
            time.sleep(POLL)
        if dead:
            raise _failure(dead[0])

    def _dead(self) -> list[_Child]:
        return [child for child in self._children if child.process.poll() is not None]

    def watch(self) -> NoReturn:
        """Wait for ever, and start again what dies; it ends by a signal, or with PartFailed where a part keeps dying."""
        while True:
            for child in self._dead():
                self._start_again(child)
            time.sleep(min(WATCH, self._pause))

    def _start_again(self, child: _Child) -> None:
        """Start a part that has died, the later the oftener it did; another that dies meanwhile has its turn after it."""
        child.deaths = child.deaths + 1 if time.monotonic() - child.since < HEALTHY else 1
        if child.deaths > DEATHS:
            raise _failure(child)
        pause = self._pause * 2 ** (child.deaths - 1)
        self._tell(say("{part} ended by itself; it is started again in {seconds} s. Its log: {log}", part=child.part.title,
                       seconds=round(pause, 1), log=str(child.part.log)))  # fmt: skip
        _end(child)
        time.sleep(pause)
        _try(child.part.after_stop)
        anew = _spawn(child.part)
        child.process, child.log_start, child.since = anew.process, anew.log_start, anew.since
        self._await(child)

    def _await(self, child: _Child) -> None:
        """Wait until a part that was started again is ready; if it dies once more, ``watch`` sees it."""
        end = time.monotonic() + child.part.patience
        while not child.part.ready():
            if child.process.poll() is not None or time.monotonic() > end:
                _end(child)
                return
            time.sleep(POLL)
        self._tell(say("{part} runs again.", part=child.part.title))

    def _wait_until_ready(self, child: _Child) -> None:
        news = time.monotonic()
        while not child.part.ready():
            self.check()
            waited = time.monotonic() - child.since
            if waited > child.part.patience:
                raise _failure(child)
            if time.monotonic() - news > NEWS:
                news = time.monotonic()
                self._tell(say("{part} is still starting ({seconds} s).", part=child.part.title, seconds=round(waited)))
            time.sleep(POLL)
        waited = round(time.monotonic() - child.since, 1)
        self._tell(say("{part} is ready after {seconds} s.", part=child.part.title, seconds=waited))


def check_port(part: Part) -> None:
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
    scratch = _emptied(part.scratch) if part.scratch else {}
    with part.log.open("ab") as log:
        process = subprocess.Popen(
            on_leash(part.argv),
            cwd=ROOT,
            env={**os.environ, **part.env, **scratch},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops its parts in order
        )
        return _Child(part, process, log.tell())


def _set_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def _emptied(scratch: Path) -> dict[str, str]:
    """Empty a folder for temporary files, in which nobody works any more; return what makes a process use it."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700, exist_ok=True)
    return {"TMPDIR": str(scratch)}


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


def _if_alive(child: _Child) -> None:
    if child.process.poll() is None:
        _try(child.part.before_stop)


def _try(act: Callable[[], None]) -> None:
    with suppress(OSError):  # the API is gone: there is nothing to wait for, or to tell
        act()


def _end(child: _Child) -> None:
    """Ask the part's leash to end it and all that it started."""
    process = child.process
    try:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    finally:
        with suppress(ProcessLookupError):  # the whole group has ended, as it should
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
