"""The titles of a year put together: who is proposed and why, what votes and the chair decided, what the city answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.results import RankLine, ranking
from bloc.actions.timings import timings
from bloc.enums import ActivityKind, ByHand, TitlesBy
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
from bloc.plan import Plan
from bloc.plan.titles import Title
from bloc.rules.titles import Record, Sent, Shortcoming, Verdict, proposal
from bloc.rules.voting import Count, Outcome, VoteRule, outcome
from models import ChairChoice, CityAnswer, CityGrant, Cycle, Hand, Result, TitleChange, VoteCount, VoteRound


@dataclass(frozen=True)
class Round:
    """A round of a vote: its totals, the votes and hands by candidate (codes), what it decided, whom the chair then chose."""

    row: VoteRound
    votes: Mapping[str, int]
    hands: Mapping[str, Sequence[str]]
    outcome: Outcome
    chosen: Mapping[str, ChairChoice]

    @property
    def waits_for_chair(self) -> bool:
        """Return whether somebody has to decide among equals, for whom there is no further round."""
        return bool(self.outcome.tied) and not self.outcome.next_round and not self.chosen

    @property
    def elected(self) -> tuple[str, ...]:
        """Return who has a place by it."""
        return (*self.outcome.elected, *self.chosen)


@dataclass(frozen=True)
class TitleLine:
    """A unit's line under a title.

    ``verdict`` and ``lacks`` are computed; ``stands``: it is proposed, or a candidate; ``chosen``: the bloc proposes it to the
    city; ``granted``: what the city answered, None while it has not.
    """

    unit: str
    name: str
    rank: int
    score: Fraction
    verdict: Verdict
    lacks: tuple[Shortcoming, ...]
    by_hand: TitleChange | None
    stands: bool
    chosen: bool
    granted: bool | None

    @property
    def is_computed(self) -> bool:
        """Return whether it has a place by rank and conditions alone."""
        return self.verdict is Verdict.PROPOSED


@dataclass(frozen=True)
class TitleBoard:
    """All of one title: its lines by rank, the rounds of its vote; ``places``: how many can have it."""

    title: Title
    how: TitlesBy
    rule: VoteRule
    places: int
    members: int
    lines: Sequence[TitleLine]
    rounds: Sequence[Round]
    answer: CityAnswer | None

    @property
    def candidates(self) -> tuple[str, ...]:
        """Return who stands in the next round; empty where there is none."""
        if self.how is TitlesBy.RANK:
            return ()
        return self.rounds[-1].outcome.next_round if self.rounds else tuple(line.unit for line in self.lines if line.stands)

    @property
    def next_places(self) -> int:
        """Return how many places the next round is about."""
        return self.rounds[-1].outcome.places_left if self.rounds else min(self.places, len(self.candidates))

    @property
    def tied(self) -> tuple[str, ...]:
        """Return the equals among whom somebody has to decide."""
        if self.how is not TitlesBy.RANK:
            return self.rounds[-1].outcome.tied if self.rounds and self.rounds[-1].waits_for_chair else ()
        free = self.places > sum(line.stands for line in self.lines)
        return tuple(line.unit for line in self.lines if line.verdict is Verdict.TIED and not line.by_hand) if free else ()

    @property
    def is_decided(self) -> bool:
        """Return whether nothing is left to be decided before the city is asked."""
        voted = self.how is TitlesBy.RANK or bool(self.rounds) or not any(line.stands for line in self.lines)
        return voted and not self.candidates and not self.tied

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return whom the bloc proposes to the city, by rank."""
        return tuple(line.unit for line in self.lines if line.chosen)

    def line(self, unit: str) -> TitleLine:
        """Return a unit's line.

        Raises:
            NotFound: the ranking has no such unit.
        """
        found = next((line for line in self.lines if line.unit == unit), None)
        if found is None:
            known = ", ".join(line.unit for line in self.lines)
            raise NotFound(say('There is no unit "{code}" in this bloc; it has: {known}', code=unit, known=known))
        return found


def title_boards(session: Session, cycle: Cycle, now: datetime) -> list[TitleBoard]:
    """Return the titles of the plan, in its order; none before there is a result."""
    result = standing_result(session, cycle)
    return list(_Reader(session, cycle, result, now).boards()) if result is not None else []


def public_titles(session: Session, cycle: Cycle, now: datetime) -> list[TitleBoard]:
    """Return the titles that are decided, for those who see the published result: none while they rest on a newer one."""
    result = standing_result(session, cycle)
    if result is None or result.published_at is None:
        return []
    return [board for board in title_boards(session, cycle, now) if board.is_decided]


def board_of(session: Session, cycle: Cycle, code: str, now: datetime) -> TitleBoard:
    """Return one title.

    Raises:
        NotFound: the plan lists none of that code.
        NotAllowed: there is no result yet.
    """
    plan = queries.plan_of(cycle)
    if plan.title(code) is None:
        known = ", ".join(title.code for title in plan.titles) or "-"
        raise NotFound(say('There is no title "{code}" in this plan; it has: {known}', code=code, known=known))
    boards = title_boards(session, cycle, now)
    if not boards:
        raise NotAllowed(say("There is no result yet: titles are considered once there is a ranking."))
    return next(board for board in boards if board.title.code == code)


def standing_result(session: Session, cycle: Cycle) -> Result | None:
    """Return the version of the ranking that titles rest on: the newest, unless it is withdrawn or a sheet was given back."""
    newest = queries.latest_result(session, cycle.id)
    stands = newest is not None and newest.withdrawn_at is None and queries.still_stands(session, newest)
    return newest if stands else None


