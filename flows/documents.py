"""Documents: what the leader unit drafts in the year, made anew from its data (plan, section III.1). Started by a person."""

import logging
from datetime import datetime

from prefect import flow

from bloc.actions.documents import make, templates_for
from bloc.db import Work
from bloc.settings import installation
from flows.artifacts import rehearsal, show_documents
from flows.door import named_by_day, over_cycles
from models import Cycle

log = logging.getLogger("bloc.flows")


@flow(name="draft-documents", flow_run_name=named_by_day)
async def draft_documents(cycle: str | None = None, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Draft the documents of a bloc's year; the same data make no new version. Return how many are new.

    Args:
        cycle: a bloc's year, such as "bloc-year"; empty: none, for drafting is somebody's wish (để trống: không làm gì).
        as_of: the moment to act as of, in the zone beside it; empty: now (thời điểm, theo múi giờ bên cạnh; để trống: bây giờ).
        dry_run: only show what would be done, in the log and as an artifact; nothing is changed, nothing sent (chạy thử).
    """
    if cycle is None:
        return 0
    async with rehearsal(dry_run):
        drafted = over_cycles(draft, lambda session, now: (), cycle, as_of, dry_run)
        log.info("%d documents drafted", drafted)
    if not dry_run:
        await show_documents(cycle)
    return drafted


def draft(work: Work, one: Cycle, now: datetime) -> int:
    """Draft the documents of one year; return how many are new."""
    return len(make(work, one, now, templates_for(installation(), one)).new)
