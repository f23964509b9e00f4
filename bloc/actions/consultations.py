"""What the units said to a draft that was circulated, compiled for the secretary."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from bloc import queries
from bloc.documents.comments_table import CommentsTable, Row
from bloc.enums import ActivityKind, ResponseKind
from models import Activity, Cycle, Obligation, Response, Unit


@dataclass(frozen=True)
class Answered:
    """What one unit answered last; ``response`` is None if it has not yet."""

    unit: Unit
    response: Response | None


@dataclass(frozen=True)
class Consultation:
    """A consultation and its answers, in the plan's order of units."""

    activity: Activity
    answers: Sequence[Answered]

    def count(self, kind: ResponseKind | None) -> int:
        """Return how many units answered so; None: not at all yet."""
        return sum((each.response.kind if each.response else None) == kind for each in self.answers)

    def as_table(self) -> CommentsTable:
        """Return the answers as they are handed on."""
        rows = [
            Row(each.unit.name, each.response.kind, each.response.text or "", each.response.responded_at)
            if each.response
            else Row(each.unit.name)
            for each in self.answers
        ]
        return CommentsTable(self.activity.name, self.activity.title, tuple(rows))


def answers(session: Session, cycle: Cycle) -> list[Consultation]:
    """Return every consultation that units were asked for in the year, with the last answer of each unit.

    Source: plan, section II.2.1.
    """
    last = {response.obligation_id: response for response in session.exec(_responses(cycle))}
    asked: dict[str, Consultation] = {}
    places = queries.places_of(session, cycle.id)
    for owed in sorted(queries.owed(session, cycle.id), key=lambda owed: places[owed.unit.id]):
        if owed.activity.kind is ActivityKind.CONSULTATION:
            before = asked.get(owed.activity.code)
            mine = Answered(owed.unit, last.get(owed.obligation.id))
            asked[owed.activity.code] = Consultation(owed.activity, (*(before.answers if before else ()), mine))
    return list(asked.values())


def _responses(cycle: Cycle):  # type: ignore[no-untyped-def]  # SQLAlchemy's own name for it is long
    mine = select(Response).join(Obligation, col(Response.obligation_id) == Obligation.id)
    return mine.where(Obligation.cycle_id == cycle.id).order_by(col(Response.responded_at))


def said_for(session: Session, obligation: Obligation) -> Sequence[Response]:
    """Return what a unit answered for an obligation, the last answer first."""
    mine = select(Response).where(Response.obligation_id == obligation.id)
    return session.exec(mine.order_by(col(Response.responded_at).desc())).all()
