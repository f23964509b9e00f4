"""One unit's own deadline."""

from datetime import date, datetime

from bloc import queries
from bloc.actions.notices import Post
from bloc.actions.reminders import ask_anew, set_next_step, steps_of
from bloc.clock import end_of, local_day
from bloc.db import Work
from bloc.enums import ContactRole, ObligationState
from bloc.errors import NotAllowed
from bloc.language import say, short_day
from bloc.rules.deadlines import last_day_of
from models import Cycle, Obligation
from notifications import messages


def extend(work: Work, cycle: Cycle, *, unit: str, activity: str, until: date, because: str, now: datetime) -> Obligation:
    """Give ``unit`` until the end of ``until`` for ``activity``. Stale reminders lapse, and those concerned are told.

    Raises:
        NotFound: there is no such unit, activity or obligation.
        NotAllowed: the obligation is done, or no reason is given, or the new day is no later than the old one, has passed, or
            lies after the year that follows the cycle's.
    """
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    obligation, before = owed.obligation, last_day_of(owed.obligation.due_at)
    _check(cycle, obligation, until, because, now)
    post = Post(work, cycle, now)
    obligation.due_at, obligation.extended = end_of(until), True
    ask_anew(work.session, obligation)
    set_next_step(obligation, steps_of(post.plan, activity, obligation.due_at))
    draft = messages.extension(about=post.about(owed), old_last_day=before, because=because)
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    post.queue(draft, owed.unit, to, f"{activity}/{unit}/{draft.kind}/{until}", owed)
    return obligation


def _check(cycle: Cycle, obligation: Obligation, until: date, because: str, now: datetime) -> None:
    before, latest = last_day_of(obligation.due_at), cycle.year + 1
    if obligation.state is not ObligationState.OPEN:
        raise NotAllowed(say("Nothing is owed any more: there is nothing to extend."))
    if not because.strip():
        raise NotAllowed(say("An extension needs its reason."))
    if until <= before or until < local_day(now):
        raise NotAllowed(say("The new last day must lie after the old one ({day}) and not in the past.", day=short_day(before)))
    if until.year > latest:
        raise NotAllowed(say("The new last day must lie no later than the end of {year}.", year=str(latest)))
