"""The ledger as people look things up in it: each notice with whom it is for and what it is about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from bloc.enums import NoticeKind, NoticeState
from bloc.errors import NotFound, Way
from bloc.language import say
from models import Activity, Attendance, Contact, Cycle, Notice, Obligation, Unit
from notifications.references import LEAST, SHOWN, reference, step_of


@dataclass(frozen=True)
class Which:
    """Which notice it is, whether it is queued already or not: its identity, and by code what it is about and for whom."""

    identity: str
    kind: NoticeKind
    activity: str | None
    unit: str | None

    @property
    def ref(self) -> str:
        """Return its short name."""
        return reference(self.identity)

    @property
    def step(self) -> int | None:
        """Return its step of the ladder, in working days from the last day; None: it is of none."""
        return step_of(self.kind, self.identity)


@dataclass(frozen=True)
class Record:
    """A notice in the ledger, its reader's address, and the unit and the activity that it is about, if any."""

    notice: Notice
    address: str
    unit: Unit | None
    activity: Activity | None

    @property
    def which(self) -> Which:
        """Return which notice it is."""
        activity, unit = (each.code if each else None for each in (self.activity, self.unit))
        return Which(self.notice.identity, self.notice.kind, activity, unit)

    @property
    def moment(self) -> datetime:
        """Return when it was sent; until then, when it is or was to be."""
        return self.notice.sent_at or self.notice.send_at


@dataclass(frozen=True)
class Wanted:
    """Which notices are asked for; what is empty asks for all. ``to``: a part of the reader's name or address."""

    states: Collection[NoticeState] = ()
    kinds: Collection[NoticeKind] = ()
    unit: str | None = None
    activity: str | None = None
    to: str | None = None

    def takes(self, which: Which, name: str, address: str) -> bool:
        """Return whether a notice is one of those, whatever its state."""
        return (
            (not self.kinds or which.kind in self.kinds)
            and self.unit in (None, which.unit)
            and self.activity in (None, which.activity)
            and (self.to or "").casefold() in f"{name} <{address}>".casefold()
        )


def records(session: Session, cycle: Cycle, wanted: Wanted = Wanted()) -> list[Record]:
    """Return the notices of a cycle, and those about the installation itself, the newest first."""
    rows = session.exec(joined().where(_of(cycle)).order_by(col(Notice.queued_at), col(Notice.identity)))
    read = [Record(*row) for row in rows if not wanted.states or row[0].state in wanted.states]
    found = [one for one in read if wanted.takes(one.which, one.notice.name, one.address)]
    return sorted(found, key=lambda record: record.moment, reverse=True)


def record_of(session: Session, cycle: Cycle, ref: str) -> Record:
    """Return the notice of that reference: the first signs of it, eight or as many as tell it from all others.

    Raises:
        NotFound: there is none, or more than one.
    """
    identity = known_by(ref, identities(session, cycle))
    if identity is None:
        raise NotFound(say('There is no notice "{ref}" in the ledger.', ref=ref), Way.NOTICES)
    return Record(*session.exec(joined().where(Notice.identity == identity)).one())


def identities(session: Session, cycle: Cycle) -> Collection[str]:
    """Return what stands in the ledger of a cycle."""
    return session.exec(select(Notice.identity).where(_of(cycle))).all()


def known_by(ref: str, identities: Collection[str]) -> str | None:
    """Return which of the identities a reference stands for, or None.

    Raises:
        NotFound: it stands for more than one.
    """
    typed = ref.casefold()
    found = [each for each in identities if reference(each, max(SHOWN, len(typed))).startswith(typed)]
    if len(typed) < LEAST or not found:
        return None
    if len(found) > 1:
        longer = ", ".join(sorted(reference(each, 2 * SHOWN) for each in found)[:LEAST])
        raise NotFound(say('"{ref}" stands for more than one notice; please type more of it: {longer}', ref=ref, longer=longer))
    return found[0]


def companions(session: Session, record: Record) -> list[Record]:
    """Return the notices that share a mail and a state with ``record``, and itself: what is decided of one goes for all."""
    notice = record.notice
    if notice.mail_id is not None:
        same = Notice.mail_id == notice.mail_id
    elif notice.bundle is not None:
        same = Notice.bundle == notice.bundle
    else:
        return [record]
    together = joined().where(same, Notice.contact_id == notice.contact_id, Notice.state == notice.state)
    return [Record(*row) for row in session.exec(together.order_by(col(Notice.urgency), col(Notice.identity)))]


def as_data(record: Record) -> Mapping[str, Any]:
    """Return a notice as plain data, for machines."""
    notice = record.notice
    kept = {"identity", "kind", "state", "name", "language", "bundle", "queued_at", "send_at", "sent_at", "expires_at",
            "attempts", "reply", "mail_id"}  # fmt: skip
    return {
        "ref": record.which.ref,
        **notice.model_dump(mode="json", include=kept),
        "address": record.address,
        "unit": record.which.unit,
        "activity": record.which.activity,
        "step": record.which.step,
        "remark": notice.values.get("remark"),
    }


def _of(cycle: Cycle) -> Any:
    return or_(col(Notice.cycle_id) == cycle.id, col(Notice.cycle_id).is_(None))


def joined() -> Any:
    """Return the query for all that a ``Record`` holds."""
    return (
        select(Notice, Contact.email, Unit, Activity)
        .join(Contact, col(Notice.contact_id) == Contact.id)
        .outerjoin(Unit, col(Notice.unit_id) == Unit.id)
        .outerjoin(Obligation, col(Notice.obligation_id) == Obligation.id)
        .outerjoin(Attendance, col(Notice.attendance_id) == Attendance.id)
        .outerjoin(Activity, func.coalesce(Obligation.activity_id, Attendance.activity_id) == Activity.id)
    )
