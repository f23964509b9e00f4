"""Mails as they come in: what people send, and what the post reports, as its servers really write it."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from sqlmodel import Session, col, select

from bloc.enums import NoticeState
from models import Contact, Mail, Notice, Obligation
from notifications import ledger
from tests.factories import Year, on

MAILBOX = "thidua@example.vn"
SERVER = "mx.example.vn"  # of that mailbox, which says what it has found out about senders
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


def token_address(obligation: Obligation) -> str:
    """Return the address at which the mailbox takes what is meant for an obligation."""
    local, _, domain = MAILBOX.partition("@")
    return f"{local}+{obligation.id.hex}@{domain}"


def letter(
    sender: str, to: str = MAILBOX, files: Sequence[tuple[str, bytes]] = (), text: str = "Kính gửi Thư ký.", **headers: str
) -> bytes:
    """Return a mail with attachments, as mail programs write it; ``headers`` as ``Auto_Submitted="..."``.

    Our server has found that it comes from its sender, unless ``Authentication_Results`` says something else.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, headers.pop("Subject", "Gửi báo cáo")
    mail["Message-ID"] = "<tin-nhan@example.vn>"
    headers.setdefault("Authentication_Results", f"{SERVER}; dmarc=pass header.from={parseaddr(sender)[1].rpartition('@')[2]}")
    mail["Date"] = format_datetime(on("2030-05-20 09:00"))
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, data in files:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def sent(year: Year, when: str, *, state: NoticeState = NoticeState.SENT, reply: str = "250 OK") -> list[Notice]:
    """Let the post take (or refuse) all that is queued, as delivery does; return those notices, by identity."""
    moment: datetime = on(when)
    with year.open() as (work, cycle):
        session, mine = work.session, col(Notice.cycle_id) == cycle.id
        ids = session.exec(select(Notice.id).where(mine, Notice.state == NoticeState.QUEUED)).all()
        for notice_id in ids:
            which = col(Notice.id) == notice_id
            ledger.move(session, NoticeState.QUEUED, NoticeState.SENDING, which, claimed_at=moment, attempts=1)
            mail = Mail(message=b"")
            session.add(mail)
            session.flush()
            notice = session.get_one(Notice, notice_id)
            address = session.get_one(Contact, notice.contact_id).email
            mail.message = zlib.compress(_as_sent(mail, notice, address))
            ledger.move(session, NoticeState.SENDING, state, which, reply=reply, sent_at=moment, mail_id=mail.id)
        return [row for row in sorted(year_notices(session, year), key=lambda row: row.identity) if row.id in set(ids)]


def year_notices(session: Session, year: Year) -> list[Notice]:
    """Return the year's notices as they stand in the database."""
    rows = select(Notice).where(col(Notice.identity).startswith(year.key)).execution_options(populate_existing=True)
    return list(session.exec(rows))


def _as_sent(mail: Mail, notice: Notice, address: str) -> bytes:
    head = f"From: bloc@example.vn\r\nTo: {address}\r\nSubject: Mail\r\nMessage-ID: <{mail.id}@example.vn>\r\n"
    return f"{head}X-Bloc-Notice: {notice.identity}\r\n\r\nKinh gui\r\n".encode()


def report_of(
    notice_or_id: object, address: str, reply: str = "550 5.1.1 <{address}>: Recipient address rejected: User unknown",
    *, action: str = "failed", form: str = "postfix",
) -> bytes:  # fmt: skip
    """Return what the post reports of a mail of ours (a notice, or the id in a Message-ID) that did not reach ``address``."""
    mail_id = getattr(notice_or_id, "mail_id", notice_or_id)
    said = reply.format(address=address)
    status = next((word for word in said.split() if word.count(".") == 2 and word.replace(".", "").isdigit()), "5.0.0")
    fields = {"address": address, "said": said, "status": status, "action": action, "id": mail_id}
    return FORMS[form].format(**fields).replace("\n", "\r\n").encode()


POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.vn (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bloc@example.vn
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1.1717/mx.example.vn"
Message-Id: <20300520020000.4F1@mx.example.vn>

This is a MIME-encapsulated message.

--4F1.1717/mx.example.vn
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.vn.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{address}>: host mail.example.vn[192.0.2.1] said: {said}
    (in reply to RCPT TO command)

--4F1.1717/mx.example.vn
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.vn
X-Postfix-Queue-ID: 4F1
X-Postfix-Sender: rfc822; bloc@example.vn
Arrival-Date: Mon, 20 May 2030 09:00:00 +0700 (+07)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.vn
Diagnostic-Code: smtp; {said}

--4F1.1717/mx.example.vn
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: bloc@example.vn
To: {address}
Subject: =?utf-8?q?Nh=E1=BA=AFc?=
Message-ID: <{id}@example.vn>

--4F1.1717/mx.example.vn--
"""

EXCHANGE = """\
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.vn>
To: bloc@example.vn
Date: Mon, 20 May 2030 02:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_1b2c_"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: vi-VN
Message-ID: <1b2c@EXCH01.example.vn>
In-Reply-To: <{id}@example.vn>
Subject: =?utf-8?B?S2jDtG5nIGfhu61pIMSRxrDhu6Nj?=: =?utf-8?Q?Nh=E1=BA=AFc?=
MIME-Version: 1.0

--_1b2c_
Content-Type: multipart/alternative; differences=Content-Type; boundary="_2c3d_"

--_2c3d_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

S2jDtG5nIGfhu61pIMSRxrDhu6NjIHRoxrAu

--_2c3d_
Content-Type: text/html; charset="utf-8"

<html><body>Delivery has failed</body></html>

--_2c3d_--

--_1b2c_
Content-Type: message/delivery-status

Reporting-MTA: dns;EXCH01.example.vn
Received-From-MTA: dns;bloc.example.vn
Arrival-Date: Mon, 20 May 2030 02:00:00 +0000

Original-Recipient: rfc822;{address}
Final-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp;{said}

--_1b2c_
Content-Type: message/rfc822

Received: from bloc.example.vn (192.0.2.2) by EXCH01.example.vn
From: <bloc@example.vn>
To: <{address}>
Subject: =?utf-8?Q?Nh=E1=BA=AFc?=
Message-ID:
 <{id}@example.vn>
MIME-Version: 1.0
Content-Type: text/plain

Kinh gui

--_1b2c_--
"""

GMAIL = """\
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: bloc@example.vn
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{id}@example.vn>
In-Reply-To: <{id}@example.vn>
X-Failed-Recipients: {address}
Message-ID: <6649.5d@mx.google.com>
Content-Type: multipart/report; boundary="000000000000a0b1c2"; report-type=delivery-status
MIME-Version: 1.0

--000000000000a0b1c2
Content-Type: multipart/related; boundary="000000000000a0b1c5"

--000000000000a0b1c5
Content-Type: multipart/alternative; boundary="000000000000a0b1c6"

--000000000000a0b1c6
Content-Type: text/plain; charset="UTF-8"


** Address not found **

Your message wasn't delivered to {address} because the address couldn't be found, or is unable to receive mail.

--000000000000a0b1c6--

--000000000000a0b1c5
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgo=
--000000000000a0b1c5--

--000000000000a0b1c2
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; bloc@example.vn
Arrival-Date: Sun, 19 May 2030 19:00:05 -0700 (PDT)
X-Original-Message-ID: <{id}@example.vn>

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Remote-MTA: dns; aspmx.example.vn. (192.0.2.3, the server for the domain
 example.vn.)
Diagnostic-Code: smtp; {said}
Last-Attempt-Date: Sun, 19 May 2030 19:00:05 -0700 (PDT)

--000000000000a0b1c2
Content-Type: message/rfc822

From: bloc@example.vn
To: {address}
Message-ID: <{id}@example.vn>
Subject: Mail

Kinh gui

--000000000000a0b1c2--
"""

QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.vn
To: bloc@example.vn
Subject: failure notice

Hi. This is the qmail-send program at mail.example.vn.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <bloc@example.vn>
From: bloc@example.vn
To: {address}
Message-ID: <{id}@example.vn>
Subject: Mail

Kinh gui
"""
FORMS = {"postfix": POSTFIX, "exchange": EXCHANGE, "gmail": GMAIL, "qmail": QMAIL}
