"""What score sheets give each unit in all. Points are integers: the database sums them exactly."""

import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select
from sqlmodel import Session, col

from bloc import queries
from bloc.rules.ranking import Sums
from models import Cycle, Deposit, Obligation, Point


def given(session: Session, deposits: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sums]:
    """Return what each unit is given by those sheets of one year together, by its id; summed by the database."""
    rows = session.connection().execute(_given(), {"deposits": list(deposits)})
    return {unit: read(*each) for _, unit, *each in rows}


def read(total: int, own: int | None, sheets: int) -> Sums:
    """Return sums as the rules take them; PostgreSQL's are of a type without end, its driver's is ``Decimal``."""
    return Sums(int(total), None if own is None else int(own), sheets)


def totals_by_unit(session: Session, cycle: Cycle, deposit: Deposit) -> list[tuple[str, int]]:
    """Return what a score sheet gives each unit in all, by name, in the plan's order; nothing if it is none that counts."""
    rows = session.connection().execute(_totals(), {"deposits": [deposit.id]})
    totals = {unit: int(total) for _, unit, total in rows}
    return [(unit.name, totals[unit.id]) for unit in queries.members(session, cycle.id) if unit.id in totals]


# Statements are made once: to make one takes longer than to execute it.


def given_by(*sheets: ColumnElement[bool]) -> Select[Any]:
    """Return the query for what units are given by the sheets that meet all of ``sheets``, conditions on their points.

    Its rows are year, unit, thousandths of a point in all, those of the unit's own sheet or NULL, and of how many sheets.
    """
    each = _summed().where(*sheets).subquery()
    own = case((each.c.unit_id == col(Obligation.unit_id), each.c.total))
    return (
        select(col(Obligation.cycle_id), each.c.unit_id, func.sum(each.c.total), func.sum(own), func.count())
        .join(Deposit, col(Deposit.id) == each.c.deposit_id)
        .join(Obligation, col(Obligation.id) == Deposit.obligation_id)
        .group_by(col(Obligation.cycle_id), each.c.unit_id)
    )


@cache
def _given() -> Select[Any]:
    return given_by(_of_these())


@cache
def _totals() -> Select[Any]:
    return _summed().where(_of_these())


def _of_these() -> ColumnElement[bool]:
    return col(Point.deposit_id).in_(bindparam("deposits", expanding=True))


def _summed() -> Select[Any]:
    sheet, unit = col(Point.deposit_id), col(Point.unit_id)
    return select(sheet, unit, func.sum(Point.thousandths).label("total")).group_by(sheet, unit)
