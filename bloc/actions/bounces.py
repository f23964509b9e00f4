"""Bounces: the post reports that a mail did not arrive. One is believed only if it returns a mail that we sent to that address.

The Message-ID of a mail is known to whom it went alone: whoever does not have it cannot make us write to a contact no more.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.undeliverable import follow_up
from bloc.db import Work
from bloc.enums import IncomingState, NoticeState
from bloc.language import Message, say
from bloc.settings import Settings
from models import Contact, Cycle, Notice
from notifications import ledger
from notifications.bounces import Bounce

Settled = tuple[IncomingState, tuple[Message, ...], uuid.UUID | None]


def settle(work: Work, cycles: Sequence[Cycle], settings: Settings, bounce: Bounce, wall: datetime) -> Settled:
    """Mark the notices that a bounce is about as failed, and see to what follows; return what became of it, and why.

    One that is about no mail of ours to the address that it names changes nothing; nor does one that tells of a delay.
    """
    found = _returned(work.session, cycles, bounce)
    if not found:
        return IncomingState.BOUNCE, (say("It is about no mail of ours: nothing is changed."),), None
    cycle_id = found[0][0].cycle_id
    if not bounce.failed:
        return IncomingState.BOUNCE, (_no_failure(bounce),), cycle_id
    hit = [(notice, address) for notice, address in found if address in bounce.failed]
    if not hit:
        return IncomingState.HELD, (_elsewhere(bounce, found),), cycle_id
    concerned = [cycle for cycle in cycles if any(notice.cycle_id == cycle.id for notice, _ in hit)]
    for cycle in concerned:  # in the order in which all who lock several do
        queries.locked(work.session, cycle.id)
    says = {str(line): line for line in (_fail(work.session, *each, bounce.failed[each[1]]) for each in hit)}
    for cycle in concerned:
        follow_up(work, cycle, settings, queries.now_of(cycle, wall))
    return IncomingState.BOUNCE, tuple(says.values()), cycle_id


def _no_failure(bounce: Bounce) -> Message:
    if bounce.delayed:
        return say("A mail of ours is delayed and still being tried: nothing is changed.")
    return say("It reports on a mail of ours, and no failure: nothing is changed.")


def _elsewhere(bounce: Bounce, found: list[tuple[Notice, str]]) -> Message:
    named, ours = sorted(bounce.failed), sorted({address for _, address in found})
    return say(
        "It names {addresses}; our mail went to {others}. Is it passed on there?", addresses=", ".join(named),
        others=", ".join(ours),
    )  # fmt: skip


def _returned(session: Session, cycles: Sequence[Cycle], bounce: Bounce) -> list[tuple[Notice, str]]:
    """Return the notices that left in the mails that a bounce returns, each with the address that it went to."""
    ours = col(Notice.cycle_id).is_(None) | col(Notice.cycle_id).in_([cycle.id for cycle in cycles])
    left = col(Notice.mail_id).in_(bounce.mail_ids) | col(Notice.id).in_(bounce.mail_ids)
    rows = session.exec(
        select(Notice, Contact.email).join(Contact, col(Notice.contact_id) == Contact.id).where(ours, left)
        .order_by(col(Notice.queued_at), Notice.identity)
    )  # fmt: skip
    return [(notice, email.lower()) for notice, email in rows]


def _fail(session: Session, notice: Notice, address: str, reply: str) -> Message:
    for state in (NoticeState.SENT, NoticeState.UNCERTAIN):
        if ledger.move(session, state, NoticeState.FAILED, col(Notice.id) == notice.id, reply=reply):
            session.refresh(notice)
            return say("Mail to {address} did not arrive: {reply}", address=address, reply=reply)
    return say("That mail to {address} did not arrive was known already.", address=address)
