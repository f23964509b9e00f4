"""The course of a replay: from one moment at which something is due to the next, through flows and actions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.agenda import Due, next_due
from bloc.actions.clocks import advance_clock
from bloc.actions.plans import apply_plan
from bloc.clock import end_of
from bloc.db import Database, reading, unit_of_work
from bloc.enums import AggregationState, CycleMode, NoticeState
from bloc.errors import BlocError, NotAllowed, PartFailed
from bloc.language import say
from bloc.replay.acts import Stage, perform
from bloc.replay.schema import Act, Script
from bloc.replay.stagehands import Stagehands
from bloc.replay.timeline import Snapshot, Timeline
from bloc.settings import Settings
from models import Aggregation, Cycle, Notice
from notifications import claims

TICK = timedelta(seconds=1)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)  # by which every claim has run out


@dataclass
class Play:
    """A scenario being played in a database, with whoever runs its flows."""

    script: Script
    base: Database
    settings: Settings
    hands: Stagehands
    timeline: Timeline
    check: Callable[[], object] = lambda: None  # raises PartFailed when one of the replay's own parts has died

    async def run(self, until: date | None = None) -> None:
        """Play on from where the cycle stands through the day ``until`` (by default the scenario's last).

        Raises:
            NotAllowed: the cycle is live, or was begun with another scenario.
            PartFailed: something stays due whatever is done, such as mail that no server takes; or a part has died.
        """
        last = min(until or self.script.scenario.ends, self.script.scenario.ends)
        self._begin()
        self.hands.lost = self._events_are_lost()
        former, moved = None, True
        while (due := self._next()) is not None and due.moment < end_of(last):
            self.check()
            if due == former and not moved and not due.act:
                raise PartFailed(say("The replay stands still: {what} stays due.", what=str(due)))
            former, moved = due, await self._turn(due)
        with unit_of_work(self.base) as work:
            advance_clock(work, self._cycle(work.session), end_of(last) - TICK)

    def _begin(self) -> None:
        """Apply the plan on the scenario's first day; a cycle that exists goes on from where it is."""
        start = self.script.begins
        with unit_of_work(self.base) as work:
            exists = work.session.exec(select(Cycle).where(Cycle.key == self.script.plan.key)).first()
            if exists is not None:
                self._check(exists)
                self._give_up_claims(work.session, exists)
                return
            changes = apply_plan(work, self.script.plan, start, CycleMode.REPLAY)
            self._cycle(work.session).scenario = self.script.digest
        self.timeline.add(
            start, say("the plan {key} is applied: {count} entries", key=self.script.plan.key, count=len(changes))
        )

    def _check(self, cycle: Cycle) -> None:
        if cycle.mode is not CycleMode.REPLAY:
            raise NotAllowed(say("{key} is a live year; it can't be replayed in the same database.", key=cycle.key))
        if cycle.scenario != self.script.digest:
            raise NotAllowed(say("{key} was begun with another scenario; `make clean-data` begins anew.", key=cycle.key))

    def _give_up_claims(self, session: Session, cycle: Cycle) -> None:
        """Call those mails uncertain that a replay which was killed was sending: nobody else sends a replay's mail."""
        now = queries.now_of(cycle, self.script.begins)
        claims.tidy(session, claims.Scope(cycle.id, now, wall=END_OF_TIME))

    def _events_are_lost(self) -> bool:
        with reading(self.base) as session:
            done = self.script.acts[: self._cycle(session).scenario_done]
        return next((act.events.lost for act in reversed(done) if act.events), False)

    def _cycle(self, session: Session) -> Cycle:
        return queries.cycle_by_key(session, self.script.plan.key)

    def _next_act(self, cycle: Cycle) -> Act | None:
        return next(iter(self.script.acts[cycle.scenario_done :]), None)

    def _next(self) -> Due | None:
        with reading(self.base) as session:
            cycle = self._cycle(session)
            act = self._next_act(cycle)
            return next_due(session, cycle, queries.now_of(cycle, self.script.begins), act.at if act else None)

    async def _turn(self, due: Due) -> bool:
        """Do all that is due at one moment, and show what came of it; return whether anything did."""
        with unit_of_work(self.base) as work:
            cycle = self._cycle(work.session)
            advance_clock(work, cycle, due.moment)
            before = Snapshot.of(work.session, cycle)
        for flow in (*due.stages, *(["reminders"] if due.reminders else []), *(["sweep"] if due.sweep else [])):
            await self.hands.run(flow, cycle.key, due.moment)
        if due.act:
            self._act(due.moment)
            await self.hands.aggregated(self._nothing_to_aggregate)
        if self._mail_is_due(due.moment):
            await self.hands.run("delivery", cycle.key, due.moment)
        return self._show(due.moment, before)

    def _act(self, now: datetime) -> None:
        try:
            with unit_of_work(self.base) as work:
                cycle, act = self._now(work.session)
                stage = Stage(work, cycle, now, self.script, self.settings, self._lose_events)
                said = perform(stage, *act.verb)
                advance_clock(work, cycle, now, acts_done=cycle.scenario_done + 1)
        except BlocError as refusal:  # the act is refused as a person's would be: say so, and let the year go on
            self.timeline.add(now, say("refused: {why}", why=str(refusal)), "red")
            with unit_of_work(self.base) as work:
                cycle, _ = self._now(work.session)
                advance_clock(work, cycle, now, acts_done=cycle.scenario_done + 1)
            return
        for line in said:
            self.timeline.add(now, line, "green")

    def _now(self, session: Session) -> tuple[Cycle, Act]:
        cycle = self._cycle(session)
        return cycle, self.script.acts[cycle.scenario_done]

    def _lose_events(self, lost: bool) -> None:
        self.hands.lost = lost

    def _nothing_to_aggregate(self) -> bool:
        self.check()  # who waits for this waits in vain for a worker that has died
        with reading(self.base) as session:
            due = select(Aggregation.id).join(Cycle).where(Cycle.key == self.script.plan.key)
            return session.exec(due.where(Aggregation.state == AggregationState.DUE).limit(1)).first() is None

    def _mail_is_due(self, now: datetime) -> bool:
        with reading(self.base) as session:
            due = select(Notice.id).join(Cycle).where(Cycle.key == self.script.plan.key, col(Notice.send_at) <= now)
            return session.exec(due.where(Notice.state == NoticeState.QUEUED).limit(1)).first() is not None

    def _show(self, now: datetime, before: Snapshot) -> bool:
        with reading(self.base) as session:
            lines = before.news(session, self._cycle(session))
        for line, style in lines:
            self.timeline.add(now, line, style)
        return bool(lines)
