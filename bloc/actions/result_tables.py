"""A stored version of the ranking, with the points that it rests on, ready to be shown."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from bloc.actions.result_inputs import Inputs
from bloc.actions.results import RankLine, ranking
from bloc.actions.timings import timings
from bloc.clock import local_day
from bloc.documents.result_table import FormerYear, Given, Line, ResultTable
from bloc.enums import ResultState
from bloc.plan import Plan
from bloc.rules.ranking import Sums
from models import Cycle, Result


def result_table(session: Session, cycle: Cycle, result: Result) -> ResultTable:
    """Return a version of the ranking as a table: what stood in the sheets that it counted, whatever came later."""
    inputs = Inputs.of(session, cycle, result)
    plan, scorers = inputs.plan, tuple(inputs.sheets)
    points: dict[Given, int] = {(scorer, unit, code): given for scorer, unit, code, given in inputs.points}
    return ResultTable(
        bloc_name=plan.bloc.name,
        council=plan.bloc.council,
        place=plan.bloc.place,
        year=cycle.year,
        version=result.version,
        provisional=result.state is ResultState.PROVISIONAL,
        computed_on=local_day(result.computed_at),
        decimals=plan.policies.rounding.decimals,
        leader_title=plan.document.capacity or "",
        members={unit.code: unit.name for unit in plan.units},
        criteria=plan.criteria.as_rules(),
        scorers=scorers,
        lines=tuple(_line(line, plan, points, scorers, result) for line in ranking(session, result)),
        points=points,
        timings=timings(session, cycle, plan, result.computed_at),
        ties=plan.policies.ties,
        former=tuple(_former(session, cycle)),
    )


def _former(session: Session, cycle: Cycle) -> Iterator[FormerYear]:
    """Yield the newest published ranking of each former year of the bloc, the oldest first."""
    published = select(Result, Cycle.year).join(Cycle).where(Cycle.bloc_id == cycle.bloc_id, Cycle.year < cycle.year)
    rows = session.exec(published.where(col(Result.published_at).is_not(None)).order_by(col(Cycle.year), col(Result.version)))
    for year, result in {year: result for result, year in rows}.items():
        lines = ranking(session, result)
        yield FormerYear(year, {line.unit.code: (line.standing.rank, line.score) for line in lines})


def _line(line: RankLine, plan: Plan, points: dict[Given, int], scorers: tuple[str, ...], result: Result) -> Line:
    code, leaves = line.unit.code, [leaf.code for leaf in plan.criteria.as_rules()]
    sums = Sums.of(code, {scorer: sum(points[scorer, code, leaf] for leaf in leaves) for scorer in scorers})
    return Line(
        unit=code,
        rank=line.standing.rank,
        tied=line.standing.tied,
        self_total=sums.own,
        cross_mean=sums.cross_mean,
        score=line.score,
        sheets=result.sheets,
        of=result.members,
    )
