"""What a person decides about a notice before it leaves: that it is not sent, or what is added to it. Either can be taken back.

A ``NoticeChange`` says that it is suppressed; of one that is still to come also what is added, which holds when it is queued
(bloc.actions.notices). One that is queued already is changed in the ledger.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from bloc import queries
from bloc.actions.audit import reason_of
from bloc.actions.forecast import forecast
from bloc.actions.notice_decisions import note, queue_again
from bloc.actions.notice_records import Record, Which, identities, known_by, record_of
from bloc.db import Work
from bloc.enums import Decision, NoticeState
from bloc.errors import NotAllowed, NotFound, Way
from bloc.language import say
from models import Cycle, Notice, NoticeChange
from notifications.ledger import move
from notifications.states import STATES


@dataclass(frozen=True)
class Target:
    """The notice that is decided about: its row, if it is queued already, and what has been decided about it before."""

    which: Which
    record: Record | None
    change: NoticeChange | None


def suppress(work: Work, cycle: Cycle, *, ref: str, because: str, now: datetime) -> Which:
    """Let a notice not be sent; return which.

    Raises:
        NotFound: none of that reference is queued or to come.
        NotAllowed: it has left, or it is suppressed already, or no reason is given.
    """
    why, target = reason_of(because), _target(work, cycle, ref, now)
    if target.change and target.change.suppressed:
        raise NotAllowed(say("It is suppressed already: {by}: {why}", by=target.change.by, why=target.change.because))
    _decide(work, cycle, target, why, now, suppressed=True)
    if target.record is not None and not move(
        work.session, NoticeState.QUEUED, NoticeState.CANCELLED, _row(target.record), reply=f"{work.by}: {why}"
    ):
        raise _left(work, target.record)
    note(work, cycle, target.which, Decision.SUPPRESSED, because=why, now=now)
    return target.which


def edit(work: Work, cycle: Cycle, *, ref: str, text: str, because: str, now: datetime) -> Which:
    """Let words of a person's own stand in a notice, instead of those added before, if any; return which.

    Raises:
        NotFound: none of that reference is queued or to come.
        NotAllowed: it has left, or it is suppressed, or there are no words, or no reason is given.
    """
    why, target = reason_of(because), _target(work, cycle, ref, now)
    if not text.strip():
        raise NotAllowed(say("There are no words to add."), Way.WORDS)
    if target.change and target.change.suppressed:
        raise NotAllowed(say("It is suppressed; take that back first."), Way.RESTORE)
    if target.record is None:
        _decide(work, cycle, target, why, now, remark=text.strip())
    else:
        _reword(work, target.record, {**target.record.notice.values, "remark": text.strip()})
    note(work, cycle, target.which, Decision.EDITED, because=why, now=now)
    return target.which


def restore(work: Work, cycle: Cycle, *, ref: str, because: str, now: datetime) -> Which:
    """Take back what was decided about a notice that has not left, so that it is sent as it was; return which.

    One that is in the ledger as cancelled, because a person suppressed it, goes into the queue again.

    Raises:
        NotFound: none of that reference is queued or to come.
        NotAllowed: nothing has been decided about it, or it has left, lapsed or is of no use any more, or no reason is given.
    """
    why, target = reason_of(because), _target(work, cycle, ref, now)
    worded = target.record is not None and "remark" in target.record.notice.values
    if target.change is None and not worded and (target.record is None or target.record.notice.state is NoticeState.QUEUED):
        raise NotAllowed(say("Nothing has been decided about it that could be taken back."))
    if target.record is not None:
        if target.change and target.change.suppressed and target.record.notice.state is NoticeState.CANCELLED:
            queue_again(work, cycle, [target.record.notice], now=now, reply=None)
        values = {name: value for name, value in target.record.notice.values.items() if name != "remark"}
        _reword(work, target.record, values)
    if target.change is not None:
        work.session.delete(target.change)
    note(work, cycle, target.which, Decision.RESTORED, because=why, now=now)
    return target.which


def _target(work: Work, cycle: Cycle, ref: str, now: datetime) -> Target:
    """Return which notice is meant: one in the ledger, or else one of those to come."""
    cycle = queries.locked(work.session, cycle.id)
    changes = select(NoticeChange).where(NoticeChange.cycle_id == cycle.id)
    if known_by(ref, identities(work.session, cycle)) is not None:
        record = record_of(work.session, cycle, ref)
        decided = work.session.exec(changes.where(NoticeChange.identity == record.notice.identity)).first()
        return Target(record.which, record, decided)
    coming = {one.which.identity: one.which for one in forecast(work, cycle, now)}
    identity = known_by(ref, coming)
    if identity is None:
        raise NotFound(say('There is no notice "{ref}", queued or to come.', ref=ref), Way.COMING_NOTICES)
    return Target(coming[identity], None, work.session.exec(changes.where(NoticeChange.identity == identity)).first())


def _decide(work: Work, cycle: Cycle, target: Target, why: str, now: datetime, **decided: Any) -> None:
    change = target.change or NoticeChange(cycle_id=cycle.id, identity=target.which.identity, by="", because="", changed_at=now)
    work.session.add(change.sqlmodel_update({"by": work.by, "because": why, "changed_at": now, **decided}))


def _reword(work: Work, record: Record, values: dict[str, Any]) -> None:
    changed = update(Notice).where(_row(record), col(Notice.state) == NoticeState.QUEUED).values(values=values)
    if not work.session.execute(changed.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        raise _left(work, record)


def _row(record: Record) -> Any:
    return col(Notice.id) == record.notice.id


def _left(work: Work, record: Record) -> NotAllowed:
    work.session.refresh(record.notice)  # it may have left at this moment
    return NotAllowed(say("It can be changed no more: {state}.", state=STATES[record.notice.state]))
