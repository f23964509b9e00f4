"""The secretary's weekly digest: how the year stands, and first of all what waits for the secretary.

``Cycle.weekly_at`` says when the next one is owed, so that one indexed query finds the cycles that owe one.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.notices import Post
from bloc.actions.planned_work import BEGUN
from bloc.actions.waiting import waits_for_secretary
from bloc.clock import end_of, local_day
from bloc.db import Work
from bloc.enums import ActivityState, ContactRole, NoticeState, ObligationState
from bloc.plan import Plan
from bloc.rules.deadlines import is_late, last_day_of
from bloc.rules.weekly import digest_after, digest_before, digest_of_week, digests_end, still_owed
from models import Activity, Contact, Cycle, Membership, Notice, Obligation, Role, Unit
from notifications import messages
from notifications.messages import Item

AHEAD = timedelta(days=14)  # how far the digest looks


def set_next_digest(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> None:
    """Keep the moment at which the next digest is owed in step with the plan's calendar and with the year's last deadline."""
    calendar, strikes = plan.work_calendar, plan.reminders.at
    former = cycle.weekly_at
    owed = still_owed(former, now, calendar, strikes) if former else digest_after(now, calendar, strikes)
    _owe(cycle, owed, _ends(session, cycle))


def _owe(cycle: Cycle, at: datetime, ends: datetime) -> None:
    cycle.weekly_at = at if at < ends else None


def _ends(session: Session, cycle: Cycle) -> datetime:
    """Return when the year's digests end: with the year, or some weeks after the last deadline, a unit's own one too."""
    found = session.execute(_last_deadlines(), {"cycle": cycle.id}).one()
    return digests_end(cycle.year, max((due for due in found if due), default=None))


@cache  # put together once, as the others: that takes longer than to have it answered, and the mail calendar asks each week
def _last_deadlines() -> Any:
    planned = select(func.max(Activity.due_at)).where(queries.mine(Activity), Activity.state != ActivityState.WITHDRAWN)
    asked = select(func.max(Obligation.due_at)).where(queries.mine(Obligation), Obligation.state != ObligationState.WAIVED)
    return sql_select(planned.scalar_subquery(), asked.scalar_subquery())


def queue_digest(work: Work, cycle: Cycle, now: datetime) -> int:
    """Queue the digest that is owed as of ``now``, if it has anything to say; return how many notices are new.

    One missed is caught up, once, in the same week; later, the next week's takes its place.
    """
    if cycle.weekly_at is None or cycle.weekly_at > now:
        return 0
    post = Post(work, cycle, now)
    calendar, strikes = post.plan.work_calendar, post.plan.reminders.at
    owed = digest_of_week(now, calendar, strikes)
    ends = _ends(work.session, cycle)
    _owe(cycle, digest_after(now, calendar, strikes), ends)
    work.session.add(cycle)
    if owed is None or not owed <= now < ends:  # the week's first working day is still to come, or the year is over
        return 0
    return _queue(post, owed, since=digest_before(owed, calendar, strikes))


def _queue(post: Post, owed: datetime, since: datetime) -> int:
    session, cycle, today = post.work.session, post.cycle, local_day(post.now)
    waiting = list(waits_for_secretary(session, cycle, post.now))
    due, late = _owed(session, cycle, post.now)
    undelivered, uncertain = _without_reply(session, cycle, since, today)
    if not any((waiting, due, late, undelivered, uncertain)):
        return 0
    draft = messages.weekly(
        about=post.about_cycle(post.leading_unit), today=today, waiting=waiting, due=due, late=late, undelivered=undelivered,
        uncertain=uncertain,
    )  # fmt: skip
    to = post.audience(post.leading_unit, [ContactRole.SECRETARY])
    return post.queue(draft, post.leading_unit, to, f"{draft.kind}/{local_day(owed)}", expires_at=cycle.weekly_at)


def _owed(session: Session, cycle: Cycle, now: datetime) -> tuple[list[Item], list[Item]]:
    """Return what is owed within ``AHEAD``, and what is late, by activity and last day."""
    rows = session.execute(_open(), {"cycle": cycle.id, "until": end_of(local_day(now) + AHEAD)})
    due: dict[tuple[str, datetime], list[str]] = {}
    late: dict[tuple[str, datetime], list[str]] = {}
    for name, ends, unit in rows:
        (late if is_late(now, ends) else due).setdefault((name, ends), []).append(unit)
    items = ([Item(name, last_day_of(ends), units) for (name, ends), units in found.items()] for found in (due, late))
    return next(items), next(items)


@cache
def _open() -> Any:
    return (
        select(Activity.name, Obligation.due_at, Unit.name)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .join(Membership, queries.is_member(bindparam("cycle")))
        .where(queries.mine(Obligation), Obligation.state == ObligationState.OPEN, col(Activity.state).in_(BEGUN))
        .where(col(Obligation.due_at) <= bindparam("until"))
        .order_by(col(Obligation.due_at), col(Activity.position), col(Membership.position))
    )


def _without_reply(session: Session, cycle: Cycle, since: datetime, today: date) -> tuple[list[Item], list[Item]]:
    """Return the addresses that take no mail, and those of which it is not known; each with the units it stands for.

    To the former belong those at which a mail has failed since ``since``, whenever it was sent. Of who has left an office, or
    has not begun in it, the address is no matter.
    """
    people = session.execute(_people(), {"cycle": cycle.id, "today": today}).all()
    serve = {address for address, _, _, serves in people if serves}
    others = {address for address, *_ in people} - serve
    dead = [(address, unit) for address, unit, since_when, serves in people if serves and since_when]
    failed, uncertain = [], []
    for address, unit, state, seen_to in session.execute(_not_sent(), {"cycle": cycle.id}):
        if state is NoticeState.UNCERTAIN:
            uncertain.append((address, unit))
        elif address not in others and (seen_to is None or seen_to >= since):
            failed.append((address, unit))
    known = {address for address, _ in failed}
    return _items(failed) + _items([one for one in dead if one[0] not in known]), _items(uncertain)


@cache
def _people() -> Any:
    people = select(Contact.email, Unit.name, Contact.undeliverable_since, queries.serving(bindparam("today")))
    return people.join(Role, col(Role.contact_id) == Contact.id).join(Unit).where(queries.mine(Role))


@cache
def _not_sent() -> Any:
    found = select(Contact.email, Unit.name, Notice.state, Notice.followed_up_at)
    states = col(Notice.state).in_([NoticeState.FAILED, NoticeState.UNCERTAIN])
    return found.join(Notice, col(Notice.contact_id) == Contact.id).join(Unit).where(queries.mine(Notice), states)


def _items(rows: Iterable[tuple[str, str]]) -> list[Item]:
    units: dict[str, list[str]] = {}
    for address, unit in sorted(set(rows)):
        units.setdefault(address, []).append(unit)
    return [Item(address, units=names) for address, names in units.items()]
