"""Wake-ups: an event goes out when a row flips from idle to pending, so a burst of work starts one run."""

from sqlalchemy import update
from sqlmodel import Session, col

from bloc.db import Wake, Work
from bloc.enums import WakeupKind, WakeupState
from models import Wakeup


def wake(work: Work, kind: WakeupKind) -> None:
    """Note that there is work of ``kind``; whoever flips the row tells Prefect after the commit."""
    if work.rehearsed:
        return
    flipped = work.session.execute(
        update(Wakeup)
        .where(col(Wakeup.kind) == kind, col(Wakeup.state) == WakeupState.IDLE)
        .values(state=WakeupState.PENDING, generation=col(Wakeup.generation) + 1)
        .returning(col(Wakeup.generation))
    ).scalar()
    if flipped is not None:
        work.wakes.append(Wake(kind, flipped))


def rest(session: Session, kind: WakeupKind) -> None:
    """Note that a run is about to look for all the work of ``kind``: what comes from now on wakes again."""
    pending = update(Wakeup).where(col(Wakeup.kind) == kind, col(Wakeup.state) == WakeupState.PENDING)
    session.execute(pending.values(state=WakeupState.IDLE))
