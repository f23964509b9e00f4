"""The last day in time as a calendar file (RFC 5545), so that it stands in the reader's calendar, moves there and goes away."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from bloc.clock import VIETNAM
from bloc.enums import NoticeKind
from bloc.language import told_in
from notifications import templating
from notifications.cleaning import one_line
from notifications.desk import mailto
from notifications.envelope import Envelope, File
from notifications.messages import Draft

ENTERS = (NoticeKind.INVITATION, NoticeKind.EXTENSION, NoticeKind.REISSUE, NoticeKind.RETURNED)
MEETS = (NoticeKind.CONFERENCE, NoticeKind.CONFERENCE_REMINDER, NoticeKind.POSTPONED, NoticeKind.CALLED_OFF)
CANCELS = (NoticeKind.WAIVER, NoticeKind.CALLED_OFF)
LASTS = timedelta(hours=2)  # how long a conference takes up in a calendar: no plan says when it ends
STABLE_SINCE = date(1976, 1, 1)  # the zone has kept its offset since, so that its description is one line of history


def of(draft: Draft, language: str, envelope: Envelope) -> File | None:
    """Return the calendar file that goes with a message; None if it is about no deadline that it makes, moves or ends.

    A conference is an event from when it begins, at its place; or its whole day, where no time is given. Its UID is that of
    the unit's invitation, and it follows the same rules.

    The event of a deadline is the whole last day, so that it ends when the deadline does. Its UID is the obligation's,
    whoever reads it; its SEQUENCE rises with each time that it is asked for anew, and a waiver, which cancels it, comes after
    all of those before.
    """
    values = draft.values
    deadline = draft.kind in ENTERS + CANCELS and values.get("obligation") and values["last_day"]
    if not deadline and draft.kind not in MEETS:
        return None
    cancelled = draft.kind in CANCELS
    name, summary, description = _said(values, language, cancelled)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//Bloc//{language.upper()}")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(_zone())
    calendar.add_component(_event(values, envelope, summary, description, cancelled))
    return File(name, calendar.to_ical())


def feed(drafts: Iterable[tuple[Draft, str]], envelope: Envelope) -> bytes:
    """Return one calendar of many deadlines, each an entry as ``of`` makes it: the same UID, so that none stands twice.

    Args:
        drafts: messages of the kinds that enter a deadline, each with the language of its entry.
        envelope: of which the domain, the sender and the moment count.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Bloc//VI")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_zone())
    for draft, language in drafts:
        _, summary, description = _said(draft.values, language, cancelled=False)
        calendar.add_component(_event(draft.values, envelope, summary, description, cancelled=False))
    return bytes(calendar.to_ical())


def _said(values: dict[str, Any], language: str, cancelled: bool) -> list[str]:
    template = templating.plain(language).get_template("_calendar.j2")
    text = told_in(language, lambda: template.render(values, cancelled=cancelled))
    return [one_line(line) for line in text.strip().splitlines()]


def _event(values: dict[str, Any], envelope: Envelope, summary: str, description: str, cancelled: bool) -> Event:
    meeting = values["meeting"] if "attendance" in values else {}
    begins, ends = _span(meeting, values["last_day"])
    event = Event()
    event.add("uid", f"{values['attendance'] if meeting else values['obligation']}@{envelope.domain}")
    event.add("dtstamp", envelope.moment)
    event.add("sequence", 2 * values["moves"] + cancelled)
    event.add("dtstart", begins)
    event.add("dtend", ends)
    event.add("summary", summary)
    event.add("description", description)
    event.add("transp", "OPAQUE" if meeting.get("start") and not cancelled else "TRANSPARENT")
    if meeting.get("place"):
        event.add("location", one_line(meeting["place"]))
    if meeting.get("link"):
        event.add("url", meeting["link"])
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("organizer", _organizer(values, envelope), encode=False)
    return event


def _span(meeting: dict[str, Any], last_day: str) -> tuple[datetime, datetime]:
    """Return when an event begins and ends: a conference at its time, else the whole day."""
    if meeting.get("start"):
        day, start = date.fromisoformat(meeting["day"]), time.fromisoformat(meeting["start"])
        begins = datetime.combine(day, start, VIETNAM)
        return begins, begins + LASTS
    begins = datetime.combine(date.fromisoformat(last_day), time.min, VIETNAM)
    return begins, begins + timedelta(days=1)


def _organizer(values: dict[str, Any], envelope: Envelope) -> vCalAddress:
    # RFC 5546 asks for one; without a secretary it is the bloc, at the address that its mail comes from.
    organizer = vCalAddress(mailto(values["secretary_address"] or envelope.sender))
    name = one_line((values["secretary_address"] and values["secretary"]) or values["bloc_name"])
    organizer.params["CN"] = vText(name.replace('"', "'"))
    return organizer


@cache
def _zone() -> Timezone:
    zone = Timezone.from_tzinfo(VIETNAM, first_date=STABLE_SINCE)
    zone.pop("COMMENT")  # the library's own, in English
    return zone
