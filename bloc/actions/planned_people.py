"""A plan's units and people, brought in step with the file: memberships, roles, addresses."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeVar

from sqlmodel import Session, SQLModel, col, select

from bloc import queries
from bloc.actions.notices import STAND_INS
from bloc.actions.people import contact_at
from bloc.actions.planned_work import release
from bloc.actions.undeliverable import forget_what_was_played
from bloc.clock import local_day
from bloc.enums import ContactRole, CycleMode, MemberRole
from bloc.language import Message, say, short_day
from bloc.plan import Contact as Planned
from bloc.plan import Plan
from models import Contact, Cycle, Membership, Obligation, Role, Unit
from notifications import ledger

Row = TypeVar("Row", bound=SQLModel)
ROLES = {MemberRole.LEADER: say("leader"), MemberRole.DEPUTY: say("deputy"), MemberRole.MEMBER: say("member")}
CONTACTS = {
    ContactRole.CONTACT: say("contact"),
    ContactRole.DEPUTY_CONTACT: say("deputy contact"),
    ContactRole.HEAD: say("head"),
    ContactRole.SECRETARY: say("secretary"),
}


def bring_in_step(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> list[Message]:
    """Make members, roles and addresses those of ``plan``; return the changes in words."""
    changes = [*_members(session, cycle, plan, now), *_people(session, cycle, plan)]
    return [*changes, *_without_address(session, cycle, local_day(now))] if changes else []


def added(session: Session, row: Row) -> Row:
    """Return ``row``, in the session and in the database."""
    session.add(row)
    session.flush()
    return row


def _members(session: Session, cycle: Cycle, plan: Plan, now: datetime) -> Iterator[Message]:
    units = queries.units_by_code(session, cycle)
    had = {row.unit_id: row for row in session.exec(select(Membership).where(Membership.cycle_id == cycle.id))}
    for position, planned in enumerate(plan.units):
        unit = units.get(planned.code) or added(session, Unit(bloc_id=cycle.bloc_id, code=planned.code, name=planned.name))
        if unit.name != planned.name:
            yield say("{old} is now called {new}.", old=unit.name, new=planned.name)
            unit.name = planned.name
        membership = had.pop(unit.id, None)
        if membership is None or membership.until is not None:
            yield say("Member: {unit}.", unit=planned.name)
            fresh = Membership(cycle_id=cycle.id, unit_id=unit.id, role=planned.role, position=position, since=now)
            membership = membership or fresh
            membership.role, membership.since, membership.until = planned.role, now, None
        if membership.role is not planned.role:
            old, new = ROLES[membership.role], ROLES[planned.role]
            yield say("{unit} changes its role from {old} to {new}.", unit=unit.name, old=old, new=new)
        membership.role, membership.position = planned.role, position
        session.add(membership)
    yield from _leave(session, [row for row in had.values() if row.until is None], now)
    session.flush()


def _leave(session: Session, gone: list[Membership], now: datetime) -> Iterator[Message]:
    for membership in gone:
        unit = session.get_one(Unit, membership.unit_id)
        yield say("{unit} is no member any more.", unit=unit.name)
        owed = select(Obligation).where(Obligation.cycle_id == membership.cycle_id, Obligation.unit_id == unit.id)
        for obligation in session.exec(owed):
            release(obligation)
        membership.until = now


def _people(session: Session, cycle: Cycle, plan: Plan) -> Iterator[Message]:
    units = {unit.code: unit for unit in queries.members(session, cycle.id)}
    had = {(row.unit_id, row.contact_id, row.role): row for row in session.exec(select(Role).where(Role.cycle_id == cycle.id))}
    addresses = sorted({planned.email for planned in plan.contacts})  # in one order: two plans that share some wait in turn
    people = {address: contact_at(session, address) for address in addresses}
    for planned in plan.contacts:
        person, unit = people[planned.email], units[planned.unit]
        role = had.pop((unit.id, person.id, planned.role), None)
        if role is None:
            if cycle.mode is CycleMode.LIVE:
                forget_what_was_played(session, person)
            role = Role(cycle_id=cycle.id, unit_id=unit.id, contact_id=person.id, role=planned.role, name=planned.name)
            yield say(
                "{address} is written to for {unit} ({role}).",
                address=person.email,
                unit=unit.name,
                role=CONTACTS[planned.role],
            )
        if (role.since, role.until) != (planned.since, planned.until):
            yield from _term(planned, unit)
        role.name, role.language, role.since, role.until = planned.name, planned.language, planned.since, planned.until
        session.add(role)
    yield from _serve_no_more(session, list(had.values()))


def _term(planned: Planned, unit: Unit) -> Iterator[Message]:
    """Say from which day to which somebody serves; without either: all the year."""
    whose = {"name": planned.name, "unit": unit.name}
    if planned.since:
        yield say("{name} of {unit} begins on {day}.", **whose, day=short_day(planned.since))
    if planned.until:
        yield say("{name} of {unit} serves to the end of {day}.", **whose, day=short_day(planned.until))
    if not planned.since and not planned.until:
        yield say("{name} of {unit} serves all the year.", **whose)


def _serve_no_more(session: Session, gone: list[Role]) -> Iterator[Message]:
    for role in gone:
        person = session.get_one(Contact, role.contact_id)
        unit = session.get_one(Unit, role.unit_id)
        yield say(
            "{address} is written to no more for {unit} ({role}).",
            address=person.email,
            unit=unit.name,
            role=CONTACTS[role.role],
        )
        session.delete(role)
    session.flush()
    for role in gone:
        serves = select(Role.id).where(Role.cycle_id == role.cycle_id, Role.unit_id == role.unit_id)
        if session.exec(serves.where(col(Role.contact_id) == role.contact_id)).first() is None:
            ledger.lapse_for(session, cycle_id=role.cycle_id, unit_id=role.unit_id, contact_id=role.contact_id)


def _without_address(session: Session, cycle: Cycle, day: date) -> Iterator[Message]:
    book = queries.contacts(session, cycle.id, day)
    for unit in queries.members(session, cycle.id):
        own = [role for role in STAND_INS if (unit.id, role) in book]
        if not own:
            yield say("Beware: {unit} has no contact; its mail falls to the secretary.", unit=unit.name)
        elif own[0] is not ContactRole.CONTACT:
            yield say("Beware: {unit} has no contact; its mail falls to its {role}.", unit=unit.name, role=CONTACTS[own[0]])
