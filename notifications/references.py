"""What people call a notice by: the beginning of the SHA-256 of its identity; and what an identity says of the ladder."""

import re
from hashlib import sha256

from bloc.enums import NoticeKind

SHOWN = 8  # signs of a reference, in hex
LEAST = 4  # signs that somebody must type


def reference(identity: str, signs: int = SHOWN) -> str:
    """Return the short name of a notice, which it has before it is queued and keeps."""
    return sha256(identity.encode()).hexdigest()[:signs]


def step_of(kind: NoticeKind, identity: str) -> int | None:
    """Return how many working days before (negative) or after the last day a notice's step lies; None: it is of no step."""
    found = re.search(rf"/{kind.value}([+-]\d+)/", identity)
    return int(found[1]) if found else None
