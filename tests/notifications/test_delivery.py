import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlmodel import Session

from bloc.enums import CycleMode, NoticeKind, NoticeState, ObligationState
from bloc.settings import Settings
from models import Cycle
from notifications.claims import LEASE
from notifications.delivery import Delivered, deliver
from notifications.smtp import MailServer, Outcome, Verdict

pytestmark = pytest.mark.server

CANCELLED, EXPIRED, FAILED, QUEUED, SENDING, SENT, UNCERTAIN = (
    NoticeState[name] for name in ("CANCELLED", "EXPIRED", "FAILED", "QUEUED", "SENDING", "SENT", "UNCERTAIN")
)
A_DAY = timedelta(days=1)


def send(settings: Settings, *recipients: str) -> list[Outcome]:
    async def each() -> list[Outcome]:
        async with MailServer(settings) as mail:
            return [await mail.send("bloc@example.vn", recipient, b"Subject: x\r\n\r\nx\r\n") for recipient in recipients]

    return asyncio.run(each())


def test_a_notice_is_sent_once_and_the_ledger_keeps_the_reply(office: Any, server: Any, now: datetime) -> None:
    office.queue(office.owe())

    first, second = office.deliver(), office.deliver()

    assert (first, second) == (Delivered(sent=1), Delivered())
    notice = office.notices()[0]
    assert (notice.state, notice.sent_at, notice.reply, notice.claimed_at) == (SENT, now, "250 2.0.0 Queued as 4711", None)
    ((to, mail),) = server.kept
    read = message_from_bytes(mail, policy=policy.default)
    assert (to, read["X-Bloc-Notice"], read["Message-ID"]) == ("dv1@example.vn", "reminder/dv1", f"<{notice.id}@example.vn>")
    assert read["Date"].datetime == now


def test_what_a_delivery_did_is_said_in_words() -> None:
    assert str(Delivered(sent=2, again=1)) == "2 sent, 1 to be tried again"
    assert str(Delivered()) == "no mails were due"


def test_one_connection_carries_all_mails_also_after_a_refusal(office: Any, server: Any) -> None:
    for number in range(5):
        office.queue(office.owe(number))
    server.fail("RCPT", "550 5.1.1 no such mailbox", times=2)

    assert office.deliver() == Delivered(sent=3, failed=2)
    assert server.connections == 1


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "CONTENT"])
def test_a_refusal_for_good_fails_at_whatever_stage_from_the_recipient_on(office: Any, server: Any, stage: str) -> None:
    office.queue(office.owe(1))
    office.queue(office.owe(2))
    server.fail(stage, "554 5.7.1 not wanted here", times=1)

    assert office.deliver() == Delivered(sent=1, failed=1)
    assert [(notice.state, notice.reply) for notice in office.notices()] == [
        (FAILED, "554 5.7.1 not wanted here"),
        (SENT, "250 2.0.0 Queued as 4711"),
    ]
    assert [to for to, _ in server.kept] == ["dv2@example.vn"]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_greylisted_notice_waits_and_comes_through(office: Any, server: Any, now: datetime, stage: str) -> None:
    office.queue(office.owe())
    server.fail(stage, "451 4.7.1 greylisted", times=1)

    assert office.deliver() == Delivered(again=1)
    assert (office.states(), office.deliver(), server.kept) == ([QUEUED], Delivered(), [])
    assert now < office.notices()[0].send_at < now + timedelta(minutes=8)
    assert office.deliver(now + A_DAY) == Delivered(sent=1)
    assert (office.states(), len(server.kept), office.notices()[0].attempts) == ([SENT], 1, 2)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
@pytest.mark.parametrize("reply", [None, "rubbish", "421 4.3.2 closing"], ids=["line dropped", "garbage", "421"])
def test_what_goes_wrong_before_the_content_is_surely_not_sent(
    office: Any, server: Any, now: datetime, stage: str, reply: str | None
) -> None:
    office.queue(office.owe(1))
    office.queue(office.owe(2))
    server.fail(stage, reply, times=1)

    assert office.deliver() == Delivered(sent=1, again=1)
    assert office.deliver(now + A_DAY) == Delivered(sent=1)
    assert sorted(to for to, _ in server.kept) == ["dv1@example.vn", "dv2@example.vn"]


