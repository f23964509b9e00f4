"""Whoever is so slow that the lease runs out: what it says afterwards harms nobody."""

import zlib
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bloc.db import unit_of_work
from bloc.enums import NoticeState
from bloc.settings import Settings
from notifications import claims, ledger, outcomes
from notifications.claims import LEASE, STEPS, Claim, Scope
from notifications.delivery import Delivered
from tests.notifications.faults import FaultServer

LATE = b"Subject: late\r\n\r\nlate\r\n"
SLOW = "250 2.0.0 Queued, at last"
ENDINGS = {
    "sent": lambda claim, now: outcomes.sent(claim, reply=SLOW, now=now, kept=zlib.compress(LATE)),
    "uncertain": lambda claim, now: outcomes.uncertain(claim, reply=SLOW, kept=zlib.compress(LATE)),
    "failed": lambda claim, now: outcomes.failed(claim, reply=SLOW),
    "again": lambda claim, now: outcomes.again(claim, reply=SLOW, now=now),
    "untried": lambda claim, now: outcomes.untried(claim),
}


@pytest.fixture
def lapsed(office: Any, server: FaultServer, now: datetime, wall: datetime) -> Claim:
    """Return a claim that was given up meanwhile: its notice is uncertain."""
    office.queue(office.owe())
    with unit_of_work(office.database) as work:
        claim = claims.claim_next(work.session, Scope(office.cycle_id, now, wall))
    assert office.deliver(wall=wall + LEASE) == Delivered(uncertain=1)
    assert claim is not None
    return claim


def settle(office: Any, claim: Claim, ending: str, now: datetime) -> None:
    with unit_of_work(office.database) as work:
        outcomes.settle(work.session, [ENDINGS[ending](claim, now)])


def send_again(office: Any) -> None:
    """Decide, as a person does, that what is uncertain was not sent."""
    with unit_of_work(office.database) as work:
        assert ledger.move(work.session, NoticeState.UNCERTAIN, NoticeState.QUEUED) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_comes_after_the_lease_leaves_a_notice_uncertain(office: Any, lapsed: Claim, now: datetime, ending: str) -> None:
    settle(office, lapsed, ending, now)

    notice = office.notices()[0]
    assert (notice.state, notice.attempts, notice.reply) == (NoticeState.UNCERTAIN, 1, None if ending == "untried" else SLOW)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_comes_after_a_person_had_it_sent_again_changes_nothing(
    office: Any, server: FaultServer, lapsed: Claim, now: datetime, ending: str
) -> None:
    send_again(office)
    assert office.deliver() == Delivered(sent=1)
    before = office.notices()[0].model_dump()

    settle(office, lapsed, ending, now)

    assert (office.notices()[0].model_dump(), len(server.kept)) == (before, 1)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_comes_before_it_is_sent_again_does_not_hinder_that(
    office: Any, server: FaultServer, lapsed: Claim, now: datetime, ending: str
) -> None:
    send_again(office)
    settle(office, lapsed, ending, now)

    assert office.deliver() == Delivered(sent=1)
    notice = office.notices()[0]
    assert (notice.state, notice.attempts, len(server.kept), notice.mail_id is not None) == (NoticeState.SENT, 2, 1, True)
    assert office.kept(notice) == server.kept[0][1]


def test_what_was_tried_to_the_last_and_is_sent_again_is_tried_as_often_once_more(
    office: Any, server: FaultServer, now: datetime
) -> None:
    office.queue(office.owe())
    office.change(office.notices()[0], attempts=outcomes.ATTEMPTS - 1)
    server.fail("RCPT", "451 4.7.1 Greylisted")

    assert office.deliver() == Delivered(failed=1)
    with unit_of_work(office.database) as work:
        ledger.move(work.session, NoticeState.FAILED, NoticeState.QUEUED)
    assert office.deliver() == Delivered(again=1)
    notice = office.notices()[0]
    assert (notice.attempts, notice.send_at < now + 2 * outcomes.FIRST_WAIT) == (outcomes.ATTEMPTS + 1, True)


def test_no_server_may_be_waited_for_so_long_that_a_claim_lapses_while_its_mail_is_sent() -> None:
    slowest = LEASE.total_seconds() / STEPS

    assert Settings(_env_file=None, smtp_timeout=slowest).smtp_timeout == slowest
    with pytest.raises(ValidationError, match="smtp_timeout"):
        Settings(_env_file=None, smtp_timeout=slowest + 1)
