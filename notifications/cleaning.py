"""What others wrote, made fit for a line of a letter or a header."""

from functools import lru_cache
from unicodedata import category, normalize

UNFIT = ("Cc", "Cs")  # control signs, and halves of signs
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they make what follows read backwards


@lru_cache(maxsize=4096)  # names and titles come again in every mail
def one_line(text: str) -> str:
    """Return a text composed (NFC), on one line, without control signs: it adds no lines to a letter, no headers to a mail."""
    flat = " ".join(text.split())
    if flat.isascii() and flat.isprintable():
        return flat
    flat = normalize("NFC", flat)
    return flat if flat.isprintable() else "".join(sign for sign in flat if category(sign) not in UNFIT and sign not in TURNING)
