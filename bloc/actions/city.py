"""Who may look on for the city: a role of its own, beside all blocs, which sees how they stand and what they have published."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bloc.actions.people import contact_at
from bloc.db import Work
from bloc.errors import NotFound
from bloc.language import say
from models import CityViewer, Contact


def grant(work: Work, email: str, name: str, language: str, now: datetime) -> CityViewer:
    """Let ``email`` look on, called ``name`` (an office); whoever may already stays so, under that name and language."""
    contact = contact_at(work.session, email, lock=True)
    viewer = _open(work.session, email)
    if viewer is None:
        viewer = CityViewer(contact_id=contact.id, name=name, granted_at=now, granted_by=work.by)
    viewer.name, viewer.language = name, language
    work.session.add(viewer)
    work.session.flush()
    return viewer


def revoke(work: Work, email: str, now: datetime) -> CityViewer:
    """Let ``email`` look on no more, from the next page on; that they could stays on record.

    Raises:
        NotFound: they may not.
    """
    viewer = _open(work.session, email)
    if viewer is None:
        raise NotFound(say("{address} does not look on for the city.", address=email))
    viewer.ended_at, viewer.ended_by = now, work.by
    work.session.add(viewer)
    work.session.flush()
    return viewer


def viewers(session: Session) -> Sequence[tuple[CityViewer, str]]:
    """Return who looks on and who did, the oldest first, each with their address."""
    listed = select(CityViewer, Contact.email).join(Contact, col(CityViewer.contact_id) == Contact.id)
    return session.exec(listed.order_by(col(CityViewer.granted_at), Contact.email)).all()


def _open(session: Session, email: str) -> CityViewer | None:
    mine = select(CityViewer).join(Contact, col(CityViewer.contact_id) == Contact.id)
    return session.exec(mine.where(Contact.email == email, col(CityViewer.ended_at).is_(None))).first()
