"""A person's decision about a notice: it has a reason, and stands on record without the reader's address."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col

from bloc.actions.audit import record
from bloc.actions.notice_records import Which
from bloc.actions.wakeups import wake
from bloc.db import Work
from bloc.enums import Act, CycleMode, Decision, NoticeState, WakeupKind
from bloc.errors import NotAllowed
from bloc.language import clock_time, say
from models import Cycle, Notice
from notifications.ledger import fresh, move, wanted


def queue_again(work: Work, cycle: Cycle, notices: Sequence[Notice], *, now: datetime, **changes: Any) -> None:
    """Put notices of one state into the queue again, to leave with the next delivery.

    Raises:
        NotAllowed: they are of no use any more: what they remind of is done or has another deadline, or their time is over.
    """
    first, ids = notices[0], col(Notice.id).in_([notice.id for notice in notices])
    if first.expires_at and first.expires_at <= now:
        raise NotAllowed(say("It has been of no use since {moment}.", moment=clock_time(first.expires_at)))
    if not move(work.session, first.state, NoticeState.QUEUED, ids, wanted(), fresh(now), send_at=now, **changes):
        raise NotAllowed(say("What it reminds of is done, waived, or has another deadline: there is nothing to remind of."))
    if cycle.mode is CycleMode.LIVE:
        wake(work, WakeupKind.DELIVERY)


def note(
    work: Work, cycle: Cycle, which: Which, decision: Decision, *, because: str, now: datetime,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Put a decision about a notice on record."""
    about = f"{which.activity or which.kind.value}/{which.unit or cycle.key}"
    said = {"notice": which.ref, "kind": which.kind, "step": which.step, "decision": decision, **(after or {})}
    record(work, cycle, Act.NOTICE, about, now=now, before=before, after=said, because=because)
