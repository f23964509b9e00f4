"""Reads. Every query names its cycle, or says that it is over all of them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from bloc.enums import ActivityKind, ContactRole, CycleMode, DepositState, MemberRole
from bloc.errors import NotFound
from bloc.language import say
from bloc.rules.completeness import Arrivals, arrivals
from models import (
    Activity,
    Contact,
    CountedSheet,
    Criterion,
    Cycle,
    Deposit,
    Membership,
    Obligation,
    PlanVersion,
    Result,
    Role,
    Unit,
)  # fmt: skip

if TYPE_CHECKING:
    from bloc.plan import Plan


@dataclass(frozen=True)
class Owed:
    """An obligation with what it is about and whose it is."""

    obligation: Obligation
    activity: Activity
    unit: Unit


@dataclass(frozen=True)
class Person:
    """Somebody who is written to, called and in the language as one bloc's plan says; ``reachable``: mail arrives there."""

    contact_id: uuid.UUID
    name: str
    email: str
    language: str
    reachable: bool = True


def plan_of(cycle: Cycle) -> "Plan":
    """Return the cycle's frozen copy of its plan."""
    return plan_from(cycle.plan)


def plan_at(session: Session, cycle_id: uuid.UUID, version: int) -> "Plan":
    """Return a cycle's plan as it was in one of its versions."""
    return plan_from(plan_text(session, cycle_id, version))


def plan_text(session: Session, cycle_id: uuid.UUID, version: int) -> str:
    """Return a version of a cycle's plan as it was kept, in JSON."""
    kept = select(PlanVersion.plan).where(PlanVersion.cycle_id == cycle_id, PlanVersion.version == version)
    return session.exec(kept).one()


@lru_cache(maxsize=64)  # a plan never changes once it is read, and a run over a year asks for it at every step
def plan_from(text: str) -> "Plan":
    """Return the plan that was kept so, in JSON."""
    from bloc.plan import Plan  # heavy, and `bloc status` reads no plan

    return Plan.model_validate_json(text)


def now_of(cycle: Cycle, wall: datetime) -> datetime:
    """Return the cycle's now: the wall clock's, or the moment that its replay has reached."""
    return cycle.reached_at if cycle.reached_at is not None else wall


def live_since(session: Session) -> datetime | None:
    """Return when the plan of the first live year was applied; None if no year is live."""
    begun = select(func.min(PlanVersion.applied_at)).join(Cycle, col(PlanVersion.cycle_id) == Cycle.id)
    return session.exec(begun.where(Cycle.mode == CycleMode.LIVE)).one()


def cycles(session: Session) -> Sequence[Cycle]:
    """Return all cycles of all blocs, by key."""
    return session.exec(select(Cycle).order_by(Cycle.key)).all()


def cycle_by_key(session: Session, key: str | None) -> Cycle:
    """Return the cycle called ``key``; without one, the only cycle there is.

    Raises:
        NotFound: there is none of that name, or none at all, or more than one and no name.
    """
    found = [cycle for cycle in cycles(session) if key in (None, cycle.key)]
    if len(found) == 1:
        return found[0]
    if not found and key is None:
        raise NotFound(say("There is no bloc's year yet; apply a plan first: bloc plan apply FILE"))
    if not found:
        raise NotFound(say('There is no bloc\'s year called "{key}"; `bloc status` names them all.', key=key))
    keys = ", ".join(cycle.key for cycle in found)
    raise NotFound(say("There is more than one bloc's year; choose one with --cycle: {keys}", keys=keys))


def locked(session: Session, cycle_id: uuid.UUID) -> Cycle:
    """Return the cycle with its row locked until the transaction ends (on SQLite the transaction itself is the lock).

    It is read anew: what others did to it until they let go of the lock is seen.
    """
    row = select(Cycle).where(Cycle.id == cycle_id).with_for_update()
    return session.exec(row.execution_options(populate_existing=True)).one()


def members(session: Session, cycle_id: uuid.UUID) -> Sequence[Unit]:
    """Return the present member units of a cycle, in the plan's order: N is their number."""
    found = select(Unit).join(Membership).where(Membership.cycle_id == cycle_id, col(Membership.until).is_(None))
    return session.exec(found.order_by(col(Membership.position))).all()


