"""Reminders: what the plan's ladder owes today, to those who are not done (plan, section III.2: urging); the weekly digest."""

import logging
from datetime import datetime

from prefect import flow

from bloc import due
from bloc.actions.reminders import queue_reminders
from bloc.actions.weekly import queue_digest
from bloc.db import Work
from flows.door import named_by_day, over_cycles
from models import Cycle

log = logging.getLogger("bloc.flows")


@flow(name="send-reminders", flow_run_name=named_by_day)
async def send_reminders(cycle: str | None = None, as_of: datetime | None = None) -> int:
    """Queue the reminders and weekly digests that are owed, once each, however many days were missed; the delivery sends them.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one.
        as_of: the moment to act as of; empty: now.
    """
    queued = over_cycles(queue_owed, due.reminders, cycle, as_of)
    log.info("%d reminders queued", queued)
    return queued


def queue_owed(work: Work, one: Cycle, now: datetime) -> int:
    """Queue what one cycle owes; return how many notices are new."""
    return queue_reminders(work, one, now) + queue_digest(work, one, now)
