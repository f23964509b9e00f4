"""A way round every page that somebody may open, by the table of access; what looks at all pages goes by it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.documents import documents
from bloc.db import Database, reading
from bloc.enums import ActivityKind, ContactRole, MemberRole
from bloc.portal.access import ACCESS
from bloc.portal.who import Who
from models import Activity, Attendance, Contact, Deposit, Incoming, Membership, Notice, Obligation, Role, Unit
from notifications.references import reference
from tests.factories import Year
from tests.portal.browsing import Screen, screen
from tests.portal.conftest import Site

FILES = re.compile(r"/(file|workbook|archive|marked|bundle|preview|evidence|list)$|\.ics$|/charts/|^/healthz")


class Guide:
    """Knows what stands for the names in paths, for one person."""

    def __init__(self, year: Year, address: str | None) -> None:
        self.cycle, self.address = year.cycle, address
        with reading(year.base) as session:
            self.unit, self.standing = self._person(session)
            self.names = {"cycle": [year.key], "token": ["x"], "unit": [self.unit.code] if self.unit else []}
            self.names |= self._things(session)

    def _person(self, session: Session) -> tuple[Unit | None, set[Who]]:
        if self.address is None:
            return None, {Who.ANYONE}
        role, unit = session.exec(
            select(Role, Unit).join(Unit).join(Contact, col(Role.contact_id) == Contact.id)
            .where(Role.cycle_id == self.cycle.id, Contact.email == self.address)
        ).first()  # type: ignore[misc]  # fmt: skip
        member = session.exec(
            select(Membership.role).where(Membership.cycle_id == self.cycle.id, Membership.unit_id == unit.id)
        ).one()
        deputy = {Who.DEPUTY} if member is MemberRole.DEPUTY and STANDING[role.role] is not Who.SECRETARY else set()
        return unit, {Who.ANYONE, Who.PERSON, STANDING[role.role], *deputy}

    def _things(self, session: Session) -> dict[str, list[str]]:
        """Return one thing of each look: an obligation of each kind and state, a deposit of each state, a mail of each kind."""
        mine = [] if self.unit is None or Who.SECRETARY in self.standing else [Obligation.unit_id == self.unit.id]
        owed = select(Obligation, Activity).join(Activity).where(Obligation.cycle_id == self.cycle.id, *mine)
        obligations = {(activity.kind, row.state): str(row.id) for row, activity in session.exec(owed)}
        sent = select(Deposit).join(Obligation).where(Obligation.cycle_id == self.cycle.id, *mine)
        notices = select(Notice).where(Notice.cycle_id == self.cycle.id)
        plan = queries.plan_of(self.cycle)
        return {
            "obligation": list(obligations.values()),
            "sheet": [row for (kind, _), row in obligations.items() if kind is ActivityKind.SCORE_SHEETS],
            "deposit": list({row.state: str(row.id) for row in session.exec(sent)}.values()),
            "activity": [plan.activities[0].code],
            "title": [title.code for title in plan.titles],
            "document": list({row.state: row.name for row in documents(session, self.cycle)}.values()),
            "attendance": [str(row.id) for row in session.exec(self._invitations())],
            "conference": [each.code for each in plan.activities if each.conference],
            "ref": list({row.kind: reference(row.identity) for row in session.exec(notices)}.values()),
            "mail": [row.sha256 for row in session.exec(select(Incoming).limit(1))],
        }

    def _invitations(self) -> Any:
        mine = [] if self.unit is None else [Attendance.unit_id == self.unit.id]
        return select(Attendance).where(Attendance.cycle_id == self.cycle.id, *mine)

    def __iter__(self) -> Iterator[str]:
        """Yield the paths of the pages that are this person's."""
        for route, allowed in ACCESS.items():
            method, _, path = route.partition(" ")
            if method == "GET" and allowed & self.standing and not FILES.search(path):
                path = path.replace("{obligation}/sheet", "{sheet}/sheet")
                names = re.findall(r"{(\w+)}", path)
                for values in product(*(self.names.get(name, []) for name in names)):
                    yield path.format(**dict(zip(names, values, strict=True)))


STANDING = {
    ContactRole.CONTACT: Who.UNIT,
    ContactRole.DEPUTY_CONTACT: Who.UNIT,
    ContactRole.HEAD: Who.HEAD,
    ContactRole.SECRETARY: Who.SECRETARY,
}


@contextmanager
def as_person(browser: Browser, site: Site, address: str | None, viewport: dict[str, int]) -> Iterator[Screen]:
    """Open a window in which somebody is signed in, in Vietnamese."""
    with screen(browser, site, viewport) as shown:
        cookies = site.visitor(address, language="vi").client.cookies
        shown.page.context.add_cookies(
            [{"name": each.name, "value": each.value or "", "url": site.portal.settings.portal} for each in cookies.jar]
        )
        yield shown


def kept(base: Database, file: Path) -> Path:
    """Copy a database of SQLite, with what its log still holds, into a file."""
    with base.engine.connect() as connection:
        connection.connection.driver_connection.execute("VACUUM INTO ?", (str(file),))  # type: ignore[union-attr]
    return file
