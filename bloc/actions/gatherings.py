"""The conference that a document is about, in the words of documents."""

from sqlmodel import Session

from bloc.actions.sittings import Seat, quorum_said, sittings
from bloc.documents.decree.letterhead import long_day
from bloc.documents.values import Delegate, Gathering
from bloc.enums import Attends, DocumentKind, Stage
from models import Cycle

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
    meeting = sitting.meeting
    return Gathering(
        time=f"{meeting.start:%H} giờ {meeting.start:%M}" if meeting and meeting.start else "",
        day=long_day(meeting.day, cycle.year) if meeting else "",
        place="; ".join(filter(None, (meeting.place, meeting.link))) if meeting else "",
        agenda=sitting.agenda,
        convener=sitting.convener,
        delegates=[_delegate(seat) for seat in sitting.seats],
        quorum=str(quorum_said(sitting)) if sitting.recorded else None,
    )


def _delegate(seat: Seat) -> Delegate:
    who = seat.attendance.who or "" if seat.attendance and seat.answer is Attends.COMING else ""
    return Delegate(seat.unit.name, who, "" if seat.present is None else THERE[seat.present])
