"""The process in which a sheet is read: a small one, that can use little, write nothing, and be lost without loss.

It is started by ``bloc.sheets.apart`` and takes one sheet after another on its standard input: eight bytes of length, then a
pickle of form and data, from a parent whom it trusts; without a form it only tells whose sheet it is. It answers with a line of
JSON each, for the parent does not trust it.
"""

import contextlib
import json
import pickle
import signal
import sys
import traceback
from dataclasses import asdict
from typing import Any, BinaryIO

from bloc.sheets.findings import Whose, refused
from bloc.sheets.package import too_large
from bloc.sheets.read import read_sheet, read_whose

MEMORY = 256 * 1024 * 1024  # bytes of address space
SECONDS = 1.5  # of processor time for one sheet: with starting and answering, less than two
READY = b"ready\n"


def main() -> None:
    """Serve until the parent closes the other end."""
    _give_up_rights()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _say(target, READY)
    while len(length := source.read(8)) == 8:
        request = source.read(int.from_bytes(length, "big"))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # at its end, SIGPROF ends the process
        line = json.dumps(_answer(request)).encode() + b"\n"
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say(target, line)


def _say(target: BinaryIO, line: bytes) -> None:
    target.write(line)
    target.flush()


def _answer(request: bytes) -> dict[str, Any]:
    """Return the reading as JSON; what goes wrong in it is told to the parent, which keeps it in its log."""
    try:
        form, data = pickle.loads(request)  # noqa: S301 - from the parent
        if form is None:
            return asdict(read_whose(data) or Whose("", ""))
        return read_sheet(data, form).to_json()
    except MemoryError:
        return refused(too_large()).to_json()
    except BaseException:
        return {"broken": traceback.format_exc()}


def _give_up_rights() -> None:
    """Take the limits on; where the system knows none of them (macOS, of memory), the others remain."""
    import resource  # not everywhere

    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    for limit, most in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main()
