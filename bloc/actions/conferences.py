"""Conferences: the units are invited when it opens, and told when it is held at another time or place, or not at all."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.meetings import begins_at, facts, meeting_of, said
from bloc.actions.notices import Post
from bloc.db import Work
from bloc.enums import ActivityKind, ActivityState, ContactRole, NoticeKind
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.rules.reminders import Step, next_step_at, reminder_steps, told_through
from models import Activity, Attendance, Cycle, Unit
from notifications import ledger, messages
from notifications.ledger import Entry
from notifications.messages import About, Draft, Meeting


def attendances(session: Session, activity_id: uuid.UUID) -> dict[uuid.UUID, Attendance]:
    """Return who was invited to a conference, by the unit's id."""
    return {row.unit_id: row for row in session.exec(select(Attendance).where(Attendance.activity_id == activity_id))}


def about(post: Post, row: Activity, unit: Unit, seat: Attendance) -> About:
    """Return what a message about a conference says of the bloc's year, of the unit, and of what it is invited to."""
    day = date.fromisoformat(seat.told["day"])
    return replace(
        post.about_cycle(unit), activity=row.title, activity_name=row.name, kind=row.kind, last_day=day, moves=seat.moves
    )


def entries(
    post: Post, row: Activity, unit: Unit, seat: Attendance, draft: Draft, roles: Iterable[ContactRole], step: str = ""
) -> list[Entry]:
    """Return the notices of a message about a conference to a unit's people; ``step`` tells those apart that come again."""
    return _entries(post, unit, seat, draft, post.audience(unit, roles), _identity(row, unit, seat, f"{draft.kind}{step}"))


def _entries(
    post: Post, unit: Unit, seat: Attendance, draft: Draft, to: Sequence[queries.Person], identity: str
) -> list[Entry]:
    made = post.entries(draft, unit, to, identity, expires_at=begins_at(seat.told))
    return [replace(entry, attendance_id=seat.id) for entry in made]


def _identity(row: Activity, unit: Unit, seat: Attendance, kind: str) -> str:
    return f"{row.code}/{unit.code}/{kind}/{seat.told['day']}.{seat.moves}"


def steps_of(plan: Plan, code: str, told: Mapping[str, Any]) -> list[Step]:
    """Return when those who have not answered are reminded: the steps of the ladder that lie before the day itself."""
    planned = plan.activity(code)
    ladder = [rung for rung in plan.ladder(planned) if rung.days < 0] if planned else []
    return reminder_steps(date.fromisoformat(told["day"]), ladder, plan.work_calendar, plan.reminders.at)


def follow(work: Work, cycle: Cycle, now: datetime, because: str | None = None) -> int:
    """Bring what the units know of the year's conferences in step with its plan; return how many notices are new.

    Who knows another day, time, place or link is told, and where it is another day or time asked anew who comes.
    """
    rows = select(Activity).where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.CONFERENCE)
    return call(Post(work, cycle, now), work.session.exec(rows.order_by(col(Activity.position))).all(), because)


def call(post: Post, activities: Sequence[Activity], because: str | None = None) -> int:
    """Invite to those of ``activities`` that are conferences with a day, as ``follow`` says; return how many are new."""
    found = [row for row in activities if row.kind is ActivityKind.CONFERENCE]
    return post.queue_all([entry for row in found for entry in _call(post, row, because)]) if found else 0


def _call(post: Post, row: Activity, because: str | None) -> Iterator[Entry]:
    planned = post.plan.activity(row.code)
    meeting = None if row.state is ActivityState.WITHDRAWN else meeting_of(post.plan, planned)
    asked = post.plan.asked_to(planned) if meeting and planned else ()
    seats = attendances(post.work.session, row.id)
    for unit in queries.members(post.work.session, post.cycle.id):
        seat = seats.pop(unit.id, None)
        if meeting and unit.code in asked:
            yield from _ask(post, row, unit, seat, meeting, because)
        elif seat is not None:
            yield from _call_off(post, row, unit, seat, because)
    for seat in seats.values():  # of units that are members no more: whoever served them is not written to
        seat.called_off, seat.next_step_at = True, None


def _ask(
    post: Post, row: Activity, unit: Unit, seat: Attendance | None, meeting: Meeting, because: str | None
) -> Iterator[Entry]:
    known = facts(meeting)
    if begins_at(known) <= post.now or (seat is None and row.state is not ActivityState.OPEN):
        return
    if seat is None or seat.called_off:
        yield from _invite(post, row, unit, seat or _seat(post, row, unit, known), known, meeting)
    elif seat.told != known and seat.present is None:
        yield from _move(post, row, unit, seat, known, meeting, because)
    elif seat.told == known and seat.answer is None and seat.present is None:
        yield from _invite_successors(post, row, unit, seat, meeting)


