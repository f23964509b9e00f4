"""A final ranking is published: every unit is told, and is shown as much of the cross-scores as its bloc's plan says."""

from dataclasses import replace
from datetime import datetime

from bloc import queries
from bloc.actions.notices import Post
from bloc.actions.result_tables import result_table
from bloc.db import Work
from bloc.documents.result_table import Line, ResultTable
from bloc.enums import ContactRole, CrossScoresSeen, ResultState
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
from models import Cycle, Result
from notifications import messages


def publish(work: Work, cycle: Cycle, now: datetime) -> Result:
    """Publish the newest version of the ranking and tell every unit; done twice, it tells nobody twice.

    Raises:
        NotFound: there is no result.
        NotAllowed: the newest version is provisional.
    """
    result = queries.latest_result(work.session, cycle.id)
    if result is None:
        raise NotFound(say("There is no result yet."))
    if result.state is not ResultState.FINAL:
        raise NotAllowed(say("The result is provisional; only a final one is published."))
    result.published_at = result.published_at or now
    _tell_units(Post(work, cycle, now), result)
    return result


def _tell_units(post: Post, result: Result) -> None:
    table = result_table(post.work.session, post.cycle, result)
    ranking = [_seen(table, line, post.plan.policies.cross_scores_seen) for line in table.lines]
    units = {unit.code: unit for unit in queries.members(post.work.session, post.cycle.id)}
    for line in table.lines:
        unit = units[line.unit]
        draft = messages.result(
            about=post.about_cycle(unit),
            version=result.version,
            rank=line.rank,
            score=line.score,
            ranking=ranking,
            decimals=table.decimals,
        )
        to = post.audience(unit, [ContactRole.CONTACT])
        post.queue(draft, unit, to, f"{unit.code}/{draft.kind}/{result.version}")


def _seen(table: ResultTable, line: Line, seen: CrossScoresSeen) -> messages.Line:
    """Return a line of the ranking with what all units see of the sheets; of single criteria they see nothing."""
    shown = messages.Line(line.rank, table.members[line.unit], line.score)
    if seen is CrossScoresSeen.NOBODY:
        return shown
    shown = replace(shown, self_total=line.self_total, cross_mean=line.cross_mean)
    if seen is CrossScoresSeen.MEANS:
        return shown
    others = (scorer for scorer in table.scorers if scorer != line.unit)
    return replace(shown, given=[(table.members[scorer], table.total(scorer, line.unit)) for scorer in others])
