"""From a draft to a letter (Jinja2), and from a letter to a message.

The message is built with the standard library's older classes: ``EmailMessage`` (Python 3.11 to 3.13) loses and adds spaces
where it folds a long name or subject that is not ASCII. Unlike it they take line breaks, so nothing reaches a header but
through ``one_line`` and ``_address``.
"""

import re
import textwrap
from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bloc import language as words
from bloc.clock import local
from bloc.errors import Fault
from notifications.envelope import Envelope
from notifications.messages import Draft

TEMPLATES = Path(__file__).parent.parent / "templates" / "mail"
WIDTH = 76  # columns of a letter's lines
WRITTEN_IN = ("vi",)  # languages that there are templates in; others read the first
POLICY = compat32.clone(linesep="\r\n", cte_type="7bit")  # fit for every server, whatever it can do
# Where the second line of a wrapped one begins: below the text of a list item, or below the last column of a table.
HANG = re.compile(r" *(?:- |.*\S {2,})?")


class Column(str):
    """A text set in a column of a table."""

    __slots__ = ()


@dataclass(frozen=True)
class Rendered:
    """A letter as it is read: the subject, one line, and the text."""

    subject: str
    text: str


def render(draft: Draft, language: str) -> Rendered:
    """Return ``draft`` as a letter; ``language`` (``vi`` or ``en``) is its reader's, the caller's own is left as it was.

    Raises:
        jinja2.UndefinedError: the template says something that the message does not.
    """
    return copy_context().run(_render, draft, language if language in WRITTEN_IN else WRITTEN_IN[0])


def _render(draft: Draft, language: str) -> Rendered:
    words.use(language)
    subject, _, text = _environment().get_template(f"{draft.kind.value}.txt").render(draft.values).partition("\n")
    return Rendered(subject.strip(), _wrapped(text.strip()))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printed,
    )
    environment.filters |= {
        "week_day": lambda day: words.week_day(date.fromisoformat(day)),
        "clock_time": lambda moment: words.clock_time(datetime.fromisoformat(moment)),
        "rounded": lambda score, decimals: words.rounded(Fraction(score), decimals),
        "points": words.points,
        "counted": lambda number: f"{number:02}",
        "column": lambda value, width: Column(str(value).rjust(width)),
        "fault": lambda fault: str(Fault.from_json(fault)),
    }
    return environment


def one_line(text: str) -> str:
    """Return a text on one line, without control signs: what others wrote cannot add lines to a letter or headers to a mail."""
    flat = " ".join(text.split())
    return flat if flat.isprintable() else "".join(sign for sign in flat if category(sign) not in ("Cc", "Cs"))


def _printed(value: Any) -> Any:
    return one_line(value) if type(value) is str else value  # a Column keeps its spaces


def _wrapped(text: str) -> str:
    return "\n".join(_wrapped_line(line) for line in text.splitlines()) + "\n"


def _wrapped_line(line: str) -> str:
    hang = HANG.match(line.rstrip())
    indent = " " * min(len(hang.group()) if hang else 0, WIDTH // 2)
    return textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def message(drafts: Sequence[Draft], language: str, envelope: Envelope) -> bytes:
    """Return the mail to send, 7-bit and with CRLF: the same notice has the same Message-ID each time it is tried.

    Raises:
        ValueError, email.errors.MessageError: an address is none.
    """
    draft = drafts[0]
    letter, values = render(draft, language), draft.values
    mail: Message[Any, Any] = MIMEText(letter.text.replace("\n", "\r\n"), "plain", "utf-8", policy=POLICY)
    mail["From"] = _address(values["bloc_name"], envelope.sender)
    mail["To"] = _address(envelope.name, envelope.address)
    if values["secretary_address"]:
        mail["Reply-To"] = _address(values["secretary"] or "", values["secretary_address"])
    mail["Subject"] = Header(letter.subject, "utf-8", header_name="Subject")
    mail["Date"] = format_datetime(local(envelope.moment))
    mail["Message-ID"] = f"<{envelope.mail_id}@{envelope.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Bloc-Notice"] = Header(one_line(" ".join(envelope.identities)))
    return mail.as_bytes()


def _address(name: str, address: str) -> Header:
    Address(addr_spec=address)  # refuses what is no address, line breaks above all
    header = Header(one_line(name), "utf-8", header_name="Reply-To")
    header.append(f"<{address}>", "us-ascii")
    return header