def _seat(post: Post, row: Activity, unit: Unit, known: dict[str, Any]) -> Attendance:
    seat = Attendance(cycle_id=post.cycle.id, activity_id=row.id, unit_id=unit.id, told=known)
    post.work.session.add(seat)
    post.work.session.flush()
    return seat


def _invite(
    post: Post, row: Activity, unit: Unit, seat: Attendance, known: dict[str, Any], meeting: Meeting
) -> Iterator[Entry]:
    if seat.called_off:
        seat.called_off, seat.moves = False, seat.moves + 1
    _ask_anew(post, row, seat, known)
    draft = messages.conference(about=about(post, row, unit, seat), meeting=meeting, attendance=str(seat.id))
    yield from entries(post, row, unit, seat, draft, [ContactRole.CONTACT])


def _move(
    post: Post, row: Activity, unit: Unit, seat: Attendance, known: dict[str, Any], meeting: Meeting, because: str | None
) -> Iterator[Entry]:
    former = seat.told
    seat.moves += 1
    ledger.lapse_about(post.work.session, seat.id)
    asked_anew = (former["day"], former["start"]) != (known["day"], known["start"])
    if asked_anew:
        _ask_anew(post, row, seat, known)
    else:
        seat.told = known
    draft = messages.postponed(
        about=about(post, row, unit, seat), meeting=meeting, attendance=str(seat.id), former=former, because=because,
        asked_anew=asked_anew,
    )  # fmt: skip
    yield from entries(post, row, unit, seat, draft, [ContactRole.CONTACT])


def _invite_successors(post: Post, row: Activity, unit: Unit, seat: Attendance, meeting: Meeting) -> Iterator[Entry]:
    """Invite whoever serves a unit that has not answered and has not been told of the conference as it stands."""
    known = [_identity(row, unit, seat, kind) for kind in (NoticeKind.CONFERENCE, NoticeKind.POSTPONED)]
    to = [each for each in post.audience(unit, [ContactRole.CONTACT]) if all(post.is_new(told, [each]) for told in known)]
    if to:
        draft = messages.conference(about=about(post, row, unit, seat), meeting=meeting, attendance=str(seat.id))
        yield from _entries(post, unit, seat, draft, to, known[0])


def _ask_anew(post: Post, row: Activity, seat: Attendance, known: dict[str, Any]) -> None:
    """Let a unit know of the conference, and have answered nothing; no step reminds it at once."""
    seat.told = known
    seat.answer = seat.who = seat.people = seat.because = seat.answered_by = seat.answered_at = None
    steps = steps_of(post.plan, row.code, known)
    seat.reminded_until = told_through(post.now, steps, post.plan.work_calendar, post.plan.reminders.at)
    seat.next_step_at = next_step_at(steps, seat.reminded_until)


def _call_off(post: Post, row: Activity, unit: Unit, seat: Attendance, because: str | None) -> Iterator[Entry]:
    if seat.called_off or begins_at(seat.told) <= post.now:
        return
    seat.called_off, seat.next_step_at = True, None
    ledger.lapse_about(post.work.session, seat.id)
    draft = messages.called_off(about=about(post, row, unit, seat), attendance=str(seat.id), former=seat.told, because=because)
    yield from entries(post, row, unit, seat, draft, [ContactRole.CONTACT])


def invitations_to(post: Post, unit: Unit) -> Iterator[Draft]:
    """Yield the invitations to conferences that stand for a unit, as messages."""
    mine = select(Attendance, Activity).join(Activity, col(Attendance.activity_id) == Activity.id)
    mine = mine.where(Attendance.cycle_id == post.cycle.id, Attendance.unit_id == unit.id)
    for seat, row in post.work.session.exec(mine.where(col(Attendance.called_off).is_(False))).all():
        meeting = meeting_of(post.plan, post.plan.activity(row.code))
        if meeting is not None:
            yield messages.conference(about=about(post, row, unit, seat), meeting=meeting, attendance=str(seat.id))


def differences(former: Plan, new: Plan) -> Iterator[Message]:
    """Yield in words which conferences a changed plan holds at another time or place."""
    for planned in new.activities:
        known = former.activity(planned.code)
        was, is_ = (meeting_of(plan, each) for plan, each in ((former, known), (new, planned)))
        if known is not None and was != is_:
            yield say('"{title}": held {old} before, {new} now.', title=planned.name, old=said(was), new=said(is_))
