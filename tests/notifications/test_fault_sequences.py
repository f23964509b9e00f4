"""Days on which a mail server fails at random: what must always hold. A few here; `make soak` plays hundreds.

A day follows from its seed, but for what the machine does meanwhile: a failure can be played again.
"""

import os
from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from bloc.enums import NoticeKind, NoticeState, ObligationState
from notifications.claims import LEASE
from tests.notifications.faults import QUEUED as TAKEN
from tests.notifications.faults import FaultServer, identities

pytestmark = [pytest.mark.server, pytest.mark.either]

TIMES = int(os.environ.get("BLOC_FAULTS", "3"))
MAILBOXES = 8
ROUNDS = 5
REPLIES = [
    None, "451 4.3.0 later", "450 4.2.0 Greylisted", "421 4.3.2 closing", "550 5.1.1 no such mailbox", "554 5.7.1 no",
    "rubbish", "299 what", "250-half", "250 OK\r\n250 OK", "535 5.7.8 wrong", "x" * 9000, "451 Hộp thư đầy", b"550 \xee", "",
]  # fmt: skip
STAGES = ["CONNECT", "EHLO", "MAIL", "RCPT", "RCPT", "DATA", *["CONTENT"] * 6, "RSET", "QUIT"]
HASTE = 0.3  # seconds that a server is waited for where it may stall
STALLS = 0.05  # how many faults are stalls


def fault(chance: Random) -> tuple[str, dict[str, Any]]:
    """Return a fault at random: where, and how."""
    stage, mailbox = chance.choice(STAGES), f"dv{chance.randrange(MAILBOXES)}@example.vn"
    how = {
        "reply": chance.choice(REPLIES),
        "times": chance.choice([1, 1, 2, 5]),
        "close": chance.random() < 0.3,
        "stall": chance.random() < STALLS,
        "after": chance.choice([0, 0, 1, 3]),
        "recipient": mailbox if stage in ("RCPT", "DATA", "CONTENT") and chance.random() < 0.5 else None,
    }
    if stage == "CONTENT":
        how["keep"] = chance.random() < 0.5 and not refuses(how["reply"])
        if not how["keep"] and str(how["reply"]).startswith("250"):
            how["reply"] = None  # a server that says it took what it did not keep: nobody can know
        elif chance.random() < 0.2:
            how |= {"reply": TAKEN, "keep": True}
    if stage == "DATA" and str(how["reply"]).startswith("250"):
        how["reply"] = "250 not what is to be said"
    return stage, how


def refuses(reply: str | bytes | None) -> bool:
    """Return whether a server that gives this reply must not keep the mail."""
    return reply is not None and reply[:1] in ("4", "5", b"4", b"5")


@pytest.mark.parametrize("seed", range(TIMES))
def test_nothing_is_lost_or_doubled_on_whatever_days(
    office: Any, server: FaultServer, now: datetime, wall: datetime, seed: int
) -> None:
    chance = Random(seed)
    owed = [office.owe(number) for number in range(MAILBOXES)]
    office.settings = office.settings.model_copy(update={"smtp_timeout": HASTE})
    counts: Counter[str] = Counter()

    for day in range(ROUNDS):
        today = now + timedelta(days=day)
        for one in owed:
            for kind in (NoticeKind.REMINDER, NoticeKind.REFUSAL):
                expires = today + timedelta(hours=chance.choice([1, 30, 1000]))
                office.queue(one, kind, now=today, identity=f"{kind}/{day}/{one.unit_id}", expires_at=expires)
        for stage, how in (fault(chance) for _ in range(chance.randint(2, 6))):
            server.fail(stage, **how)
        counts += counted(office.deliver(today, wall + timedelta(days=day)))
        if chance.random() < 0.5:
            server.mend()
        if chance.random() < 0.3:
            office.change(chance.choice(owed), state=ObligationState.ACCEPTED)
    server.mend()
    office.settings = office.settings.model_copy(update={"smtp_timeout": 10})
    for day in range(ROUNDS, ROUNDS + 2):
        counts += counted(office.deliver(now + timedelta(days=day), wall + timedelta(days=day) + LEASE))

    judge(office, server, counts)


def counted(done: Any) -> Counter[str]:
    """Return what a delivery says that it did, by the states."""
    names = ("sent", "failed", "uncertain", "cancelled", "expired")
    return Counter({name: getattr(done, name) for name in names})


def judge(office: Any, server: FaultServer, counts: Counter[str]) -> None:
    """Check what must hold when the last day is over."""
    kept = Counter(identity for _, mail in server.kept for identity in identities(mail))
    taken = {identity for mail in server.taken for identity in identities(mail)}
    fates = {each.identity: each.state for each in office.notices()}
    found = {state: {identity for identity, fate in fates.items() if fate is state} for state in NoticeState}
    assert set(kept) <= set(fates)
    assert {identity: times for identity, times in kept.items() if times > 1} == {}, "doubled"
    assert found[NoticeState.SENDING] | found[NoticeState.QUEUED] == set(), "left in between"
    assert found[NoticeState.SENT] - taken == set(), "sent, they say, and were not"
    assert taken - found[NoticeState.SENT] - found[NoticeState.UNCERTAIN] == set(), "lost sight of"
    assert set(kept) - found[NoticeState.SENT] - found[NoticeState.UNCERTAIN] == set(), "kept, and said not to be"
    assert counts == Counter(str(fate) for fate in fates.values()), "counted otherwise"
