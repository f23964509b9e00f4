import pytest

from bloc.rules.refusals import US, Refusal, refusal_of

REPLIES = [
    ("550 5.1.1 <a@example.vn>: Recipient address rejected: User unknown in virtual mailbox table", Refusal.MAILBOX),
    ("550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking", Refusal.MAILBOX),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a@example.vn not found by SMTP address lookup", Refusal.MAILBOX),
    ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", Refusal.MAILBOX),
    ("550 No such user here", Refusal.MAILBOX),
    ("550 a@example.vn... we do not know them", Refusal.MAILBOX),
    ("550 5.1.1 <a@example.vn>: Recipient address rejected: User unknown in relay recipient table", Refusal.MAILBOX),
    ("550 User unknown in relay recipient table", Refusal.MAILBOX),
    ("550 5.1.0 Address rejected", Refusal.MAILBOX),
    ("550 5.5.0 Requested action not taken: mailbox unavailable (user not found)", Refusal.MAILBOX),
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
    ("553 5.1.7 <bloc@example.vn>: address does not exist", Refusal.MESSAGE),
    ("550 5.1.8 <bloc@example.vn>: unknown address", Refusal.MESSAGE),
    ("550 5.1.0 Sender rejected", Refusal.MESSAGE),
    ("550 5.7.1 <a@example.vn>: Recipient not found by the policy service", Refusal.MESSAGE),
    ("550 5.7.26 This mail is unauthenticated, and no such user may send it", Refusal.MESSAGE),
    ("550 5.4.1 relaying denied", Refusal.MESSAGE),
    ("554 Relay access denied", Refusal.MESSAGE),
    ("550 relay not permitted", Refusal.MESSAGE),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts", Refusal.MESSAGE),
    ("550 Verification failed for <bloc@example.vn> No Such User Here Sender verify failed", Refusal.MESSAGE),
    ("553 sender address must be yours", Refusal.MESSAGE),
    ("550 Authentication required", Refusal.MESSAGE),
    ("550 DMARC check failed", Refusal.MESSAGE),
    ("535 Login refused: user unknown", Refusal.MESSAGE),
    (f"{US}550 5.1.1 <bloc@example.vn>: User unknown", Refusal.MESSAGE),
    (f"{US}450 4.7.1 later", Refusal.PASSING),
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
