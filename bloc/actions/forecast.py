"""The mail calendar: what the rest of the year will bring if nobody does anything more.

It is a rehearsal: the actions that queue run as they will, from one moment at which something is due to the next, in a
transaction that leaves no trace. So it cannot say anything else than what they will do.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.agenda import Due, next_due
from bloc.actions.aggregation import aggregate_next, claim_if_due
from bloc.actions.notice_records import Record, Which, joined
from bloc.actions.objections import queue_objection_reminders
from bloc.actions.plans import apply_plan
from bloc.actions.reminders import queue_reminders
from bloc.actions.stages import advance_stage
from bloc.actions.weekly import queue_digest
from bloc.clock import end_of
from bloc.db import Work
from bloc.enums import NoticeState
from bloc.plan import Plan
from bloc.rules.deadlines import last_day_of
from models import Cycle, Notice, NoticeChange
from notifications import claims
from notifications.ledger import fresh, move, wanted


@dataclass(frozen=True)
class Foreseen:
    """A notice that will be sent, or would be if nobody had suppressed it.

    Args:
        which: which one it is.
        moment: when it leaves.
        mail: what it has in common with those that leave with it, as one mail.
        name, address: its reader.
        activity, unit: names of what it is about and for whom; ``last_day``, of the deadline that it is about.
        suppressed: whether a person has decided that it is not sent; ``remark``: words that a person has added; ``by`` whom
            and ``because`` of what.
    """

    which: Which
    moment: datetime
    mail: str
    name: str
    address: str
    activity: str | None
    unit: str | None
    last_day: date | None
    suppressed: bool = False
    remark: str | None = None
    by: str | None = None
    because: str | None = None

    @property
    def place(self) -> tuple[object, ...]:
        """Return what it is but for its day: by that it is known again under a plan that moves it."""
        which = self.which
        return which.kind, which.activity, which.unit, which.step, self.address


@dataclass(frozen=True)
class Change:
    """What a changed plan does to a notice: it falls away (no ``after``), or comes (no ``before``), or moves (both)."""

    before: Foreseen | None
    after: Foreseen | None

    @property
    def now(self) -> Foreseen:
        """Return the notice as it will be, or as it would have been."""
        found = self.after or self.before
        assert found is not None
        return found


def forecast(work: Work, cycle: Cycle, now: datetime) -> list[Foreseen]:
    """Return every notice that will leave after ``now`` if nobody does anything more, in the order of their sending.

    Those that leave as one mail stand together. What is queued already is among them.
    """
    with work.rehearsal():
        session = work.session
        cycle = session.get_one(Cycle, cycle.id)  # the caller's own row would be expired with all that is forgotten here
        over = set(session.exec(select(Notice.id).where(Notice.cycle_id == cycle.id, Notice.state != NoticeState.QUEUED)))
        for due in _course(session, cycle, now):
            _act(work, cycle, due)
        return _foreseen(session, cycle, over)


def differences(work: Work, plan: Plan, now: datetime) -> list[Change]:
    """Return what it would change in the mails to come if ``plan`` were applied ``now``, in the order of their sending."""
    with work.rehearsal():
        before = [one for cycle in _cycles(work.session, plan) for one in forecast(work, cycle, queries.now_of(cycle, now))]
        apply_plan(work, plan, now, because="-")  # whether a reason is due is asked when it is applied
        cycle = queries.cycle_by_key(work.session, plan.key)
        return compared(before, forecast(work, cycle, queries.now_of(cycle, now)))


def compared(before: Sequence[Foreseen], after: Sequence[Foreseen]) -> list[Change]:
    """Return which notices fall away, come and move between two forecasts, in the order of their sending."""
    same = {(one.which.identity, one.moment) for one in before} & {(one.which.identity, one.moment) for one in after}
    places: defaultdict[tuple[object, ...], tuple[list[Foreseen], list[Foreseen]]] = defaultdict(lambda: ([], []))
    for side, listed in enumerate((before, after)):
        for one in listed:
            if (one.which.identity, one.moment) not in same:
                places[one.place][side].append(one)
    changes = [Change(*pair) for sides in places.values() for pair in zip_longest(*sides)]
    return sorted(changes, key=lambda change: (change.now.moment, change.now.mail, change.now.which.identity))


def _cycles(session: Session, plan: Plan) -> Sequence[Cycle]:
    return session.exec(select(Cycle).where(Cycle.key == plan.key)).all()


def _course(session: Session, cycle: Cycle, now: datetime) -> Iterator[Due]:
    """Yield one after another when something is due, and what, through the year after the cycle's: no deadline lies later."""
    last, former = end_of(date(cycle.year + 1, 12, 31)), None
    while (due := next_due(session, cycle, former.moment if former else now, None)) is not None and due.moment < last:
        if due == former:
            raise RuntimeError(f"it stays due: {due}")
        yield (former := due)


