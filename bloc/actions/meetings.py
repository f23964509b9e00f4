"""When and where a conference is held: as its plan says, as units know it, and in words."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from bloc.clock import at, end_of
from bloc.language import Message, say, short_day
from bloc.plan import Activity, Plan
from notifications.messages import Meeting


def meeting_of(plan: Plan, planned: Activity | None) -> Meeting | None:
    """Return what a plan says of a conference; None while it has no day, and where there is none."""
    told, day = (planned.conference, planned.held_on) if planned else (None, None)
    if planned is None or told is None or day is None:
        return None
    convener = next((unit.name for unit in plan.units if unit.code == plan.convener(planned)), "")
    return Meeting(day, told.start, told.place, told.link, told.agenda, convener)


def facts(meeting: Meeting) -> dict[str, Any]:
    """Return what units must be told of when it changes, as plain JSON: day, time, place and link."""
    start = meeting.start.isoformat("minutes") if meeting.start else None
    return {"day": meeting.day.isoformat(), "start": start, "place": meeting.place, "link": meeting.link}


def begins_at(told: Mapping[str, Any]) -> datetime:
    """Return when a conference begins, of which ``facts`` are known; without a time of day, when its day is over."""
    day = date.fromisoformat(told["day"])
    return at(day, time.fromisoformat(told["start"])) if told["start"] else end_of(day)


def said(meeting: Meeting | None) -> Message:
    """Return in words when and where a conference is held."""
    if meeting is None:
        return say("on a day that is not set yet")
    place = meeting.place or meeting.link
    when = say("on {day}", day=short_day(meeting.day))
    if meeting.start:
        hour, minute = f"{meeting.start:%H}", f"{meeting.start:%M}"
        when = say("at {hour}:{minute} on {day}", hour=hour, minute=minute, day=short_day(meeting.day))
    return say("{when}, {place}", when=when, place=place) if place else when
