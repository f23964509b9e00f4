"""A mail that is held waits for a person: whose year it is of, and who is told of it the same day."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.aimed import Sender
from bloc.actions.heartbeats import alarm
from bloc.actions.notices import Post
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import ContactRole, CycleMode, NoticeKind
from bloc.language import Message, say
from bloc.queries import Person
from bloc.settings import Settings
from models import Cycle, Incoming, Obligation
from notifications import messages
from notifications.incoming_mail import Letter
from notifications.references import SHOWN


def year_of(session: Session, cycles: Sequence[Cycle], letter: Letter, sender: Sender) -> uuid.UUID | None:
    """Return the year that a mail in doubt is of: its token's, its sender's, or the only one under way; else None."""
    tokens, under_way = [uuid.UUID(hex=token) for token in letter.tokens], [cycle.id for cycle in cycles]
    named = select(Obligation.cycle_id).where(col(Obligation.id).in_(tokens), col(Obligation.cycle_id).in_(under_way))
    for found in (set(session.exec(named)), {role.cycle_id for role in sender.roles}, set(under_way)):
        if len(found) == 1:
            return found.pop()
    return None


def tell_of_held(
    work: Work, settings: Settings, cycles: Sequence[Cycle], row: Incoming, sender: Sender, wall: datetime, *, by_hand: bool
) -> int:
    """Tell who is to decide about a mail that is held; return how many notices are new.

    That is the secretary of its year, or where that is not known, of each year that its sender serves in; else the operator.
    What a contact has written itself (``by_hand``) is told at once, each mail; of all else they are told once a day: it may be
    many, and what a machine sends can be an answer to what we have told.
    """
    which = row.sha256 if by_hand and sender.roles else f"{local_day(wall)}"
    served = {row.cycle_id} if row.cycle_id else {role.cycle_id for role in sender.roles}
    posts = [Post(work, cycle, queries.now_of(cycle, wall)) for cycle in cycles if cycle.id in served]
    secretaries = [(post, person) for post in posts for person in post.audience(post.leading_unit, [ContactRole.SECRETARY])]
    if secretaries:
        asked = {person.email: (post, person) for post, person in reversed(secretaries)}
        return sum(_tell(post, person, row, which) for post, person in asked.values())
    if any(cycle.mode is not CycleMode.LIVE for cycle in cycles):  # what a replay plays is no trouble of this installation
        return 0
    what = say("A mail that came in waits for a decision, and no secretary can be told of it: {sender}.", sender=row.sender)
    todo = say("Please look at it (`bloc inbox list`): hand its file in (`bloc inbox deposit`) or set it aside (`set-aside`).")
    return alarm(work, settings, f"{NoticeKind.HELD}/{which}", what, wall, todo=todo)


def _tell(post: Post, person: Person, row: Incoming, which: str) -> int:
    draft = messages.held(
        about=post.about_cycle(post.leading_unit),
        ref=row.sha256[:SHOWN],
        writer=row.sender,
        titled=row.subject,
        came_at=row.received_at,
        why=[Message.from_json(line) for line in row.outcome],
    )
    return post.queue(draft, post.leading_unit, [person], f"{draft.kind}/{which}")
