"""Versions of the ranking: computed from the sheets that count, and kept for good."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from importlib.metadata import version as installed_version

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.notices import Post
from bloc.db import Work
from bloc.enums import ContactRole, ResultState
from bloc.plan import Plan
from bloc.rules.completeness import state_of_result
from bloc.rules.ranking import Place, standings
from models import CountedSheet, Cycle, Deposit, Point, Result, Standing, Unit
from notifications import messages


def digest_of(value: object) -> str:
    """Return the SHA-256, in hex, of ``value`` as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass
class Inputs:
    """All that a result of a cycle rests on, as it stands in the database: read once."""

    session: Session
    cycle: Cycle

    @cached_property
    def plan(self) -> Plan:
        """The frozen plan."""
        return queries.plan_of(self.cycle)

    @cached_property
    def units(self) -> Mapping[uuid.UUID, Unit]:
        """The N members by id, in the plan's order."""
        return {unit.id: unit for unit in queries.members(self.session, self.cycle.id)}

    @cached_property
    def sheets(self) -> Mapping[str, Deposit]:
        """The k sheets that count, by the code of the scorer."""
        counted = queries.counted_sheets(self.session, self.cycle.id)
        return {unit.code: counted[unit.id] for unit in self.units.values() if unit.id in counted}

    def places(self) -> list[Place]:
        """Return the ranking, by the rules."""
        scorers = {sheet.id: scorer for scorer, sheet in self.sheets.items()}
        sums = queries.totals(self.session, list(scorers))
        totals = {(scorers[sheet], self.units[unit].code): total for (sheet, unit), total in sums.items()}
        codes = [unit.code for unit in self.units.values()]
        return standings(codes, list(scorers.values()), totals, self.plan.policies.ties)

    def hash(self) -> str:
        """Return a digest of members, criteria, policies and every counted point."""
        agreed = self.plan.agreed()
        return digest_of([agreed["units"], agreed["policies"], agreed["criteria"], sorted(self._points())])

    def _points(self) -> Iterable[tuple[str, str, str, int]]:
        scorers = {sheet.id: scorer for scorer, sheet in self.sheets.items()}
        rows = self.session.exec(select(Point).where(col(Point.deposit_id).in_(scorers)))
        codes = queries.criterion_codes(self.session, self.cycle.id)
        return ((scorers[p.deposit_id], self.units[p.unit_id].code, codes[p.criterion_id], p.thousandths) for p in rows)


def make_result(work: Work, cycle: Cycle, now: datetime) -> Result:
    """Store a new version of the ranking from the sheets that count now, and tell the secretary.

    Source: plan, section II.1.
    """
    inputs = Inputs(work.session, cycle)
    result = _result(inputs, now)
    work.session.add(result)
    work.session.flush()
    work.session.add_all(CountedSheet(result_id=result.id, deposit_id=sheet.id) for sheet in inputs.sheets.values())
    work.session.add_all(_standings(inputs, result))
    work.session.flush()
    _tell_secretary(Post(work, cycle, now), result)
    return result


def _result(inputs: Inputs, now: datetime) -> Result:
    cycle, members = inputs.cycle, [unit.code for unit in inputs.units.values()]
    former = queries.latest_result(inputs.session, cycle.id)
    return Result(
        cycle_id=cycle.id,
        version=former.version + 1 if former else 1,
        state=state_of_result(queries.sheet_arrivals(inputs.session, cycle.id)),
        sheets=len(inputs.sheets),
        members=len(members),
        input_hash=inputs.hash(),
        policies=inputs.plan.policies.model_dump(mode="json"),
        code_version=installed_version("bloc"),
        computed_at=now,
    )


def _standings(inputs: Inputs, result: Result) -> list[Standing]:
    ids = {unit.code: unit.id for unit in inputs.units.values()}
    return [
        Standing(
            result_id=result.id,
            unit_id=ids[place.unit],
            rank=place.rank,
            tied=place.tied,
            numerator=place.score.numerator,
            denominator=place.score.denominator,
        )
        for place in inputs.places()
    ]


def _tell_secretary(post: Post, result: Result) -> None:
    leader = queries.unit_by_code(post.work.session, post.cycle, post.leader.code)
    draft = messages.result_ready(
        about=post.about_cycle(leader),
        version=result.version,
        final=result.state is ResultState.FINAL,
        sheets=result.sheets,
        members=result.members,
    )
    post.queue(draft, leader, post.audience(leader, [ContactRole.SECRETARY]), f"{draft.kind}/{result.version}")


@dataclass(frozen=True)
class RankLine:
    """A line of a stored ranking."""

    standing: Standing
    unit: Unit

    @property
    def score(self) -> Fraction:
        """Return the exact score, in points."""
        return Fraction(self.standing.numerator, self.standing.denominator)


def ranking(session: Session, result: Result) -> list[RankLine]:
    """Return the stored lines of a result, best first, equals in the plan's order."""
    rows = session.exec(select(Standing, Unit).join(Unit).where(Standing.result_id == result.id)).all()
    order = {unit.id: n for n, unit in enumerate(queries.members(session, result.cycle_id))}
    return [RankLine(*row) for row in sorted(rows, key=lambda row: (row[0].rank, order[row[0].unit_id]))]
