"""The dead-man's switch: the sweep notes that it ran. Who looks is told if it does not, and its next run tells the operator."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.people import contact_at
from bloc.actions.wakeups import wake
from bloc.db import Work
from bloc.enums import CycleMode, Job, NoticeKind, NoticeState, WakeupKind
from bloc.language import Message, clock_time, say
from bloc.settings import Settings
from models import Cycle, Heartbeat, Notice
from notifications import ledger, messages


def beat(session: Session, wall: datetime) -> None:
    """Note that the sweep has run, by the wall clock."""
    session.merge(Heartbeat(job=Job.SWEEP, ran_at=wall))
    session.flush()


def silent_since(session: Session, settings: Settings, wall: datetime) -> datetime | None:
    """Return when the sweep ran last, if that is longer ago than the settings allow; None if all is well.

    Where it has never run, the first live year counts from when its plan was applied. Without a live year nobody waits for it.
    """
    allowed, beaten = timedelta(minutes=settings.sweep_silence), session.get(Heartbeat, Job.SWEEP)
    if beaten is not None and wall - beaten.ran_at <= allowed:  # as a rule: then no year is looked at
        return None
    first = queries.live_since(session)
    if first is None:
        return None
    last = beaten.ran_at if beaten else first
    return last if wall - last > allowed else None


def health(session: Session, settings: Settings, wall: datetime) -> list[Message]:
    """Return what is wrong with this installation, each in a sentence; nothing if all is well."""
    return [*_silence(session, settings, wall), *_stuck(session, settings, wall)]


def _silence(session: Session, settings: Settings, wall: datetime) -> Iterator[Message]:
    since = silent_since(session, settings, wall)
    if since is not None:
        yield _not_running(since)


def _not_running(since: datetime) -> Message:
    return say(
        "The sweep has not run since {moment}: no reminder goes out and no result is made. Is the service up (`bloc up`)?",
        moment=clock_time(since),
    )


def _stuck(session: Session, settings: Settings, wall: datetime) -> Iterator[Message]:
    """Yield how many mails of live years should have gone out long ago, and that nobody takes.

    Where one was taken a short while ago, the others wait for their turn: there are limits of how many go in a minute.
    """
    live, long_ago = select(Cycle.id).where(Cycle.mode == CycleMode.LIVE), wall - timedelta(minutes=settings.sweep_silence)
    ours = col(Notice.cycle_id).is_(None) | col(Notice.cycle_id).in_(live)
    queued = select(func.count()).select_from(Notice).where(Notice.state == NoticeState.QUEUED, ours)
    count = session.exec(queued.where(col(Notice.send_at) < long_ago, ledger.wanted(), ledger.fresh(wall))).one()
    if not count:
        return
    taken = select(Notice.id).where(ours, col(Notice.sent_at) > long_ago)
    if session.exec(taken.limit(1)).first() is None:
        yield say("{count} mails wait for the mail server longer than they should. Does it answer?", count=count)


def tell_operator(work: Work, settings: Settings, wall: datetime) -> int:
    """Queue an alarm to the operator if the sweep had been silent until now, once a silence; return how many are queued."""
    since = silent_since(work.session, settings, wall)
    if since is None:
        return 0
    what = say("The sweep did not run; it runs again now. What it missed is being done.")
    todo = say(
        "Please find out why it stood still (`bloc status`, the log), and let the service start with the machine (`bloc up`)."
    )
    return alarm(work, settings, f"{Job.SWEEP}/{since:%Y-%m-%dT%H%M%S}", what, wall, since, todo=todo)


LOOK = say("Please look at the server: `bloc status` says how things stand.")


def alarm(
    work: Work, settings: Settings, identity: str, what: Message, now: datetime, since: datetime | None = None, *,
    todo: Message = LOOK,
) -> int:  # fmt: skip
    """Queue a mail about the installation to its operator, once for each ``identity``; return how many are queued.

    ``what``: a sentence; ``todo``: what the operator is to do about it; ``since`` when it is so, if that is known.
    """
    if settings.operator is None:
        return 0
    installation = settings.mail_from.rpartition("@")[2]
    new = ledger.queue(
        work.session,
        messages.alarm(installation=installation, what=what, todo=todo, since=since),
        identity=f"{NoticeKind.ALARM}/{identity}/{settings.operator}",
        cycle_id=None, unit_id=None, obligation_id=None, about_due_at=None,
        contact_id=contact_at(work.session, settings.operator).id,
        name=settings.operator,
        language=settings.language,
        now=now,
    )  # fmt: skip
    if new:
        wake(work, WakeupKind.DELIVERY)
    return int(new)
