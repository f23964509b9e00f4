"""What tells one value from another, in one line."""

import hashlib
import json


def digest_of(value: object) -> str:
    """Return the SHA-256, in hex, of ``value`` as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
