"""Offices that change hands on a day which the plan names: who takes over is asked for what is open, who leaves for no more."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import at, local_day
from bloc.plan import Plan
from bloc.rules.calendar import ONE_DAY
from models import Cycle, Role
from notifications import ledger


def next_handover(plan: Plan, now: datetime) -> datetime | None:
    """Return the beginning of the next day on which somebody begins to serve, or serves no more; None if there is none."""
    begin = [contact.since for contact in plan.contacts if contact.since]
    end = [contact.until + ONE_DAY for contact in plan.contacts if contact.until]
    later = [day for day in (*begin, *end) if day > local_day(now)]
    return at(min(later)) if later else None


def taken_over(plan: Plan, day: date) -> frozenset[str]:
    """Return the codes of the units in which somebody who has begun by ``day`` may not have been asked for what is open."""
    begun = {contact.unit for contact in plan.contacts if contact.since and contact.since <= day}
    ended = {contact.unit for contact in plan.contacts if contact.until and contact.until < day}
    return frozenset(begun | ended)


def release_former(session: Session, cycle: Cycle, now: datetime) -> None:
    """Let what is queued for people lapse who serve a unit no more since their last day: wishes, as when a plan drops them."""
    day = local_day(now)
    mine = select(Role.unit_id, Role.contact_id).where(Role.cycle_id == cycle.id)
    over = session.exec(mine.where(col(Role.until) < day)).all()
    serve = set(session.exec(mine.where(queries.serving(day))).all()) if over else set()
    for unit_id, contact_id in set(over) - serve:
        ledger.lapse_for(session, cycle_id=cycle.id, unit_id=unit_id, contact_id=contact_id)
