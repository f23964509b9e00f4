"""Reading a mail that came in, whatever it is: who sent it, to which addresses, with which files.

Everybody can send anything here. What cannot be taken apart is not guessed at, and no fault of a mail is an error of ours.
The library's older classes are used: on broken headers the newer ones raise all manner of things.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value, getaddresses
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from bloc.language import on_one_line

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    AnyMessage = Message[Any, Any]
else:
    AnyMessage = Message  # of no kind at run time, up to Python 3.13

MOST_PARTS = 200
# Beyond these a mail would cost its reader far more memory than it has bytes: no honest one comes near.
MOST_BOUNDARIES = 2_000
MOST_BLANK_LINES = 20_000
SHORTEST_LINES = 30  # bytes a line on average, in a mail of more than ...
MOST_SHORT_LINES = 20_000
HEADERS_AT_MOST = 256_000  # bytes
LENGTH = 300  # signs of a subject or an address that are kept
TEXT_LENGTH = 20_000  # signs of the text that are kept for the eye

ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
TOKEN = re.compile(r"\+([0-9a-f]{32})@", re.IGNORECASE)
OUT_OF_OFFICE = re.compile(
    r"^\s*(automatic reply|auto(matic)?[- ]?(reply|response)|out of (the )?office|trả lời tự động|tự động trả lời|vắng mặt)\b",
    re.IGNORECASE,
)


class FileKind(StrEnum):
    """What a file may be good for."""

    WORKBOOK = "workbook"
    DOCUMENT = "document"
    OTHER = "other"  # nothing that is asked for; a person may know better


WORKBOOKS = frozenset({".xlsx", ".xls", ".ods", ".xlsm", ".xlsb"})
DOCUMENTS = frozenset({".docx", ".pdf"})
NAMELESS = frozenset({"", ".bin", ".dat", ".tmp"})
# What mail programs add by themselves, and what is the letter itself.
ACCESSORIES = frozenset(
    {
        *("text/calendar", "text/vcard", "text/x-vcard", "text/directory"),
        *("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/ics"),
        *("message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "message/rfc822-headers"),
    }
)
ACCESSORY_NAMES = frozenset({".ics", ".vcf", ".p7s", ".asc", ".sig"})


@dataclass(frozen=True)
class Attached:
    """A file that came with a mail: its name, composed, and its bytes."""

    name: str
    data: bytes
    kind: FileKind


@dataclass(frozen=True)
class Letter:
    """A mail that came in, as far as it can be read.

    Args:
        sender: the one address that it says it is from, in small letters; empty if it names none, or several.
        subject: on one line.
        recipients: all addresses that it says it was sent to, in small letters.
        tokens: what stands after a "+" in them and may be the id of an obligation, in hex.
        automatic: a machine wrote it: it is never answered.
        readable: it could be taken apart; else ``files`` and ``text`` are empty.
        text: the letter itself, for the eye.
        files: what came with it and is neither the letter itself nor what programs add.
        answered: Message-IDs of the mails that it answers, without their brackets.
    """

    sender: str = ""
    subject: str = ""
    recipients: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    automatic: bool = False
    readable: bool = True
    text: str = ""
    files: tuple[Attached, ...] = ()
    answered: tuple[str, ...] = ()


def parse(data: bytes) -> AnyMessage | None:
    """Return the message in ``data``; None if it cannot be taken apart at a reasonable cost."""
    if _is_costly(data):
        return None
    try:
        mail: AnyMessage = message_from_bytes(data)
        list(mail.walk())  # nested too deeply for the parser, it is too deep for all that follows
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:  # what its parser meets in junk
        logger.warning("A mail cannot be taken apart: %s", type(error).__name__)
        return None
    return mail


def _is_costly(data: bytes) -> bool:
    lines, head = data.count(b"\n"), min(_end_of_head(data), len(data))
    return (
        head > HEADERS_AT_MOST
        or data.count(b"\n--") > MOST_BOUNDARIES
        or data.count(b"\n\n") + data.count(b"\n\r\n") > MOST_BLANK_LINES
        or (lines > MOST_SHORT_LINES and len(data) < SHORTEST_LINES * lines)
    )


def _end_of_head(data: bytes) -> int:
    ends = [at for blank in (b"\n\n", b"\n\r\n") if (at := data.find(blank)) >= 0]
    return min(ends, default=len(data))


def read_letter(data: bytes, mail: AnyMessage | None) -> Letter:
    """Return what can be read of a mail, whatever its bytes are; ``mail`` is what ``parse`` has made of them."""
    if mail is None:
        return _head_of(BytesHeaderParser().parsebytes(data[: min(_end_of_head(data), HEADERS_AT_MOST)]), readable=False)
    parts = list(parts_of(mail))
    if len(parts) > MOST_PARTS:
        return _head_of(mail, readable=False)
    files = tuple(file for part in parts if (file := _attached(part, mail)) is not None)
    return _head_of(mail, text=_words(parts), files=files)


def _head_of(mail: AnyMessage, **body: Any) -> Letter:
    senders = {address for address in _addresses(mail, "From") if address}
    recipients = frozenset(address for name in ADDRESSED for address in _addresses(mail, name))
    return Letter(
        sender=senders.pop() if len(senders) == 1 else "",
        subject=header(mail, "Subject")[:LENGTH],
        recipients=recipients,
        tokens=frozenset(found[1] for address in recipients if (found := TOKEN.search(address))),
        automatic=is_automatic(mail),
        answered=tuple(re.findall(r"<([^<>\s]+)>", header(mail, "In-Reply-To"))),
        **body,
    )


def header(mail: AnyMessage, name: str) -> str:
    """Return a header in words, on one line; "" if there is none, and what can be read of a broken one."""
    value = mail.get(name)
    return "" if value is None else _decoded(str(value))


def _decoded(value: str) -> str:
    try:
        text = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):  # a broken encoding, or one that nobody knows
        text = value
    return on_one_line(text.encode("utf-8", "replace").decode("utf-8"))  # no halves of signs: a database takes none


def _addresses(mail: AnyMessage, name: str) -> Iterator[str]:
    values = [str(value) for value in mail.get_all(name, [])]
    for _, address in getaddresses(values):
        plain = on_one_line(address.encode("utf-8", "replace").decode("utf-8"))[:LENGTH].lower()
        if plain.count("@") == 1 and " " not in plain:
            yield plain


def is_automatic(mail: AnyMessage) -> bool:
    """Return whether a machine wrote it, by RFC 3834 and by what is in use beside it."""
    submitted = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or header(mail, "Precedence").strip().lower() in ("bulk", "junk", "auto_reply")
        or any(header(mail, name) for name in ("X-Autoreply", "X-Autorespond"))
        or header(mail, "Return-Path").strip() == "<>"
        or bool(OUT_OF_OFFICE.match(header(mail, "Subject")))
    )


def parts_of(mail: AnyMessage) -> Iterator[AnyMessage]:
    """Yield a message's parts, itself first; a message within it is one part, and is not looked into."""
    waiting = [mail]
    while waiting:
        part = waiting.pop(0)
        yield part
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting = [each for each in part.get_payload() if isinstance(each, Message)] + waiting


