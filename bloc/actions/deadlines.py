"""One unit's own deadline, or none: extensions and waivers."""

from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import col

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.notices import Post
from bloc.actions.planned_work import release
from bloc.actions.reminders import ask_anew, deadline_named, just_told
from bloc.actions.responses import freeze_when_all_have_signed
from bloc.actions.thanks import thank_if_all_are_done
from bloc.actions.weekly import set_next_digest
from bloc.clock import end_of, local_day
from bloc.db import Work
from bloc.enums import Act, ActivityKind, Answer, ContactRole, MissingSheet, ObligationState
from bloc.errors import NotAllowed
from bloc.language import say, short_day
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of
from models import Cycle, ExtensionRequest, Obligation
from notifications import ledger, messages


def extend(work: Work, cycle: Cycle, *, unit: str, activity: str, until: date, because: str, now: datetime) -> Obligation:
    """Give ``unit`` until the end of ``until`` for ``activity``. Stale reminders lapse, and those concerned are told.

    Raises:
        NotFound: there is no such unit, activity or obligation.
        NotAllowed: the obligation is done, or no reason is given, or the new day is no later than the old one, has passed, or
            lies after the year that follows the cycle's.
    """
    cycle = queries.locked(work.session, cycle.id)
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    obligation, before = owed.obligation, last_day_of(owed.obligation.due_at)
    check_extension(cycle, obligation, until, because, now)
    post = Post(work, cycle, now)
    obligation.due_at, obligation.extended = end_of(until), True
    ask_anew(work.session, obligation)
    just_told(post.plan, obligation, activity, now)
    work.session.flush()
    set_next_digest(work.session, cycle, post.plan, now)
    _grant_what_was_asked(work, obligation, until, now)
    draft = messages.extension(about=post.about(owed), old_last_day=before, because=because)
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    post.queue(draft, owed.unit, to, f"{activity}/{unit}/{draft.kind}/{until}", owed)
    days = {"last_day": before.isoformat()}, {"last_day": until.isoformat()}
    record(work, cycle, Act.EXTENSION, f"{activity}/{unit}", now=now, before=days[0], after=days[1], because=because)
    return obligation


def _grant_what_was_asked(work: Work, obligation: Obligation, until: date, now: datetime) -> None:
    """Let a unit's request wait no more that is met by the new day, whoever gave it and for whatever reason."""
    met = update(ExtensionRequest).where(col(ExtensionRequest.obligation_id) == obligation.id)
    met = met.where(col(ExtensionRequest.answer).is_(None), col(ExtensionRequest.until) <= until)
    work.session.execute(met.values(answer=Answer.GRANTED, answered_by=work.by, answered_at=now))


def waive(work: Work, cycle: Cycle, *, unit: str, activity: str, because: str, now: datetime) -> Obligation:
    """Release ``unit`` from what it owes for ``activity``, for a reason; it is told, and reminded no more.

    What it sends all the same is taken. A score sheet that is waived is missing: the result is closed without it.

    Raises:
        NotFound: there is no such unit, activity or obligation.
        NotAllowed: nothing is owed, or no reason is given, or the plan waits for every score sheet.
    """
    cycle = queries.locked(work.session, cycle.id)  # signatures are counted
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    post = Post(work, cycle, now)
    _check_waiver(post, owed, because)
    release(owed.obligation)
    owed.obligation.waived_because = because.strip()
    ledger.lapse(work.session, owed.obligation.id)
    draft = messages.waiver(about=post.about(owed), because=because)
    identity = f"{activity}/{unit}/{draft.kind}/{deadline_named(owed.obligation)}"
    post.queue(draft, owed.unit, post.audience(owed.unit, [ContactRole.CONTACT]), identity, owed)
    states = {"state": ObligationState.OPEN}, {"state": ObligationState.WAIVED}
    record(work, cycle, Act.WAIVER, f"{activity}/{unit}", now=now, before=states[0], after=states[1], because=because)
    freeze_when_all_have_signed(work, cycle, now)
    thank_if_all_are_done(post, owed.activity)
    return owed.obligation


def _check_waiver(post: Post, owed: Owed, because: str) -> None:
    if owed.obligation.state is not ObligationState.OPEN:
        raise NotAllowed(say("Nothing is owed any more: there is nothing to waive."))
    if not because.strip():
        raise NotAllowed(say("A waiver needs its reason."))
    waits = post.plan.policies.missing_sheet is MissingSheet.WAIT
    if owed.activity.kind is ActivityKind.SCORE_SHEETS and waits:
        raise NotAllowed(say("The plan waits for every score sheet (missing_sheet: wait): none can be waived."))


def check_extension(cycle: Cycle, obligation: Obligation, until: date, because: str, now: datetime) -> None:
    """Refuse a day that an obligation cannot be extended to.

    Raises:
        NotAllowed: as ``extend`` says.
    """
    before, latest = last_day_of(obligation.due_at), cycle.year + 1
    if obligation.state is not ObligationState.OPEN:
        raise NotAllowed(say("Nothing is owed any more: there is nothing to extend."))
    if not because.strip():
        raise NotAllowed(say("An extension needs its reason."))
    if until <= before or until < local_day(now):
        raise NotAllowed(say("The new last day must lie after the old one ({day}) and not in the past.", day=short_day(before)))
    if until.year > latest:
        raise NotAllowed(say("The new last day must lie no later than the end of {year}.", year=str(latest)))
