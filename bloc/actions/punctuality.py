"""What is known of how units kept their deadlines, for those who score a criterion that the plan links to that."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlmodel import Session

from bloc import queries
from bloc.actions.timings import timings
from bloc.documents.result_table import Timing
from bloc.enums import ActivityKind
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.rules.punctuality import Kept, kept
from bloc.sheets.punctual import Records
from models import Cycle

SENT = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)


def records_of(session: Session, cycle: Cycle, now: datetime) -> Records:
    """Return how each unit kept the deadlines that the plan's criteria are linked to, as of ``now``; it gives no points.

    Source: plan, section III.3; the criteria of the score sheet.
    """
    plan = queries.plan_of(cycle)
    linked = dict(_linked(plan))
    if not linked:
        return Records(now, {})
    known = timings(session, cycle, plan, now)
    about = {code: [each for each in known if each.code in asked] for code, asked in linked.items()}
    return Records(now, {code: _by_unit(plan, lines, now) for code, lines in about.items()})


def _linked(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the criteria that are linked, each with the activities that it is about."""
    for group in plan.criteria.groups:
        for leaf in group.criteria:
            if leaf.punctuality:
                yield leaf.code, activities_of(plan, leaf.punctuality)


def activities_of(plan: Plan, linked: bool | tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of the activities that a criterion is about: those it names, or all for which files are sent."""
    if isinstance(linked, tuple):
        return linked
    return tuple(activity.code for activity in plan.activities if activity.kind in SENT)


def _by_unit(plan: Plan, known: Iterable[Timing], now: datetime) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = {unit.code: [] for unit in plan.units}
    for timing in known:
        found[timing.unit].append(_kept(timing, now))
    return found


def _kept(timing: Timing, now: datetime) -> Kept:
    return kept(
        timing.activity,
        timing.extended_until or timing.last_day,
        timing.received_at,
        now,
        extended_because=timing.extended_because,
        waived_because=timing.waived_because,
    )


def link_changes(former: Plan, new: Plan) -> Iterator[Message]:
    """Yield in words which criteria a changed plan links to punctuality, or no longer: that changes nothing that is scored."""
    before, after = dict(_linked(former)), dict(_linked(new))
    for code in sorted(before.keys() | after.keys()):
        if code not in after:
            yield say("Criterion {code} is no longer linked to punctuality.", code=code)
        elif before.get(code) != after[code]:
            names = ", ".join(each.name for each in new.activities if each.code in after[code])
            yield say("Criterion {code} is linked to punctuality: {names}.", code=code, names=names)
