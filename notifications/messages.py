"""One tiny function a message. Its keyword-only arguments are all that the message may say.

Each has the name of its ``NoticeKind`` (or ``DirectMail``) and of its template, ``templates/mail/<language>/<kind>.j2``. What
it returns is plain JSON, to be kept in the notice's row: days and instants as ISO strings, scores as exact fractions, faults as
``Fault.to_json``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from pydantic_core import to_jsonable_python

from bloc.enums import ActivityKind, ContactRole, DirectMail, NoticeKind, TieRule, Tone
from bloc.errors import Fault
from bloc.language import Message


@dataclass(frozen=True)
class Line:
    """A unit's line of a published ranking, with as much of the score sheets as its bloc lets all units see.

    Args:
        rank: its rank, ``unit``, its name, and ``score``, exact, in points.
        self_total: what it gave itself, in thousandths of a point, and ``cross_mean``, the exact mean, in points, of what the
            others gave it; None where nobody sees them.
        given: what each of the others gave it: the name of the scorer, and all its points, in thousandths; empty where
            nobody sees that.
    """

    rank: int
    unit: str
    score: Fraction
    self_total: int | None = None
    cross_mean: Fraction | None = None
    given: Sequence[tuple[str, int]] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the line as plain JSON; fractions stay exact."""
        mean = None if self.cross_mean is None else str(self.cross_mean)
        return {**asdict(self), "score": str(self.score), "cross_mean": mean}


@dataclass(frozen=True)
class Draft:
    """A message before it is rendered: which template, and what fills it, as plain JSON."""

    kind: NoticeKind | DirectMail
    values: dict[str, Any]


@dataclass(frozen=True)
class Meeting:
    """A conference: its day, the time at which it begins, its place, its link (None: open), its agenda, and who convenes it."""

    day: date
    start: time | None
    place: str | None
    link: str | None
    agenda: Sequence[str]
    convener: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        start = self.start.isoformat("minutes") if self.start else None
        return {**asdict(self), "day": self.day.isoformat(), "start": start, "agenda": list(self.agenda)}


@dataclass(frozen=True)
class About:
    """What every message says: which bloc's year, to which unit, from whom; and most of them: about which obligation.

    Args:
        bloc_name: the bloc; a message says so of every unit in ``year``.
        unit: the name of the unit that is written to.
        sender: the name of the leader unit.
        secretary: whom one may ask, by office, and ``secretary_address``; None if the plan names nobody.
        activity: the title of what is owed, and its ``kind``; None if the message is about no obligation.
        activity_name: its short name, for the subject; without one the title stands there.
        last_day: the unit's last day in time.
        phrase: the deadline as the plan writes it ("trước ngày 07/6/2024"); None where the unit's own differs, by extension.
        obligation: its id, and ``moves``, how often it has been asked for anew: the calendar's UID and SEQUENCE.
        meeting: of what is owed for a conference that has a day, when and where it is held: ``Meeting.to_json``.
    """

    bloc_name: str
    year: int
    unit: str
    sender: str
    secretary: str | None = None
    secretary_address: str | None = None
    activity: str | None = None
    activity_name: str | None = None
    kind: ActivityKind | None = None
    last_day: date | None = None
    phrase: str | None = None
    obligation: str | None = None
    moves: int = 0
    meeting: dict[str, Any] | None = None


def _draft(message: NoticeKind | DirectMail, about: About, **values: Any) -> Draft:
    return Draft(message, to_jsonable_python(vars(about) | values))


def invitation(*, about: About) -> Draft:
    """Say what is asked for, until when, and how to send it."""
    return _draft(NoticeKind.INVITATION, about)


def reminder(*, about: About, days_left: int, tone: Tone) -> Draft:
    """Say that ``days_left`` days of the calendar are left to the last day in time; 0 on that day itself."""
    return _draft(NoticeKind.REMINDER, about, days_left=days_left, tone=tone)


def overdue(*, about: About, days_late: int) -> Draft:
    """Say that the last day in time was ``days_late`` days of the calendar ago, and what is still waited for."""
    return _draft(NoticeKind.OVERDUE, about, days_late=days_late)


