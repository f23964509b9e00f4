"""Objections as they stand: who contests what, who gave it, and what was answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bloc.enums import ObjectionState
from bloc.errors import NotFound
from bloc.language import say
from bloc.rules.deadlines import is_late
from bloc.rules.objections import Window, state_of
from models import CountedSheet, Criterion, Cycle, Objection, Result, Unit


@dataclass(frozen=True)
class Contested:
    """An objection with what it is about: who contests what, and who gave it."""

    objection: Objection
    unit: Unit
    giver: Unit
    criterion: Criterion


def contested(session: Session, cycle: Cycle) -> list[Contested]:
    """Return all objections of a year, by number."""
    giver = aliased(Unit)
    rows = session.execute(
        select(Objection, Unit, giver, Criterion)
        .join(Unit, col(Objection.unit_id) == Unit.id)
        .join(giver, col(Objection.giver_id) == giver.id)
        .join(Criterion, col(Objection.criterion_id) == Criterion.id)
        .where(Objection.cycle_id == cycle.id)
        .order_by(col(Objection.number))
    )
    return [Contested(*row) for row in rows]


def contested_by(session: Session, cycle: Cycle, number: int, unit: Unit) -> Contested:
    """Return the objection of that number, if ``unit`` raised it or is asked to answer it.

    Raises:
        NotFound: there is none, or it is between others: which of them is not told.
    """
    for each in contested(session, cycle):
        if each.objection.number == number and unit.id in (each.unit.id, each.giver.id):
            return each
    raise NotFound(say("There is no such objection of your unit."))


def state(each: Contested, window: Window | None, now: datetime) -> ObjectionState:
    """Return how an objection stands; one of a window before the present one, whose sheets count no more, is over."""
    former = window is not None and each.objection.raised_at < window.opened_at
    return state_of(each.objection.answer, each.objection.raised_at if former else window.due_at if window else None, now)


def is_published(session: Session, each: Contested) -> bool:
    """Return whether the correction that answered an objection is counted by a version that is published."""
    counted = select(Result.id).join(CountedSheet, col(CountedSheet.result_id) == Result.id)
    counted = counted.where(CountedSheet.deposit_id == each.objection.correction, col(Result.published_at).is_not(None))
    return each.objection.correction is not None and session.exec(counted.limit(1)).first() is not None


def is_late_answer(each: Contested, window: Window | None) -> bool:
    """Return whether an objection was answered after the window's end."""
    at = each.objection.answered_at
    return at is not None and window is not None and is_late(at, window.due_at)


def of_unit(session: Session, cycle: Cycle, unit: Unit) -> Iterator[Contested]:
    """Yield the objections that a unit raised, or is asked to answer."""
    return (each for each in contested(session, cycle) if unit.id in (each.unit.id, each.giver.id))


def to_answer(session: Session, cycle: Cycle, unit: Unit, window: Window | None) -> int:
    """Return how many objections of the present window wait for the answer of a unit."""
    if window is None:
        return 0
    mine = (each.objection for each in of_unit(session, cycle, unit) if each.giver.id == unit.id)
    return sum(row.answer is None and row.raised_at >= window.opened_at for row in mine)
