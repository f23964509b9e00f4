"""A person's deadlines as a calendar that other programs fetch, at an address with a secret in it, which can be revoked."""

import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.conferences import invitations_to
from bloc.actions.notices import Post
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import CycleMode, ObligationState
from bloc.queries import Owed
from bloc.seal import sealed
from models import Activity, CalendarFeed, Cycle, Obligation, Role, Unit
from notifications import messages
from notifications.messages import Draft


def make_feed(work: Work, key: bytes, contact_id: uuid.UUID, now: datetime, *, demo: bool = False) -> str:
    """Make a person's calendar address and revoke the one before; return the secret in it, which is kept nowhere."""
    revoke_feed(work, contact_id, now)
    secret = secrets.token_urlsafe(24)
    work.session.add(CalendarFeed(contact_id=contact_id, secret=sealed(key, "feed", secret), made_at=now, demo=demo))
    work.session.flush()
    return secret


def revoke_feed(work: Work, contact_id: uuid.UUID, now: datetime) -> int:
    """Let a person's calendar address be good no more; return how many there were."""
    mine = update(CalendarFeed).where(col(CalendarFeed.contact_id) == contact_id, col(CalendarFeed.revoked_at).is_(None))
    return work.session.execute(mine.values(revoked_at=now)).rowcount  # type: ignore[attr-defined, no-any-return]


def feed_of(session: Session, contact_id: uuid.UUID) -> CalendarFeed | None:
    """Return a person's calendar address that is good, or None."""
    mine = select(CalendarFeed).where(CalendarFeed.contact_id == contact_id, col(CalendarFeed.revoked_at).is_(None))
    return session.exec(mine).first()


def feed_by(session: Session, key: bytes, secret: str, *, demo: bool) -> CalendarFeed | None:
    """Return the calendar that ``secret`` opens, None if it is none that is good; ``demo``: the portal shows a replay.

    Only keyed digests are compared.
    """
    good = select(CalendarFeed).where(
        CalendarFeed.secret == sealed(key, "feed", secret), col(CalendarFeed.revoked_at).is_(None)
    )
    found = session.exec(good).first()
    return None if found is None or (found.demo and not demo) else found


def deadlines_of(work: Work, feed: CalendarFeed, moment: datetime) -> Iterator[tuple[Draft, str]]:
    """Yield what a person's units still owe and the conferences they are asked to, as the messages that ask for it.

    With each goes the language that the person is written to in.
    """
    mine = (
        select(Cycle, Unit, Role)
        .join(Role, col(Role.cycle_id) == Cycle.id)
        .join(Unit, col(Role.unit_id) == Unit.id)
        .where(Role.contact_id == feed.contact_id)
        .order_by(col(Cycle.key), col(Unit.code))
    )
    mine = mine.where(Cycle.mode == CycleMode.REPLAY) if feed.demo else mine
    held = [row for row in work.session.exec(mine) if queries.serves(row[2], local_day(queries.now_of(row[0], moment)))]
    units = {(cycle.id, unit.id): (cycle, unit, role.language) for cycle, unit, role in held}
    for cycle, unit, language in units.values():
        post = Post(work, cycle, queries.now_of(cycle, moment))
        owes = select(Obligation, Activity).join(Activity, col(Obligation.activity_id) == Activity.id)
        owes = owes.where(Obligation.cycle_id == cycle.id, Obligation.unit_id == unit.id)
        rows = work.session.exec(owes.where(Obligation.state == ObligationState.OPEN).order_by(col(Obligation.due_at)))
        for obligation, activity in rows:
            yield messages.invitation(about=post.about(Owed(obligation, activity, unit))), language
        yield from ((draft, language) for draft in invitations_to(post, unit))
