"""Who is and was written to for the units of a year, since when and until when, as the versions of its plan tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.clock import local_day
from bloc.db import add_once
from bloc.plan import Contact as Planned
from models import Contact, Cycle, PlanVersion


@dataclass(frozen=True)
class Term:
    """A contact's time in office by the plan; ``until`` None: now. ``away``: why its address takes no mail, None if it does."""

    contact: Planned
    since: datetime
    until: datetime | None = None
    away: str | None = None

    def days(self) -> tuple[date, date | None]:
        """Return the first and the last day in office: those that the plan names, or on which its versions came."""
        return self.contact.since or local_day(self.since), self.contact.until or (
            local_day(self.until) if self.until else None
        )

    def is_over(self, today: date) -> bool:
        """Return whether they have left the office by ``today``."""
        return self.until is not None or (self.contact.until or today) < today


def terms(session: Session, cycle: Cycle) -> Sequence[Term]:
    """Return who is written to and who was, those of now first, in the plan's order."""
    versions = session.exec(
        select(PlanVersion.version, PlanVersion.applied_at)
        .where(PlanVersion.cycle_id == cycle.id)
        .order_by(col(PlanVersion.version))
    )
    began: dict[tuple[str, str, str], tuple[Planned, datetime]] = {}
    over: list[Term] = []
    for version, applied_at in versions.all():
        listed = {(one.unit, one.role.value, one.email): one for one in queries.plan_at(session, cycle.id, version).contacts}
        over += [Term(*began.pop(seat), applied_at) for seat in list(began) if seat not in listed]
        began = {seat: (one, began[seat][1] if seat in began else applied_at) for seat, one in listed.items()}
    away = _away(session)
    return [*(Term(one, since, None, away.get(one.email)) for one, since in began.values()), *over]


def contact_at(session: Session, address: str, *, lock: bool = False) -> Contact:
    """Return who has an address; one that is new is taken down, once even if two come with it at a time."""
    known = select(Contact).where(Contact.email == address)
    if lock:
        known = known.with_for_update()
    if session.exec(known).first() is None:
        add_once(session, Contact(email=address))
    return session.exec(known).one()


def _away(session: Session) -> dict[str, str]:
    marked = select(Contact.email, Contact.undeliverable_because).where(col(Contact.undeliverable_since).is_not(None))
    return {email: because or "-" for email, because in session.exec(marked)}
