"""What a person decides about a notice that failed, or of which it is not known whether it arrived."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col

from bloc.actions.audit import reason_of
from bloc.actions.notice_decisions import note, queue_again
from bloc.actions.notice_records import Record, companions, record_of
from bloc.db import Work
from bloc.enums import Decision, NoticeState, Settled
from bloc.errors import NotAllowed
from bloc.language import say
from models import Cycle, Notice
from notifications.ledger import move
from notifications.states import STATES

FATES = {Settled.ARRIVED: NoticeState.SENT, Settled.LOST: NoticeState.FAILED}
AGAIN = (NoticeState.UNCERTAIN, NoticeState.FAILED)


def resend(work: Work, cycle: Cycle, *, ref: str, because: str, now: datetime) -> list[Record]:
    """Have a notice sent again that failed or is uncertain, and with it those that were in the same mail; return them.

    It stays the notice that it was. Its attempts are counted on, not anew: by their number the claim of a process so slow that
    it was given up is known from a later one (notifications.outcomes).

    Raises:
        NotFound: there is no such notice.
        NotAllowed: it is neither failed nor uncertain, or of no use any more (what it reminds of is done or has another
            deadline, or its time is over), or no reason is given.
    """
    found = record_of(work.session, cycle, ref)
    state, why = found.notice.state, reason_of(because)
    if state not in AGAIN:
        raise NotAllowed(say("It is not for sending again: {state}. Only what failed or is uncertain is.", state=STATES[state]))
    together, _ = _together(work, found)
    queue_again(work, cycle, [found.notice, *(one.notice for one in together)], now=now)
    return _told(work, cycle, together, state, Decision.RESENT, because=why, now=now)


def settle(work: Work, cycle: Cycle, *, ref: str, fate: Settled, because: str, now: datetime) -> list[Record]:  # fmt: skip
    """Put on record what became of an uncertain notice, and of those that were in the same mail; return them.

    Raises:
        NotFound: there is no such notice.
        NotAllowed: it is not uncertain, or no reason is given.
    """
    found, why = record_of(work.session, cycle, ref), reason_of(because)
    state, told = found.notice.state, f"{work.by}: {because} ({found.notice.reply or '-'})"
    if state is not NoticeState.UNCERTAIN:
        raise NotAllowed(say("It is not uncertain: {state}. There is nothing to settle.", state=STATES[state]))
    together, ids = _together(work, found)
    changes: dict[str, Any] = {"reply": told, "followed_up_at": now}
    if fate is Settled.ARRIVED:
        changes["sent_at"] = now
    move(work.session, state, FATES[fate], ids, **changes)
    return _told(work, cycle, together, state, Decision.SETTLED, because=why, now=now)


def _together(work: Work, found: Record) -> tuple[list[Record], Any]:
    together = companions(work.session, found)
    return together, col(Notice.id).in_([one.notice.id for one in together])


def _told(
    work: Work,
    cycle: Cycle,
    together: Sequence[Record],
    former: NoticeState,
    decision: Decision,
    *,
    because: str,
    now: datetime,
) -> list[Record]:  # fmt: skip
    """Put on record and return those that have moved."""
    for one in together:
        work.session.refresh(one.notice)
    moved = [one for one in together if one.notice.state is not former]
    for one in moved:
        states = {"state": former}, {"state": one.notice.state}
        note(work, cycle, one.which, decision, before=states[0], after=states[1], because=because, now=now)
    return moved
