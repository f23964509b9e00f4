"""A conference is held at another time: one act, which moves its day, and tells all who were invited."""

from datetime import date, datetime, time
from typing import Any

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.conferences import attendances
from bloc.actions.meetings import facts, meeting_of
from bloc.actions.plans import apply_plan
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import Act, ActivityKind
from bloc.errors import NotAllowed, PlanRefused
from bloc.language import Message, say, short_day
from bloc.plan import Activity, Plan
from bloc.plan.editing import BY, deadline_of, same_but
from models import Activity as Row
from models import Cycle


def postpone(
    work: Work, cycle: Cycle, *, activity: str, to: date, because: str, now: datetime,
    start: time | None = None, place: str | None = None, link: str | None = None,
) -> list[Message]:  # fmt: skip
    """Hold a conference on another day, or at another time or place; return what it changes, in words.

    Its deadline moves along where the new day lies after it. What is not given stays as it was. Calendars follow, and every
    unit that was invited is told; where it is another day or time they are asked anew who comes.

    Raises:
        NotFound: the plan has no such activity.
        NotAllowed: it is no conference, or was held, or nothing changes, or no reason is given, or the day has passed or lies
            after the year that follows the cycle's; or the plan takes no such place or link.
    """
    cycle = queries.locked(work.session, cycle.id)
    row = queries.activity_by_code(work.session, cycle, activity)
    plan = queries.plan_of(cycle)
    planned = plan.activity(activity)
    if planned is None or row.kind is not ActivityKind.CONFERENCE:
        raise NotAllowed(say('"{title}" is no conference of this year\'s plan.', title=row.name))
    _check(work, cycle, row, to, because, now)
    changed = _moved(plan, planned, {"date": to, "start": start, "place": place, "link": link})
    was, is_ = meeting_of(plan, planned), meeting_of(changed, changed.activity(activity))
    if was == is_ or is_ is None:
        raise NotAllowed(say("That is when and where it is held already."))
    changes = apply_plan(work, changed, now, because=because)
    before = facts(was) if was else {"day": None}
    record(work, cycle, Act.CONFERENCE, activity, now=now, before=before, after={"postponed": facts(is_)}, because=because)
    return changes


def _check(work: Work, cycle: Cycle, row: Row, to: date, because: str, now: datetime) -> None:
    if not because.strip():
        raise NotAllowed(say("To hold a conference at another time needs a reason."))
    if any(seat.present is not None for seat in attendances(work.session, row.id).values()):
        raise NotAllowed(say('"{title}" was held: who was there is on record.', title=row.name))
    if to < local_day(now) or to.year > cycle.year + 1:
        raise NotAllowed(
            say("The new day must lie between today, {day}, and the end of {year}.", day=short_day(local_day(now)),
                year=str(cycle.year + 1))
        )  # fmt: skip


def _moved(plan: Plan, planned: Activity, given: dict[str, Any]) -> Plan:
    """Return the plan with the conference held as is given."""
    new = {key: value for key, value in given.items() if value}
    new = {key: value.isoformat() if isinstance(value, date) else value for key, value in new.items()}
    new |= {"start": f"{given['start']:%H:%M}"} if given["start"] else {}
    last = plan.last_day(planned)
    stays = planned.deadline is None or last is None or given["date"] <= last

    def change(tree: dict[str, Any]) -> None:
        entry = next(each for each in tree["activities"] if each["code"] == planned.code)
        entry["conference"] = {**entry.get("conference", {}), **new}
        if not stays:
            entry["deadline"] = deadline_of(BY, given["date"].isoformat())

    try:
        return same_but(plan, change)
    except PlanRefused as refused:
        raise NotAllowed(refused.faults[0].message) from refused
