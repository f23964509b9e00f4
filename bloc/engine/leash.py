"""A process that ends with its parent, and takes with it all that it has started.

Run as a script it keeps another program on a leash: ``python leash.py PARENT COMMAND...``. When the parent ends, however
it ends, or sends SIGTERM, the program is told to end; what is left after ``GRACE``, in whatever session it hides, is
killed. Prefect needs it: a worker whose server is gone waits for it and never ends, and its runs are sessions of their own.

Linux only; elsewhere a program merely gets the SIGTERM. Little of the standard library is used: this runs beside every part.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PR_SET_CHILD_SUBREAPER = 36
GRACE = 5  # seconds between asking the program to end and killing it


class _Enough(BaseException):
    """It is time to end."""


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel for SIGTERM when the parent ends, however it ends; end at once if ``parent`` is gone already.

    The parent is the *thread* that started this process: start from the main thread.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def on_leash(argv: tuple[str, ...]) -> list[str]:
    """Return the command that runs ``argv`` as a program which ends with this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes  # of no use elsewhere

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _keep(parent: int, argv: list[str]) -> int:
    """Run ``argv`` until it ends or is to end; leave nothing behind; return its exit code."""
    code = 128 + signal.SIGTERM
    with suppress(_Enough):
        signal.signal(signal.SIGTERM, _enough)
        signal.signal(signal.SIGALRM, _enough)
        die_with_parent(parent)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)  # what the program started becomes ours when the program ends
        code = _run(argv)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _kill_the_rest()
    return code


def _run(argv: list[str]) -> int:
    child = os.fork() or _become(argv)
    try:
        return _wait_for(child)
    except _Enough:
        os.kill(child, signal.SIGTERM)
        signal.alarm(GRACE)
        return _wait_for(child)


def _become(argv: list[str]) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(os.getppid())
    os.execv(argv[0], argv)


def _wait_for(child: int) -> int:
    while True:
        pid, status = os.wait()  # the orphans that we adopt are reaped here too
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _kill_the_rest() -> None:
    """Kill our children until there are none: those of a killed child become ours, so each turn goes one deeper."""
    while children := _children():
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        os.wait()


def _children() -> list[int]:
    return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/stat") if _parent(file) == os.getpid()]


def _parent(stat: Path) -> int | None:
    with suppress(OSError):  # it has just ended
        return int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1])  # a name in brackets may hold anything
    return None


def _enough(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Enough


if __name__ == "__main__":
    sys.exit(_keep(int(sys.argv[1]), sys.argv[2:]))
