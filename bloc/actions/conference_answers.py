"""What the units answer to a conference's invitation, and who was there."""

from collections.abc import Collection
from datetime import date, datetime

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.conferences import attendances
from bloc.actions.meetings import begins_at
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import Act, Attends, NoticeKind
from bloc.errors import NotAllowed, NotFound
from bloc.language import say, short_day
from models import Attendance, Cycle
from notifications import ledger

MOST_PEOPLE = 200  # that one unit sends: more is a slip of the keyboard


def answer(
    work: Work, cycle: Cycle, *, unit: str, activity: str, attends: Attends, now: datetime,
    who: str | None = None, people: int | None = None, because: str | None = None,
) -> Attendance:  # fmt: skip
    """Record whether a unit comes to a conference; the last answer counts, and it is reminded no more.

    Args:
        who: of one that comes, the office or role of who comes; ``people``, how many.
        because: of one that does not, the reason.

    Raises:
        NotFound: there is no such unit or activity, or the unit is not invited.
        NotAllowed: the conference has begun, or who comes or the reason is missing.
    """
    cycle = queries.locked(work.session, cycle.id)
    row = queries.activity_by_code(work.session, cycle, activity)
    seat = attendances(work.session, row.id).get(queries.unit_by_code(work.session, cycle, unit).id)
    if seat is None or seat.called_off:
        raise NotFound(say('"{title}": this unit is not invited now.', title=row.name))
    if seat.present is not None or now >= begins_at(seat.told):
        raise NotAllowed(say("The conference has begun: answers are taken no more."))
    comes = attends is Attends.COMING
    _check(comes, who, people, because)
    seat.answer, seat.answered_by, seat.answered_at, seat.next_step_at = attends, work.by, now, None
    seat.who, seat.people = ((who or "").strip(), people) if comes else (None, None)
    seat.because = None if comes else (because or "").strip()
    ledger.lapse_about(work.session, seat.id, (NoticeKind.CONFERENCE, NoticeKind.CONFERENCE_REMINDER))
    said = {"answer": attends.value, "who": seat.who, "people": seat.people}
    record(work, cycle, Act.CONFERENCE, f"{activity}/{unit}", now=now, after=said, because=seat.because)
    return seat


def _check(comes: bool, who: str | None, people: int | None, because: str | None) -> None:
    if comes and not (who or "").strip():
        raise NotAllowed(say("Say who comes, by office or role."))
    if comes and not 1 <= (people or 0) <= MOST_PEOPLE:
        raise NotAllowed(say("Say how many people come: from 1 to {most}.", most=MOST_PEOPLE))
    if not comes and not (because or "").strip():
        raise NotAllowed(say("Say why nobody comes."))


def record_attendance(work: Work, cycle: Cycle, *, activity: str, present: Collection[str], now: datetime) -> int:
    """Record which of the units that were invited were at a conference; return how many. The last record counts.

    Args:
        present: codes of the units that were there; the others were not.

    Raises:
        NotFound: there is no such activity, or one of the units was not invited.
        NotAllowed: nobody was invited, or its day is still to come.
    """
    cycle = queries.locked(work.session, cycle.id)
    row = queries.activity_by_code(work.session, cycle, activity)
    invited = {unit_id: seat for unit_id, seat in attendances(work.session, row.id).items() if not seat.called_off}
    if not invited:
        raise NotAllowed(say('"{title}": no unit is invited.', title=row.name))
    day = date.fromisoformat(next(iter(invited.values())).told["day"])
    if local_day(now) < day:
        raise NotAllowed(say("Who was there is recorded from the day of the conference on, {day}.", day=short_day(day)))
    units = {unit.code: unit for unit in queries.members(work.session, cycle.id) if unit.id in invited}
    for code in present:
        if code not in units:
            raise NotFound(say('"{title}": unit "{code}" is not invited.', title=row.name, code=code))
    for code, unit in units.items():
        seat = invited[unit.id]
        seat.present, seat.recorded_by, seat.next_step_at = code in present, work.by, None
    there = [code for code in units if code in present]
    record(
        work, cycle, Act.CONFERENCE, activity, now=now, after={"present": there, "absent": [c for c in units if c not in there]}
    )
    return len(there)
