"""Conferences: a unit says who comes; the secretary sees who does, reminds, postpones, and records who was there."""

from datetime import date, time
from typing import TypeVar

from fastapi import APIRouter, Response

from bloc.actions import conference_answers, conference_reminders, gatherings, postponing, sittings
from bloc.actions.meetings import said
from bloc.clock import local_day
from bloc.enums import Attends
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.portal import conference_words
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import LONGEST, Faults, Posted, line, text, too_long
from bloc.portal.pages import page, to

router = APIRouter()
T = TypeVar("T", date, time)


@router.get("/attendances/{attendance}")
def invitation(visit: Here) -> Response:
    """Show a conference to a unit that is invited, and ask who comes: whoever opens the link has answered nothing yet."""
    return _invitation(visit)


def _invitation(
    visit: Visit, *, status: int = 200, faults: Faults | None = None, typed: dict[str, str] | None = None
) -> Response:
    seat = visit.attendance
    with visit.read() as session:
        sitting = sittings.sitting_of(session, visit.cycle, visit.activity.code)
    if sitting is None:
        raise nothing_here()
    known = {"who": seat.who or "", "people": str(seat.people or 1), "because": seat.because or ""}
    return page(
        visit, "invitation", status=status, faults=faults or Faults(), typed=known | (typed or {}), sitting=sitting,
        held=said(sitting.meeting), answer=conference_words.answer(seat), over=sitting.has_begun(visit.now),
    )  # fmt: skip


@router.post("/attendances/{attendance}/answer")
def answer(visit: Here, form: Posted) -> Response:
    """Record whether a unit comes."""
    typed = {name: text(form, name) for name in ("who", "people", "because")}
    faults, coming = Faults(), line(form, "answer") == Attends.COMING
    if (over := too_long(typed["because"], LONGEST)) is not None:
        faults.add("because", over)
    people = int(typed["people"]) if typed["people"].isdecimal() and len(typed["people"]) < 6 else 0
    if not faults:
        attends = Attends.COMING if coming else Attends.ABSENT
        try:
            with visit.work() as work:
                conference_answers.answer(
                    work, visit.cycle, unit=visit.unit.code, activity=visit.activity.code, attends=attends, now=visit.now,
                    who=typed["who"], people=people, because=typed["because"],
                )  # fmt: skip
        except NotAllowed as refusal:
            faults.add(("people" if typed["who"] else "who") if coming else "because", refusal.message)
    if faults:
        return _invitation(visit, status=422, faults=faults, typed=typed)
    return to(f"/attendances/{visit.attendance.id}", note="answered")


@router.get("/years/{cycle}/conferences")
def conferences(visit: Here) -> Response:
    """Show the year's conferences: when, where, and how many units come."""
    with visit.read() as session:
        found = sittings.sittings(session, visit.cycle)
    return page(visit, "conferences", sittings=[(each, said(each.meeting), conference_words.state(each)) for each in found])


@router.get("/years/{cycle}/conferences/{conference}")
def one(visit: Here, conference: str) -> Response:
    """Show one conference: who comes, who has not answered, who was there, and whether that is a quorum."""
    return _conference(visit, conference)


def _conference(
    visit: Visit, code: str, *, status: int = 200, faults: Faults | None = None, typed: dict[str, str] | None = None
) -> Response:
    with visit.read() as session:
        sitting = sittings.sitting_of(session, visit.cycle, code)
    if sitting is None:
        raise nothing_here()
    meeting = sitting.meeting
    known = {"to": "", "start": f"{meeting.start:%H:%M}" if meeting and meeting.start else "", "because": ""}
    known |= {"place": (meeting and meeting.place) or "", "link": (meeting and meeting.link) or ""}
    return page(
        visit, "conference", status=status, faults=faults or Faults(), typed=known | (typed or {}), sitting=sitting,
        held=said(meeting), quorum=sittings.quorum_said(sitting), rows=conference_words.rows(sitting),
        counts=conference_words.counts(sitting), state=conference_words.state(sitting),
        is_day=meeting is not None and meeting.day <= local_day(visit.now), over=sitting.has_begun(visit.now),
    )  # fmt: skip


@router.get("/years/{cycle}/conferences/{conference}/list")
def attendance_list(visit: Here, conference: str) -> Response:
    """Give the attendance list as a document, to be signed in the room."""
    with visit.read() as session:
        sitting = sittings.sitting_of(session, visit.cycle, conference)
    if sitting is None:
        raise nothing_here()
    return download(gatherings.attendance_list(visit.cycle, sitting), f"danh-sach-dai-bieu-{visit.cycle.key}.docx")


@router.post("/years/{cycle}/conferences/{conference}/remind")
def remind(visit: Here, conference: str) -> Response:
    """Remind the units that have not answered, once a day by hand."""
    home = f"/years/{visit.cycle.key}/conferences/{conference}"
    try:
        with visit.work() as work:
            new = conference_reminders.urge(work, visit.cycle, activity=conference, now=visit.now)
    except NotAllowed as refusal:
        return _conference(visit, conference, status=422, faults=Faults({"silent": refusal.message}))
    return to(home, note="reminded" if new else "reminded-today")


@router.post("/years/{cycle}/conferences/{conference}/attendance")
def attendance(visit: Here, conference: str, form: Posted) -> Response:
    """Record which units were there."""
    there = {value for value in form.getlist("present") if isinstance(value, str)}
    try:
        with visit.work() as work:
            conference_answers.record_attendance(work, visit.cycle, activity=conference, present=there, now=visit.now)
    except NotAllowed as refusal:
        return _conference(visit, conference, status=422, faults=Faults({"present": refusal.message}))
    return to(f"/years/{visit.cycle.key}/conferences/{conference}", note="attendance-recorded")


@router.post("/years/{cycle}/conferences/{conference}/postpone")
def postpone(visit: Here, conference: str, form: Posted) -> Response:
    """Hold a conference on another day, or at another time or place."""
    typed = {name: line(form, name) for name in ("to", "start", "place", "link", "because")}
    faults = Faults()
    day, start = _read(date, typed["to"]), _read(time, typed["start"])
    if day is None:
        faults.add("to", say("Enter the day on which it is held."))
    if typed["start"] and start is None:
        faults.add("start", say("Enter the time as hours and minutes."))
    if faults or day is None:
        return _conference(visit, conference, status=422, faults=faults, typed=typed)
    try:
        with visit.work() as work:
            postponing.postpone(
                work, visit.cycle, activity=conference, to=day, start=start, place=typed["place"] or None,
                link=typed["link"] or None, because=typed["because"], now=visit.now,
            )  # fmt: skip
    except NotAllowed as refusal:
        field = "to" if typed["because"] else "because"
        return _conference(visit, conference, status=422, faults=Faults({field: refusal.message}), typed=typed)
    return to(f"/years/{visit.cycle.key}/conferences/{conference}", note="postponed")


def _read(kind: type[T], typed: str) -> T | None:
    """Return a day or a time that was typed; None if it is none."""
    try:
        return kind.fromisoformat(typed)
    except ValueError:
        return None
