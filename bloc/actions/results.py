"""Versions of the ranking: computed from the sheets that count, kept for good, published by the secretary."""

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
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
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
    leader = queries.unit_by_code(post.work.session, post.cycle, post.leader.code)
    draft = messages.result_ready(
        about=post.about_cycle(leader),
        version=result.version,
        final=result.state is ResultState.FINAL,
        sheets=result.sheets,
        members=result.members,
    )
    post.queue(draft, leader, post.audience(leader, [ContactRole.SECRETARY]), f"{draft.kind}/{result.version}")


def publish(work: Work, cycle: Cycle, now: datetime) -> Result:
    """Publish the newest version of the ranking and tell every unit; done twice, it tells nobody twice.

    Raises:
        NotFound: there is no result.
        NotAllowed: the newest version is provisional, or what it rests on has been changed since.
    """
    queries.locked(work.session, cycle.id)
    result = queries.latest_result(work.session, cycle.id)
    if result is None:
        raise NotFound(say("There is no result yet."))
    if result.state is not ResultState.FINAL:
        raise NotAllowed(say("The result is provisional; only a final one is published."))
    _check_still_stands(work.session, cycle, result)
    if result.published_at is None:
        result.published_at = now
        record(work, cycle, Act.PUBLICATION, str(result.version), now=now, after={"input_hash": result.input_hash})
    _tell_units(Post(work, cycle, now), result)
    return result


def _check_still_stands(session: Session, cycle: Cycle, result: Result) -> None:
    """Refuse to publish what rests on sheets that were given back, or on members, criteria or a tie rule of before."""
    same = queries.plan_at(session, cycle.id, result.plan_version).scored() == queries.plan_of(cycle).scored()
    if not (same and queries.still_stands(session, result)):
        raise NotAllowed(
            say(
                "Version {version} rests on members, criteria or a tie rule that have changed since; once the sheets are in, "
                "`bloc aggregate` makes a new one.",
                version=result.version,
            )
        )


def _tell_units(post: Post, result: Result) -> None:
    lines = ranking(post.work.session, result)
    for line in lines:
        draft = messages.result(
            about=post.about_cycle(line.unit),
            version=result.version,
            rank=line.standing.rank,
            score=line.score,
            ranking=[(each.standing.rank, each.unit.name, each.score) for each in lines],
            decimals=post.plan.policies.rounding.decimals,
        )
        to = post.audience(line.unit, [ContactRole.CONTACT])
        post.queue(draft, line.unit, to, f"{line.unit.code}/{draft.kind}/{result.version}")


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
