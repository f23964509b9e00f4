"""The post in a replay: what it reports of a mail that did not arrive, as its servers write it (RFC 3464)."""

from email import message_from_bytes
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from zlib import decompress

from sqlmodel import Session, col, select

from bloc.enums import NoticeState
from bloc.errors import NotFound
from bloc.language import say
from models import Contact, Cycle, Mail, Notice

DAEMON = "MAILER-DAEMON"
FAILED_FOR_GOOD, STILL_TRIED = "failed", "delayed"


def last_mail_to(session: Session, cycle: Cycle, address: str) -> bytes:
    """Return the last mail of a cycle that left for ``address``, as it was sent.

    Raises:
        NotFound: none did.
    """
    mails = (
        select(Mail.message)
        .join(Notice, col(Notice.mail_id) == Mail.id)
        .join(Contact, col(Notice.contact_id) == Contact.id)
        .where(Notice.cycle_id == cycle.id, Notice.state == NoticeState.SENT, Contact.email == address)
        .order_by(col(Notice.sent_at).desc(), col(Notice.identity))
    )
    found = session.exec(mails).first()
    if found is None:
        raise NotFound(say("no mail has left for {address}", address=address))
    return decompress(found)


def returned(mail: bytes, address: str, reply: str) -> bytes:
    """Return what the post reports of ``mail``: ``reply`` is what the server of ``address`` said, 4xx or 5xx."""
    head = message_from_bytes(mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    report = MIMEMultipart("report", "--returned", report_type="delivery-status")
    report["Return-Path"] = "<>"
    report["From"] = f"Mail Delivery System <{DAEMON}@{address.rpartition('@')[2]}>"
    report["To"] = head["From"]
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"<{address}>: {reply}\n"))
    report.attach(_status(address, reply))
    report.attach(MIMEText(head.as_string(), "rfc822-headers", "utf-8"))
    return report.as_bytes()


def _status(address: str, reply: str) -> MIMEBase:
    about_us, about_them = Message(), Message()
    about_us["Reporting-MTA"] = f"dns; {address.rpartition('@')[2]}"
    about_them["Final-Recipient"] = f"rfc822; {address}"
    about_them["Action"] = FAILED_FOR_GOOD if reply.startswith("5") else STILL_TRIED
    about_them["Status"] = f"{reply[0]}.0.0"
    about_them["Diagnostic-Code"] = f"smtp; {reply}"
    part = MIMEBase("message", "delivery-status")
    part.set_payload([about_us, about_them])
    return part
