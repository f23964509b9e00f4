"""What the pages say of a conference: how it stands, what the units answered, and how many come."""

from collections.abc import Sequence
from dataclasses import dataclass

from bloc.actions.sittings import Seat, Sitting
from bloc.enums import Attends
from bloc.language import Message, say
from bloc.portal.words import Look, Tag
from models import Attendance

COMES, STAYS_AWAY = Tag(Look.DONE, say("Comes")), Tag(Look.QUIET, say("Does not come"))
SILENT, NOT_INVITED = Tag(Look.TODO, say("No answer yet")), Tag(Look.LATER, say("Not invited yet"))
CALLED_OFF = Tag(Look.QUIET, say("Called off"))
UNDATED, PLANNED, INVITED = Tag(Look.LATER, say("No date set")), Tag(Look.LATER, say("Planned")), Tag(Look.TODO, say("Invited"))
QUORUM, NO_QUORUM = Tag(Look.DONE, say("Held")), Tag(Look.LATE, say("Held, no quorum"))
THERE, NOT_THERE = Tag(Look.DONE, say("Was there")), Tag(Look.QUIET, say("Was not there"))


@dataclass(frozen=True)
class Row:
    """One unit's line: what it answered, who comes or why nobody does, and whether it was there."""

    code: str
    name: str
    answer: Tag
    who: str
    people: int | None
    because: str
    there: Tag | None
    ticked: bool


def answer(seat: Attendance | None) -> Tag:
    """Return what a unit answered."""
    if seat is None:
        return NOT_INVITED
    if seat.called_off:
        return CALLED_OFF
    return {Attends.COMING: COMES, Attends.ABSENT: STAYS_AWAY, None: SILENT}[seat.answer]


def state(sitting: Sitting) -> Tag:
    """Return how a conference stands."""
    if sitting.recorded:
        return QUORUM if sitting.quorum.reached else NO_QUORUM
    if sitting.meeting is None:
        return UNDATED
    return INVITED if sitting.invited else PLANNED


def rows(sitting: Sitting) -> Sequence[Row]:
    """Return the units that are asked to come, in the plan's order."""
    return [_row(seat) for seat in sitting.seats]


def _row(seat: Seat) -> Row:
    known = seat.attendance
    expected = seat.answer is Attends.COMING
    return Row(
        seat.unit.code,
        seat.unit.name,
        answer(known),
        (known and known.who) or "",
        known.people if known else None,
        (known and known.because) or "",
        None if seat.present is None else THERE if seat.present else NOT_THERE,
        expected if seat.present is None else seat.present,
    )


def counts(sitting: Sitting) -> Message:
    """Return in a sentence how many units come, stay away and have not answered."""
    return say(
        "{coming} of {asked} units come, with {people} people; {absent} do not; {silent} have not answered.",
        coming=len(sitting.answered(Attends.COMING)),
        asked=len(sitting.seats),
        people=sitting.people,
        absent=len(sitting.answered(Attends.ABSENT)),
        silent=len(sitting.answered(None)),
    )