def _act(work: Work, cycle: Cycle, due: Due) -> None:
    """Do what the flows do at that moment, and let what is queued leave."""
    for stage in due.stages:
        advance_stage(work, cycle, stage, due.moment)
    if due.reminders:
        queue_reminders(work, cycle, due.moment)
        queue_objection_reminders(work, cycle, due.moment)
        queue_digest(work, cycle, due.moment)
    if due.sweep:
        claim_if_due(work, cycle, due.moment, late=True)
        aggregate_next(work, due.moment, cycle.id)
    work.session.flush()
    _deliver(work.session, cycle, due.moment)


def _deliver(session: Session, cycle: Cycle, now: datetime) -> None:
    mine, due = col(Notice.cycle_id) == cycle.id, col(Notice.send_at) <= now
    move(session, NoticeState.QUEUED, NoticeState.SENDING, mine, due, fresh(now), wanted(), claimed_at=now)
    move(session, NoticeState.SENDING, NoticeState.SENT, mine, col(Notice.claimed_at) == now, sent_at=now)
    left = select(Notice.id).where(mine, due, Notice.state == NoticeState.QUEUED)
    if session.exec(left.limit(1)).first() is not None:  # no longer wanted, or of use
        claims.tidy(session, claims.Scope(cycle.id, now, now))


def _foreseen(session: Session, cycle: Cycle, over: Collection[uuid.UUID]) -> list[Foreseen]:
    changes = {
        change.identity: change for change in session.exec(select(NoticeChange).where(NoticeChange.cycle_id == cycle.id))
    }
    states = col(Notice.state).in_([NoticeState.SENT, NoticeState.CANCELLED])
    rows = session.exec(
        joined()
        .where(Notice.cycle_id == cycle.id, states)
        .order_by(col(Notice.urgency), col(Notice.identity))
        .execution_options(populate_existing=True)
    )
    found = [Record(*row) for row in rows if row[0].id not in over]
    return _together(_read(one, changes.get(one.notice.identity)) for one in found if _leaves(one, changes))


def _leaves(record: Record, changes: Mapping[str, NoticeChange]) -> bool:
    change = changes.get(record.notice.identity)
    return record.notice.state is NoticeState.SENT or (change is not None and change.suppressed)


def _read(record: Record, change: NoticeChange | None) -> Foreseen:
    notice = record.notice
    return Foreseen(
        which=record.which,
        moment=notice.sent_at or notice.queued_at,
        mail=notice.bundle or notice.identity,
        name=notice.name,
        address=record.address,
        activity=record.activity.name if record.activity else None,
        unit=record.unit.name if record.unit else None,
        last_day=last_day_of(notice.about_due_at) if notice.about_due_at else None,
        suppressed=notice.state is NoticeState.CANCELLED,
        remark=notice.values.get("remark"),
        by=change.by if change else None,
        because=change.because if change else None,
    )


def _together(foreseen: Iterable[Foreseen]) -> list[Foreseen]:
    """Return them by moment, and those of one mail one after another; within, the nearest deadline stands first."""
    listed = list(foreseen)
    first = {(one.moment, one.mail): number for number, one in reversed(list(enumerate(listed)))}
    return sorted(listed, key=lambda one: (one.moment, first[one.moment, one.mail]))
