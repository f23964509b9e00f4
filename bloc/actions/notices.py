"""Who is written to, and about what: the notices that the other actions queue."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlmodel import col, select

from bloc import queries
from bloc.actions.meetings import meeting_of
from bloc.actions.wakeups import wake
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import ContactRole, CycleMode, MemberRole, WakeupKind
from bloc.errors import Fault
from bloc.language import say
from bloc.plan import Plan
from bloc.plan import Unit as PlannedUnit
from bloc.queries import Owed, Person
from bloc.rules.deadlines import last_day_of
from models import Cycle, Notice, NoticeChange, Unit
from notifications import ledger
from notifications.ledger import Attachment, Entry
from notifications.messages import About, Draft

STAND_INS = (ContactRole.CONTACT, ContactRole.DEPUTY_CONTACT, ContactRole.HEAD)  # the unit's own, in the order asked


def unlisted(count: int) -> Fault:
    """Return what stands for so many faults or remarks in a mail that does not go to the unit: they quote its points."""
    return Fault("", say("{count} places; they are not listed here, for this mail does not go to the unit.", count=count))


Book = Mapping[tuple[uuid.UUID, ContactRole], Sequence[Person]]


@dataclass
class Post:
    """One cycle's way to its people within one transaction: its plan, members and addresses are read once."""

    work: Work
    cycle: Cycle
    now: datetime

    @cached_property
    def plan(self) -> Plan:
        """The cycle's frozen plan."""
        return queries.plan_of(self.cycle)

    @cached_property
    def book(self) -> Book:
        """The addresses by unit and role of those who serve today; those that take no mail are left out."""
        named = queries.contacts(self.work.session, self.cycle.id, local_day(self.now))
        return {whose: [person for person in people if person.reachable] for whose, people in named.items()}

    @cached_property
    def secretaries(self) -> Sequence[Person]:
        """The people who run the year at the leader's unit."""
        return [person for (_, role), people in self.book.items() if role is ContactRole.SECRETARY for person in people]

    def audience(self, unit: Unit, roles: Iterable[ContactRole]) -> list[Person]:
        """Return who is written to for ``unit``, each once: see ``addressed``."""
        return [person for person, _ in self.addressed(unit, roles)]

    def addressed(self, unit: Unit, roles: Iterable[ContactRole]) -> list[tuple[Person, ContactRole]]:
        """Return who is written to for ``unit``, each once, and as what: of several roles the one nearest the unit.

        What is for its contact, and what would else be for nobody, falls to the unit's next: ``STAND_INS``, then the
        secretary. Those whose address takes no mail are passed over.
        """
        asked = frozenset(roles)
        found = [(person, role) for role in ContactRole if role in asked for person in self._with(unit, role)]
        found = found or [(person, ContactRole.CONTACT) for person in self._with(unit, ContactRole.CONTACT)]
        first = {person.email: (person, role) for person, role in reversed(found)}
        return [first[email] for email in dict.fromkeys(person.email for person, _ in found)]

    def reaches(self, unit: Unit) -> bool:
        """Return whether mail for ``unit`` comes to the unit itself, and not to the secretary of another in its stead."""
        readers = {person.email for person in self.audience(unit, [ContactRole.CONTACT])}
        own = {person.email for person in self.book.get((unit.id, ContactRole.SECRETARY), ())}
        return not readers & {person.email for person in self.secretaries} - own

    def _with(self, unit: Unit, role: ContactRole) -> Sequence[Person]:
        match role:
            case ContactRole.SECRETARY:
                return self.secretaries
            case ContactRole.CONTACT:
                return next(filter(None, (self.book.get((unit.id, each)) for each in STAND_INS)), self.secretaries)
            case _:
                return self.book.get((unit.id, role), ())

    @cached_property
    def leader(self) -> PlannedUnit:
        """The unit that leads the bloc this year."""
        return next(unit for unit in self.plan.units if unit.role is MemberRole.LEADER)

    @cached_property
    def leading_unit(self) -> Unit:
        """Its row."""
        return queries.leading_unit(self.work.session, self.cycle.id)

    @cached_property
    def deputy(self) -> Unit | None:
        """The unit that is the bloc's deputy leader this year, if one is."""
        return queries.deputy_unit(self.work.session, self.cycle.id)

    def about(self, owed: Owed) -> About:
        """Return what a message about an obligation says of it."""
        meeting = meeting_of(self.plan, self.plan.activity(owed.activity.code))
        return replace(
            self.about_cycle(owed.unit),
            activity=owed.activity.title,
            activity_name=owed.activity.name,
            kind=owed.activity.kind,
            last_day=last_day_of(owed.obligation.due_at),
            phrase=owed.activity.phrase if not owed.obligation.extended else None,
            obligation=str(owed.obligation.id),
            moves=owed.obligation.moves,
            meeting=meeting.to_json() if meeting else None,
        )

    def about_cycle(self, unit: Unit) -> About:
        """Return what a message to ``unit`` says of the bloc's year, and whom one may ask."""
        secretary = next(iter(self.secretaries), None)
        return About(
            bloc_name=self.plan.bloc.name,
            year=self.cycle.year,
            unit=unit.name,
            sender=self.leader.name,
            secretary=secretary.name if secretary else None,
            secretary_address=secretary.email if secretary else None,
        )

    def queue(
        self, draft: Draft, unit: Unit, to: Iterable[Person], identity: str, owed: Owed | None = None,
        expires_at: datetime | None = None, bundle: str | None = None, attachments: Sequence[Attachment] = (),
    ) -> int:  # fmt: skip
        """Queue one notice for each person, once for each ``identity`` and person; return how many are new.

        Args:
            bundle: what the notices of this kind that one person gets are bundled by, such as a day.
            attachments: files that are kept, to be sent with it.

        What a person has decided beforehand about a notice holds: one that is suppressed is kept as cancelled.
        """
        return self.queue_all(self.entries(draft, unit, to, identity, owed, expires_at, bundle, attachments))

    def entries(
        self, draft: Draft, unit: Unit, to: Iterable[Person], identity: str, owed: Owed | None = None,
        expires_at: datetime | None = None, bundle: str | None = None, attachments: Sequence[Attachment] = (),
    ) -> list[Entry]:  # fmt: skip
        """Return what ``queue`` queues, for ``queue_all`` to queue it with others."""
        about: dict[str, Any] = {
            "unit_id": unit.id,
            "obligation_id": owed.obligation.id if owed else None,
            "about_due_at": owed.obligation.due_at if owed else None,
            "expires_at": expires_at,
            "attachments": attachments,
        }
        return [self._entry(draft, person, identity, bundle, about) for person in to]

    def queue_all(self, entries: Iterable[Entry]) -> int:
        """Queue notices, in one go; return how many are new."""
        wanted = {entry.identity: entry for entry in entries}
        new = ledger.queue_all(self.work.session, wanted.values(), cycle_id=self.cycle.id, now=self.now)
        queued = sum(not wanted[identity].suppressed for identity in new)
        if queued and self.cycle.mode is CycleMode.LIVE:  # a replay delivers its own mail, at its own time
            wake(self.work, WakeupKind.DELIVERY)
        return queued

    def is_new(self, identity: str, to: Iterable[Person]) -> bool:
        """Return whether ``queue`` would queue anything new: what is attached takes time to make."""
        wanted = {self._identity(identity, person) for person in to}
        known = self.work.session.exec(select(Notice.identity).where(col(Notice.identity).in_(wanted))).all()
        return len(known) < len(wanted)

    def _identity(self, identity: str, person: Person) -> str:
        return f"{self.cycle.key}/{identity}/{person.email}"

    def _entry(self, draft: Draft, person: Person, identity: str, bundle: str | None, about: Mapping[str, Any]) -> Entry:
        named = self._identity(identity, person)
        change = self.changes.get(named)
        if change and change.remark:
            draft = replace(draft, values=draft.values | {"remark": change.remark})
        return Entry(
            draft,
            identity=named,
            contact_id=person.contact_id,
            name=person.name,
            language=person.language,
            bundle=self._identity(bundle, person) if bundle else None,
            suppressed=f"{change.by}: {change.because}" if change and change.suppressed else None,
            **about,
        )

    @cached_property
    def changes(self) -> Mapping[str, NoticeChange]:
        """What people have decided beforehand about notices of the cycle, by identity."""
        mine = select(NoticeChange).where(NoticeChange.cycle_id == self.cycle.id)
        return {change.identity: change for change in self.work.session.exec(mine)}
