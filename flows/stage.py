"""What the three stages have in common."""

import logging
from datetime import datetime
from functools import partial

from bloc import due
from bloc.actions.stages import advance_stage
from bloc.db import Work
from bloc.enums import Stage
from flows.door import over_cycles
from models import Cycle

log = logging.getLogger("bloc.flows")


def advance(stage: Stage, cycle: str | None, as_of: datetime | None) -> int:
    """Advance one stage of the cycles that are due; return how many activities opened or closed."""

    def act(work: Work, one: Cycle, now: datetime) -> int:
        done = advance_stage(work, one, stage, now)
        log.info("%s: %d opened, %d closed, %d invited", one.key, len(done.opened), len(done.closed), done.invited)
        return len(done.opened) + len(done.closed)

    return over_cycles(act, partial(due.activities, stage=stage), cycle, as_of)
