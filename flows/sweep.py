"""The sweep does what an event missed: aggregations that are due, mails that are left, mail that came in. It asks the database.

It notes that it ran, for whoever looks (bloc.actions.heartbeats), and tells an address outside.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prefect import flow

from bloc import clock, due
from bloc.actions.aggregation import claim_if_due
from bloc.actions.heartbeats import beat, tell_operator
from bloc.actions.wakeups import rest
from bloc.db import Database, Work, unit_of_work
from bloc.enums import WakeupKind
from bloc.errors import MailboxFailed
from bloc.prefect_plan import show_plan
from bloc.settings import Settings, installation
from flows.aggregation import aggregate
from flows.artifacts import rehearsal, show_sweep
from flows.delivery import send_all, waiting
from flows.door import database, named_by_day, over_cycles
from flows.inbox import read_mailbox
from flows.pings import pinged
from models import Cycle

log = logging.getLogger("bloc.flows")


@flow(name="sweep", flow_run_name=named_by_day)
async def sweep(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Aggregate and deliver whatever is due, and take the mail that came in; return how many results and mails that were.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: every live one (năm thi đua của khối; để trống: tất cả).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).

    The mailbox is read, and the plan's days shown in Prefect, for all live years alone.
    """
    base, settings = database(), installation()
    if dry_run:
        async with rehearsal(dry_run):
            return over_cycles(_count, due.aggregations, cycle, as_of, dry_run) + waiting(base, cycle)
    with _on_record(base, settings, everywhere=cycle is None):
        try:
            taken = _take_mail(base, settings) if cycle is None else 0
        finally:  # trouble with what comes in must not hold up what is due
            results, sent = await _results_and_mails(base, cycle, as_of)
    if cycle is None:
        show_days(base, settings)
        await show_sweep(clock.now(), taken, results, sent)
    return taken + results + sent


async def _results_and_mails(base: Database, cycle: str | None, as_of: datetime | None) -> tuple[int, int]:
    try:
        results = over_cycles(_count, due.aggregations, cycle, as_of, base=base)
    finally:  # one bloc's trouble must not hold up the mail of all
        sent = await send_all(base, cycle, as_of)
    return results, sent


def show_days(base: Database, settings: Settings) -> None:
    """Bring Prefect's coming runs in step with the plans; where it does not answer, the next sweep does."""
    try:
        shown = show_plan(base, settings, clock.now())
    except OSError as error:
        log.warning("Prefect does not show the plan's days: %s", error)
        return
    if shown:
        log.info("the plan's days in Prefect: %d new, %d gone; %d forms renewed", shown.made, shown.removed, shown.forms)


@contextmanager
def _on_record(base: Database, settings: Settings, *, everywhere: bool) -> Iterator[None]:
    """Tell the operator of a silence that ends now; at the end note that the sweep ran. A sweep of one year is none."""
    wall = clock.now()
    with pinged(settings, everywhere):
        if not everywhere:
            yield
            return
        with unit_of_work(base) as work:
            tell_operator(work, settings, wall)
        try:
            yield
        finally:  # also of one that failed: it runs, and Prefect and the address outside know the rest
            with unit_of_work(base) as work:
                beat(work.session, wall)


def _take_mail(base: Database, settings: Settings) -> int:
    """Return how many mails were taken from the mailbox. That it does not answer is nothing that lasts: the sweep goes on."""
    try:
        return read_mailbox(base, settings, clock.now())
    except MailboxFailed as error:
        log.warning("%s", error)
        return 0


def _count(work: Work, one: Cycle, now: datetime) -> int:
    rest(work.session, WakeupKind.AGGREGATION)  # an event that got lost must not silence the next
    claim_if_due(work, one, now, late=True)
    return aggregate(work, one, now)