@dataclass
class _Reader:
    """Reads what titles rest on, each once."""

    session: Session
    cycle: Cycle
    result: Result
    now: datetime

    def boards(self) -> Iterator[TitleBoard]:
        has: dict[str, set[str]] = {}
        for title in self.plan.titles:
            board = self._board(title, has)
            ahead = {
                line.unit for line in board.lines if line.chosen or (not board.rounds and line.stands and line.is_computed)
            }
            for unit in ahead:
                has.setdefault(unit, set()).add(title.code)
            yield board

    @cached_property
    def plan(self) -> Plan:
        return queries.plan_of(self.cycle)

    @cached_property
    def ranks(self) -> Sequence[RankLine]:
        return ranking(self.session, self.result)

    @cached_property
    def codes(self) -> Mapping[object, str]:
        return {unit.id: code for code, unit in queries.units_by_code(self.session, self.cycle).items()}

    @cached_property
    def sent(self) -> Mapping[str, tuple[Sent, ...]]:
        """What each unit was asked to send; what it was released from is not asked."""
        sheets = {each.name for each in self.plan.activities if each.kind is ActivityKind.SCORE_SHEETS}
        found: dict[str, list[Sent]] = {}
        for each in timings(self.session, self.cycle, self.plan, self.now):
            if each.received_at is not None or not each.waived_because:
                late = each.days_late if each.received_at is not None else None
                found.setdefault(each.unit, []).append(Sent(each.activity, each.activity in sheets, late))
        return {unit: tuple(papers) for unit, papers in found.items()}

    @cached_property
    def changes(self) -> Mapping[tuple[str, str], TitleChange]:
        rows = self.session.exec(select(TitleChange).where(TitleChange.cycle_id == self.cycle.id))
        return {(row.title, self.codes[row.unit_id]): row for row in rows}

    @cached_property
    def grants(self) -> Mapping[str, tuple[CityAnswer, Mapping[str, bool]]]:
        found: dict[str, tuple[CityAnswer, dict[str, bool]]] = {}
        rows = select(CityAnswer, CityGrant).join(CityGrant, col(CityGrant.answer_id) == CityAnswer.id)
        for answer, grant in self.session.exec(rows.where(CityAnswer.cycle_id == self.cycle.id)):
            found.setdefault(grant.title, (answer, {}))[1][self.codes[grant.unit_id]] = grant.granted
        return found

    @cached_property
    def rounds(self) -> Mapping[str, Sequence[VoteRound]]:
        found: dict[str, list[VoteRound]] = {}
        rows = select(VoteRound).where(VoteRound.cycle_id == self.cycle.id).order_by(col(VoteRound.number))
        for row in self.session.exec(rows):
            found.setdefault(row.title, []).append(row)
        return found

    def _board(self, title: Title, has: Mapping[str, set[str]]) -> TitleBoard:
        changes = {unit: row for (code, unit), row in self.changes.items() if code == title.code}
        excluded = {unit: row.because for unit, row in changes.items() if row.kind is ByHand.EXCLUDED}
        records = [
            Record(
                each.unit.code, each.standing.rank, each.score, self.sent.get(each.unit.code, ()),
                excluded.get(each.unit.code), frozenset(has.get(each.unit.code, ())),
            )
            for each in self.ranks
        ]  # fmt: skip
        computed = {line.unit: line for line in proposal(records, title.conditions.as_rules(), title.number)}
        how, rule = self.plan.decided_by(title), self.plan.vote_on(title).as_rules()
        rounds = [self._round(row, rule) for row in self.rounds.get(title.code, ())]
        elected = {unit for each in rounds for unit in each.elected}
        answer, granted = self.grants.get(title.code, (None, {}))
        lines = []
        for each in self.ranks:
            code = each.unit.code
            line, row = computed[code], changes.get(code)
            able = line.verdict is Verdict.PROPOSED if how is TitlesBy.RANK else line.verdict is not Verdict.FAILS
            stands = row.kind is ByHand.ADDED if row else able
            out = row is not None and row.kind is not ByHand.ADDED
            chosen = stands if how is TitlesBy.RANK else code in elected and not out
            lines.append(
                TitleLine(
                    code, each.unit.name, each.standing.rank, each.score, line.verdict, line.lacks, row, stands, chosen,
                    granted.get(code),
                )
            )  # fmt: skip
        places = title.number or max(1, sum(line.stands for line in lines))
        return TitleBoard(title, how, rule, places, len(self.ranks), lines, rounds, answer)

    def _round(self, row: VoteRound, rule: VoteRule) -> Round:
        counts = self.session.exec(select(VoteCount).where(VoteCount.round_id == row.id)).all()
        votes = {self.codes[each.unit_id]: each.votes for each in counts}
        hands: dict[str, list[str]] = {}
        for hand in self.session.exec(select(Hand).where(Hand.round_id == row.id)):
            hands.setdefault(self.codes[hand.unit_id], []).append(self.codes[hand.voter_id])
        ranks = {each.unit.code: each.standing.rank for each in self.ranks}
        last = max(ranks.values()) + 1
        count = Count(row.members, row.present, row.places, votes, row.number)
        found = outcome(count, rule, {unit: ranks.get(unit, last) for unit in votes})
        choices = self.session.exec(select(ChairChoice).where(ChairChoice.round_id == row.id))
        chosen = {self.codes[each.unit_id]: each for each in choices}
        return Round(row, votes, {unit: sorted(voters) for unit, voters in hands.items()}, found, chosen)
