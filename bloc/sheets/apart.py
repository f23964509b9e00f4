"""Read a workbook in a process apart, which has little time and memory: whatever comes of it, this process goes on unharmed.

Children are kept, warm, and each reads one sheet at a time. One that dies of a sheet, or is ended by its limits, takes nothing
with it: the sheet is refused, and the next one gets a new child.
"""

import atexit
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from bloc.errors import PartFailed
from bloc.language import say
from bloc.sheets.child import READY
from bloc.sheets.findings import Reading, Whose, refused
from bloc.sheets.form import Form
from bloc.sheets.package import MAX_FILE, damaged, too_large

START = 60.0  # seconds that a child may take to come up, on a busy machine
PATIENCE = 20.0  # seconds by the clock for one sheet; its processor time is limited far below by the child itself
ANSWER = 16_000_000  # bytes; what is longer is no answer
KEPT = 2  # children that wait for the next sheet
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # what no sheet makes a child die of
COMMAND = ["-m", "bloc.sheets.child"]
ROOT = Path(__file__).parents[2]

logger = logging.getLogger(__name__)
_idle: list["_Child"] = []
_read: ContextVar[list[tuple[tuple[bytes, Form | None], dict[str, Any] | None]] | None] = ContextVar("read", default=None)


def read_apart(data: bytes, form: Form) -> Reading:
    """Return what ``bloc.sheets.read.read_sheet`` makes of a file from outside, whatever the file is.

    One that asks for more time or memory than a score sheet may take, or that its reader dies of, is refused.

    Raises:
        PartFailed: the reader itself does not work: it does not start, or somebody ended it. The file is not to blame.
    """
    if len(data) > MAX_FILE:
        return refused(too_large())
    answer = _answer(data, form)
    if answer is not None:
        return _reading(answer)
    return refused(say("The file asks for more time or memory than a score sheet may; is anything far outside its tables?"))


def whose_apart(data: bytes) -> Whose | None:
    """Return whose score sheet a file from outside says that it is, as ``bloc.sheets.read.read_whose`` does; None if no one's.

    Raises:
        PartFailed: the reader itself does not work.
    """
    answer = _answer(data, None) if len(data) <= MAX_FILE else None
    return Whose(answer["cycle"], answer["unit"]) if answer and answer.get("unit") else None


@contextmanager
def read_once() -> Iterator[None]:
    """Within it nothing is read twice: who reads ahead of a transaction does not wait for a child within it."""
    token = _read.set([])
    try:
        yield
    finally:
        _read.reset(token)


def _answer(data: bytes, form: Form | None) -> dict[str, Any] | None:
    """Return what a child answers, or has answered before; None if it died of the file.

    Raises:
        PartFailed: the reader itself does not work: it does not start, or somebody ended it.
    """
    before = _read.get()
    for read, answer in before or ():
        if read == (data, form):
            return answer
    answer = _asked(data, form)
    if before is not None:
        before.append(((data, form), answer))
    return answer


def _asked(data: bytes, form: Form | None) -> dict[str, Any] | None:
    child = _idle_child() or _Child()
    answer = child.ask(pickle.dumps((form, data)))
    if answer.endswith(b"\n"):
        _keep(child)
        found: dict[str, Any] = json.loads(answer)
        return found
    if -child.wait() in FROM_OUTSIDE:
        raise PartFailed(say("The sheet could not be read just now; please try again."))
    return None


def _reading(answer: dict[str, Any]) -> Reading:
    if "broken" in answer:
        logger.error("A sheet was refused as damaged, since reading it failed:\n%s", answer["broken"])
        return refused(damaged())
    return Reading.from_json(answer)


def _idle_child() -> "_Child | None":
    """Return a child that waits for work, if one does; those that have died meanwhile are put away."""
    with suppress(IndexError):
        while child := _idle.pop():
            if child.lives:
                return child
            child.wait()
    return None


def _keep(child: "_Child") -> None:
    if len(_idle) < KEPT:
        _idle.append(child)
    else:
        child.end()


class _Child:
    """A process that reads sheets, and the two pipes to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", *COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": str(ROOT)},  # and nothing else of this one's: there are passwords in it
            start_new_session=True,  # a Ctrl-C at the terminal is not for it
        )
        if self._exchange(b"", START) != READY:
            self.end()
            raise PartFailed(say("The reader of score sheets does not start."))

    @property
    def lives(self) -> bool:
        """Return whether it can be asked."""
        return self._process.poll() is None

    def ask(self, request: bytes) -> bytes:
        """Return the line that answers a request; if the child dies of it, what it had said by then."""
        return self._exchange(len(request).to_bytes(8, "big") + request, PATIENCE)

    def _exchange(self, request: bytes, seconds: float) -> bytes:
        source, target = self._process.stdout, self._process.stdin
        assert source and target
        clock = threading.Timer(seconds, self._process.kill)  # which ends the waiting below, wherever it is
        clock.start()
        try:
            with suppress(BrokenPipeError):
                target.write(request)
                target.flush()
            return source.readline(ANSWER)
        finally:
            clock.cancel()

    def wait(self) -> int:
        """Wait until it has ended; return what of: minus a signal's number, or its exit status."""
        with suppress(BrokenPipeError), self._process:  # which closes the pipes; something unsent may be left in one
            pass
        return self._process.returncode

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self.wait()


def _end_all() -> None:
    while _idle:
        _idle.pop().end()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_idle.clear)  # they are the parent's