def escalation(*, about: About, days_late: int, to: ContactRole | None) -> Draft:
    """Tell those above a unit's contact what ``about.unit`` owes since ``days_late`` days of the calendar.

    ``to``: its head, who is asked to see to it; the secretary, and (None) the deputy leader's contact, who urge it.
    Source: plan, section III.2.
    """
    return _draft(NoticeKind.ESCALATION, about, days_late=days_late, to=to)


COUNTING = (  # days
    NoticeKind.REMINDER, NoticeKind.OVERDUE, NoticeKind.ESCALATION, NoticeKind.OBJECTION_REMINDER,
    NoticeKind.CONFERENCE_REMINDER,
)  # fmt: skip


def as_of(draft: Draft, today: date) -> Draft:
    """Return a draft with its days counted from ``today``: it may leave on a later day than that on which it was queued."""
    if draft.kind not in COUNTING:
        return draft
    late = (today - date.fromisoformat(draft.values["last_day"])).days
    days = {"days_left": max(-late, 0)} if "days_left" in draft.values else {"days_late": max(late, 1)}
    return replace(draft, values=draft.values | days)


def extension(*, about: About, old_last_day: date, because: str) -> Draft:
    """Say that the last day in time has moved from ``old_last_day`` to ``about.last_day``, and why."""
    return _draft(NoticeKind.EXTENSION, about, old_last_day=old_last_day, because=because)


def declined(*, about: About, until: date, because: str) -> Draft:
    """Say that the later day which the unit asked for, ``until``, is not given, why, and that ``about.last_day`` stands."""
    return _draft(NoticeKind.DECLINED, about, until=until, because=because)


def receipt(
    *,
    about: About,
    number: int,
    received_at: datetime,
    file_name: str,
    sha256: str,
    version: int,
    late_seconds: int = 0,
    remarks: Sequence[Fault] = (),
    totals: Sequence[tuple[str, int]] = (),
) -> Draft:
    """Say what was received and when: the unit's proof. ``remarks`` are what is odd about the file but no fault.

    ``totals`` are what a score sheet gives each unit in all, by name, in thousandths of a point; the sender's own is the first.
    """
    return _draft(
        NoticeKind.RECEIPT,
        about,
        number=number,
        received_at=received_at,
        file_name=file_name,
        sha256=sha256,
        version=version,
        late_seconds=late_seconds,
        remarks=[remark.to_json() for remark in remarks],
        totals=[{"unit": unit, "points": total} for unit, total in totals],
    )


def refusal(
    *, about: About, file_name: str, faults: Sequence[Fault], count: int | None = None, still_counts: bool = False,
    marked: str | None = None,
) -> Draft:  # fmt: skip
    """Say that a file does not count, all that is wrong with it, each by its place, and what to do.

    ``count``: how many faults there are, where one line stands for them all. ``still_counts``: an earlier version was accepted
    and goes on counting. ``marked``: the SHA-256 of the kept copy of a score sheet in which each fault is marked at its cell;
    None if there is none.
    """
    said = {"faults": [fault.to_json() for fault in faults], "count": len(faults) if count is None else count}
    said |= {"still_counts": still_counts, "marked": marked}
    return _draft(NoticeKind.REFUSAL, about, file_name=file_name, **said)


def returned(*, about: About, file_name: str, number: int, because: str) -> Draft:
    """Say that a report which had been accepted (receipt ``number``) is returned, why, and that it is waited for again."""
    return _draft(NoticeKind.RETURNED, about, file_name=file_name, number=number, because=because)


def reissue(*, about: About, had_sent: bool, because: str | None) -> Draft:
    """Say that the score sheets are issued again, since members or criteria have changed; ``had_sent``: one counts no more."""
    return _draft(NoticeKind.REISSUE, about, had_sent=had_sent, because=because)


def waiver(*, about: About, because: str) -> Draft:
    """Say that the unit is released from what it owed, and why."""
    return _draft(NoticeKind.WAIVER, about, because=because)