def mine(table: type[Any]) -> ColumnElement[bool]:
    """Return the condition, of a query that is put together once, that a row is of the year given to it as ``cycle``."""
    return col(table.cycle_id) == bindparam("cycle")


def its_plan() -> ColumnElement[bool]:
    """Return the condition on which a query joins the plan that a ranking rests on."""
    return (col(PlanVersion.cycle_id) == Result.cycle_id) & (col(PlanVersion.version) == Result.plan_version)


def is_member(cycle_id: uuid.UUID | BindParameter[Any]) -> ColumnElement[bool]:
    """Return the condition on which a query joins the memberships of its units: present ones of the cycle."""
    mine = col(Membership.unit_id) == Unit.id
    return mine & (col(Membership.cycle_id) == cycle_id) & col(Membership.until).is_(None)


def leading_unit(session: Session, cycle_id: uuid.UUID) -> Unit:
    """Return the unit that leads the bloc this year; its secretary runs the year."""
    return session.exec(_with_role(cycle_id, MemberRole.LEADER)).one()


def deputy_unit(session: Session, cycle_id: uuid.UUID) -> Unit | None:
    """Return the unit that is the bloc's deputy leader this year, if one is."""
    return session.exec(_with_role(cycle_id, MemberRole.DEPUTY)).first()


def _with_role(cycle_id: uuid.UUID, role: MemberRole) -> SelectOfScalar[Unit]:
    return select(Unit).join(Membership, is_member(cycle_id)).where(Membership.role == role)


def units_by_code(session: Session, cycle: Cycle) -> Mapping[str, Unit]:
    """Return all units that the cycle's bloc has or once had, by code."""
    return {unit.code: unit for unit in session.exec(select(Unit).where(Unit.bloc_id == cycle.bloc_id))}


def unit_by_code(session: Session, cycle: Cycle, code: str) -> Unit:
    """Return a member unit.

    Raises:
        NotFound: no member has that code.
    """
    found = {unit.code: unit for unit in members(session, cycle.id)}
    if code not in found:
        known = ", ".join(found)
        raise NotFound(say('There is no unit "{code}" in this bloc; it has: {known}', code=code, known=known))
    return found[code]


def activity_by_code(session: Session, cycle: Cycle, code: str) -> Activity:
    """Return an activity of the cycle's plan.

    Raises:
        NotFound: the plan has none of that code.
    """
    activity = session.exec(select(Activity).where(Activity.cycle_id == cycle.id, Activity.code == code)).first()
    if activity is None:
        codes = select(Activity.code).where(Activity.cycle_id == cycle.id).order_by(col(Activity.position))
        known = ", ".join(session.exec(codes))
        raise NotFound(say('There is no activity "{code}" in this plan; it has: {known}', code=code, known=known))
    return activity


def obligation_for(session: Session, activity: Activity, unit: Unit) -> Obligation | None:
    """Return what ``unit`` owes for ``activity``, or None."""
    return session.exec(select(Obligation).where(Obligation.activity_id == activity.id, Obligation.unit_id == unit.id)).first()


def obligation_of(session: Session, cycle: Cycle, activity_code: str, unit: Unit) -> Owed:
    """Return what ``unit`` owes for the activity of that code.

    Raises:
        NotFound: there is no such activity, or it asks nothing of the unit, or it has not opened yet.
    """
    activity = activity_by_code(session, cycle, activity_code)
    obligation = obligation_for(session, activity, unit)
    if obligation is None:
        raise NotFound(say('"{title}" asks nothing of {unit} now.', title=activity.name, unit=unit.name))
    return Owed(obligation, activity, unit)


def criteria(session: Session, cycle_id: uuid.UUID) -> Sequence[Criterion]:
    """Return the criteria that stand in the cycle's plan."""
    return session.exec(select(Criterion).where(Criterion.cycle_id == cycle_id, col(Criterion.until).is_(None))).all()


def criterion_codes(session: Session, cycle_id: uuid.UUID) -> Mapping[uuid.UUID, str]:
    """Return the codes of a cycle's criteria, former ones too, by id."""
    return dict(session.exec(select(Criterion.id, Criterion.code).where(Criterion.cycle_id == cycle_id)).all())


def owing() -> Any:
    """Return the query for obligations with what they are about and whose they are: a row for each ``Owed``."""
    return (
        select(Obligation, Activity, Unit)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
    )


