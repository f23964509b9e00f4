"""A mail as bytes, 7-bit and with CRLF; the same letter in the same envelope is the same bytes.

Put together here, of the standard library's encoders: ``EmailMessage`` (Python 3.11 to 3.13) loses and adds spaces where it
folds a long name or subject that is not ASCII, and to fold and to flatten, the older classes' way too, takes longer than all
else that a mail takes. So nothing reaches a header but through ``one_line`` and ``ADDRESS``.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import encode_rfc2231, format_datetime
from pathlib import PurePath

from bloc.clock import local
from notifications.cleaning import one_line
from notifications.desk import mailbox
from notifications.envelope import Envelope, File

WORD = 45  # bytes in an encoded word, whose 75 signs RFC 2047 allows
LINE = "\r\n"
WIDTH = 76  # signs in a line of base64
FOLD = "\r\n "
SIMPLE = re.compile(r"[A-Za-z0-9 ]{1,60}")  # a name that needs no quotes
READABLE = re.compile(r"(?!.*=\?)[!-~]{1,900}|(?!.*=\?)[ -~]{1,60}")  # a text that needs no encoding and no folding
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
LIST = re.compile(r"[A-Za-z0-9_.-]+")
LONGEST_NAME = 80  # signs of a file's name: encoded at most nine times as long, on a line of at most 998
TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".ics": 'text/calendar; charset="utf-8"; method=PUBLISH',
}
CANCELLED = b"METHOD:CANCEL"

Header = tuple[str, str]


@dataclass(frozen=True)
class Headers:
    """Who writes, whom one may answer (name and address of the secretary), in which language, and the envelope."""

    bloc_name: str
    secretary: tuple[str, str] | None
    language: str
    envelope: Envelope


def composed(headers: Headers, subject: str, text: str, html: str, files: Sequence[File]) -> bytes:
    """Return the mail: text and HTML to choose from, and the files after them.

    Raises:
        ValueError: an address is none.
    """
    mail_id = str(headers.envelope.mail_id)
    texts = [_part(f'text/{kind}; charset="utf-8"', _crlf(said)) for kind, said in (("plain", text), ("html", html))]
    body = _several("alternative", mail_id, texts)
    if files:
        body = _several("mixed", mail_id, [_joined(*body), *map(_attached, files)])
    content, payload = body
    return _joined([*_headers(headers, subject), *content], payload).encode("ascii")


def _headers(headers: Headers, subject: str) -> Iterable[Header]:
    envelope, domain = headers.envelope, headers.envelope.domain
    roots = [f"<{thread}@{domain}>" for thread in envelope.threads]
    yield "From", _person(headers.bloc_name, envelope.sender)
    yield "To", _person(envelope.name, envelope.redirect or envelope.address)
    if answers := list(_answers(headers)):
        yield "Reply-To", f",{FOLD}".join(answers)
    yield "Subject", _encoded(f"[{envelope.address}] {subject}" if envelope.redirect else subject)
    yield "Date", format_datetime(local(envelope.moment))
    yield "Message-ID", f"<{envelope.mail_id}@{domain}>"
    if roots:
        yield "In-Reply-To", roots[0]
        yield "References", FOLD.join(roots)
    if envelope.cycle:
        yield "List-Id", _person(headers.bloc_name, f"{envelope.cycle}.{domain}", LIST)
    yield "Auto-Submitted", "auto-generated"
    yield "X-Bloc-Notice", FOLD.join(map(_encoded, map(one_line, envelope.identities)))
    yield "MIME-Version", "1.0"
    yield "Content-Language", headers.language


def _answers(headers: Headers) -> Iterable[str]:
    envelope = headers.envelope
    if headers.secretary:
        yield _person(*headers.secretary)
    if envelope.inbox:  # an answer to what is about several belongs to none of them
        yield _person(headers.bloc_name, mailbox(envelope.inbox) if len(envelope.threads) > 1 else envelope.inbox)


def _person(name: str, address: str, form: re.Pattern[str] = ADDRESS) -> str:
    if not form.fullmatch(address):
        raise ValueError(f"{address!r} is no address")
    name = one_line(name)
    shown = name if SIMPLE.fullmatch(name) else _words(name)
    return f"{shown}{FOLD}<{address}>" if name else f"<{address}>"


def _encoded(text: str) -> str:
    return text if READABLE.fullmatch(text) else _words(text)


def _words(text: str) -> str:
    """Return encoded words (RFC 2047), none of which cuts a sign in two."""
    words, start, data = [], 0, text.encode()
    while start < len(data):
        end = start + WORD
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{b64encode(data[start:end]).decode()}?=")
        start = end
    return FOLD.join(words)


def _several(kind: str, mail_id: str, parts: Iterable[str]) -> tuple[list[Header], str]:
    boundary = f"{kind}-{mail_id}"  # no line of base64 has its hyphens
    payload = "".join(f"--{boundary}{LINE}{part}{LINE}" for part in parts)
    return [("Content-Type", f'multipart/{kind};{FOLD}boundary="{boundary}"')], f"{payload}--{boundary}--{LINE}"


def _attached(file: File) -> str:
    name = one_line(file.name)
    suffix = PurePath(name).suffix[:10]
    name = name.removesuffix(suffix)[: LONGEST_NAME - len(suffix)] + suffix
    kind = TYPES.get(suffix.lower(), "application/octet-stream")
    kind = kind.replace("PUBLISH", "CANCEL") if CANCELLED in file.data[:1000] else kind
    return _part(kind, file.data, ("Content-Disposition", f"attachment;{FOLD}filename*={encode_rfc2231(name, 'utf-8')}"))


def _part(kind: str, data: bytes, *headers: Header) -> str:
    encoded = b64encode(data).decode("ascii")  # the library's ``encodebytes`` takes twice the time
    return _joined(
        [("Content-Type", kind), ("Content-Transfer-Encoding", "base64"), *headers],
        LINE.join([*[encoded[start : start + WIDTH] for start in range(0, len(encoded), WIDTH)], ""]),
    )


def _joined(headers: Iterable[Header], payload: str) -> str:
    return "".join(f"{name}: {value}{LINE}" for name, value in headers) + LINE + payload


def _crlf(text: str) -> bytes:
    return text.replace("\n", LINE).encode()