def result_ready(*, about: About, version: int, final: bool, sheets: int, members: int) -> Draft:
    """Tell the secretary that a ranking, of ``sheets`` of ``members`` sheets, waits to be published. It says no scores."""
    return _draft(NoticeKind.RESULT_READY, about, version=version, final=final, sheets=sheets, members=members)


def result(
    *, about: About, version: int, rank: int, score: Fraction, ranking: Sequence[Line], sheets: int, decimals: int = 2,
    ties: TieRule = TieRule.SHARED,
) -> Draft:  # fmt: skip
    """Tell a unit its rank and score and the whole published ranking, and what its lines say of the score sheets.

    ``ties``: how equal scores were ranked. ``sheets``: how many were counted; fewer than there are units: it is provisional.
    """
    lines = [line.to_json() for line in ranking]
    own = {"rank": rank, "score": str(score)}
    return _draft(NoticeKind.RESULT, about, version=version, **own, ranking=lines, sheets=sheets, decimals=decimals, ties=ties)


@dataclass(frozen=True)
class Contested:
    """A cross-score that is contested.

    Args:
        number: the objection's, ``unit``: the name of who contests it, ``giver``: of who gave it.
        criterion: its code and title; ``points``: what was given, in thousandths of a point; None where the mail may not say.
        because: why it is contested.
    """

    number: int
    unit: str
    giver: str
    criterion: str
    points: int | None
    because: str


def objections_open(*, about: About, version: int, last_day: date, page: str) -> Draft:
    """Say that a unit may contest what others gave it, until the end of ``last_day``; ``page``: where, a path of the portal."""
    return _draft(NoticeKind.OBJECTIONS_OPEN, replace(about, last_day=last_day), version=version, page=page)


def objection(*, about: About, contested: Contested, last_day: date, page: str) -> Draft:
    """Tell whoever gave a cross-score who contests it and why, and until when it is asked to confirm or correct it."""
    return _draft(NoticeKind.OBJECTION, replace(about, last_day=last_day), contested=contested, page=page)


def objection_reminder(*, about: About, contested: Sequence[Contested], last_day: date, days_left: int, page: str) -> Draft:
    """Remind whoever has not answered objections of all of them, ``days_left`` days of the calendar before the last day."""
    said = [asdict(each) for each in contested]
    about = replace(about, last_day=last_day)
    return _draft(NoticeKind.OBJECTION_REMINDER, about, contested=said, days_left=days_left, page=page)


def objection_answer(*, about: About, contested: Contested, corrected: bool, to: int | None, because: str, page: str) -> Draft:
    """Tell who contested a cross-score what its giver answers and why; ``to``: the points that it is ``corrected`` to.

    None: it is confirmed, or the mail may not say.
    """
    said = {"corrected": corrected, "corrected_to": to, "because": because}
    return _draft(NoticeKind.OBJECTION_ANSWER, about, contested=contested, **said, page=page)


def thanks(*, about: About, members: int, late: int) -> Draft:
    """Thank a unit: all ``members`` units that were asked have now sent, ``late`` of them after their last day in time."""
    return _draft(NoticeKind.THANKS, about, members=members, late=late)


def document(*, about: About, document: Message, number: str | None, issued_on: date | None, is_signed: bool) -> Draft:
    """Bring an issued document, attached: what it is, its number (None: it bears none), its day; whether it is signed."""
    return _draft(
        NoticeKind.DOCUMENT, about, document=document.to_json(), number=number, issued_on=issued_on, is_signed=is_signed
    )


def conference(*, about: About, meeting: Meeting, attendance: str) -> Draft:
    """Invite a unit to a conference, and ask who comes. ``attendance``: the id of its answer, and the calendar's UID."""
    return _draft(NoticeKind.CONFERENCE, about, meeting=meeting.to_json(), attendance=attendance)


