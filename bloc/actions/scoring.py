"""How a year's scoring stands: the sheets that count, their deadlines, the newest ranking; two queries, or three."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func
from sqlmodel import Session, col, select

from bloc import queries
from bloc.enums import ActivityKind, DepositState, ObligationState
from bloc.plan import Plan
from bloc.rules.completeness import Arrivals, arrivals, may_close
from bloc.rules.digest import digest_of
from models import Activity, CountedSheet, Cycle, Deposit, Obligation, Result, Unit


@dataclass(frozen=True)
class Scoring:
    """How the scoring of a year stands.

    Args:
        plan: the year's.
        sheets: the sheets that count, by the code of the unit that sent each: the latest accepted version.
        dues: until when each unit's sheet is asked for, by code; those that are waived have none.
        newest: the newest version of the ranking, ``its_plan``, the plan that it rests on, and ``rests_on``, its sheets.
        stands: none of those sheets has been given back since.
    """

    plan: Plan
    sheets: Mapping[str, uuid.UUID]
    dues: Mapping[str, datetime]
    newest: Result | None = None
    its_plan: Plan | None = None
    rests_on: frozenset[uuid.UUID] = frozenset()
    stands: bool = True

    @property
    def arrivals(self) -> Arrivals:
        """Whose sheets are in and whose are not."""
        return arrivals([unit.code for unit in self.plan.units], self.sheets)

    def last_due(self, now: datetime) -> datetime:
        """Return when the last unit's deadline ends; ``now`` if none is asked."""
        return max(self.dues.values(), default=now)

    def may_close(self, now: datetime) -> bool:
        """Return whether the secretary's act makes a version of the sheets received."""
        return may_close(self.arrivals, self.plan.policies.missing_sheet, now, self.last_due(now))

    @property
    def digest(self) -> str:
        """What tells this set of sheets, and the plan that they are counted by, from any other."""
        return _digest(self.plan, self.sheets.values())

    @property
    def withdrawn(self) -> bool:
        """Whether the newest version was made by a closing that has been taken back."""
        return self.newest is not None and self.newest.withdrawn_at is not None

    @property
    def is_made(self) -> bool:
        """Whether the newest version of the ranking rests on just these."""
        return self.its_plan is not None and not self.withdrawn and _digest(self.its_plan, self.rests_on) == self.digest

    @property
    def holds(self) -> bool:
        """Whether the newest version rests on nothing that has been given back or agreed on otherwise since."""
        stands = self.its_plan is not None and self.stands and not self.withdrawn
        return stands and self.its_plan is not None and self.its_plan.scored() == self.plan.scored()


def _digest(plan: Plan, sheets: Iterable[uuid.UUID]) -> str:
    return digest_of([plan.scored(), sorted(map(str, sheets))])


def scoring_of(session: Session, cycle: Cycle) -> Scoring:
    """Return how a year's scoring stands now."""
    plan, sheets, dues = queries.plan_of(cycle), {}, {}
    for unit, due, state, deposit in _asked(session, cycle):
        if state is not ObligationState.WAIVED:
            dues[unit] = due
        if deposit is not None:
            sheets[unit] = deposit
    rows = _newest(session, cycle)
    if not rows:
        return Scoring(plan, sheets, dues)
    newest = rows[0][0]
    same = newest.plan_version == cycle.plan_version
    its_plan = plan if same else queries.plan_at(session, cycle.id, newest.plan_version)
    given_back = any(state is DepositState.RETURNED for _, _, state in rows)
    return Scoring(plan, sheets, dues, newest, its_plan, frozenset(sheet for _, sheet, _ in rows), not given_back)


def _asked(session: Session, cycle: Cycle) -> Sequence[Row[Any]]:
    """Return what is asked of each unit, as often as it has sent a sheet that was accepted; the latest stands last."""
    return session.execute(_asked_for(), {"cycle": cycle.id}).all()


@cache  # these are made once: to put one together takes as long as to have it answered
def _asked_for() -> Any:
    accepted = (col(Deposit.obligation_id) == Obligation.id) & (col(Deposit.state) == DepositState.ACCEPTED)
    return (
        select(Unit.code, Obligation.due_at, Obligation.state, Deposit.id)
        .select_from(Obligation)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .outerjoin(Deposit, accepted)
        .where(col(Activity.cycle_id) == bindparam("cycle"), Activity.kind == ActivityKind.SCORE_SHEETS)
        .order_by(col(Deposit.version))
    )


def _newest(session: Session, cycle: Cycle) -> Sequence[Row[Any]]:
    """Return the newest version of the ranking, once with each sheet that it counts."""
    return session.execute(_newest_version(), {"cycle": cycle.id}).all()


@cache
def _newest_version() -> Any:
    mine: BindParameter[Any] = bindparam("cycle")
    last = select(func.max(Result.version)).where(col(Result.cycle_id) == mine).scalar_subquery()
    return (
        select(Result, Deposit.id, Deposit.state)
        .join(CountedSheet, col(CountedSheet.result_id) == Result.id)
        .join(Deposit, col(CountedSheet.deposit_id) == Deposit.id)
        .where(col(Result.cycle_id) == mine, Result.version == last)
    )
