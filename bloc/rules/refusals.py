"""What a mail server's refusal is about: the mailbox, the message, or nothing that lasts. Pure."""

import re
from enum import StrEnum


class Refusal(StrEnum):
    """Whom or what a reply refuses."""

    MAILBOX = "mailbox"  # there is no such mailbox, or it takes no mail any more
    MESSAGE = "message"  # this message: its size, its content, its sender; or the mailbox is full
    PASSING = "passing"  # 4xx: given up after many attempts
    UNSAID = "unsaid"  # no server has said anything: the mail was never offered


US = "not let in: "  # stands before a reply that came before the recipient was named: notifications.smtp
BASIC = re.compile(r"^(?P<class>[45])[0-9]{2}\b")
ENHANCED = re.compile(r"(?<![0-9.])(?P<class>[245])\.(?P<subject>[0-9]{1,3})\.(?P<detail>[0-9]{1,3})(?![0-9.])")
OF_MAILBOXES = ("550", "551", "553")  # RFC 5321, 4.2.3
OF_LOGINS = re.compile(r"^53[0-9]\b")  # RFC 4954
# RFC 3463, 3: addresses (5.1.x) but those of the sender; 5.2.1: the mailbox is disabled. Others are said of messages, of
# systems and of policies. The rest say too little: 5.1.0 is any address, Exchange says 5.4.1 of a recipient that it does not
# know and others of what they do not relay, Postfix says 5.4.4 of a domain that does not exist.
OF_SENDERS = ("7", "8", "9")
OF_ADDRESSES = {("1", "0"), ("4", "1"), ("4", "4")}
OF_OTHERS = {("2", "2"), ("2", "3")}
ABOUT_OTHERS = ("3", "6", "7")
UNKNOWN = re.compile(
    r"no such (user|mailbox|recipient|address)"
    r"|(user|recipient|mailbox|account|address)( is)? (unknown|not found|disabled|inactive)"
    r"|unknown (user|recipient|mailbox|address)"
    r"|(does ?n.t|does not) exist|no longer (exists|valid)|invalid (recipient|mailbox)"
    r"|address couldn.t be found|recipientnotfound|không tồn tại",
    re.IGNORECASE,
)
ABOUT_SENDER = re.compile(  # Postfix looks a recipient up in a table of relay recipients; what bounces is returned to sender
    r"(?<!to )(?<!to the )\bsender\b|\brelay(?!(_| )recipient)|rcpthosts|authenticat|authori[sz]|\b(spf|dkim|dmarc)\b",
    re.IGNORECASE,
)
ABOUT_CONTENT = re.compile(
    r"spam|virus|malware|block(ed|list)|blacklist|polic(y|ies)|reputation|too large|quota", re.IGNORECASE
)


def refusal_of(reply: str | None) -> Refusal:
    """Return what ``reply``, a server's on one line ("550 5.1.1 User unknown"), refuses.

    The enhanced code (RFC 3463) is believed first, then what is said in words, then the basic code (RFC 5321). Only a reply
    that is surely about the mailbox counts as one about it: a contact is written to no more because of it.
    """
    said = (reply or "").strip()
    ours, said = said.startswith(US), said.removeprefix(US)
    basic, enhanced = BASIC.match(said), ENHANCED.search(said)
    found = basic or enhanced
    if found is None:
        return Refusal.UNSAID
    if found["class"] != "5":
        return Refusal.PASSING
    if ours or OF_LOGINS.match(said):
        return Refusal.MESSAGE
    by_code = _by_code(enhanced["subject"], enhanced["detail"]) if enhanced else None
    return by_code or (Refusal.MAILBOX if _says_mailbox(said, enhanced) else Refusal.MESSAGE)


def _by_code(subject: str, detail: str) -> Refusal | None:
    """Return what an enhanced code says for itself; None if it takes the words to know."""
    if (subject, detail) in OF_ADDRESSES:
        return None
    if subject in ABOUT_OTHERS or (subject, detail) in OF_OTHERS or (subject == "1" and detail in OF_SENDERS):
        return Refusal.MESSAGE
    return Refusal.MAILBOX if subject == "1" or (subject, detail) == ("2", "1") else None


def _says_mailbox(said: str, enhanced: re.Match[str] | None) -> bool:
    if ABOUT_SENDER.search(said):
        return False
    if UNKNOWN.search(said) or (enhanced and (enhanced["subject"], enhanced["detail"]) in OF_ADDRESSES):
        return True
    bare = enhanced is None or enhanced["subject"] == "0"
    return bare and said[:3] in (*OF_MAILBOXES, "5.0") and not ABOUT_CONTENT.search(said)