@pytest.mark.parametrize("reply", [None, "rubbish", "299 what"], ids=["line dropped", "garbage", "no known code"])
@pytest.mark.parametrize("keep", [False, True], ids=["before accepting", "after accepting"])
def test_what_goes_wrong_after_the_content_is_uncertain_and_never_sent_again(
    office: Any, server: Any, now: datetime, reply: str | None, keep: bool
) -> None:
    office.queue(office.owe(1))
    office.queue(office.owe(2))
    server.fail("CONTENT", reply, times=1, keep=keep)

    assert office.deliver() == Delivered(sent=1, uncertain=1)
    assert office.deliver(now + A_DAY) == Delivered()
    assert office.states() == [UNCERTAIN, SENT]
    assert [to for to, _ in server.kept] == ["dv1@example.vn"] * keep + ["dv2@example.vn"]


def test_a_server_out_of_reach_is_no_attempt_and_leaves_every_notice_as_it_was(office: Any, now: datetime) -> None:
    for number in range(3):
        office.queue(office.owe(number), expires_at=now + timedelta(minutes=1))
    before = rows(office)

    assert [office.deliver() for _ in range(30)] == [Delivered(again=1, reached=False)] * 30
    assert rows(office) == before


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_a_server_that_goes_away_before_the_content_is_no_attempt(office: Any, server: Any, stage: str) -> None:
    for number in range(3):
        office.queue(office.owe(number))
    before = rows(office)
    server.fail(stage, gone=True)

    assert office.deliver() == Delivered(again=1, reached=False)
    assert (rows(office), server.kept) == (before, [])


def rows(office: Any) -> list[dict[str, Any]]:
    return [notice.model_dump() for notice in office.notices()]


def test_a_login_that_is_refused_is_no_fault_of_the_mails(office: Any, server: Any, now: datetime) -> None:
    for number in range(3):
        office.queue(office.owe(number))
    server.fail("MAIL", "530 5.7.0 Authentication required")

    assert office.deliver() == Delivered(again=1, reached=False)
    server.mend()
    assert office.deliver(now + A_DAY) == Delivered(sent=3)


def test_a_login_that_is_refused_at_the_door_is_an_attempt(office: Any, server: Any, settings: Settings, now: datetime) -> None:
    office.queue(office.owe())
    open_door = {"smtp_host": "127.0.0.1", "smtp_port": settings.sink_port, "smtp_security": "none"}
    office.settings = Settings(**open_door, smtp_username="bloc", smtp_password="old", smtp_timeout=5, _env_file=None)

    assert office.deliver() == Delivered(again=1, reached=False)
    notice = office.notices()[0]
    assert (notice.state, notice.attempts, notice.send_at > now) == (QUEUED, 1, True)
    assert notice.reply.startswith("not let in: 535")


def test_what_is_done_moved_or_too_late_is_not_sent(office: Any, server: Any, now: datetime) -> None:
    done, moved, late, owed = (office.owe(number) for number in range(1, 5))
    for one in (done, moved, owed):
        office.queue(one)
    office.queue(late, expires_at=now)
    office.change(done, state=ObligationState.ACCEPTED)
    office.change(moved, due_at=moved.due_at + A_DAY)

    assert office.deliver() == Delivered(sent=1, cancelled=2, expired=1)
    assert office.states() == [CANCELLED, CANCELLED, EXPIRED, SENT]
    assert [to for to, _ in server.kept] == ["dv4@example.vn"]


def test_a_receipt_reaches_who_is_done(office: Any, server: Any) -> None:
    owed = office.owe()
    office.queue(owed, NoticeKind.REFUSAL)
    office.change(owed, state=ObligationState.ACCEPTED)

    assert office.deliver() == Delivered(sent=1)


