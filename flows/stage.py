"""What the flows of the plan's parts have in common."""

import logging
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement

from bloc import due
from bloc.actions.stages import advance_stage
from bloc.db import Work
from bloc.enums import Stage
from flows.artifacts import rehearsal
from flows.door import over_cycles
from models import Cycle

log = logging.getLogger("bloc.flows")


async def advance(
    stage: Stage, cycle: str | None, as_of: datetime | None, dry_run: bool, only: ColumnElement[bool] = due.EVERY
) -> int:
    """Advance one stage, or ``only`` some of it, of the cycles that are due; return how many activities opened or closed."""

    def act(work: Work, one: Cycle, now: datetime) -> int:
        done = advance_stage(work, one, stage, now, only)
        log.info("%s: %d opened, %d closed, %d invited", one.key, len(done.opened), len(done.closed), done.invited)
        for verb, names in (("opened", done.opened), ("closed", done.closed)):
            for name in names:
                log.info("%s: %s: %s", one.key, verb, name)
        return len(done.opened) + len(done.closed)

    async with rehearsal(dry_run):
        return over_cycles(act, partial(due.activities, stage=stage, only=only), cycle, as_of, dry_run)
