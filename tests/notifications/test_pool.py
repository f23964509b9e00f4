"""Several connections at a time, to whom they lead, and whose notices they carry."""

import asyncio
import threading
from collections import Counter
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from bloc.db import unit_of_work
from bloc.enums import CycleMode, NoticeState
from bloc.language import say
from bloc.settings import Settings
from models import Contact, Cycle
from notifications import ledger, messages
from notifications.delivery import Delivered, deliver
from notifications.smtp import MailServer
from tests.notifications.faults import FaultServer, identities

pytestmark = pytest.mark.server

QUEUED, SENT = NoticeState.QUEUED, NoticeState.SENT
MANY = 24


@pytest.fixture
def wide(office: Any) -> Any:
    """Return an office with four connections and many mails to send."""
    office.settings = office.settings.model_copy(update={"smtp_connections": 4})
    for number in range(MANY):
        office.queue(office.owe(number))
    return office


def test_a_few_connections_carry_many_mails(wide: Any, server: FaultServer) -> None:
    assert wide.deliver() == Delivered(sent=MANY)
    assert 1 < server.connections <= 4
    assert Counter(to for to, _ in server.kept) == Counter(f"dv{number}@example.vn" for number in range(MANY))


def test_a_connection_is_made_anew_after_so_many_mails(office: Any, server: FaultServer) -> None:
    office.settings = office.settings.model_copy(update={"smtp_per_connection": 2})
    for number in range(5):
        office.queue(office.owe(number))

    assert office.deliver() == Delivered(sent=5)
    assert server.connections == 3


def test_a_server_out_of_reach_is_tried_with_one_mail(wide: Any) -> None:
    assert wide.deliver() == Delivered(again=1, reached=False)
    assert {(notice.state, notice.attempts) for notice in wide.notices()} == {(QUEUED, 0)}


def test_where_fewer_connections_are_let_in_those_carry_all(wide: Any, server: FaultServer) -> None:
    server.fail("CONNECT", "421 4.7.0 too many connections", close=True, connections=2)

    done = wide.deliver()

    assert (done.sent, done.failed, done.uncertain, done.reached) == (MANY, 0, 0, True)
    assert {(notice.state, notice.attempts) for notice in wide.notices()} == {(SENT, 1)}


def test_a_server_that_goes_away_from_all_connections_leaves_every_notice_to_be_sent(
    wide: Any, server: FaultServer, now: datetime
) -> None:
    server.fail("MAIL", gone=True, after=2)

    done = wide.deliver()

    assert (done.failed, done.uncertain, done.reached) == (0, 0, False)
    assert Counter(wide.states()) == Counter({SENT: len(server.kept), QUEUED: MANY - len(server.kept)})


def test_deliveries_at_once_in_threads_send_everything_once(wide: Any, server: FaultServer, wall: datetime) -> None:
    start, sent = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        sent.append(asyncio.run(deliver(wide.database, wide.settings, wall=wall, cycle_id=wide.cycle_id)).sent)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == MANY
    assert Counter(to for to, _ in server.kept) == Counter(f"dv{number}@example.vn" for number in range(MANY))
    assert {(notice.state, notice.attempts) for notice in wide.notices()} == {(SENT, 1)}


def test_on_trial_all_goes_to_one_address_and_says_to_whom_it_would_have_gone(office: Any, server: FaultServer) -> None:
    office.settings = office.settings.model_copy(update={"mail_redirect": "trial@example.vn"})
    office.queue(office.owe(1))
    office.queue(office.owe(2))

    assert office.deliver() == Delivered(sent=2)
    assert [to for to, _ in server.kept] == ["trial@example.vn"] * 2
    subjects = [str(message_from_bytes(mail, policy=policy.default)["Subject"]) for _, mail in server.kept]
    assert sorted(subject.partition("]")[0] for subject in subjects) == ["[dv1@example.vn", "[dv2@example.vn"]


def test_an_answer_finds_its_obligation_where_a_mailbox_is_read(office: Any, server: FaultServer) -> None:
    office.settings = office.settings.model_copy(update={"imap_address": "nop@example.vn"})
    owed = office.owe()
    office.queue(owed)

    office.deliver()

    assert f"nop+{owed.id.hex}@example.vn" in str(message_from_bytes(server.kept[0][1], policy=policy.default)["Reply-To"])


def test_what_the_operator_is_told_goes_with_the_live_years_alone(office: Any, server: FaultServer, wall: datetime) -> None:
    alarm(office, wall)

    assert office.deliver() == office.deliver(wall) == Delivered()
    assert office.deliver(now=None, cycle_id=None) == Delivered(sent=1)
    assert [(to, identities(mail)) for to, mail in server.kept] == [("operator@example.vn", ["alarm/1"])]


def test_what_the_operator_is_told_goes_beside_what_a_live_year_has_to_send(
    office: Any, server: FaultServer, wall: datetime
) -> None:
    office.change(Cycle(id=office.cycle_id), mode=CycleMode.LIVE, reached_at=None)
    office.queue(office.owe(), now=wall)
    alarm(office, wall)

    assert office.deliver(now=None, cycle_id=None) == Delivered(sent=2)


def alarm(office: Any, wall: datetime) -> None:
    """Queue what the operator is told."""
    contact = Contact(email="operator@example.vn")
    with unit_of_work(office.database) as work:
        work.session.add(contact)
        work.session.flush()
        whose = {"contact_id": contact.id, "name": "", "language": "vi", "unit_id": None, "obligation_id": None}
        draft = messages.alarm(
            installation="bloc.example.vn", what=say("{what}", what="Bloc"), todo=say("{what}", what="Bloc"), since=wall
        )
        ledger.queue(work.session, draft, cycle_id=None, now=wall, identity="alarm/1", about_due_at=None, **whose)


@pytest.mark.parametrize(
    "message",
    [b"S: x\r\n\r\n.a\r\n..\r\n.\r\nb\r\n", b"S: x\n\na\n.\nb\n", b"S: x\r\n\r\nno end", b"S: x\r\n\r\na\r.\rb\r\n", b".\r\n"],
    ids=["dots", "ends of Unix", "no end", "ends of long ago", "nothing but a dot"],
)
def test_what_is_not_as_it_may_be_sent_is_mended_and_ends_no_mail_early(
    server: FaultServer, settings: Settings, message: bytes
) -> None:
    async def send() -> None:
        async with MailServer(settings) as mail:
            await mail.send("bloc@example.vn", "dv1@example.vn", message)

    asyncio.run(send())

    ((_, kept),) = server.kept
    assert kept.split(b"\r\n") == [*message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n"), b""]
