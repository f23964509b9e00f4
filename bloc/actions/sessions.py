"""Browsers that somebody is signed in with: begun, seen again, ended. Times here are the wall clock's."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from bloc.db import Work
from bloc.enums import CycleMode
from bloc.errors import NotFound
from bloc.language import say
from bloc.seal import sealed
from models import CityViewer, Contact, Cycle, Role, SignedIn

LIFE = timedelta(days=14)  # of a session, since it was begun
SEEN_EVERY = timedelta(minutes=10)  # a session's ``seen_at`` is no more exact than that
NAME_LENGTH = 200  # signs of a browser's name that are kept


@dataclass(frozen=True)
class Browser:
    """Where a wish or a session comes from: the address of the network, and what the browser calls itself."""

    client: str
    name: str = ""


def begin(work: Work, key: bytes, contact_id: uuid.UUID, browser: Browser, now: datetime, *, demo: bool = False) -> str:
    """Sign a person in; return the session's token, which the browser keeps and the row does not."""
    token = secrets.token_urlsafe(32)
    row = SignedIn(
        contact_id=contact_id, token=sealed(key, "session", token), client=browser.client,
        browser=browser.name[:NAME_LENGTH], begun_at=now, seen_at=now, expires_at=now + LIFE, demo=demo,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    return token


def begin_demo(work: Work, key: bytes, contact_id: uuid.UUID, browser: Browser, now: datetime) -> str:
    """Sign in a person of a replayed year without a mail; return the session's token. Only a demonstration asks for it.

    Raises:
        NotFound: there is no such person in a replayed year, or they serve a live one as well.
    """
    modes = select(Cycle.mode).join(Role, col(Role.cycle_id) == Cycle.id).where(Role.contact_id == contact_id).distinct()
    if work.session.exec(modes).all() != [CycleMode.REPLAY]:
        raise NotFound(say("There is no such person in a replayed year."))
    return begin(work, key, contact_id, browser, now, demo=True)


def session_of(session: Session, key: bytes, token: str, now: datetime) -> tuple[SignedIn, Contact, CityViewer | None] | None:
    """Return the session of a browser's ``token``, whose it is, and as whom they look on for the city; None if it has ended."""
    found = session.execute(_open_session(), {"sealed": sealed(key, "session", token), "now": now}).first()
    return (found[0], found[1], found[2]) if found else None


@cache  # every page asks for it: to put the query together takes as long as to have it answered
def _open_session() -> Any:
    mine = select(SignedIn, Contact, CityViewer).join(Contact, col(SignedIn.contact_id) == Contact.id)
    looks_on = (col(CityViewer.contact_id) == Contact.id) & col(CityViewer.ended_at).is_(None)
    mine = mine.join(CityViewer, looks_on, isouter=True)
    mine = mine.where(col(SignedIn.token) == bindparam("sealed"), col(SignedIn.ended_at).is_(None))
    return mine.where(col(SignedIn.expires_at) > bindparam("now"))


def language_of(session: Session, key: bytes, token: str, now: datetime) -> str | None:
    """Return the language that a session's person is written to in, by the newest of their years; None if in none."""
    found = session_of(session, key, token, now)
    mine = select(Role.language).join(Cycle, col(Role.cycle_id) == Cycle.id).order_by(col(Cycle.year).desc())
    if found is None:
        return None
    _, contact, viewer = found
    return session.exec(mine.where(Role.contact_id == contact.id)).first() or (viewer.language if viewer else None)


def see(work: Work, session_id: uuid.UUID, client: str, now: datetime) -> None:
    """Note that a session was used, and from where."""
    seen = update(SignedIn).where(col(SignedIn.id) == session_id, col(SignedIn.seen_at) < now)
    work.session.execute(seen.values(seen_at=now, client=client))


def sessions_of(session: Session, contact_id: uuid.UUID, now: datetime) -> Sequence[SignedIn]:
    """Return the sessions that a person has open, the one used last first."""
    mine = select(SignedIn).where(SignedIn.contact_id == contact_id, col(SignedIn.ended_at).is_(None))
    return session.exec(mine.where(col(SignedIn.expires_at) > now).order_by(col(SignedIn.seen_at).desc())).all()


def end(work: Work, contact_id: uuid.UUID, now: datetime, session_id: uuid.UUID | None = None) -> int:
    """End one of a person's sessions, or all of them; return how many were open."""
    mine = update(SignedIn).where(col(SignedIn.contact_id) == contact_id, col(SignedIn.ended_at).is_(None))
    which = mine if session_id is None else mine.where(col(SignedIn.id) == session_id)
    return work.session.execute(which.values(ended_at=now)).rowcount  # type: ignore[attr-defined, no-any-return]
