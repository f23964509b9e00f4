"""Number and symbol of an administrative document, "09/KH-KTĐ" (Decree 30/2020/NĐ-CP, Annex I). Pure."""

import re

from bloc.language import Message, say

OPEN = "…"
LETTERS = "A-ZĐ"
BODY = re.compile(rf"/[{LETTERS}][{LETTERS}a-z]*-(?P<body>[{LETTERS}][{LETTERS}0-9.]*)$")


def body_of(number: str) -> str:
    """Return the sign of who issues it in a number: "KTĐ" in "1516/KH-KTĐ"; left open if it is not to be seen there."""
    found = BODY.search(number)
    return found["body"] if found else OPEN


def symbol_of(kind: str, body: str) -> str:
    """Return what follows the slash: type and issuer, or of a letter, which has no type, its issuer."""
    return f"{kind}-{body}" if kind else body


def fault_of(number: str, kind: str) -> Message | None:
    """Return what is wrong with a number typed for a document of type ``kind`` ("KH"; "" for a letter), or None."""
    figures, slash, symbol = number.partition("/")
    example = f"09/{symbol_of(kind, 'KTĐ')}"
    signs = rf"{re.escape(kind)}-[{LETTERS}][{LETTERS}0-9.-]*" if kind else rf"[{LETTERS}][{LETTERS}0-9.]*(-[{LETTERS}0-9.]+)*"
    if not slash or not re.fullmatch(r"[0-9]{1,6}", figures) or not re.fullmatch(signs, symbol):
        return say("Number and symbol of this document are written like {example}.", example=example)
    plain = figures.lstrip("0")
    if not plain or figures != f"{int(plain):02}":
        return say("A number under 10 has one leading nought, others have none: {example}.",
                   example=f"{int(figures) or 1:02}/{symbol}")  # fmt: skip
    return None
