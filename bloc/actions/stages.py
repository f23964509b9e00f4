"""Stages of the year: activities open, obligations arise, invitations go out, and what is over is closed."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.conferences import call
from bloc.actions.handover import next_handover, release_former, taken_over
from bloc.actions.notices import Post
from bloc.actions.reminders import deadline_named, just_told
from bloc.actions.workbooks import to_fill_in
from bloc.clock import local_day
from bloc.db import Work
from bloc.due import EVERY
from bloc.enums import ActivityState, ContactRole, ObligationState, Stage
from bloc.queries import Owed
from bloc.rules.deadlines import is_late
from models import Activity, Cycle, Obligation, Unit
from notifications import messages


@dataclass(frozen=True)
class Advanced:
    """What a stage did: names of the activities that opened and that closed, and how many notices are new."""

    opened: tuple[str, ...]
    closed: tuple[str, ...]
    invited: int


def advance_stage(work: Work, cycle: Cycle, stage: Stage, now: datetime, only: ColumnElement[bool] = EVERY) -> Advanced:
    """Bring the activities of ``stage``, or ``only`` some, to where they stand as of ``now``. Run again, it changes nothing.

    Source: plan, section II.2.
    """
    post = Post(work, cycle, now)
    planned = _in_state(work.session, cycle, stage, ActivityState.PLANNED, only)
    opened = [activity for activity in planned if (activity.opens_at or now) <= now]
    for activity in opened:
        activity.state = ActivityState.OPEN
    activities = _in_state(work.session, cycle, stage, ActivityState.OPEN, only)
    handover = next_handover(post.plan, now)
    invited = sum(_invite(post, activity, new=activity in opened) for activity in activities)
    invited += call(post, activities)
    release_former(work.session, cycle, now)
    for activity in activities:
        activity.next_at = min(filter(None, (activity.due_at, handover)), default=None)
    closed = [activity for activity in activities if activity.due_at and is_late(now, activity.due_at)]
    for activity in closed:
        activity.state, activity.next_at = ActivityState.CLOSED, None
    return Advanced(tuple(a.name for a in opened), tuple(a.name for a in closed), invited)


def invite_anew(work: Work, cycle: Cycle, now: datetime, but_for: Collection[uuid.UUID] = ()) -> int:
    """Invite again those for whom a deadline under way has moved, or who are asked anew; return how many notices are new.

    Who has a deadline of its own, by extension, keeps it and is not written to; nor is who has just been told of it
    (``but_for``: obligations).
    """
    post, invited = Post(work, cycle, now), 0
    for owed in queries.owed(work.session, cycle.id):
        obligation, activity = owed.obligation, owed.activity
        if obligation.id in but_for:
            continue
        if activity.state is ActivityState.OPEN and obligation.state is ObligationState.OPEN and not obligation.extended:
            new = _queue_invitation(post, owed)
            if new:
                _pass_over_steps(post, activity, obligation)
            invited += new
    return invited


def _in_state(session: Session, cycle: Cycle, stage: Stage, state: ActivityState, only: ColumnElement[bool]) -> list[Activity]:
    wanted = select(Activity).where(Activity.cycle_id == cycle.id, Activity.stage == stage, Activity.state == state, only)
    return list(session.exec(wanted.order_by(col(Activity.position))))


def _invite(post: Post, activity: Activity, *, new: bool) -> int:
    """Make the obligations that ``activity`` still lacks, and invite; those who sent early are done and are not invited."""
    session, invited = post.work.session, 0
    anew = taken_over(post.plan, local_day(post.now))
    for unit in _actors(post, activity):
        had = queries.obligation_for(session, activity, unit)
        if had is not None and not new:
            invited += _invite_successor(post, Owed(had, activity, unit)) if unit.code in anew else 0
            continue
        obligation = had or new_obligation(post.cycle, activity, unit)
        session.add(obligation)
        _pass_over_steps(post, activity, obligation)
        session.flush()
        if obligation.state is ObligationState.OPEN:
            invited += _queue_invitation(post, Owed(obligation, activity, unit))
    return invited


def _invite_successor(post: Post, owed: Owed) -> int:
    """Invite who has taken over in a unit to what it still owes in time, but for what was extended; return how many are new."""
    obligation = owed.obligation
    if obligation.state is not ObligationState.OPEN or obligation.extended or is_late(post.now, obligation.due_at):
        return 0
    return _queue_invitation(post, owed)


def _actors(post: Post, activity: Activity) -> list[Unit]:
    codes = post.plan.actors(post.plan.activity(activity.code))
    return [unit for unit in queries.members(post.work.session, post.cycle.id) if unit.code in codes]


def new_obligation(cycle: Cycle, activity: Activity, unit: Unit) -> Obligation:
    """Return what ``unit`` owes for a dated activity from now on."""
    assert activity.due_at is not None and activity.opens_at is not None
    return Obligation(cycle_id=cycle.id, activity_id=activity.id, unit_id=unit.id, due_at=activity.due_at)


def _pass_over_steps(post: Post, activity: Activity, obligation: Obligation) -> None:
    """Let the invitation stand for the steps that come at once; after a missed opening, those past the deadline stay owed."""
    told = activity.opens_at if activity.opens_at and is_late(post.now, obligation.due_at) else post.now
    just_told(post.plan, obligation, activity.code, told)


def _queue_invitation(post: Post, owed: Owed) -> int:
    draft = messages.invitation(about=post.about(owed))
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{deadline_named(owed.obligation)}"
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    if not post.is_new(identity, to):
        return 0
    return post.queue(draft, owed.unit, to, identity, owed, owed.obligation.due_at, attachments=to_fill_in(post, owed))