def test_an_abandoned_claim_is_uncertain_after_the_lease_by_the_real_clock(
    office: Any, server: Any, now: datetime, wall: datetime
) -> None:
    office.queue(office.owe())
    office.change(office.notices()[0], state=SENDING, claimed_at=wall, attempts=1)

    assert office.deliver(now + A_DAY, wall=wall + LEASE / 2) == Delivered()
    assert office.deliver(now, wall=wall + LEASE) == Delivered(uncertain=1)
    assert server.kept == []


@pytest.mark.parametrize(
    "spoil",
    [lambda values: values.pop("unit"), lambda values: values.update(last_day="soon"), lambda values: values.pop("tone")],
    ids=["a value missing", "no date", "a tone missing"],
)
def test_a_notice_that_cannot_be_written_fails_alone(office: Any, server: Any, spoil: Callable[[Any], Any]) -> None:
    for number in (1, 2):
        office.queue(office.owe(number))
    bad = office.notices()[0]
    spoil(bad.values)
    office.change(bad, values=bad.values)

    assert office.deliver() == Delivered(sent=1, failed=1)
    assert office.states() == [FAILED, SENT]


def test_a_sender_that_is_no_address_stops_before_anything_is_claimed(office: Any, settings: Settings) -> None:
    office.queue(office.owe())
    office.settings = settings.model_copy(update={"mail_from": "Bloc"})

    with pytest.raises(ValueError, match="no domain"):
        office.deliver()

    assert [(notice.state, notice.attempts) for notice in office.notices()] == [(QUEUED, 0)]


def test_a_replay_is_left_alone_unless_named_and_then_follows_its_own_clock(office: Any, server: Any, wall: datetime) -> None:
    office.queue(office.owe())

    assert office.deliver(now=None, cycle_id=None) == Delivered()
    assert office.deliver(now=None) == Delivered(sent=1)
    with Session(office.database.engine) as session:
        assert office.notices()[0].sent_at == session.get_one(Cycle, office.cycle_id).reached_at


def test_a_live_cycle_follows_the_wall(office: Any, server: Any, wall: datetime) -> None:
    office.change(Cycle(id=office.cycle_id), mode=CycleMode.LIVE, reached_at=None)
    office.queue(office.owe(1), now=wall)
    office.queue(office.owe(2), now=wall, send_at=wall + A_DAY)

    assert office.deliver(now=None, cycle_id=None) == Delivered(sent=1)
    assert wall <= office.notices()[0].sent_at < wall + A_DAY


def test_two_deliveries_at_once_send_everything_once(office: Any, server: Any, settings: Settings, wall: datetime) -> None:
    for number in range(10):
        office.queue(office.owe(number))

    async def both() -> list[Delivered]:
        return await asyncio.gather(
            *(deliver(office.database, settings, wall=wall, cycle_id=office.cycle_id) for _ in range(2))
        )

    assert sum(done.sent for done in asyncio.run(both())) == 10
    assert sorted(to for to, _ in server.kept) == sorted(f"dv{number}@example.vn" for number in range(10))


def test_an_address_that_cannot_be_commanded_is_refused_and_the_next_mail_goes(server: Any, settings: Settings) -> None:
    refused, accepted = send(settings, "đv@example.vn", "dv2@example.vn")

    assert refused.verdict is Verdict.REFUSED
    assert accepted == Outcome(Verdict.ACCEPTED, "250 2.0.0 Queued as 4711")


def test_a_reply_is_kept_on_one_line_and_not_for_ever(server: Any, settings: Settings) -> None:
    server.fail("RCPT", "550-one\r\n550 two\x07 " + "x" * 900)

    (outcome,) = send(settings, "dv1@example.vn")

    assert outcome.reply.startswith("550 one two xxx")
    assert len(outcome.reply) == 500


def test_secrets_do_not_show(settings: Settings, server: Any) -> None:
    secret = Settings(
        smtp_host="127.0.0.1", smtp_port=settings.sink_port, smtp_security="none", smtp_username="u", smtp_password="hunter2"
    )

    (outcome,) = send(secret, "dv1@example.vn")

    assert outcome.verdict is Verdict.BARRED
    assert "hunter2" not in repr(outcome) + repr(secret)