def text_of(part: AnyMessage) -> str:
    """Return a part's text, with a sign in place of each that cannot be read."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # a charset that nobody knows
        return payload.decode("utf-8", "replace")


def _words(parts: list[AnyMessage]) -> str:
    """Return the letter itself: its first plain text."""
    for part in parts:
        if part.get_content_type() == "text/plain" and not _name(part):
            lines = [on_one_line(line) for line in text_of(part)[:TEXT_LENGTH].splitlines()]
            return "\n".join(lines).strip()
    return ""


def _attached(part: AnyMessage, mail: AnyMessage) -> Attached | None:
    kind, name = part.get_content_type(), _name(part)
    if kind == "message/rfc822" and mail.get_content_type() != "multipart/report":
        return Attached(name or "mail.eml", _bytes_of(part), FileKind.OTHER)
    if part.is_multipart() or kind in ACCESSORIES or _suffix(name) in ACCESSORY_NAMES:
        return None
    if kind.startswith("text/") and not name:
        return None
    if kind.startswith("image/") and (part.get("Content-ID") or part.get_content_disposition() != "attachment"):
        return None  # a logo, a signature
    if part is mail and not name and not kind.startswith("application/"):
        return None
    data = part.get_payload(decode=True)
    found = data if isinstance(data, bytes) else b""
    return Attached(name, found, kind_of(name, found))


def _bytes_of(part: AnyMessage) -> bytes:
    try:
        return part.get_payload(0).as_bytes()  # type: ignore[union-attr]
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):  # what cannot be written down again
        return b""


def _name(part: AnyMessage) -> str:
    """Return a file's name: by RFC 2231, or as most programs write it, by RFC 2047 within quotes; composed, without a path."""
    try:
        given = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
        name = collapse_rfc2231_value(given) if given else ""
    except (LookupError, ValueError, TypeError):  # a charset that nobody knows
        return ""
    return normalize("NFC", _decoded(name)).replace("\\", "/").rpartition("/")[2].strip()


def kind_of(name: str, data: bytes) -> FileKind:
    """Return what a file may be good for: by its name, and where that tells nothing, by how it begins."""
    suffix = _suffix(name)
    if suffix in WORKBOOKS:
        return FileKind.WORKBOOK
    if suffix in DOCUMENTS or (suffix in NAMELESS and data.startswith(b"%PDF-")):
        return FileKind.DOCUMENT
    if suffix in NAMELESS and data.startswith(b"PK"):
        return FileKind.WORKBOOK if b"xl/workbook.xml" in data else FileKind.DOCUMENT if b"word/" in data else FileKind.OTHER
    return FileKind.OTHER


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
