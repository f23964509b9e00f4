"""The next year's plan, drafted from a cycle's, and what it changes, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bloc import queries
from bloc.actions import planned_people, planned_work
from bloc.actions.planned_titles import title_changes
from bloc.db import Work
from bloc.language import Message
from bloc.plan import Plan
from bloc.plan.rollover import Draft, draft_next
from models import Cycle


@dataclass(frozen=True)
class Next:
    """A draft, and how it differs from the plan of the year that it was drafted from."""

    year: int
    draft: Draft
    changes: Sequence[Message]


def next_plan(work: Work, cycle: Cycle, year: int | None, now: datetime) -> Next:
    """Return the plan of ``year`` (by default the next), drafted from the cycle's; nothing is kept of it, and nothing changes.

    Raises:
        NotAllowed: ``year`` does not come after the cycle's.
    """
    year = cycle.year + 1 if year is None else year
    draft = draft_next(queries.plan_of(cycle), year)
    return Next(year, draft, compared(work, cycle, draft.plan, now) if draft.plan else ())


def compared(work: Work, cycle: Cycle, plan: Plan, now: datetime) -> Sequence[Message]:
    """Return how a plan differs from the cycle's, in the words in which a changed plan is told: no trace of it is left."""
    with work.rehearsal():
        people = planned_people.bring_in_step(work.session, cycle, plan, now)
        works = planned_work.bring_in_step(work.session, cycle, plan, now)
        return [*people, *works, *title_changes(queries.plan_of(cycle), plan)]
