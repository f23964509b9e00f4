import pytest

from bloc.rules.refusals import Refusal, refusal_of

REPLIES = [
    ("550 5.1.1 <a@example.vn>: Recipient address rejected: User unknown in virtual mailbox table", Refusal.MAILBOX),
    ("550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking", Refusal.MAILBOX),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a@example.vn not found by SMTP address lookup", Refusal.MAILBOX),
    ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", Refusal.MAILBOX),
    ("550 No such user here", Refusal.MAILBOX),
    ("550 a@example.vn... we do not know them", Refusal.MAILBOX),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts", Refusal.MAILBOX),
    ("554 delivery error: dd This user doesn't have a account; mailbox not found", Refusal.MAILBOX),
    ("5.1.2 Host or domain name not found", Refusal.MAILBOX),
    ("5.4.4 Host or domain name not found. Name service error for name=example.vn", Refusal.MAILBOX),
    ("5.0.0 Undelivered Mail Returned to Sender", Refusal.MAILBOX),
    ("552 5.3.4 Message size exceeds fixed limit", Refusal.MESSAGE),
    ("552 5.2.2 The email account that you tried to reach is over quota", Refusal.MESSAGE),
    ("554 5.7.1 Service unavailable; Client host blocked using a blocklist", Refusal.MESSAGE),
    ("550 5.7.1 Message rejected as spam", Refusal.MESSAGE),
    ("550 Message rejected as spam by content filtering", Refusal.MESSAGE),
    ("550 5.1.8 Sender address rejected: Domain not found", Refusal.MESSAGE),
    ("554 Transaction failed", Refusal.MESSAGE),
    ("503 Bad sequence of commands", Refusal.MESSAGE),
    ("450 4.2.0 Greylisted", Refusal.PASSING),
    ("4.4.1 connect to mail.example.vn: Connection timed out", Refusal.PASSING),
    ("UndefinedError(\"'late' is undefined\")", Refusal.UNSAID),
    ("", Refusal.UNSAID),
    (None, Refusal.UNSAID),
]


@pytest.mark.parametrize(("reply", "refusal"), REPLIES, ids=[str(reply)[:40] for reply, _ in REPLIES])
def test_only_what_is_surely_about_the_mailbox_counts_as_that(reply, refusal):
    assert refusal_of(reply) is refusal