def conference_reminder(*, about: About, meeting: Meeting, attendance: str, days_left: int) -> Draft:
    """Ask a unit that has not answered a conference's invitation who comes; it is in ``days_left`` days."""
    told = {"meeting": meeting.to_json(), "attendance": attendance}
    return _draft(NoticeKind.CONFERENCE_REMINDER, about, **told, days_left=days_left)


def postponed(
    *, about: About, meeting: Meeting, attendance: str, former: dict[str, Any], because: str | None, asked_anew: bool
) -> Draft:
    """Say when and where a conference is held now, what the unit knew of it before (``former``), and why it has changed.

    ``asked_anew``: it is another day or time, so that the unit is asked again who comes.
    """
    told = {"meeting": meeting.to_json(), "attendance": attendance, "former": former}
    return _draft(NoticeKind.POSTPONED, about, **told, because=because, asked_anew=asked_anew)


def called_off(*, about: About, attendance: str, former: dict[str, Any], because: str | None) -> Draft:
    """Say that a conference to which the unit was invited is not held, or not with it, and why, where a reason was given."""
    told = {"meeting": former, "attendance": attendance}
    return _draft(NoticeKind.CALLED_OFF, about, **told, because=because)


@dataclass(frozen=True)
class Item:
    """A line of the secretary's weekly digest: what, until which day (None: no day belongs to it), and which units."""

    what: str
    last_day: date | None = None
    units: Sequence[str] = ()


def weekly(
    *,
    about: About,
    today: date,
    waiting: Sequence[Message],
    due: Sequence[Item],
    late: Sequence[Item],
    undelivered: Sequence[Item],
    uncertain: Sequence[Item],
) -> Draft:
    """Tell the secretary how the year stands.

    Args:
        today: the day it is told of.
        waiting: what waits for the secretary, each a sentence: the first thing that it says.
        due: what units still owe within 14 days, and ``late``, what they owe already.
        undelivered: addresses that take no mail, with the units they stand for; ``uncertain``, mails of which it is not known
            whether they arrived.
    """
    lists = {"due": due, "late": late, "undelivered": undelivered, "uncertain": uncertain}
    told = {name: [asdict(item) for item in items] for name, items in lists.items()}
    return _draft(NoticeKind.WEEKLY, about, today=today, waiting=[one.to_json() for one in waiting], **told)


def undeliverable(*, about: About, address: str, reply: str, instead: Sequence[str], marked: bool) -> Draft:
    """Tell the secretary that ``address``, of ``about.unit``, takes no mail, what its server says, and who gets it instead.

    ``instead``: names and addresses; empty: nobody is left, so that the unit's mail comes to the secretary. ``marked``: nothing
    more goes to that address; else it was this mail alone.
    """
    return _draft(NoticeKind.UNDELIVERABLE, about, address=address, reply=reply, instead=list(instead), marked=marked)


def held(*, about: About, ref: str, writer: str, titled: str, came_at: datetime, why: Sequence[Message]) -> Draft:
    """Tell the secretary that a mail which came in waits for a decision, and why.

    ``ref``: what it is called by; ``writer``: the address that it came from, or "-"; ``titled``: its subject.
    """
    said = {"ref": ref, "writer": writer, "titled": titled, "came_at": came_at}
    return _draft(NoticeKind.HELD, about, **said, why=[one.to_json() for one in why])


def alarm(*, installation: str, what: Message, todo: Message, since: datetime | None) -> Draft:
    """Tell the operator what needs them, and what to do: ``what`` and ``todo``, sentences; ``since`` when, if that is known."""
    about = About(bloc_name="Bloc", year=0, unit=installation, sender="Bloc")
    return _draft(NoticeKind.ALARM, about, what=what.to_json(), todo=todo.to_json(), since=since)


def sign_in(*, about: About, link: str, code: str, minutes: int) -> Draft:
    """Give whoever asked to sign in the page that does it and a code of six digits, both good once and for so many minutes."""
    return _draft(DirectMail.SIGN_IN, about, link=link, code=code, minutes=minutes)


def trial(*, about: About) -> Draft:
    """See whether a contact's address takes mail; its reader has nothing to do."""
    return _draft(DirectMail.TRIAL, about)
