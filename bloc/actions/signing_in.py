"""Signing in by mail: a wish, its link and code, and what spends it. Times here are the wall clock's."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select

from bloc.actions.direct_mail import Parcel
from bloc.actions.sessions import Browser, begin, end
from bloc.clock import local_day
from bloc.db import Work, one_at_a_time
from bloc.enums import MemberRole
from bloc.errors import TooOften
from bloc.queries import now_of, serves
from bloc.seal import same, sealed
from bloc.settings import Settings
from models import Bloc, CityViewer, Contact, Cycle, Membership, Role, SignIn, Unit
from notifications import messages
from notifications.messages import About

LIFE = timedelta(minutes=15)  # of a link and a code
TRIES = 5  # codes that may be tried for one wish: with MOST_BY_ADDRESS, 25 of a million in WINDOW
WINDOW = timedelta(minutes=15)  # in which wishes are counted
MOST_BY_ADDRESS = 5
MOST_BY_CLIENT = 40  # a whole office may come from one address of the network
DIGITS = 6


@dataclass(frozen=True)
class Asked:
    """A wish that was kept, and its two secrets, which are kept nowhere."""

    wish: uuid.UUID
    token: str
    code: str


def ask(work: Work, key: bytes, address: str, browser: Browser, then: str, now: datetime) -> Asked:
    """Keep a wish to sign in as ``address``, whoever has it; ``then`` is the page that is shown afterwards.

    Raises:
        TooOften: too many wishes for that address, or from that client, within ``WINDOW``; whether anybody has the address
            makes no difference.
    """
    address = address.strip().lower()
    named = sealed(key, "address", address)
    one_at_a_time(work.session, f"sign-in/{named}", f"sign-in/{browser.client}")
    _count(work.session, col(SignIn.address) == named, MOST_BY_ADDRESS, now)
    _count(work.session, col(SignIn.client) == browser.client, MOST_BY_CLIENT, now)
    asked = Asked(uuid.uuid4(), secrets.token_urlsafe(24), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")
    contact = work.session.exec(select(Contact.id).where(func.lower(Contact.email) == address)).first()
    wish = SignIn(
        id=asked.wish, contact_id=contact, address=named, client=browser.client, then=then,
        token=sealed(key, "link", asked.token), code=sealed(key, f"code/{asked.wish}", asked.code),
        asked_at=now, expires_at=now + LIFE,
    )  # fmt: skip
    work.session.add(wish)
    work.session.flush()
    return asked


def _count(session: Session, whose: ColumnElement[bool], most: int, now: datetime) -> None:
    asked = select(func.count()).select_from(SignIn).where(whose, col(SignIn.asked_at) > now - WINDOW)
    if session.exec(asked).one() >= most:
        raise TooOften(minutes=round(WINDOW / timedelta(minutes=1)))


def parcel_of(session: Session, settings: Settings, asked: Asked) -> Parcel | None:
    """Return the mail with the link and the code of a wish; None if nobody who may sign in has its address."""
    wish = session.get_one(SignIn, asked.wish)
    contact = session.get(Contact, wish.contact_id) if wish.contact_id else None
    addressed = _addressed(session, settings, contact, wish.asked_at) if contact else None
    if contact is None or addressed is None:
        return None
    about, name, language = addressed
    link = f"{settings.portal}/sign-in/link/{asked.token}"
    draft = messages.sign_in(about=about, link=link, code=asked.code, minutes=round(LIFE / timedelta(minutes=1)))
    return Parcel(wish.id, draft, name, contact.email, language)


def _addressed(session: Session, settings: Settings, contact: Contact, now: datetime) -> tuple[About, str, str] | None:
    """Return of which bloc a mail to ``contact`` speaks (the newest year's), and what they are called in which language."""
    leads = (col(Membership.cycle_id) == Cycle.id) & (col(Membership.role) == MemberRole.LEADER)
    newest = (
        select(Cycle, Role, Cycle.year, Bloc.name, Unit.name)  # type: ignore[call-overload]
        .join(Cycle, col(Role.cycle_id) == Cycle.id)
        .join(Bloc, col(Cycle.bloc_id) == Bloc.id)
        .join(Membership, leads)
        .join(Unit, col(Membership.unit_id) == Unit.id)
        .where(Role.contact_id == contact.id)
        .order_by(col(Cycle.year).desc())
    )
    rows = session.exec(newest).all()
    found = next((row[1:] for row in rows if serves(row[1], local_day(now_of(row[0], now)))), None)
    if found is not None:
        role, year, bloc, leader = found
        return About(bloc_name=bloc, year=year, unit=leader, sender=leader), role.name, role.language
    looks_on = select(CityViewer).where(CityViewer.contact_id == contact.id, col(CityViewer.ended_at).is_(None))
    viewer = session.exec(looks_on).first()
    if viewer is not None:
        return About(bloc_name="Bloc", year=0, unit="Bloc", sender="Bloc"), viewer.name, viewer.language
    if contact.email != settings.operator:
        return None
    return About(bloc_name="Bloc", year=0, unit="Bloc", sender="Bloc"), contact.email, settings.language


def spend_code(work: Work, key: bytes, wish_id: uuid.UUID, code: str, browser: Browser, now: datetime) -> str | None:
    """Sign in who asked with ``wish_id`` and types ``code``; return the new session's token, None if that is not the code.

    A try is counted before the code is looked at: so of those that come at once no more are looked at than may be.
    """
    mine = (col(SignIn.id) == wish_id, col(SignIn.tries) < TRIES, *_alive(now))
    tried = work.session.execute(update(SignIn).where(*mine).values(tries=SignIn.tries + 1))
    wish = work.session.get(SignIn, wish_id)
    if not tried.rowcount or wish is None or not same(wish.code, sealed(key, f"code/{wish_id}", code)):  # type: ignore[attr-defined]
        return None
    return _spend(work, key, wish, browser, now)


def spend_link(work: Work, key: bytes, token: str, browser: Browser, now: datetime) -> tuple[str, str] | None:
    """Sign in who has the link's ``token``; return the new session's token and the page to show, or None if it is no good."""
    wish = wish_of(work.session, key, token, now)
    begun = _spend(work, key, wish, browser, now) if wish else None
    return (begun, wish.then) if wish and begun else None


def sign_out_everywhere(work: Work, contact_id: uuid.UUID, now: datetime) -> int:
    """End all of a person's sessions, and let no link or code that was mailed begin another; return how many were open."""
    unspent = update(SignIn).where(col(SignIn.contact_id) == contact_id, *_alive(now))
    work.session.execute(unspent.values(spent_at=now))
    return end(work, contact_id, now)


def wish_of(session: Session, key: bytes, token: str, now: datetime) -> SignIn | None:
    """Return the wish that the link's ``token`` belongs to, if it is still good."""
    return session.exec(select(SignIn).where(SignIn.token == sealed(key, "link", token), *_alive(now))).first()


def _spend(work: Work, key: bytes, wish: SignIn, browser: Browser, now: datetime) -> str | None:
    spent = update(SignIn).where(col(SignIn.id) == wish.id, *_alive(now)).values(spent_at=now)
    if not work.session.execute(spent).rowcount or wish.contact_id is None:  # type: ignore[attr-defined]
        return None
    return begin(work, key, wish.contact_id, browser, now)


def _alive(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(SignIn.spent_at).is_(None), col(SignIn.expires_at) > now
