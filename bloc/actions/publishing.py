"""A final ranking is published: every unit is told, and is shown as much of the cross-scores as its bloc's plan says."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.notices import Post
from bloc.actions.objection_window import tell_of_window
from bloc.actions.result_tables import result_table
from bloc.actions.scoring import scoring_of
from bloc.actions.withheld import withheld
from bloc.db import Work
from bloc.documents.result_table import Line, ResultTable
from bloc.enums import Act, ContactRole, CrossScoresSeen, ResultState
from bloc.errors import NotAllowed, NotFound, Way
from bloc.language import say
from models import Cycle, Result, Unit
from notifications import messages


def publish(work: Work, cycle: Cycle, now: datetime, *, provisional: bool = False, confirmed: str | None = None) -> Result:
    """Publish the newest version of the ranking and tell every unit; done twice, it tells nobody twice.

    Args:
        provisional: publish a provisional version too, and say that it is one: a sheet may never come.
        confirmed: the number of the version that a person has looked at and wants published; None: whichever is newest.

    Raises:
        NotFound: there is no result.
        NotAllowed: the newest version is provisional or not the confirmed one, or what it rests on has been changed since.
    """
    cycle = queries.locked(work.session, cycle.id)
    result = queries.latest_result(work.session, cycle.id)
    if result is None:
        raise NotFound(say("There is no result yet."))
    if confirmed not in (None, str(result.version)):
        raise NotAllowed(say("There is a newer version of the result by now. Please look at it first."))
    if result.state is not ResultState.FINAL and not provisional:
        raise NotAllowed(
            say("The result is provisional; only a final one is published, or a provisional one as such."), Way.AS_PROVISIONAL
        )
    _check_still_stands(work.session, cycle, result)
    if result.published_at is None:
        result.published_at = now
        record(work, cycle, Act.PUBLICATION, str(result.version), now=now, after={"input_hash": result.input_hash})
    post = Post(work, cycle, now)
    _tell_units(post, result)
    tell_of_window(post, result)
    return result


def _check_still_stands(session: Session, cycle: Cycle, result: Result) -> None:
    """Refuse to publish what is withdrawn, or rests on sheets given back, or on members, criteria or a tie rule of before."""
    if result.withdrawn_at is not None:
        raise NotAllowed(say("Version {version} was withdrawn when the scoring was reopened.", version=result.version))
    if not scoring_of(session, cycle).holds:
        raise NotAllowed(
            say(
                "Version {version} rests on members, criteria or a tie rule that have changed since; once the sheets are in, "
                "aggregate again: that makes a new one.",
                version=result.version,
            ),
            Way.AGGREGATE,
        )


def _tell_units(post: Post, result: Result) -> None:
    table = result_table(post.work.session, post.cycle, result)
    policies = post.plan.policies
    units = {unit.code: unit for unit in queries.members(post.work.session, post.cycle.id)}
    for line in table.lines:
        unit = units[line.unit]
        how = seen_by(post.work.session, post.cycle, unit)
        draft = messages.result(
            about=post.about_cycle(unit),
            version=result.version,
            rank=line.rank,
            score=line.score,
            ranking=[seen(table, each, how) for each in table.lines],
            sheets=result.sheets,
            decimals=policies.rounding.decimals,
            ties=policies.ties,
        )
        to = post.audience(unit, [ContactRole.CONTACT])
        post.queue(draft, unit, to, f"{unit.code}/{draft.kind}/{result.version}")


def seen_by(session: Session, cycle: Cycle, unit: Unit) -> CrossScoresSeen:
    """Return how much of the sheets a unit sees with a published ranking: nothing while its own could still follow them."""
    if withheld(session, cycle, reader=unit, of=None) is not None:
        return CrossScoresSeen.NOBODY
    return queries.plan_of(cycle).policies.cross_scores_seen


def check_is_shown(session: Session, cycle: Cycle, unit: Unit) -> None:
    """Refuse what the sheets tell of a unit beyond its score, where it may not see that.

    Raises:
        NotAllowed: no result is published, or the plan shows nothing of the sheets, or the unit's own could still follow.
    """
    if queries.published_result(session, cycle.id) is None:
        raise NotAllowed(say("No result is published yet."))
    if seen_by(session, cycle, unit) is CrossScoresSeen.NOBODY:
        raise NotAllowed(say("{unit} is shown nothing of the score sheets but the scores.", unit=unit.name))


def seen(table: ResultTable, line: Line, how: CrossScoresSeen) -> messages.Line:
    """Return a line of the ranking with what all units see of the sheets; of single criteria each sees its own alone."""
    shown = messages.Line(line.rank, table.members[line.unit], line.score)
    if how is CrossScoresSeen.NOBODY:
        return shown
    shown = replace(shown, self_total=line.self_total, cross_mean=line.cross_mean)
    if how is CrossScoresSeen.MEANS:
        return shown
    others = (scorer for scorer in table.scorers if scorer != line.unit)
    return replace(shown, given=[(table.members[scorer], table.total(scorer, line.unit)) for scorer in others])


def given_to(table: ResultTable, unit: str, how: CrossScoresSeen) -> dict[str, dict[str, int]]:
    """Return what a unit sees of its own points by criterion: what each of the others gave it, in thousandths of a point.

    By the code of the scorer, then of the criterion; nothing unless the units see the whole matrix.
    """
    if how is not CrossScoresSeen.MATRIX:
        return {}
    others = [scorer for scorer in table.scorers if scorer != unit]
    return {scorer: {leaf.code: table.points[scorer, unit, leaf.code] for leaf in table.criteria} for scorer in others}
