"""The installation in figures, for whoever monitors it: counts and ages of live years, no names and no scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bloc.enums import CycleMode, Job, NoticeState, ObligationState
from models import Cycle, Heartbeat, Notice, Obligation, SignedIn
from notifications import ledger

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """What stands at a moment of the wall clock; replayed years count nowhere. Ages are None where there is nothing of age.

    Args:
        notices: how many mails are in each state.
        oldest_due: how long the mail that waits longest should have gone out.
        sweep: how long ago the sweep ran last.
        live_years: how many years are not replayed.
        late: how many obligations are owed after their deadline.
        sessions, sign_ins: browsers that are signed in, and how many were within the last day.
    """

    notices: Mapping[NoticeState, int]
    oldest_due: timedelta | None
    sweep: timedelta | None
    live_years: int
    late: int
    sessions: int
    sign_ins: int


def figures(session: Session, wall: datetime) -> Figures:
    """Return the installation's figures as of ``wall``."""
    live = select(Cycle.id).where(Cycle.mode == CycleMode.LIVE)
    ours = col(Notice.cycle_id).is_(None) | col(Notice.cycle_id).in_(live)
    states = dict(session.exec(select(Notice.state, func.count()).where(ours).group_by(col(Notice.state))).all())
    due = select(func.min(Notice.send_at)).where(ours, Notice.state == NoticeState.QUEUED, col(Notice.send_at) <= wall)
    oldest = session.exec(due.where(ledger.wanted(), ledger.fresh(wall))).one()
    beaten = session.get(Heartbeat, Job.SWEEP)
    late = (col(Obligation.cycle_id).in_(live), Obligation.state == ObligationState.OPEN, col(Obligation.due_at) <= wall)
    real = col(SignedIn.demo).is_(False)
    return Figures(
        notices={state: states.get(state, 0) for state in NoticeState},
        oldest_due=wall - oldest if oldest else None,
        sweep=wall - beaten.ran_at if beaten else None,
        live_years=_count(session, Cycle, Cycle.mode == CycleMode.LIVE),
        late=_count(session, Obligation, *late),
        sessions=_count(session, SignedIn, real, col(SignedIn.ended_at).is_(None), col(SignedIn.expires_at) > wall),
        sign_ins=_count(session, SignedIn, real, col(SignedIn.begun_at) > wall - DAY),
    )


def _count(session: Session, table: type, *where: ColumnElement[bool] | bool) -> int:
    return session.exec(select(func.count()).select_from(table).where(*where)).one()
