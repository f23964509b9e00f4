"""The ladder at work: each open obligation knows its next step; a run does what is due now, never "slot k"."""

from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.notices import Post
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import ObligationState
from bloc.plan import Plan
from bloc.queries import Owed
from bloc.rules.deadlines import is_late, last_day_of
from bloc.rules.reminders import Step, next_step_at, reminder_steps, step_due
from models import Activity, Cycle, Membership, Obligation, Unit
from notifications import ledger, messages


def steps_of(plan: Plan, activity_code: str, due: datetime) -> list[Step]:
    """Return all reminder steps of an obligation that ends at ``due``."""
    activity = plan.activity(activity_code)
    ladder = plan.ladder(activity) if activity else ()
    return reminder_steps(last_day_of(due), ladder, plan.work_calendar, plan.reminders.at)


def set_next_step(obligation: Obligation, steps: list[Step]) -> None:
    """Keep the indexed column that a sweep reads in step with the obligation's list of steps."""
    looked_at = obligation.reminded_until
    obligation.next_step_at = next_step_at(steps, looked_at) if looked_at else (steps[0].due_at if steps else None)


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

    Source: plan, section III.2 (urging) and the plan file's ladder.
    """
    post = Post(work, cycle, now)
    return sum(_remind(post, owed) for owed in _due(work.session, cycle, now))


def _due(session: Session, cycle: Cycle, now: datetime) -> list[Owed]:
    rows = session.exec(
        select(Obligation, Activity, Unit)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .join(Membership, queries.is_member(cycle.id))
        .where(Obligation.cycle_id == cycle.id, Obligation.state == ObligationState.OPEN)
        .where(col(Obligation.next_step_at) <= now)
        .order_by(col(Obligation.due_at), col(Activity.position), col(Membership.position))
    )
    return [Owed(*row) for row in rows]


def _remind(post: Post, owed: Owed) -> int:
    obligation = owed.obligation
    steps = steps_of(post.plan, owed.activity.code, obligation.due_at)
    step = step_due(steps, obligation.reminded_until, post.now, obligation.due_at)
    obligation.reminded_until = post.now
    set_next_step(obligation, steps)
    return _queue(post, owed, step) if step else 0


def _queue(post: Post, owed: Owed, step: Step) -> int:
    due, about, today = owed.obligation.due_at, post.about(owed), local_day(post.now)
    if is_late(post.now, due):
        draft = messages.overdue(about=about, days_late=(today - last_day_of(due)).days)
    else:
        draft = messages.reminder(about=about, days_left=(last_day_of(due) - today).days, tone=step.rung.speaks)
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}{step.rung.days:+}/{deadline_named(owed.obligation)}"
    expires = owed.obligation.next_step_at if is_late(post.now, due) else due
    return post.queue(draft, owed.unit, post.audience(owed.unit, step.rung.to), identity, owed, expires)
