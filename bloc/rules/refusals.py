"""What a mail server's refusal is about: the mailbox, the message, or nothing that lasts. Pure."""

import re
from enum import StrEnum


class Refusal(StrEnum):
    """Whom or what a reply refuses."""

    MAILBOX = "mailbox"  # there is no such mailbox, or it takes no mail any more
    MESSAGE = "message"  # this message: its size, its content, its sender; or the mailbox is full
    PASSING = "passing"  # 4xx: given up after many attempts
    UNSAID = "unsaid"  # no server has said anything: the mail was never offered


BASIC = re.compile(r"^(?P<class>[45])[0-9]{2}\b")
ENHANCED = re.compile(r"(?<![0-9.])(?P<class>[245])\.(?P<subject>[0-9]{1,3})\.(?P<detail>[0-9]{1,3})(?![0-9.])")
OF_MAILBOXES = ("550", "551", "553")  # RFC 5321, 4.2.3
# RFC 3463, 3: addresses (5.1.x) but those of the sender; 5.2.1: the mailbox is disabled. Exchange says 5.4.1 of a recipient
# that it does not know, Postfix 5.4.4 of a domain that does not exist.
OF_SENDERS = ("7", "8", "9")
MAILBOXES = {("2", "1"), ("4", "1"), ("4", "4")}
UNKNOWN = re.compile(
    r"no such (user|mailbox|recipient|address)"
    r"|(user|recipient|mailbox|account|address)( is)? (unknown|not found|disabled|inactive)"
    r"|unknown (user|recipient|mailbox|address)"
    r"|(does ?n.t|does not) exist|no longer (exists|valid)|invalid (recipient|mailbox)"
    r"|address couldn.t be found|recipientnotfound|không tồn tại",
    re.IGNORECASE,
)
ABOUT_CONTENT = re.compile(
    r"spam|virus|malware|block(ed|list)|blacklist|polic(y|ies)|reputation|relay|too large|quota", re.IGNORECASE
)


def refusal_of(reply: str | None) -> Refusal:
    """Return what ``reply``, a server's on one line ("550 5.1.1 User unknown"), refuses.

    The enhanced code (RFC 3463) is believed first, then what is said in words, then the basic code (RFC 5321). Only a reply
    that is surely about the mailbox counts as one about it: a contact is written to no more because of it.
    """
    said = (reply or "").strip()
    basic, enhanced = BASIC.match(said), ENHANCED.search(said)
    found = basic or enhanced
    if found is None:
        return Refusal.UNSAID
    if found["class"] != "5":
        return Refusal.PASSING
    if UNKNOWN.search(said):
        return Refusal.MAILBOX
    if enhanced is not None and enhanced["subject"] != "0":
        return Refusal.MAILBOX if _about_mailbox(enhanced["subject"], enhanced["detail"]) else Refusal.MESSAGE
    return Refusal.MAILBOX if said[:3] in (*OF_MAILBOXES, "5.0") and not ABOUT_CONTENT.search(said) else Refusal.MESSAGE


def _about_mailbox(subject: str, detail: str) -> bool:
    return (subject == "1" and detail not in OF_SENDERS) or (subject, detail) in MAILBOXES
