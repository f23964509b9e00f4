"""Mails that go out at once and are no notices: what one is made of, and the test mail to a contact."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.by_hand import check_startable
from bloc.actions.notices import Post
from bloc.db import Work
from bloc.enums import Act
from bloc.errors import NotFound, TooOften
from bloc.language import say
from models import AuditEntry, Cycle
from notifications import messages
from notifications.messages import Draft

WINDOW = timedelta(minutes=15)  # in which test mails are counted
MOST = 5  # test mails of a year in WINDOW


@dataclass(frozen=True)
class Parcel:
    """What is to be mailed at once, to whom, and in which language."""

    mail_id: uuid.UUID
    draft: Draft
    name: str
    address: str
    language: str


def try_address(work: Work, cycle: Cycle, address: str, now: datetime) -> Parcel:
    """Return a test mail to a contact of the year, also to one that takes no mail; that it is sent stands on record.

    Raises:
        NotFound: nobody of this year has that address.
        NotAllowed: the year is replayed.
        TooOften: there were ``MOST`` within ``WINDOW``.
    """
    check_startable(cycle)
    cycle = queries.locked(work.session, cycle.id)
    contact = next((each for each in queries.plan_of(cycle).contacts if each.email == address), None)
    if contact is None:
        raise NotFound(say("Nobody of this year has that address."))
    if _tried(work.session, cycle, now) >= MOST:
        raise TooOften(minutes=round(WINDOW / timedelta(minutes=1)))
    record(work, cycle, Act.NOTICE, contact.unit, now=now, after={"trial": True})
    unit = queries.unit_by_code(work.session, cycle, contact.unit)
    draft = messages.trial(about=Post(work, cycle, now).about_cycle(unit))
    return Parcel(uuid.uuid4(), draft, contact.name, contact.email, contact.language)


def _tried(session: Session, cycle: Cycle, now: datetime) -> int:
    mine = select(AuditEntry.after).where(AuditEntry.cycle_id == cycle.id, AuditEntry.act == Act.NOTICE)
    return sum("trial" in (after or {}) for after in session.exec(mine.where(col(AuditEntry.at) > now - WINDOW)))
