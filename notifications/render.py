"""From drafts to a letter as it is read, plain and as HTML (Jinja2), and from a letter to the mail that is sent."""

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bloc import language as words
from bloc.enums import ActivityKind, ContactRole, DirectMail, NoticeKind, Tone
from notifications import calendar_file, mime, templating
from notifications.desk import Desk, desk_at, desk_of
from notifications.envelope import Envelope, File
from notifications.messages import Draft
from notifications.plain_text import laid_out

TAKEN_BY_MAILBOX = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)
# How much a letter presses, for its colour: what it says in words as well.
LEVELS: Mapping[NoticeKind | DirectMail, Tone] = {
    NoticeKind.OVERDUE: Tone.FIRM,
    NoticeKind.ESCALATION: Tone.FIRM,
    NoticeKind.REFUSAL: Tone.URGENT,
    NoticeKind.RETURNED: Tone.URGENT,
    NoticeKind.UNDELIVERABLE: Tone.URGENT,
    NoticeKind.HELD: Tone.URGENT,
    NoticeKind.POSTPONED: Tone.URGENT,
    NoticeKind.CALLED_OFF: Tone.URGENT,
    NoticeKind.ALARM: Tone.FIRM,
}
PRESSING = tuple(Tone)


@dataclass(frozen=True)
class Rendered:
    """A letter as it is read: the subject, one line; the text; the same as HTML; and the calendar file that it mentions."""

    subject: str
    text: str
    html: str
    calendar: File | None = None


def render(draft: Draft, language: str, envelope: Envelope | None = None) -> Rendered:
    """Return ``draft`` as a letter; ``language`` (``vi`` or ``en``) is its reader's, the caller's own is left as it was.

    Raises:
        jinja2.UndefinedError: the template says something that the message does not.
    """
    return letter([draft], language, envelope)


def letter(drafts: Sequence[Draft], language: str, envelope: Envelope | None = None) -> Rendered:
    """Return ``drafts`` as one letter: the message itself if it is one, else a digest of what is owed.

    Args:
        drafts: one of any kind, or several of REMINDER, OVERDUE and ESCALATION of one bloc.
        language: its reader's; in one that there are no templates in, the first is read.
        envelope: what it goes with; without one the letter speaks of no files and has no calendar file.
    """
    return copy_context().run(_letter, drafts, _language(language), envelope)


def message(drafts: Sequence[Draft], language: str, envelope: Envelope) -> bytes:
    """Return the mail to send, 7-bit and with CRLF: the same notice has the same Message-ID each time it is tried.

    Raises:
        ValueError: an address is none.
    """
    written = letter(drafts, language, envelope)
    files = [*envelope.files, *([written.calendar] if written.calendar else [])]
    about = drafts[0].values
    secretary = (about["secretary"] or "", about["secretary_address"]) if about["secretary_address"] else None
    headers = mime.Headers(about["bloc_name"], secretary, _language(language), envelope)
    return mime.composed(headers, written.subject, written.text, written.html, files)


def _language(language: str) -> str:
    return language if language in templating.WRITTEN_IN else templating.WRITTEN_IN[0]


def _letter(drafts: Sequence[Draft], language: str, envelope: Envelope | None) -> Rendered:
    words.use(language)
    calendar = calendar_file.of(drafts[0], language, envelope) if envelope and len(drafts) == 1 else None
    values = {
        **(_alone(drafts[0], envelope) if len(drafts) == 1 else _together(drafts, envelope)),
        "reader": envelope.name if envelope else "",
        "reader_is_secretary": envelope is not None and envelope.address == drafts[0].values["secretary_address"],
        "files": [file.name for file in envelope.files] if envelope else [],
        "calendar": calendar.name if calendar else None,
    }
    template = f"{drafts[0].kind}.j2" if len(drafts) == 1 else "_digest.j2"
    subject, _, text = templating.plain(language).get_template(template).render(values).partition("\n")
    html = templating.html(language).get_template(template).render(values, subject=subject)
    return Rendered(subject, laid_out(text), html, calendar)


def _alone(draft: Draft, envelope: Envelope | None) -> dict[str, Any]:
    level = LEVELS.get(draft.kind) or draft.values.get("tone") or Tone.COURTEOUS
    return {"remark": None, **draft.values, "level": level, "desk": _desk(draft.values, envelope)}


def _together(drafts: Sequence[Draft], envelope: Envelope | None) -> dict[str, Any]:
    missing = {"days_late": 0, "days_left": 0, "tone": Tone.FIRM, "to": None}
    things = [
        {**missing, **_alone(draft, envelope), "escalated": draft.kind is NoticeKind.ESCALATION}
        for draft in sorted(drafts, key=lambda draft: draft.values["last_day"])
    ]
    return {
        **things[0],
        "things": things,
        "units": list(dict.fromkeys(thing["unit"] for thing in things)),
        "late": sum(bool(thing["days_late"]) for thing in things),
        "nearest": next((thing["last_day"] for thing in things if not thing["days_late"]), None),
        "level": max((thing["level"] for thing in things), key=PRESSING.index),
    }


def _desk(values: dict[str, Any], envelope: Envelope | None) -> Desk | None:
    owes = values.get("to", ContactRole.HEAD) == ContactRole.HEAD  # the secretary and the deputy leader urge others
    secretary, obligation = values["secretary_address"], values["obligation"] if owes else None
    takes = (owes and values["kind"] in TAKEN_BY_MAILBOX) or not secretary
    inbox = envelope.inbox if envelope and takes else None
    reader = envelope.address if envelope else None
    page = f"/attendances/{values['attendance']}" if "attendance" in values else values.get("page")
    if page:
        return desk_at(page, secretary, reader, envelope.portal if envelope else None)
    return desk_of(inbox, secretary, reader, UUID(obligation) if obligation else None, envelope.portal if envelope else None)
