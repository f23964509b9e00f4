"""A plan is a file, a cycle its frozen copy: applying one shows what it changes, and changes only that."""

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, SQLModel, col, select

from bloc import plan as schema
from bloc import queries
from bloc.actions.reminders import set_next_step, steps_of
from bloc.actions.results import digest_of
from bloc.clock import at
from bloc.db import Work
from bloc.enums import ActivityState, ContactRole, CycleMode, ObligationState
from bloc.errors import NotAllowed
from bloc.language import Message, say, short_day
from bloc.plan import Plan
from bloc.rules.deadlines import due_at
from models import Activity, Bloc, Contact, Criterion, Cycle, Membership, Obligation, Role, Unit


def apply_plan(work: Work, plan: Plan, now: datetime, mode: CycleMode = CycleMode.LIVE) -> list[Message]:
    """Bring the cycle in step with ``plan`` and return the changes in words; applied twice, there are none.

    Args:
        mode: for a new cycle: follow the wall clock, or be replayed from ``now`` on.

    Raises:
        NotAllowed: it changes what the units have signed (members, policies, covenant, criteria).

    Source: plan, section II; the covenant's signing freezes what was agreed.
    """
    bloc = _bloc(work.session, plan)
    cycle = work.session.exec(select(Cycle).where(Cycle.bloc_id == bloc.id, Cycle.year == plan.year)).first()
    digest = digest_of(plan.model_dump(mode="json"))
    if cycle is not None and cycle.plan_hash == digest:
        return []
    if cycle is None:
        cycle, changes = _new_cycle(work.session, bloc, plan, digest, now, mode), [say("The year {key} begins.", key=plan.key)]
    else:
        _refuse_if_frozen(work.session, cycle, plan)
        cycle.plan_version, changes = cycle.plan_version + 1, []
    cycle.plan, cycle.plan_hash = plan.model_dump_json(), digest
    changes += [change for step in STEPS for change in step(work.session, cycle, plan, queries.now_of(cycle, now))]
    return changes


def _bloc(session: Session, plan: Plan) -> Bloc:
    bloc = session.exec(select(Bloc).where(Bloc.code == plan.bloc.code)).first() or Bloc(code=plan.bloc.code, name="")
    bloc.name = plan.bloc.name
    return _added(session, bloc)


def _new_cycle(session: Session, bloc: Bloc, plan: Plan, digest: str, now: datetime, mode: CycleMode) -> Cycle:
    reached = now if mode is CycleMode.REPLAY else None
    cycle = Cycle(bloc_id=bloc.id, key=plan.key, year=plan.year, mode=mode, reached_at=reached, plan="", plan_hash=digest)
    return _added(session, cycle)


def _added(session: Session, row: SQLModel):  # type: ignore[no-untyped-def]
    session.add(row)
    session.flush()
    return row


def _refuse_if_frozen(session: Session, cycle: Cycle, plan: Plan) -> None:
    former, new = queries.plan_of(cycle).agreed(), plan.agreed()
    changed = ", ".join(part for part in new if new[part] != former[part])
    if changed and cycle.frozen_at:
        raise NotAllowed(say("The covenant is signed: what the units agreed on stays as it is ({parts}).", parts=changed))
    if changed and queries.counted_sheets(session, cycle.id):
        raise NotAllowed(say("Score sheets have arrived: what they rest on stays as it is ({parts}).", parts=changed))


