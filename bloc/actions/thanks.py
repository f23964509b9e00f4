"""Thanks when all are in: the work of those who were in time is seen."""

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.notices import Post
from bloc.actions.reminders import deadline_named
from bloc.enums import ContactRole, NoticeKind, ObligationState
from bloc.queries import Owed
from bloc.rules.deadlines import is_late
from models import Activity, Membership, Notice, Obligation, Unit
from notifications import messages

ENOUGH = 2  # units; who is asked alone has the receipt


def thank_if_all_are_done(post: Post, activity: Activity) -> int:
    """Thank each unit once the last of those asked for ``activity`` is done; return how many notices are new.

    What the secretary has waived is not waited for. Once for each deadline: who has been thanked and then is asked anew (a
    report returned, sheets issued again) is thanked anew, the others are not.
    """
    done = _all_done(post, activity)
    if len(done) < ENOUGH:
        return 0
    late = sum(is_late(owed.obligation.accepted_at or post.now, owed.obligation.due_at) for owed in done)
    return sum(_thank(post, owed, len(done), late) for owed in done)


def _all_done(post: Post, activity: Activity) -> list[Owed]:
    """Return what those asked for ``activity`` have done; nothing while one of them still owes it, or is yet to be asked."""
    session = post.work.session
    open_ones = select(Obligation.id).where(Obligation.activity_id == activity.id, Obligation.state == ObligationState.OPEN)
    if session.exec(open_ones.limit(1)).first() is not None:
        return []
    owed = {each.unit.code: each for each in _owed(session, post, activity)}
    asked = post.plan.actors(post.plan.activity(activity.code))
    if not owed.keys() >= set(asked):
        return []
    return [owed[code] for code in asked if owed[code].obligation.state is ObligationState.ACCEPTED]


def _owed(session: Session, post: Post, activity: Activity) -> list[Owed]:
    rows = session.exec(
        select(Obligation, Unit)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .join(Membership, queries.is_member(post.cycle.id))
        .where(Obligation.activity_id == activity.id)
    )
    return [Owed(obligation, activity, unit) for obligation, unit in rows]


def _thank(post: Post, owed: Owed, members: int, late: int) -> int:
    draft = messages.thanks(about=post.about(owed), members=members, late=late)
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{deadline_named(owed.obligation)}"
    if _is_thanked(post, owed, identity):  # whoever its contact was then
        return 0
    return post.queue(draft, owed.unit, post.audience(owed.unit, [ContactRole.CONTACT]), identity, owed)


def _is_thanked(post: Post, owed: Owed, identity: str) -> bool:
    mine = select(Notice.id).where(Notice.obligation_id == owed.obligation.id, Notice.kind == NoticeKind.THANKS)
    thanked = mine.where(col(Notice.identity).startswith(f"{post.cycle.key}/{identity}/", autoescape=True))
    return post.work.session.exec(thanked.limit(1)).first() is not None
