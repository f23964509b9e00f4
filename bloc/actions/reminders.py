"""The ladder at work: each open obligation knows its next step; a run does what is due now, never "slot k"."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, partial

from sqlmodel import Session, col

from bloc import queries
from bloc.actions.conference_reminders import remind_unanswered
from bloc.actions.notices import Post
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import ActivityKind, ContactRole, ObligationState
from bloc.plan import Plan
from bloc.queries import Owed, Person
from bloc.rules.deadlines import is_late, last_day_of
from bloc.rules.reminders import Step, next_step_at, reminder_steps, step_due, told_through
from models import Activity, Cycle, Membership, Obligation, Unit
from notifications import ledger, messages
from notifications.ledger import Entry
from notifications.messages import Draft

OWN = (ContactRole.CONTACT, ContactRole.DEPUTY_CONTACT)  # whose own work is late; head and secretary stand above


def steps_of(plan: Plan, activity_code: str, due: datetime) -> list[Step]:
    """Return all reminder steps of an obligation that ends at ``due``."""
    activity = plan.activity(activity_code)
    ladder = plan.ladder(activity) if activity else ()
    return reminder_steps(last_day_of(due), ladder, plan.work_calendar, plan.reminders.at)


def set_next_step(obligation: Obligation, steps: Sequence[Step]) -> None:
    """Keep the indexed column that a sweep reads in step with the obligation's list of steps."""
    looked_at = obligation.reminded_until
    obligation.next_step_at = next_step_at(steps, looked_at) if looked_at else (steps[0].due_at if steps else None)


def just_told(plan: Plan, obligation: Obligation, activity_code: str, told: datetime) -> None:
    """Let what a unit was told at ``told``, that it owes something or by when, stand for the steps that come at once."""
    steps = steps_of(plan, activity_code, obligation.due_at)
    obligation.reminded_until = told_through(told, steps, plan.work_calendar, plan.reminders.at)
    set_next_step(obligation, steps)


def ask_anew(session: Session, obligation: Obligation) -> None:
    """Let the deadline count as a new one, on whatever day it lies: what was queued lapses, what was sent is sent again."""
    obligation.moves += 1
    ledger.lapse(session, obligation.id)


def deadline_named(obligation: Obligation) -> str:
    """Return the deadline as a notice's identity has it: its last day and, once asked for anew, how often."""
    last = last_day_of(obligation.due_at)
    return f"{last}.{obligation.moves}" if obligation.moves else f"{last}"


def queue_reminders(work: Work, cycle: Cycle, now: datetime) -> int:
    """Queue the reminders that ``cycle`` owes as of ``now``, to those who are not done; return how many notices are new.

    Also to those who have not answered a conference's invitation.

    Source: plan, section III.2 (urging) and the plan file's ladder.
    """
    post = Post(work, cycle, now)
    steps = cache(partial(steps_of, post.plan))  # the same ones for all units but those that have a deadline of their own
    due = [(owed, steps(owed.activity.code, owed.obligation.due_at)) for owed in _due(work.session, cycle, now)]
    queued = post.queue_all([entry for owed, each in due for entry in _remind(post, owed, each)])
    return queued + remind_unanswered(post)


def _due(session: Session, cycle: Cycle, now: datetime) -> list[Owed]:
    rows = session.exec(
        queries.owing()
        .join(Membership, queries.is_member(cycle.id))
        .where(Obligation.cycle_id == cycle.id, Obligation.state == ObligationState.OPEN)
        .where(col(Obligation.next_step_at) <= now)
        .order_by(col(Obligation.due_at), col(Activity.position), col(Membership.position))
    )
    return [Owed(*row) for row in rows]


def _remind(post: Post, owed: Owed, steps: Sequence[Step]) -> Iterable[Entry]:
    obligation = owed.obligation
    step = step_due(steps, obligation.reminded_until, post.now, obligation.due_at)
    obligation.reminded_until = post.now
    set_next_step(obligation, steps)
    return _entries(post, owed, step) if step else ()


def _entries(post: Post, owed: Owed, step: Step) -> list[Entry]:
    due, last = owed.obligation.due_at, last_day_of(owed.obligation.due_at)
    if is_late(post.now, due):
        told = list(_told_late(post, owed, step, (local_day(post.now) - last).days))
        return [entry for draft, to in told for entry in _tell(post, owed, step, draft, to, owed.obligation.next_step_at)]
    draft = messages.reminder(about=post.about(owed), days_left=(last - local_day(post.now)).days, tone=step.rung.speaks)
    return _tell(post, owed, step, draft, post.audience(owed.unit, step.rung.to), due)


def _tell(post: Post, owed: Owed, step: Step, draft: Draft, to: Iterable[Person], expires: datetime | None) -> list[Entry]:
    """Return one step's notices; all that the ladder has for a person on one day goes out together."""
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}{step.rung.days:+}/{deadline_named(owed.obligation)}"
    return post.entries(draft, owed.unit, to, identity, owed, expires, bundle=f"{local_day(post.now)}")


def _told_late(post: Post, owed: Owed, step: Step, days_late: int) -> Iterator[tuple[Draft, list[Person]]]:
    """Yield what is said to whom once the deadline has passed: the unit's own that it is late, those above that it is."""
    about, addressed = post.about(owed), post.addressed(owed.unit, step.rung.to)
    own = [person for person, role in addressed if role in OWN]
    yield messages.overdue(about=about, days_late=days_late), own
    for above in (ContactRole.HEAD, ContactRole.SECRETARY):
        to = [person for person, role in addressed if role is above]
        yield messages.escalation(about=about, days_late=days_late, to=above), to
    if ContactRole.SECRETARY in step.rung.to and owed.activity.kind is ActivityKind.REPORT:
        told = {person.email for person, _ in addressed}
        yield messages.escalation(about=about, days_late=days_late, to=None), _who_urges(post, owed.unit, told)


def _who_urges(post: Post, unit: Unit, told: Collection[str]) -> list[Person]:
    """Return the deputy leader's contact, whose unit urges others to send their reports, but for those told already."""
    if post.deputy is None or post.deputy.id == unit.id:
        return []
    return [person for person in post.audience(post.deputy, [ContactRole.CONTACT]) if person.email not in told]
