"""A replayed cycle's clock."""

from datetime import datetime

from bloc.db import Work
from bloc.enums import CycleMode
from bloc.errors import NotAllowed
from bloc.language import say
from models import Cycle


def advance_clock(work: Work, cycle: Cycle, to: datetime, *, acts_done: int | None = None) -> None:
    """Move a replayed cycle's now forward to ``to``, and note how many acts of its scenario are done.

    Raises:
        NotAllowed: the cycle is live: its clock is the wall's.
    """
    if cycle.mode is not CycleMode.REPLAY or cycle.reached_at is None:
        raise NotAllowed(say("{key} is no replay: its clock is the calendar's.", key=cycle.key))
    cycle.reached_at = max(cycle.reached_at, to)
    cycle.scenario_done = cycle.scenario_done if acts_done is None else acts_done
    work.session.add(cycle)