def owed(session: Session, cycle_id: uuid.UUID) -> list[Owed]:
    """Return all obligations of a cycle, by deadline, activity and the plan's order of units."""
    rows = session.exec(
        owing()
        .join(Membership, is_member(cycle_id))
        .where(Obligation.cycle_id == cycle_id)
        .order_by(col(Obligation.due_at), col(Activity.position), col(Membership.position))
    )
    return [Owed(*row) for row in rows]


def serving(day: date | BindParameter[Any]) -> ColumnElement[bool]:
    """Return the condition that a role is held on ``day``."""
    begun = col(Role.since).is_(None) | (col(Role.since) <= day)
    return begun & (col(Role.until).is_(None) | (col(Role.until) >= day))


def serves(role: Role, day: date) -> bool:
    """Return whether a role is held on ``day``."""
    return (role.since or day) <= day <= (role.until or day)


def contacts(session: Session, cycle_id: uuid.UUID, day: date) -> Mapping[tuple[uuid.UUID, ContactRole], Sequence[Person]]:
    """Return who serves on ``day`` by the plan, by unit and role, those among them whose address takes no mail."""
    reachable = col(Contact.undeliverable_since).is_(None)
    rows = session.execute(
        select(Role.unit_id, Role.role, Contact.id, Role.name, Contact.email, Role.language, reachable)  # type: ignore[call-overload]
        .join(Contact, col(Role.contact_id) == Contact.id)
        .where(col(Role.cycle_id) == cycle_id, serving(day))
        .order_by(Contact.email)
    )
    found: dict[tuple[uuid.UUID, ContactRole], list[Person]] = {}
    for unit_id, role, *person in rows:
        found.setdefault((unit_id, role), []).append(Person(*person))
    return found


def counted_sheets(session: Session, cycle_id: uuid.UUID) -> dict[uuid.UUID, Deposit]:
    """Return the sheets that count, by the id of the unit that sent them: the latest accepted version of each."""
    return {row.unit_id: row.Deposit for row in session.execute(_counted(), {"cycle": cycle_id})}


@cache  # put together once: that takes as long as to have it answered
def _counted() -> Select[Any]:
    return (
        sql_select(col(Obligation.unit_id), Deposit)
        .join(Deposit, col(Deposit.obligation_id) == Obligation.id)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .where(mine(Activity), col(Activity.kind) == ActivityKind.SCORE_SHEETS)
        .where(col(Deposit.state) == DepositState.ACCEPTED)
        .order_by(col(Deposit.version))
    )


def sheet_arrivals(session: Session, cycle_id: uuid.UUID) -> Arrivals:
    """Return whose sheets are in and whose are not, by unit code."""
    units, sheets = members(session, cycle_id), counted_sheets(session, cycle_id)
    return arrivals([unit.code for unit in units], {unit.code for unit in units if unit.id in sheets})


def places_of(session: Session, cycle_id: uuid.UUID) -> Mapping[uuid.UUID, int]:
    """Return the place of each member unit in the plan's order, by its id."""
    return {unit.id: place for place, unit in enumerate(members(session, cycle_id))}


def last_deposit(session: Session, obligation: Obligation) -> Deposit | None:
    """Return the newest version of what was sent for an obligation, whatever became of it."""
    versions = select(Deposit).where(Deposit.obligation_id == obligation.id).order_by(col(Deposit.version).desc())
    return session.exec(versions).first()


def latest_result(session: Session, cycle_id: uuid.UUID) -> Result | None:
    """Return the newest version of the ranking, or None."""
    return session.exec(select(Result).where(Result.cycle_id == cycle_id).order_by(col(Result.version).desc())).first()


def published_result(session: Session, cycle_id: uuid.UUID) -> Result | None:
    """Return the newest version of the ranking that is published, or None."""
    published = select(Result).where(Result.cycle_id == cycle_id, col(Result.published_at).is_not(None))
    return session.exec(published.order_by(col(Result.version).desc())).first()


def still_stands(session: Session, result: Result) -> bool:
    """Return whether none of the sheets that a result counted has been given back since."""
    counted = select(Deposit.id).join(CountedSheet, col(CountedSheet.deposit_id) == Deposit.id)
    given_back = counted.where(CountedSheet.result_id == result.id, Deposit.state == DepositState.RETURNED)
    return session.exec(given_back.limit(1)).first() is None
