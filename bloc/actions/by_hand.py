"""What a person has done now, beside the schedules, where Prefect is not there to do it: the same as its flows would."""

from datetime import datetime

from bloc.actions.aggregation import aggregate_next, claim_if_due
from bloc.actions.documents import make, templates_for
from bloc.actions.objections import queue_objection_reminders
from bloc.actions.reminders import queue_reminders
from bloc.actions.weekly import queue_digest
from bloc.db import Work
from bloc.enums import CycleMode, Trigger
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.settings import Settings
from models import Cycle


def check_startable(cycle: Cycle) -> None:
    """Refuse to start anything in a replayed year: its clock is its own, and what it sends is only played.

    Raises:
        NotAllowed: the year is replayed.
    """
    if cycle.mode is not CycleMode.LIVE:
        raise NotAllowed(say("This year is replayed, with a clock of its own: nothing is started in it by hand."))


def carry_out(work: Work, cycle: Cycle, trigger: Trigger, now: datetime, settings: Settings) -> int:
    """Do what ``trigger`` asks for in a year, as far as no mail is sent; return how many notices, results or documents are new.

    Mails wait: what is queued leaves with the next delivery. The cycle's row must be locked.
    """
    check_startable(cycle)
    match trigger:
        case Trigger.REMIND:
            reminded = queue_reminders(work, cycle, now) + queue_objection_reminders(work, cycle, now)
            return reminded + queue_digest(work, cycle, now)
        case Trigger.DELIVER:
            return 0
        case Trigger.DOCUMENTS:
            return len(make(work, cycle, now, templates_for(settings, cycle)).new)
        case Trigger.AGGREGATE | Trigger.SWEEP:
            claim_if_due(work, cycle, now, late=trigger is Trigger.SWEEP)
            return int(aggregate_next(work, now, cycle.id) is not None)
