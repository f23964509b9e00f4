"""How a year's scoring stands: the sheets that count, their deadlines, the newest ranking; two queries."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam
from sqlmodel import Session, col, select

from bloc import queries
from bloc.enums import ActivityKind, DepositState, ObligationState
from bloc.plan import Plan
from bloc.rules.completeness import Arrivals, arrivals, may_close
from bloc.rules.digest import digest_of
from models import Activity, CountedSheet, Cycle, Deposit, Obligation, PlanVersion, Result, Unit


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
        return digest_of([self.plan.scored(), sorted(map(str, self.sheets.values()))])

    @property
    def withdrawn(self) -> bool:
        """Whether the newest version was made by a closing that has been taken back."""
        return self.newest is not None and self.newest.withdrawn_at is not None

    @property
    def is_made(self) -> bool:
        """Whether the newest version of the ranking rests on just these."""
        return self._counts_alike and not self.withdrawn and self.rests_on == frozenset(self.sheets.values())

    @property
    def holds(self) -> bool:
        """Whether the newest version rests on nothing that has been given back or agreed on otherwise since."""
        return self._counts_alike and not self.withdrawn and self.stands

    @property
    def _counts_alike(self) -> bool:
        """Whether the newest version was counted as the plan would have it counted now."""
        return self.its_plan is self.plan or (self.its_plan is not None and self.its_plan.scored() == self.plan.scored())


def scoring_of(session: Session, cycle: Cycle) -> Scoring:
    """Return how a year's scoring stands now."""
    plan, sheets, dues = queries.plan_of(cycle), {}, {}
    newest, text = session.execute(_newest_version(), {"cycle": cycle.id}).one_or_none() or (None, "")
    counted = {}
    for unit, due, asked, deposit, state, is_counted in _asked(session, cycle, newest):
        if asked is not ObligationState.WAIVED:
            dues[unit] = due
        if state is DepositState.ACCEPTED:
            sheets[unit] = deposit
        if is_counted:
            counted[deposit] = state
    if newest is None:
        return Scoring(plan, sheets, dues)
    its_plan = plan if newest.plan_version == cycle.plan_version else queries.plan_from(text)
    return Scoring(plan, sheets, dues, newest, its_plan, frozenset(counted), DepositState.RETURNED not in counted.values())


def _asked(session: Session, cycle: Cycle, newest: Result | None) -> Sequence[Row[Any]]:
    """Return what is asked of each unit, as often as it has sent a sheet, and whether ``newest`` counts it; the latest last."""
    return session.execute(_asked_for(), {"cycle": cycle.id, "newest": newest and newest.id}).all()


@cache  # these are made once: to put one together takes as long as to have it answered
def _asked_for() -> Any:
    counted = (col(CountedSheet.deposit_id) == Deposit.id) & (col(CountedSheet.result_id) == bindparam("newest"))
    return (
        select(Unit.code, Obligation.due_at, Obligation.state, Deposit.id, Deposit.state, CountedSheet.result_id)  # type: ignore[call-overload]
        .select_from(Obligation)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .outerjoin(Deposit, col(Deposit.obligation_id) == Obligation.id)
        .outerjoin(CountedSheet, counted)
        .where(queries.mine(Activity), Activity.kind == ActivityKind.SCORE_SHEETS)
        .order_by(col(Deposit.version))
    )


@cache
def _newest_version() -> Any:
    """Return the query for the newest version of the ranking, with the plan that it rests on."""
    mine = select(Result, PlanVersion.plan).join(PlanVersion, queries.its_plan()).where(queries.mine(Result))
    return mine.order_by(col(Result.version).desc()).limit(1)
