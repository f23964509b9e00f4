"""What a replay shows while it goes: a day, and what happened on it, in words. In colour on a terminal, plain elsewhere."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from rich.console import Console
from rich.text import Text
from sqlmodel import Session, col, select

from bloc.clock import local, local_day
from bloc.enums import ActivityState, NoticeKind, NoticeState, ResultState
from bloc.language import Message, say, week_day
from models import Activity, Cycle, Notice, Obligation, Result, Unit
from notifications.states import MAILS

STEPS = {
    ActivityState.OPEN: say("opened"),
    ActivityState.CLOSED: say("closed"),
    ActivityState.PAST: say("past"),
    ActivityState.WITHDRAWN: say("withdrawn"),
}
RESULTS = {ResultState.FINAL: say("final"), ResultState.PROVISIONAL: say("provisional")}
FATES = {
    NoticeState.SENT: say("mailed"),
    NoticeState.FAILED: say("failed for good"),
    NoticeState.UNCERTAIN: say("uncertain whether it arrived"),
    NoticeState.CANCELLED: say("no longer needed"),
    NoticeState.EXPIRED: say("no longer of use"),
    NoticeState.QUEUED: say("put back, to be tried again"),
    NoticeState.SENDING: say("being sent"),
}


class Timeline:
    """Prints each day once, and under it what happened, with the time of day."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.day: date | None = None

    def add(self, moment: datetime, text: object, style: str = "") -> None:
        """Print one line under its day."""
        day = local_day(moment)
        if day != self.day:
            self.day = day
            self.console.print(Text(week_day(day), style="bold"))
        self.console.print(Text(f"  {local(moment):%H:%M}  {text}", style=style), soft_wrap=True)


def states(session: Session, cycle: Cycle) -> dict[str, ActivityState]:
    """Return where each activity stands, by code."""
    rows = session.exec(select(Activity.code, Activity.state).where(Activity.cycle_id == cycle.id))
    return {code: ActivityState(state) for code, state in rows}


def steps(session: Session, cycle: Cycle, before: Mapping[str, ActivityState]) -> list[Message]:
    """Return which activities stand elsewhere than ``before``."""
    rows = session.exec(select(Activity).where(Activity.cycle_id == cycle.id).order_by(col(Activity.position)))
    return [
        say("{step}: {title}", step=STEPS[row.state], title=row.name)
        for row in rows
        if before.get(row.code) != row.state and row.state in STEPS
    ]


def fates(session: Session, cycle: Cycle) -> dict[str, tuple[NoticeState, int]]:
    """Return how each notice stands, by what it is: its state, and how often it was tried."""
    rows = session.exec(select(Notice.identity, Notice.state, Notice.attempts).where(Notice.cycle_id == cycle.id))
    return {identity: (NoticeState(state), attempts) for identity, state, attempts in rows}


def mails(session: Session, cycle: Cycle, before: Mapping[str, tuple[NoticeState, int]]) -> list[Message]:
    """Return what became of the notices whose fate differs from ``before``: how many, of what kind, to whom."""
    changed = [
        identity
        for identity, (state, attempts) in fates(session, cycle).items()
        if before.get(identity) != (state, attempts) and (attempts or state is not NoticeState.QUEUED)
    ]
    rows = session.exec(
        select(Notice, Unit.code, Activity.name)
        .join(Unit, col(Notice.unit_id) == Unit.id)
        .outerjoin(Obligation, col(Notice.obligation_id) == Obligation.id)
        .outerjoin(Activity, col(Obligation.activity_id) == Activity.id)
        .where(Notice.cycle_id == cycle.id, col(Notice.identity).in_(changed))
        .order_by(col(Notice.queued_at), col(Notice.identity))
    )
    groups: dict[tuple[NoticeState, NoticeKind, str | None], list[str]] = {}
    left: dict[uuid.UUID, list[str]] = {}
    for notice, unit, title in rows if changed else ():
        groups.setdefault((notice.state, notice.kind, title), []).append(unit)
        if notice.mail_id and notice.state is NoticeState.SENT:
            left.setdefault(notice.mail_id, []).append(unit)
    return [_mailed(*key, units) for key, units in groups.items()] + _together(list(left.values()))


def _mailed(state: NoticeState, kind: NoticeKind, title: str | None, units: list[str]) -> Message:
    said = say("{fate}: {count} × {kind}, to {to}", fate=FATES[state], count=len(units), kind=MAILS[kind], to=_counted(units))
    return say("{said}: {title}", said=said, title=title) if title else said


def _together(mails: list[list[str]]) -> list[Message]:
    """Return how many of the mails carry several notices, and about whom."""
    several = [units for units in mails if len(units) > 1]
    about = _counted(["+".join(dict.fromkeys(units)) for units in several])
    return (
        [say("in one mail each what fell together, {count} mails: {about}", count=len(several), about=about)] if several else []
    )


def _counted(units: list[str]) -> str:
    return ", ".join(f"{unit} ×{units.count(unit)}" if units.count(unit) > 1 else unit for unit in dict.fromkeys(units))


def results(session: Session, cycle: Cycle) -> list[Message]:
    """Return, for each version of the ranking, that it was made and from what."""
    rows = session.exec(select(Result).where(Result.cycle_id == cycle.id).order_by(col(Result.version)))
    return [
        say("aggregated: version {version}, {state}, {sheets} of {members} sheets", version=row.version,
            state=RESULTS[row.state], sheets=row.sheets, members=row.members)
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """How a cycle stands at one moment, to be compared with how it stands a little later."""

    states: Mapping[str, ActivityState]
    fates: Mapping[str, tuple[NoticeState, int]]
    results: int

    @classmethod
    def of(cls, session: Session, cycle: Cycle) -> Self:
        """Return how ``cycle`` stands."""
        return cls(states(session, cycle), fates(session, cycle), len(results(session, cycle)))

    def news(self, session: Session, cycle: Cycle) -> list[tuple[Message, str]]:
        """Return what has changed since, in words, each line with its style."""
        lines = [(line, "bold") for line in steps(session, cycle, self.states)]
        lines += [(line, "bold magenta") for line in results(session, cycle)[self.results :]]
        return lines + [(line, "cyan") for line in mails(session, cycle, self.fates)]
