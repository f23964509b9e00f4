"""What score sheets give each unit in all. Points are integers: the database sums them exactly."""

import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from bloc import queries
from models import Cycle, Deposit, Point


def totals(session: Session, deposits: Sequence[uuid.UUID]) -> Mapping[tuple[uuid.UUID, uuid.UUID], int]:
    """Return what each sheet gives each unit in all: (deposit, unit) -> thousandths of a point, summed by the database."""
    wanted = col(Point.deposit_id).in_(bindparam("deposits", expanding=True))
    rows = session.connection().execute(summed().where(wanted), {"deposits": list(deposits)})
    return {(deposit, unit): int(total) for deposit, unit, total in rows}


@cache
def summed() -> Select[Any]:
    """Return the query for what each sheet gives each unit in all, of every sheet of every year."""
    sheet, unit = col(Point.deposit_id), col(Point.unit_id)
    return select(sheet, unit, func.sum(Point.thousandths)).group_by(sheet, unit)


def totals_by_unit(session: Session, cycle: Cycle, deposit: Deposit) -> list[tuple[str, int]]:
    """Return what a score sheet gives each unit in all, by name, in the plan's order; nothing if it is none that counts."""
    given = totals(session, [deposit.id])
    return [
        (unit.name, given[deposit.id, unit.id]) for unit in queries.members(session, cycle.id) if (deposit.id, unit.id) in given
    ]
