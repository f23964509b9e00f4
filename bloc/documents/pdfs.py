"""Files as .pdf from whomever: how many pages they have, and many of them as one. They are read in a process apart."""

import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bloc.documents.pdf_child import Chapter

PATIENCE = 60.0  # seconds by the clock for one file; its processor time is limited below by the child itself
LARGEST = 1_000_000_000  # bytes; what is longer is no answer
COMMAND = [sys.executable, "-P", "-m", "bloc.documents.pdf_child"]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Pages:
    """The pages of a .pdf, without what would run or call on something: how many, and as a file."""

    count: int
    data: bytes


def readable(given: Mapping[str, bytes]) -> dict[str, Pages]:
    """Return the pages of those files that can be read, by name; one that its reader dies of, or has a password, is none."""
    found: dict[str, Pages] = {}
    child: _Child | None = None
    try:
        for name, data in given.items():
            child = child or _Child()
            answer = child.ask(data)
            if answer is None:
                child.end()
                child = None
            elif answer:
                found[name] = _pages(answer)
    finally:
        if child:
            child.end()
    return found


def merged(chapters: Sequence[Chapter]) -> bytes | None:
    """Return files that ``readable`` has returned as one, with bookmarks by heading and title; None if that cannot be done.

    The same files give the same bytes.
    """
    child = _Child()
    try:
        answer = child.ask(list(chapters))
    finally:
        child.end()
    return _pages(answer).data if answer else None


def _pages(answer: bytes) -> Pages:
    return Pages(int.from_bytes(answer[:8], "big"), answer[8:])


class _Child:
    """A process that reads such files, and the two pipes to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/",
            env={"PYTHONPATH": str(ROOT)},  # and nothing else of this one's: there are passwords in it
            start_new_session=True,
        )  # fmt: skip

    def ask(self, request: Any) -> bytes | None:
        """Return what it answers: nothing (b"") of what it cannot read; None if it died of it."""
        source, target, sent = self._process.stdout, self._process.stdin, pickle.dumps(request)
        assert source and target
        clock = threading.Timer(PATIENCE, self._process.kill)
        clock.start()
        try:
            with suppress(BrokenPipeError):
                target.write(len(sent).to_bytes(8, "big") + sent)
                target.flush()
            length = int.from_bytes(head, "big") if len(head := source.read(8)) == 8 else LARGEST + 1
            answer = source.read(length) if length <= LARGEST else b""
            return answer if len(answer) == length else None
        finally:
            clock.cancel()

    def end(self) -> None:
        """End it."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:
            pass
