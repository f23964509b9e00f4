"""What a person decides about a notice that failed, or of which it is not known whether it arrived."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col

from bloc.actions.audit import record
from bloc.actions.notice_records import Record, companions, record_of
from bloc.actions.wakeups import wake
from bloc.db import Work
from bloc.enums import Act, CycleMode, NoticeState, Settled, WakeupKind
from bloc.errors import NotAllowed
from bloc.language import clock_time, say
from models import Cycle, Notice
from notifications.ledger import fresh, move, wanted
from notifications.states import STATES

FATES = {Settled.ARRIVED: NoticeState.SENT, Settled.LOST: NoticeState.FAILED}
AGAIN = (NoticeState.UNCERTAIN, NoticeState.FAILED)


def resend(work: Work, cycle: Cycle, *, ref: str, because: str, now: datetime) -> list[Record]:
    """Have a notice sent again that failed or is uncertain, and with it those that were in the same mail; return them.

    It stays the notice that it was; its attempts are counted anew.

    Raises:
        NotFound: there is no such notice.
        NotAllowed: it is neither failed nor uncertain, or of no use any more (what it reminds of is done or has another
            deadline, or its time is over), or no reason is given.
    """
    found = record_of(work.session, cycle, ref)
    state, why = found.notice.state, reason(because)
    if state not in AGAIN:
        raise NotAllowed(say("It is not for sending again: {state}. Only what failed or is uncertain is.", state=STATES[state]))
    together, ids = _together(work, found)
    if found.notice.expires_at and found.notice.expires_at <= now:
        raise NotAllowed(say("It has been of no use since {moment}.", moment=clock_time(found.notice.expires_at)))
    changes = {"send_at": now, "attempts": 0, "followed_up": False}
    if not move(work.session, state, NoticeState.QUEUED, ids, wanted(), fresh(now), **changes):
        raise NotAllowed(say("What it reminds of is done, waived, or has another deadline: there is nothing to remind of."))
    if cycle.mode is CycleMode.LIVE:
        wake(work, WakeupKind.DELIVERY)
    return _told(work, cycle, together, state, because=why, now=now)


def settle(work: Work, cycle: Cycle, *, ref: str, fate: Settled, because: str, now: datetime) -> list[Record]:
    """Put on record what became of an uncertain notice, and of those that were in the same mail; return them.

    Raises:
        NotFound: there is no such notice.
        NotAllowed: it is not uncertain, or no reason is given.
    """
    found, why = record_of(work.session, cycle, ref), reason(because)
    state, told = found.notice.state, f"{work.by}: {because} ({found.notice.reply or '-'})"
    if state is not NoticeState.UNCERTAIN:
        raise NotAllowed(say("It is not uncertain: {state}. There is nothing to settle.", state=STATES[state]))
    together, ids = _together(work, found)
    changes: dict[str, Any] = {"reply": told, "followed_up": True}
    if fate is Settled.ARRIVED:
        changes["sent_at"] = now
    move(work.session, state, FATES[fate], ids, **changes)
    return _told(work, cycle, together, state, because=why, now=now)


def reason(because: str) -> str:
    """Return the reason of an act.

    Raises:
        NotAllowed: there is none.
    """
    if not because.strip():
        raise NotAllowed(say("Please say why (--because): it stands on record."))
    return because.strip()


def note(work: Work, cycle: Cycle, one: Record, *, before: Any, after: Any, because: str, now: datetime) -> None:
    """Put what was decided about a notice on record, without its reader's address."""
    what = [one.activity.code if one.activity else one.notice.kind.value, one.unit.code if one.unit else cycle.key]
    which = {"notice": one.ref, "kind": one.notice.kind.value, "step": one.step}
    record(work, cycle, Act.NOTICE, "/".join(what), now=now, before=before, after={**which, **after}, because=because)


def _together(work: Work, found: Record) -> tuple[list[Record], Any]:
    together = companions(work.session, found)
    return together, col(Notice.id).in_([one.notice.id for one in together])


def _told(
    work: Work, cycle: Cycle, together: Sequence[Record], former: NoticeState, *, because: str, now: datetime
) -> list[Record]:
    """Put on record and return those that have moved."""
    for one in together:
        work.session.refresh(one.notice)
    moved = [one for one in together if one.notice.state is not former]
    for one in moved:
        note(work, cycle, one, before={"state": former}, after={"state": one.notice.state}, because=because, now=now)
    return moved
