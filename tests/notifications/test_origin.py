"""Whether a mail comes from its sender: only the mailbox's own server is believed, and only what it says outright."""

from email import message_from_string

import pytest

from notifications.origin import Origin, origin_of

HOP = "Received: from mail.example.vn by mx.example.vn"
OURS = "Authentication-Results: mx.example.vn; "
SAYS = {
    "dmarc": (OURS + "dmarc=pass (p=none) header.from=b.example.vn", Origin.PROVEN),
    "dkim of its domain": (OURS + "dkim=pass header.d=b.example.vn; spf=softfail smtp.mailfrom=x.example", Origin.PROVEN),
    "dkim of the domain above": (OURS + "dkim=pass (2048-bit key)\n header.i=@example.vn header.s=a; spf=none", Origin.PROVEN),
    "spf of its domain": (OURS + "spf=pass smtp.mailfrom=u2@b.example.vn", Origin.PROVEN),
    "in capitals, with versions": (
        "AUTHENTICATION-RESULTS: MX.Example.VN 1; DKIM/1 = Pass header.d = B.example.vn", Origin.PROVEN,
    ),
    "in a second line of the server": (f"{OURS}spf=none\nX-A: b\n{OURS}dmarc=pass header.from=b.example.vn", Origin.PROVEN),
    "below another server's line": (
        f"Authentication-Results: relay.example; dmarc=fail\n{OURS}dmarc=pass header.from=b.example.vn", Origin.PROVEN,
    ),
    "dmarc fails": (OURS + "dmarc=fail header.from=b.example.vn; dkim=pass header.d=b.example.vn", Origin.REFUTED),
    "softfail": (OURS + "spf=softfail smtp.mailfrom=u2@b.example.vn", Origin.REFUTED),
    "dkim of another, spf of none": (OURS + "dkim=pass header.d=x.example; spf=fail", Origin.REFUTED),
    "spf of another": (OURS + "spf=pass smtp.mailfrom=u2@x.example", Origin.UNSAID),
    "spf of a name that ends alike": (OURS + "spf=pass smtp.mailfrom=u2@le.vn", Origin.UNSAID),
    "dkim of a domain below": (OURS + "dkim=pass header.d=x.b.example.vn", Origin.UNSAID),
    "dmarc of another": (OURS + "dmarc=pass header.from=x.example", Origin.UNSAID),
    "spf of the greeting alone": (OURS + "spf=pass smtp.helo=b.example.vn", Origin.UNSAID),
    "in a comment": (OURS + "dmarc=none (no \\) ; dmarc=pass header.from=b.example.vn)", Origin.UNSAID),
    "in quotes": (OURS + 'spf=none smtp.mailfrom="; dmarc=pass header.from=b.example.vn"@x.example', Origin.UNSAID),
    "of a method that proves nothing": (OURS + "auth=pass smtp.auth=u2@b.example.vn", Origin.UNSAID),
    "nothing": (OURS + "none", Origin.UNSAID),
    "another server": ("Authentication-Results: mx.example.vn.x.example; dmarc=pass header.from=b.example.vn", Origin.UNSAID),
    "below the next server": (f"{OURS}spf=none\n{HOP}\n{OURS}dmarc=pass header.from=b.example.vn", Origin.UNSAID),
    "no line": ("X-Authentication-Results: mx.example.vn; dmarc=pass header.from=b.example.vn", Origin.UNSAID),
}  # fmt: skip


@pytest.mark.parametrize(("head", "origin"), SAYS.values(), ids=SAYS)
def test_a_mail_comes_from_its_sender_if_the_mailboxs_server_says_so(head: str, origin: Origin) -> None:
    mail = message_from_string(f"Return-Path: <u2@b.example.vn>\n{head}\n{HOP}\nFrom: u2@b.example.vn\n\nKính gửi\n")

    assert origin_of(mail, "u2@b.example.vn", "mx.example.vn") is origin


def test_where_no_server_is_named_none_is_believed() -> None:
    mail = message_from_string("Authentication-Results: mx.example.vn; dmarc=pass header.from=b.example.vn\n\n")

    assert origin_of(mail, "u2@b.example.vn", None) is Origin.UNSAID
