"""A process that dies with its parent (Linux; elsewhere nothing is done).

Run as a script it puts itself on the leash and becomes another program: ``python leash.py PARENT COMMAND...``. The kernel
keeps the wish over exec. A ``preexec_fn`` would do the same, but runs Python between fork and exec, where threads of the
parent (Prefect has some) may hold locks. Only the standard library, and little of it: this runs before every part.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel for SIGTERM when the parent ends, however it ends; die at once if ``parent`` is gone already.

    The parent is the *thread* that started this process: start from the main thread.
    """
    if sys.platform != "linux":
        return
    import ctypes  # heavy for a script of two lines, and of no use elsewhere

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def on_leash(argv: tuple[str, ...]) -> list[str]:
    """Return the command that runs ``argv`` as a process which dies with this one."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
