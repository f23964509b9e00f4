"""Delivery: every mail that is queued, each claimed before it is sent."""

import logging
from datetime import datetime
from functools import partial

from prefect import flow

from bloc import clock, overview, queries
from bloc.actions.undeliverable import follow_up, years_with_failures
from bloc.actions.wakeups import rest
from bloc.db import Database, Work, reading, unit_of_work
from bloc.enums import WakeupKind
from bloc.settings import Settings, installation
from flows.artifacts import ROWS, rehearsal
from flows.door import apart, cycle_id, database, named_by_day
from models import Cycle
from notifications.delivery import deliver

log = logging.getLogger("bloc.flows")


@flow(name="deliver-notices", flow_run_name=named_by_day)
async def deliver_notices(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Send what is queued, until nothing is left that is due; return how many were sent.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    if dry_run:
        async with rehearsal(dry_run):
            return waiting(database(), cycle)
    return await send_all(database(), cycle, as_of)


def waiting(base: Database, cycle: str | None) -> int:
    """Say which mails wait to be sent; return how many."""
    with reading(base) as session:
        rows = overview.waiting_mails(session, ROWS, queries.cycle_by_key(session, cycle) if cycle else None)
    for row in rows:
        log.info("to be sent: %s", ", ".join(str(value) for value in row.values()))
    return sum(int(row[overview.MAILS]) for row in rows)


async def send_all(base: Database, cycle: str | None, as_of: datetime | None) -> int:
    """Send the mails of the cycle named, or of every live one, and see to those that failed; return how many went out."""
    moment, named, sent, settings = clock.aware(as_of) if as_of else None, cycle_id(base, cycle), 0, installation()
    while True:
        if cycle is None:
            with unit_of_work(base) as work:
                rest(work.session, WakeupKind.DELIVERY)
        done = await deliver(base, settings, wall=clock.now(), as_of=moment, cycle_id=named)
        log.info("%s", done)
        sent += done.sent
        with reading(base) as session:
            failed = years_with_failures(session, named)
        if not apart(base, failed, partial(_follow_up, settings), as_of) or not done.reached:
            return sent


def _follow_up(settings: Settings, work: Work, one: Cycle, now: datetime) -> int:
    return follow_up(work, one, settings, now)
