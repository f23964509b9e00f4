"""What a request has at hand: the installation, who is there, in which year and unit, and by whose clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm.attributes import instance_state
from sqlmodel import Session

from bloc import queries
from bloc.actions.sessions import Browser
from bloc.db import Database, Work, reading, unit_of_work
from bloc.enums import ContactRole, CycleMode, MemberRole
from bloc.errors import NotFound
from bloc.language import Message, say
from bloc.portal.watch import Watch
from bloc.portal.who import Who
from bloc.queries import Owed
from bloc.settings import Settings
from models import Activity, Attendance, Bloc, Cycle, Deposit, Unit

T = TypeVar("T")


@dataclass(frozen=True)
class Portal:
    """The installation that the pages are of. ``key`` signs; ``wall`` is the clock; ``demo``: it shows a replay."""

    settings: Settings
    base: Database
    key: bytes = field(repr=False)
    wall: Callable[[], datetime]
    demo: bool = False
    watch: Watch = field(default_factory=Watch)

    @property
    def secure(self) -> bool:
        """Whether people open it over https."""
        return self.settings.portal.startswith("https:")


@dataclass(frozen=True)
class Person:
    """Who is signed in, and with which session; ``seen_at``: when that was last noted to be used."""

    contact_id: UUID
    session_id: UUID
    email: str
    demo: bool
    seen_at: datetime
    city: str | None = None  # the office in which they look on for the city


@dataclass(frozen=True)
class Seat:
    """One role of a person: for a unit, in a bloc's year; ``member`` is what the unit is in it, ``name`` their office."""

    bloc: Bloc
    cycle: Cycle
    unit: Unit
    member: MemberRole
    role: ContactRole
    name: str

    @property
    def home(self) -> str:
        """The page that this role begins with."""
        desk = self.role is ContactRole.SECRETARY
        return f"/years/{self.cycle.key}/desk" if desk else f"/years/{self.cycle.key}/units/{self.unit.code}"


@dataclass(frozen=True)
class Place:
    """What a page is about, by the names in its path; each names the year that it belongs to."""

    cycle: Cycle | None = None
    unit: Unit | None = None
    owed: Owed | None = None
    deposit: Deposit | None = None
    attendance: Attendance | None = None
    activity: Activity | None = None


@dataclass(frozen=True)
class Visit:
    """A request that was let in: ``standing`` is all that its person is at this place."""

    portal: Portal
    request: Request
    moment: datetime  # the wall clock's
    person: Person | None
    seats: tuple[Seat, ...]
    place: Place
    standing: frozenset[Who]

    @property
    def cycle(self) -> Cycle:
        """The year that the page is of."""
        return _there(self.place.cycle)

    @property
    def unit(self) -> Unit:
        """The unit that the page is about."""
        return _there(self.place.unit)

    @property
    def owed(self) -> Owed:
        """The obligation that the page is about."""
        return _there(self.place.owed)

    @property
    def deposit(self) -> Deposit:
        """The deposit that the page is about."""
        return _there(self.place.deposit)

    @property
    def attendance(self) -> Attendance:
        """The invitation that the page is about."""
        return _there(self.place.attendance)

    @property
    def activity(self) -> Activity:
        """The conference that the page invites to."""
        return _there(self.place.activity)

    @property
    def signed_in(self) -> Person:
        """Who is signed in, on a page for those who are."""
        return _there(self.person)

    @property
    def now(self) -> datetime:
        """The year's now; of a page of no year, the wall clock's."""
        return queries.now_of(self.place.cycle, self.moment) if self.place.cycle else self.moment

    @property
    def warning(self) -> Message | None:
        """What whoever steers a live year, or the installation, has to know on every page."""
        steers = self.standing & {Who.SECRETARY, Who.OPERATOR}
        if not steers or (self.place.cycle and self.place.cycle.mode is CycleMode.REPLAY):
            return None
        return self.portal.watch.silence(self.portal.base, self.portal.settings, self.moment)

    @cached_property
    def seat(self) -> Seat | None:
        """The role in which the page is seen: of those in its year the one at its unit, else the first.

        On a page of no year it is the role of who has but one.
        """
        if self.place.cycle is None:
            return self.seats[0] if len({seat.home for seat in self.seats}) == 1 else None
        here = [seat for seat in self.seats if seat.cycle.id == self.place.cycle.id]
        mine = [seat for seat in here if self.place.unit and seat.unit.id == self.place.unit.id]
        return next(iter(mine or here), None)

    @cached_property
    def years(self) -> tuple[tuple[int, str], ...]:
        """The years of the page's bloc in which its reader has a role, the newest first, and where each begins for them."""
        here = self.seat
        if here is None:
            return ()
        mine = [seat for seat in self.seats if seat.bloc.id == here.bloc.id]
        kept = {seat.cycle.year: seat.home for seat in sorted(mine, key=lambda seat: self._likeness(here, seat))}
        return tuple(sorted(kept.items(), reverse=True))

    @staticmethod
    def _likeness(here: Seat, seat: Seat) -> tuple[bool, bool]:
        """Return how like a role of another year is to the present one; the likest is last."""
        return seat.unit.id == here.unit.id, seat.role is here.role

    @property
    def by(self) -> str:
        """Who acts, as it stands on record: by office and unit."""
        return f"{self.seat.name}, {self.seat.unit.name}" if self.seat else _there(self.person).email

    @property
    def browser(self) -> Browser:
        """Where the request comes from."""
        client = self.request.client
        return Browser(client.host if client else "", self.request.headers.get("user-agent", ""))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that only reads."""
        with reading(self.portal.base) as session:
            yield session

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Open a unit of work of whoever is there; it commits at its end."""
        by = self.by if self.person else ""
        with unit_of_work(self.portal.base, by or "portal", self.browser.client) as work:
            try:
                yield work
            finally:
                self._keep(work.session)

    def _keep(self, session: Session) -> None:
        """Read the year anew, if a rehearsal has let go of it: the page shows it when the session is no more."""
        cycle = self.place.cycle
        if cycle is not None and session.is_active and cycle in session and instance_state(cycle).expired:
            session.refresh(cycle)


def nothing_here() -> NotFound:
    """Return what is said of a page that is not there, and of one that is not for whoever asks: they are told the same."""
    return NotFound(say("There is no such page, or it is not meant for your role."))


def _there(found: T | None) -> T:
    if found is None:
        raise nothing_here()
    return found
