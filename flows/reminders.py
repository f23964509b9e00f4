"""Reminders: what the plan's ladder owes today, to those who are not done (plan, section III.2: urging); the weekly digest."""

import logging
from datetime import datetime

from prefect import flow

from bloc import clock, due
from bloc.actions.objections import queue_objection_reminders
from bloc.actions.reminders import queue_reminders
from bloc.actions.weekly import queue_digest
from bloc.db import Work
from flows.artifacts import rehearsal, show_arrivals, show_mails
from flows.door import database, named_by_day, over_cycles
from models import Cycle

log = logging.getLogger("bloc.flows")


@flow(name="send-reminders", flow_run_name=named_by_day)
async def send_reminders(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Queue the reminders and weekly digests that are owed, once each, however many days were missed; the delivery sends them.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    async with rehearsal(dry_run):
        queued = over_cycles(queue_owed, due.reminders, cycle, as_of, dry_run)
        log.info("%d reminders and digests queued", queued)
    await show_arrivals(database(), clock.now(), [cycle] if cycle else None)
    await show_mails(database())
    return queued


def queue_owed(work: Work, one: Cycle, now: datetime) -> int:
    """Queue what one cycle owes; return how many notices are new."""
    reminders = queue_reminders(work, one, now) + queue_objection_reminders(work, one, now)
    digests = queue_digest(work, one, now)
    log.info("%s: %d reminders queued, %d digests", one.key, reminders, digests)
    return reminders + digests
