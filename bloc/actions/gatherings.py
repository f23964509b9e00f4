"""The conference that a document is about, in the words of documents."""

from sqlmodel import Session

from bloc import queries
from bloc.actions.sittings import Seat, Sitting, quorum_said, sittings
from bloc.documents.attendance_list import Invited, make_attendance_list
from bloc.documents.decree.letterhead import Letterhead, long_day
from bloc.documents.values import Delegate, Gathering
from bloc.enums import Attends, DocumentKind, Stage
from models import Cycle
from notifications.messages import Meeting

OF_STAGE = {
    DocumentKind.COVENANT_INVITATION: Stage.SIGNING,
    DocumentKind.YEAR_END_PLAN: Stage.YEAR_END,
    DocumentKind.MINUTES: Stage.YEAR_END,
}
THERE = {True: "Có mặt", False: "Vắng mặt"}


def gathering_of(session: Session, cycle: Cycle, kind: DocumentKind) -> Gathering | None:
    """Return the conference of the part of the year that a document is about; of several, the last in the plan."""
    stage = OF_STAGE.get(kind)
    found = [each for each in sittings(session, cycle) if each.activity.stage is stage] if stage else []
    if not found:
        return None
    sitting = found[-1]
    time, day, place = _held(sitting.meeting)
    return Gathering(
        time=time,
        day=day,
        place=place,
        agenda=sitting.agenda,
        convener=sitting.convener,
        delegates=[_delegate(seat) for seat in sitting.seats],
        quorum=str(quorum_said(sitting)) if sitting.recorded else None,
    )


def _held(meeting: Meeting | None) -> tuple[str, str, str]:
    """Return time, day and place of a conference; what is open is empty."""
    if meeting is None:
        return "", "", ""
    time = f"{meeting.start:%H} giờ {meeting.start:%M}" if meeting.start else ""
    return time, long_day(meeting.day, meeting.day.year), "; ".join(filter(None, (meeting.place, meeting.link)))


def attendance_list(cycle: Cycle, sitting: Sitting) -> bytes:
    """Return the list of who comes to a conference, as .docx, to be signed there."""
    bloc = queries.plan_of(cycle).bloc
    time, day, place = _held(sitting.meeting)
    head = Letterhead(bloc.council, bloc.name, bloc.place, "", cycle.year)
    return make_attendance_list(
        head, sitting.activity.name, [", ".join(filter(None, (time, day))), place], list(map(_invited, sitting.seats))
    )


def _invited(seat: Seat) -> Invited:
    if seat.attendance is None or seat.answer is None:
        return Invited(seat.unit.name)
    return Invited(seat.unit.name, seat.attendance.who or "", seat.attendance.people or 0)


def _delegate(seat: Seat) -> Delegate:
    who = seat.attendance.who or "" if seat.attendance and seat.answer is Attends.COMING else ""
    return Delegate(seat.unit.name, who, "" if seat.present is None else THERE[seat.present])
