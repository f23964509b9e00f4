"""A person reminds a unit, beside the ladder: only of what is still owed, and once a day."""

from datetime import datetime

from bloc import queries
from bloc.actions.notice_decisions import note
from bloc.actions.notice_records import Which
from bloc.actions.notices import Post
from bloc.actions.reminders import deadline_named
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import ActivityKind, ContactRole, Decision, NoticeKind, ObligationState, Tone
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.queries import Owed
from bloc.rules.deadlines import is_late, last_day_of
from models import Cycle
from notifications import messages
from notifications.messages import Draft


def urge(work: Work, cycle: Cycle, *, unit: str, activity: str, now: datetime) -> int:
    """Remind a unit's contact of what it owes for an activity; return how many notices are new: none for the same day again.

    Raises:
        NotFound: there is no such unit, activity or obligation.
        NotAllowed: nothing is owed any more.
    """
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    if owed.obligation.state is not ObligationState.OPEN:
        raise NotAllowed(say("Nothing is owed any more: there is nothing to remind of."))
    return _urge(Post(work, cycle, now), owed)


def urge_for_sheets(work: Work, cycle: Cycle, now: datetime) -> int:
    """Remind each unit whose score sheet is still owed, and no other; return how many notices are new."""
    post = Post(work, cycle, now)
    owed = [each for each in queries.owed(work.session, cycle.id) if each.activity.kind is ActivityKind.SCORE_SHEETS]
    return sum(_urge(post, each) for each in owed if each.obligation.state is ObligationState.OPEN)


def _urge(post: Post, owed: Owed) -> int:
    obligation, draft = owed.obligation, _draft(post, owed)
    day = local_day(post.now)
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{day}/{deadline_named(obligation)}"
    expires = None if is_late(post.now, obligation.due_at) else obligation.due_at
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    entries = post.entries(draft, owed.unit, to, identity, owed, expires, bundle=f"{day}")
    new = post.queue_all(entries)
    if new:
        which = Which(entries[0].identity, NoticeKind(draft.kind), owed.activity.code, owed.unit.code)
        note(post.work, post.cycle, which, Decision.REMINDED, because="", now=post.now)
    return new


def _draft(post: Post, owed: Owed) -> Draft:
    due, last = owed.obligation.due_at, last_day_of(owed.obligation.due_at)
    days = (last - local_day(post.now)).days
    if is_late(post.now, due):
        return messages.overdue(about=post.about(owed), days_late=-days)
    return messages.reminder(about=post.about(owed), days_left=days, tone=Tone.COURTEOUS)
