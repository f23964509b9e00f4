"""Secrets: the installation's own key, what it signs with, and the digests under which tokens and codes are kept."""

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from bloc.settings import Settings

KEY_FILE = "portal.key"  # in the home folder
KEY_BYTES = 32


def key_of(settings: Settings) -> bytes:
    """Return the installation's key: the settings', or the one that is made once and kept in the home folder.

    With it lost, nobody is signed in any more, and nothing else is. Several machines must be given the same one.
    """
    if settings.portal_secret is not None:
        return settings.portal_secret.get_secret_value().encode()
    file = settings.home / KEY_FILE
    if not file.exists():
        _make(file)
    return file.read_bytes()


def _make(file: Path) -> None:
    # Under another name first: of two that start at once, one's key stands, whole, and both read it.
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(secrets.token_bytes(KEY_BYTES))
    try:
        os.link(made, file)
    except FileExistsError:
        pass
    finally:
        made.unlink()


def sealed(key: bytes, what: str, text: str) -> str:
    """Return the keyed digest (HMAC-SHA256, in hex) of ``text`` as ``what``: as another thing it has another digest."""
    return hmac.digest(key, f"{what}\0{text}".encode(), sha256).hex()


def same(one: str, other: str) -> bool:
    """Return whether two digests are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())
