"""Who has not answered a conference's invitation is reminded: by the ladder's steps before the day, or by the secretary."""

from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.conferences import about as about_seat
from bloc.actions.conferences import entries, steps_of
from bloc.actions.meetings import begins_at, meeting_of
from bloc.actions.notices import Post
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import Act, ContactRole
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.rules.reminders import next_step_at, step_due
from models import Activity, Attendance, Cycle, Membership, Unit
from notifications import messages
from notifications.ledger import Entry


def remind_unanswered(post: Post) -> int:
    """Queue the reminders of conferences that are owed to those who have not answered; return how many notices are new.

    Time and again it is the latest step alone: a missed day is caught up, once.
    """
    due = select(Attendance, Activity, Unit).where(col(Attendance.next_step_at) <= post.now)
    rows = post.work.session.exec(_silent(due, post.cycle)).all()
    return post.queue_all([entry for row in rows for entry in _remind(post, *row)])


def urge(work: Work, cycle: Cycle, *, activity: str, now: datetime) -> int:
    """Remind each unit that has not answered the invitation to a conference; return how many notices are new.

    Raises:
        NotFound: the plan has no such activity.
        NotAllowed: nobody is waited for, or it has begun.
    """
    row = queries.activity_by_code(work.session, cycle, activity)
    post, mine = Post(work, cycle, now), select(Attendance, Activity, Unit).where(Attendance.activity_id == row.id)
    silent = [found for found in work.session.exec(_silent(mine, cycle)).all() if begins_at(found[0].told) > now]
    if not silent:
        raise NotAllowed(say("Every unit that was invited has answered, or it is over: there is nobody to remind."))
    new = post.queue_all([entry for seat, row, unit in silent for entry in _told(post, seat, row, unit, f"/{local_day(now)}")])
    if new:
        units = [unit.code for _, _, unit in silent]
        record(work, cycle, Act.CONFERENCE, activity, now=now, after={"reminded": units})
    return new


def _silent(asked: Any, cycle: Cycle) -> Any:
    """Return the query for those who were invited and have not answered, in the plan's order."""
    return (
        asked.join(Activity, col(Attendance.activity_id) == Activity.id)
        .join(Unit, col(Attendance.unit_id) == Unit.id)
        .join(Membership, queries.is_member(cycle.id))
        .where(Attendance.cycle_id == cycle.id, col(Attendance.answer).is_(None), col(Attendance.called_off).is_(False))
        .order_by(col(Activity.position), col(Membership.position))
    )


def _remind(post: Post, seat: Attendance, row: Activity, unit: Unit) -> list[Entry]:
    steps = steps_of(post.plan, row.code, seat.told)
    step = step_due(steps, seat.reminded_until, post.now, begins_at(seat.told))
    seat.reminded_until, seat.next_step_at = post.now, next_step_at(steps, post.now)
    return _told(post, seat, row, unit, f"{step.rung.days:+}", step.rung.to) if step else []


def _told(
    post: Post, seat: Attendance, row: Activity, unit: Unit, step: str, to: tuple[ContactRole, ...] = (ContactRole.CONTACT,)
) -> list[Entry]:
    meeting = meeting_of(post.plan, post.plan.activity(row.code))
    if meeting is None:
        return []
    days_left = (date.fromisoformat(seat.told["day"]) - local_day(post.now)).days
    draft = messages.conference_reminder(
        about=about_seat(post, row, unit, seat), meeting=meeting, attendance=str(seat.id), days_left=days_left
    )
    return entries(post, row, unit, seat, draft, to, step)
