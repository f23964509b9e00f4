"""Whether a mail comes from its sender, as the mailbox's own server has found out (Authentication-Results, RFC 8601).

Anybody can write that line. One is believed only if it bears the name of that server, which has to take away those that
others wrote in its name (RFC 8601, 5), and stands where that server writes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile, takewhile

from notifications.incoming_mail import AnyMessage


class Origin(StrEnum):
    """What is known of where a mail comes from."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNSAID = "unsaid"


LINE, END = "authentication-results", "received"  # what stands below the next server's line is not the first one's
RESULT = re.compile(r"(?P<method>[a-z-]+)(?:/[0-9]+)?\s*=\s*(?P<verdict>[a-z]+)(?P<about>\s.*)?", re.DOTALL)
ABOUT = re.compile(r"(?P<name>[a-z]+\.[a-z-]+)\s*=\s*(?P<value>\S+)")
WHOSE = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
REFUTES = ("fail", "softfail", "hardfail")


@dataclass(frozen=True)
class Result:
    """What one method has found: its verdict, and about which domains."""

    method: str
    verdict: str
    domains: tuple[str, ...]

    def proves(self, domain: str) -> bool:
        """Return whether it says that a mail comes from ``domain``: it is about that, or about the one that it belongs to."""
        if self.verdict != "pass" or self.method not in WHOSE:
            return False
        found = any(domain == each or domain.endswith(f".{each}") for each in self.domains)
        return domain in self.domains if self.method == "dmarc" else found


def origin_of(mail: AnyMessage, sender: str, authserv_id: str | None) -> Origin:
    """Return whether a mail comes from ``sender``, an address, as the server called ``authserv_id`` says; None: nobody does."""
    domain = sender.rpartition("@")[2].lower()
    found = list(_results(mail, authserv_id.lower())) if authserv_id and domain else []
    if any(each.method == "dmarc" and each.verdict in REFUTES for each in found):
        return Origin.REFUTED
    if any(each.proves(domain) for each in found):
        return Origin.PROVEN
    return Origin.REFUTED if any(each.verdict in REFUTES for each in found) else Origin.UNSAID


def _results(mail: AnyMessage, authserv_id: str) -> Iterator[Result]:
    lines = [(name.lower(), _plain(str(value)).split(";")) for name, value in mail.items()]
    ours = [name == LINE and says[0].split()[:1] == [authserv_id] for name, says in lines]
    from_it_on = dropwhile(lambda line: not line[1], zip(lines, ours, strict=True))
    for (_, says), mine in takewhile(lambda line: line[0][0] != END, from_it_on):
        yield from (_result(found) for each in says[1:] if mine and (found := RESULT.fullmatch(each.strip())))


def _result(found: re.Match[str]) -> Result:
    about = [(each["name"], each["value"]) for each in ABOUT.finditer(found["about"] or "")]
    named = WHOSE.get(found["method"], ())
    return Result(
        found["method"], found["verdict"], tuple(value.rpartition("@")[2].rstrip(".") for name, value in about if name in named)
    )


def _plain(value: str) -> str:
    """Return a header in small letters, without its comments, and without what is quoted: neither says anything by itself."""
    kept, depth, quoted, escaped = [], 0, False, False
    for sign in value.lower():
        if escaped or (sign == "\\" and (depth or quoted)):
            escaped = not escaped
        elif sign == '"' and not depth:
            quoted = not quoted
        elif sign in "()" and not quoted:
            depth = max(0, depth + (1 if sign == "(" else -1))
            kept.append(" ")
        elif not depth and not quoted:
            kept.append(sign)
    return "".join(kept)
