"""The alarm: the operator is told by mail that runs have failed or crashed; Prefect's own events start it."""

import logging
from datetime import timedelta

from prefect import flow

from bloc import clock
from bloc.actions.alarms import tell_of_failures
from bloc.db import unit_of_work
from bloc.prefect_runs import PrefectRuns
from bloc.settings import installation
from flows.artifacts import rehearsal
from flows.door import database, named_by_day

LOOKS_BACK = timedelta(hours=1)

log = logging.getLogger("bloc.flows")


@flow(name="alarm", flow_run_name=named_by_day)
async def alarm(dry_run: bool = False) -> int:
    """Tell the operator which runs have failed or crashed within the hour; a burst of them is one mail.

    Args:
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    settings, wall = installation(), clock.now()
    async with rehearsal(dry_run):
        failed = PrefectRuns.of(settings).failed(wall - LOOKS_BACK)
        for name, count in failed.items():
            log.info("%s: %d runs failed or crashed", name, count)
        with unit_of_work(database()) as work:
            told = tell_of_failures(work, settings, failed, settings.prefect_ui, wall)
            if dry_run:
                work.forget()
        log.info("%d mails to the operator", told)
    return told
