"""Reading a bounce: what the post reports of a mail that did not arrive. Addresses are found by the library flufl.bounce."""

import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from email.utils import parseaddr
from typing import cast

from flufl.bounce import all_failures

from notifications.incoming_mail import AnyMessage, header, is_automatic, parts_of, text_of

REPLY_LENGTH = 500  # signs of a server's reply that are kept
DAEMONS = re.compile(r"(mailer-?daemon|postmaster|mail-?delivery|microsoftexchange|bounce)", re.IGNORECASE)
MESSAGE_ID = re.compile(r"^[ \t>]*Message-ID:\s*<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)
CODE = re.compile(r"^[45]([0-9]{2}|\.[0-9]{1,3}\.[0-9]{1,3})\b")
TYPE = re.compile(r"^\s*[\w-]+\s*;")  # "smtp;", "X-Postfix;"
UNDEFINED = "5.0.0"  # RFC 3463, 3.1: failed for good, and no more is said

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounce:
    """What a bounce says.

    Args:
        failed: the addresses that a mail failed at for good, in small letters, each with what its server said, on one line.
        delayed: those at which it is still being tried.
        mail_ids: of the mails that it returns, as far as their Message-IDs can be of ours.
    """

    failed: Mapping[str, str] = field(default_factory=dict)
    delayed: frozenset[str] = frozenset()
    mail_ids: frozenset[uuid.UUID] = frozenset()


def read_bounce(mail: AnyMessage) -> Bounce | None:
    """Return what ``mail`` reports, if it is a bounce or looks like one; None for all else.

    Whether what it says is true is not known here: anybody can write one.
    """
    if not _looks_like_one(mail):
        return None
    try:
        delayed, failed = ({address.decode("ascii", "replace").lower() for address in found} for found in all_failures(mail))
    except Exception as error:  # its detectors meet whatever anybody sends
        logger.warning("A bounce cannot be read: %r", error)
        delayed, failed = set(), set()
    if not (_is_report(mail) or failed or delayed):
        return None
    said = _replies(mail)
    otherwise = f"{UNDEFINED} {header(mail, 'Subject')}".strip()
    replies = {address: said.get(address, otherwise)[:REPLY_LENGTH] for address in failed if "@" in address}
    return Bounce(replies, frozenset(delayed - failed), frozenset(_mail_ids(mail)))


def _looks_like_one(mail: AnyMessage) -> bool:
    """Return whether it can be the post that writes: people quote bounces, too."""
    local = parseaddr(header(mail, "From"))[1].partition("@")[0]
    no_sender = header(mail, "Return-Path").strip() == "<>"
    return _is_report(mail) or no_sender or bool(DAEMONS.search(local)) or is_automatic(mail)


def _is_report(mail: AnyMessage) -> bool:
    kind = mail.get_param("report-type")
    return mail.get_content_type() == "multipart/report" and str(kind).lower() == "delivery-status"


def _replies(mail: AnyMessage) -> dict[str, str]:
    """Return what the servers said, by address, as a delivery status notification (RFC 3464) tells it."""
    found: dict[str, str] = {}
    for part in parts_of(mail):
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            for block in cast("list[AnyMessage]", part.get_payload()):
                reply = _reply(block)
                found |= dict.fromkeys(_addresses(block), reply)
    return found


def _addresses(block: AnyMessage) -> Iterator[str]:
    for name in ("Original-Recipient", "Final-Recipient"):
        yield parseaddr(header(block, name).rpartition(";")[2].strip())[1].lower()


def _reply(block: AnyMessage) -> str:
    status = header(block, "Status").strip().partition(" ")[0]
    said = " ".join(TYPE.sub("", header(block, "Diagnostic-Code")).split())
    return said if CODE.match(said) else f"{status or UNDEFINED} {said}".strip()


def _mail_ids(mail: AnyMessage) -> Iterator[uuid.UUID]:
    for part in parts_of(mail):
        for text in _returned(part):
            for found in MESSAGE_ID.findall(text):
                try:
                    yield uuid.UUID(found.partition("@")[0])
                except ValueError:
                    continue  # of somebody else's mail


def _returned(part: AnyMessage) -> Iterator[str]:
    """Yield what may be a mail that is returned, or its headers, in whatever form."""
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        inner = cast("AnyMessage", part.get_payload(0))
        yield f"Message-ID: {header(inner, 'Message-ID')}"
        yield text_of(inner)  # headers that were cut off in the middle read as a body
    elif kind in ("text/rfc822-headers", "message/rfc822-headers", "text/plain"):
        text = text_of(part)
        yield text
        yield f"Message-ID: {header(message_from_string(text), 'Message-ID')}"  # folded
