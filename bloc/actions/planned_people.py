"""A plan's units and people, brought in step with the file: memberships, roles, addresses."""

import uuid
from collections.abc import Iterator
from typing import TypeVar

from sqlmodel import Session, SQLModel, select

from bloc import plan as schema
from bloc import queries
from bloc.actions.planned_work import waive
from bloc.enums import ContactRole, MemberRole
from bloc.language import Message, say
from bloc.plan import Plan
from models import Contact, Cycle, Membership, Obligation, Role, Unit

Row = TypeVar("Row", bound=SQLModel)
ROLES = {MemberRole.LEADER: say("leader"), MemberRole.DEPUTY: say("deputy"), MemberRole.MEMBER: say("member")}
CONTACTS = {
    ContactRole.CONTACT: say("contact"),
    ContactRole.DEPUTY_CONTACT: say("deputy contact"),
    ContactRole.HEAD: say("head"),
    ContactRole.SECRETARY: say("secretary"),
}


def bring_in_step(session: Session, cycle: Cycle, plan: Plan) -> list[Message]:
    """Make members, roles and addresses those of ``plan``; return the changes in words."""
    changes = [*_members(session, cycle, plan), *_people(session, cycle, plan)]
    return [*changes, *_without_address(session, cycle)] if changes else []


def added(session: Session, row: Row) -> Row:
    """Return ``row``, in the session and in the database."""
    session.add(row)
    session.flush()
    return row


def _members(session: Session, cycle: Cycle, plan: Plan) -> Iterator[Message]:
    units = {unit.code: unit for unit in session.exec(select(Unit).where(Unit.bloc_id == cycle.bloc_id))}
    had = {row.unit_id: row for row in session.exec(select(Membership).where(Membership.cycle_id == cycle.id))}
    for position, planned in enumerate(plan.units):
        unit = units.get(planned.code) or added(session, Unit(bloc_id=cycle.bloc_id, code=planned.code, name=planned.name))
        if unit.name != planned.name:
            yield say("{old} is now called {new}.", old=unit.name, new=planned.name)
            unit.name = planned.name
        membership = had.pop(unit.id, None)
        if membership is None:
            yield say("Member: {unit}.", unit=planned.name)
            membership = Membership(cycle_id=cycle.id, unit_id=unit.id, role=planned.role, position=position)
        if membership.role is not planned.role:
            old, new = ROLES[membership.role], ROLES[planned.role]
            yield say("{unit} changes its role from {old} to {new}.", unit=unit.name, old=old, new=new)
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
            waive(obligation)
        session.delete(membership)


def _people(session: Session, cycle: Cycle, plan: Plan) -> Iterator[Message]:
    units = {unit.code: unit for unit in queries.members(session, cycle.id)}
    had = {(row.unit_id, row.contact_id, row.role): row for row in session.exec(select(Role).where(Role.cycle_id == cycle.id))}
    for planned in plan.contacts:
        person, unit = _person(session, planned), units[planned.unit]
        if had.pop((unit.id, person.id, planned.role), None) is None:
            session.add(Role(cycle_id=cycle.id, unit_id=unit.id, contact_id=person.id, role=planned.role))
            yield say(
                "{address} is written to for {unit} ({role}).",
                address=person.email,
                unit=unit.name,
                role=CONTACTS[planned.role],
            )
    for role in had.values():
        person = session.get_one(Contact, role.contact_id)
        yield say("{address} is written to no more ({role}).", address=person.email, role=CONTACTS[role.role])
        session.delete(role)
    session.flush()


def _person(session: Session, planned: schema.Contact) -> Contact:
    person = session.exec(select(Contact).where(Contact.email == planned.email)).first()
    person = person or Contact(email=planned.email, name=planned.name)
    person.name, person.language = planned.name, planned.language
    return added(session, person)


def _without_address(session: Session, cycle: Cycle) -> Iterator[Message]:
    book = queries.contacts(session, cycle.id)
    for unit in queries.members(session, cycle.id):
        if (unit.id, ContactRole.CONTACT) not in book:
            yield say("Beware: {unit} has no contact; its mail falls to the secretary.", unit=unit.name)
