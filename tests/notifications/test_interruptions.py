"""A delivery that is broken off: what was handed over is on record, or uncertain in the end; nothing leaves twice."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bloc.enums import NoticeState
from notifications.claims import LEASE
from notifications.delivery import Delivered, deliver
from tests.notifications.faults import FaultServer, identities
from tests.notifications.test_faults import judge

pytestmark = pytest.mark.server

MAILS = 12
# The database takes no more as soon as that notice was sent.
FULL = {
    "sqlite": [
        """CREATE TRIGGER refusal BEFORE UPDATE OF state ON notice WHEN NEW.state = 'sent' AND NEW.identity = 'reminder/dv7'
            BEGIN SELECT RAISE(ABORT, 'full'); END"""
    ],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
        """CREATE TRIGGER refusal BEFORE UPDATE OF state ON notice FOR EACH ROW
            WHEN (NEW.state = 'sent' AND NEW.identity = 'reminder/dv7') EXECUTE FUNCTION refuse()""",
    ],
}
ROOM = {"sqlite": "DROP TRIGGER refusal", "postgresql": "DROP TRIGGER refusal ON notice"}


@pytest.fixture
def waiting(office: Any) -> Any:
    """Return an office with mail to send."""
    for number in range(MAILS):
        office.queue(office.owe(number))
    return office


def test_what_was_sent_and_cannot_be_put_on_record_is_uncertain(waiting: Any, server: FaultServer, wall: datetime) -> None:
    engine = waiting.database.engine
    with engine.begin() as connection:
        for statement in FULL[engine.dialect.name]:
            connection.execute(text(statement))

    with pytest.raises(DBAPIError, match="full"):
        waiting.deliver()

    handed_over = {identity for _, mail in server.kept for identity in identities(mail)}
    unrecorded = {each.identity for each in waiting.notices() if each.state is NoticeState.SENDING}
    recorded = {each.identity for each in waiting.notices() if each.state is NoticeState.SENT}
    assert "reminder/dv7" in unrecorded
    assert recorded | unrecorded == handed_over
    with engine.begin() as connection:
        connection.execute(text(ROOM[engine.dialect.name]))
    assert waiting.deliver() == Delivered(sent=MAILS - len(handed_over))
    assert waiting.deliver(wall=wall + 2 * LEASE) == Delivered(uncertain=len(unrecorded))
    assert len(server.kept) == MAILS
    judge(waiting, server, strictly=False)


@pytest.mark.parametrize("stalls", [False, True], ids=["while all goes well", "while the server stalls"])
def test_a_delivery_that_is_told_to_stop_puts_on_record_what_is_under_way(
    waiting: Any, server: FaultServer, wall: datetime, stalls: bool
) -> None:
    if stalls:
        server.fail("CONTENT", keep=True, stall=True, after=1)
        waiting.settings = waiting.settings.model_copy(update={"smtp_timeout": 0.3})

    async def stopped() -> None:
        async with asyncio.timeout(30):
            task = asyncio.create_task(deliver(waiting.database, waiting.settings, wall=wall, cycle_id=waiting.cycle_id))
            while len(server.kept) < 2:
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(stopped())

    judge(waiting, server, strictly=not stalls)
    assert NoticeState.SENT in waiting.states()
    server.mend()
    waiting.deliver()
    assert set(waiting.states()) == ({NoticeState.SENT, NoticeState.UNCERTAIN} if stalls else {NoticeState.SENT})
    judge(waiting, server, strictly=not stalls)