def _members(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> Iterator[Message]:
    units = {unit.code: unit for unit in session.exec(select(Unit).where(Unit.bloc_id == cycle.bloc_id))}
    had = {row.unit_id: row for row in session.exec(select(Membership).where(Membership.cycle_id == cycle.id))}
    for position, planned in enumerate(plan.units):
        unit = units.get(planned.code) or _added(session, Unit(bloc_id=cycle.bloc_id, code=planned.code, name=planned.name))
        if unit.name != planned.name:
            yield say("{old} is now called {new}.", old=unit.name, new=planned.name)
            unit.name = planned.name
        membership = had.pop(unit.id, None)
        if membership is None:
            yield say("Member: {unit}.", unit=planned.name)
            membership = Membership(cycle_id=cycle.id, unit_id=unit.id, role=planned.role, position=position)
        if membership.role is not planned.role:
            yield say("{unit} changes its role from {old} to {new}.", unit=unit.name, old=membership.role, new=planned.role)
        membership.role, membership.position = planned.role, position
        session.add(membership)
    yield from _leave(session, had)
    session.flush()


def _leave(session: Session, gone: dict[uuid.UUID, Membership]) -> Iterator[Message]:
    for unit_id, membership in gone.items():
        unit = session.get_one(Unit, unit_id)
        yield say("{unit} is no member any more.", unit=unit.name)
        owed = select(Obligation).where(Obligation.cycle_id == membership.cycle_id, Obligation.unit_id == unit_id)
        for obligation in session.exec(owed):
            _waive(obligation)
        session.delete(membership)


def _waive(obligation: Obligation) -> None:
    if obligation.state is ObligationState.OPEN:
        obligation.state, obligation.next_step_at = ObligationState.WAIVED, None


def _people(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> Iterator[Message]:
    units = {unit.code: unit for unit in queries.members(session, cycle.id)}
    had = {(row.unit_id, row.contact_id, row.role): row for row in session.exec(select(Role).where(Role.cycle_id == cycle.id))}
    for planned in plan.contacts:
        person, unit = _person(session, planned), units[planned.unit]
        if had.pop((unit.id, person.id, planned.role), None) is None:
            session.add(Role(cycle_id=cycle.id, unit_id=unit.id, contact_id=person.id, role=planned.role))
            yield say("{address} is written to for {unit} ({role}).", address=person.email, unit=unit.name, role=planned.role)
    for role in had.values():
        yield say("{address} is written to no more ({role}).", address=session.get_one(Contact, role.contact_id).email, role=role.role)
        session.delete(role)
    session.flush()
    yield from _without_address(session, cycle, plan)


def _person(session: Session, planned: schema.Contact) -> Contact:
    person = session.exec(select(Contact).where(Contact.email == planned.email)).first()
    person = person or Contact(email=planned.email, name=planned.name)
    person.name, person.language = planned.name, planned.language
    return _added(session, person)  # type: ignore[no-any-return]


def _without_address(session: Session, cycle: Cycle, plan: Plan) -> Iterator[Message]:
    book = queries.contacts(session, cycle.id)
    for unit in queries.members(session, cycle.id):
        if (unit.id, ContactRole.CONTACT) not in book:
            yield say("Beware: {unit} has no contact; its mail falls to the secretary.", unit=unit.name)


def _criteria(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> Iterator[Message]:
    had = {row.code: row for row in session.exec(select(Criterion).where(Criterion.cycle_id == cycle.id))}
    for position, leaf in enumerate(plan.criteria.as_rules()):
        row = had.pop(leaf.code, None)
        wanted = {"title": leaf.title, "minimum": leaf.minimum, "maximum": leaf.maximum, "position": position}
        if row is None:
            yield say("Criterion {code}: {title}.", code=leaf.code, title=leaf.title)
            session.add(Criterion(cycle_id=cycle.id, code=leaf.code, **wanted))
        elif row.model_dump(include=set(wanted)) != wanted:
            yield say("Criterion {code} changes.", code=leaf.code)
            row.sqlmodel_update(wanted)
    for code, row in had.items():
        yield say("Criterion {code} is dropped.", code=code)
        session.delete(row)
    session.flush()


def _activities(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> Iterator[Message]:
    had = {row.code: row for row in session.exec(select(Activity).where(Activity.cycle_id == cycle.id))}
    for position, planned in enumerate(plan.activities):
        row = had.pop(planned.code, None)
        if row is None:
            row = Activity(
                cycle_id=cycle.id, code=planned.code, position=position, kind=planned.kind, stage=planned.carried_by,
                title=planned.title, state=ActivityState.UNDATED,
            )  # fmt: skip
            yield _described(plan, planned)
        elif _dates(row) != _planned_dates(plan, planned):
            yield _moved(plan, planned, row)
        row.position, row.title, row.quarter, row.stage = position, planned.title, planned.quarter, planned.carried_by
        session.add(row)
        _date(session, plan, planned, row, now)
    for row in had.values():
        if row.state is not ActivityState.WITHDRAWN:
            yield say('"{title}" is withdrawn.', title=row.title)
            _withdraw(session, row)
    session.flush()


def _dates(row: Activity) -> tuple[object, ...]:
    return row.opens_at, row.due_at


def _planned_dates(plan: Plan, planned: schema.Activity) -> tuple[datetime | None, datetime | None]:
    last = plan.last_day(planned)
    return (at(plan.opening_day(planned)), due_at(last)) if last else (None, None)


def _described(plan: Plan, planned: schema.Activity) -> Message:
    last = plan.last_day(planned)
    if last is None:
        return say('"{title}": to be dated.', title=planned.title)
    return say('"{title}": through {day}.', title=planned.title, day=short_day(last))


def _moved(plan: Plan, planned: schema.Activity, row: Activity) -> Message:
    last = plan.last_day(planned)
    old = short_day(row.last_day) if row.last_day else say("to be dated")
    new = short_day(last) if last else say("to be dated")
    opens = short_day(plan.opening_day(planned))
    return say('"{title}": the last day is moved from {old} to {new} (opens {opens}).', title=planned.title, old=old, new=new, opens=opens)


def _date(session: Session, plan: Plan, planned: schema.Activity, row: Activity, now: datetime) -> None:
    """Give the row the plan's dates and the state that follows; obligations not extended move along, with their steps."""
    row.last_day, row.phrase = plan.last_day(planned), planned.deadline.phrase if planned.deadline else None
    row.opens_at, row.due_at = _planned_dates(plan, planned)
    row.state = _state(row, now)
    session.flush()
    moving = select(Obligation).where(Obligation.activity_id == row.id, col(Obligation.extended).is_(False))
    for obligation in session.exec(moving):
        if row.due_at is None:
            obligation.next_step_at = None
            continue
        obligation.due_at = row.due_at
        if obligation.state is ObligationState.OPEN:
            set_next_step(obligation, steps_of(plan, row.code, row.due_at))


def _state(row: Activity, now: datetime) -> ActivityState:
    if row.due_at is None:
        return ActivityState.UNDATED
    over, begun = row.due_at <= now, row.state in (ActivityState.OPEN, ActivityState.CLOSED)
    if begun:
        return ActivityState.CLOSED if over else ActivityState.OPEN
    return ActivityState.PAST if over else ActivityState.PLANNED


def _withdraw(session: Session, row: Activity) -> None:
    row.state = ActivityState.WITHDRAWN
    for obligation in session.exec(select(Obligation).where(Obligation.activity_id == row.id)):
        _waive(obligation)


STEPS = (_members, _people, _criteria, _activities)
