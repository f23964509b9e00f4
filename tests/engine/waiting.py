"""Ports and patience: what tests of real processes need."""

import socket
from collections.abc import Callable
from contextlib import closing, suppress
from time import monotonic, sleep


def eventually(question: Callable[[], object], seconds: float = 10.0) -> bool:
    """Return whether ``question`` is answered with yes within ``seconds``."""
    end = monotonic() + seconds
    while not question():
        if monotonic() > end:
            return False
        sleep(0.02)
    return True


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether somebody listens at ``port``."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
