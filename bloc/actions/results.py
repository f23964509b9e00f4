"""Versions of the ranking: computed from the sheets that count, and kept for good."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from importlib.metadata import version as installed_version

from sqlmodel import Session, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.notices import Post
from bloc.actions.result_inputs import Inputs
from bloc.db import Work
from bloc.enums import Act, ContactRole, ResultState
from bloc.rules.completeness import state_of_result
from models import CountedSheet, Cycle, Result, Standing, Unit
from notifications import messages


def make_result(work: Work, cycle: Cycle, now: datetime) -> Result:
    """Store a new version of the ranking from the sheets that count now, and tell the secretary.

    Source: plan, section II.1.
    """
    inputs = Inputs.now(work.session, cycle)
    result = _result(inputs, now)
    work.session.add(result)
    work.session.flush()
    work.session.add_all(CountedSheet(result_id=result.id, deposit_id=sheet.id) for sheet in inputs.sheets.values())
    work.session.add_all(_standings(inputs, result))
    work.session.flush()
    made = {"state": result.state, "sheets": result.sheets, "members": result.members, "input_hash": result.input_hash}
    record(work, cycle, Act.RESULT, str(result.version), now=now, after=made)
    _tell_secretary(Post(work, cycle, now), result)
    return result


def _result(inputs: Inputs, now: datetime) -> Result:
    cycle = inputs.cycle
    former = queries.latest_result(inputs.session, cycle.id)
    return Result(
        cycle_id=cycle.id,
        version=former.version + 1 if former else 1,
        state=state_of_result(inputs.arrivals),
        sheets=len(inputs.sheets),
        members=len(inputs.units),
        plan_version=cycle.plan_version,
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
    leader = post.leading_unit
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
    plan = queries.plan_at(session, result.cycle_id, result.plan_version)
    order = {unit.code: n for n, unit in enumerate(plan.units)}
    return [RankLine(*row) for row in sorted(rows, key=lambda row: (row[0].rank, order[row[1].code]))]
