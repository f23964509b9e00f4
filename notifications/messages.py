"""One tiny function a message. Its keyword-only arguments are all that the message may say.

Each has the name of its ``NoticeKind`` and of its template, ``templates/mail/<kind>.txt``. What it returns is plain JSON, to be
kept in the notice's row: days and instants as ISO strings, scores as exact fractions, faults as ``Fault.to_json``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from pydantic_core import to_jsonable_python

from bloc.enums import ActivityKind, NoticeKind, ResultState
from bloc.errors import Fault


@dataclass(frozen=True)
class Draft:
    """A message before it is rendered: which template, and what fills it, as plain JSON."""

    kind: NoticeKind
    values: dict[str, Any]


@dataclass(frozen=True)
class Sender:
    """Who writes: the leader unit of one bloc's year, and the secretary whom one may ask (None if the plan names none)."""

    bloc: str
    year: int
    unit: str
    secretary: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class About:
    """What most messages are about: one unit's obligation for one activity.

    ``last_day`` is the unit's last day in time; ``phrase`` is the deadline as the plan writes it ("trước ngày 07/6/2024"), and
    None where the unit has a deadline of its own, by extension.
    """

    sender: Sender
    unit: str
    title: str
    kind: ActivityKind
    last_day: date
    phrase: str | None = None


@dataclass(frozen=True)
class Line:
    """A unit's line in the published ranking; ``score`` is exact, in points."""

    rank: int
    unit: str
    score: Fraction
    tied: bool = False


def _draft(kind: NoticeKind, **values: Any) -> Draft:
    return Draft(kind, to_jsonable_python(values))


def _on(kind: NoticeKind, about: About, **values: Any) -> Draft:
    activity = {name: getattr(about, name) for name in ("title", "kind", "last_day", "phrase")}
    return _draft(kind, sender=about.sender, unit=about.unit, activity=activity, **values)


def invitation(*, about: About) -> Draft:
    """Say what is asked for, until when, and how to send it."""
    return _on(NoticeKind.INVITATION, about)


def reminder(*, about: About, days_left: int) -> Draft:
    """Say that ``days_left`` working days are left; 0 is the last working day in time."""
    return _on(NoticeKind.REMINDER, about, days_left=days_left)


def overdue(*, about: About, days_late: int) -> Draft:
    """Say that the deadline passed ``days_late`` working days ago and what is still waited for."""
    return _on(NoticeKind.OVERDUE, about, days_late=days_late)


def extension(*, about: About, old_day: date, reason: str) -> Draft:
    """Say that the last day in time has moved from ``old_day`` to ``about.last_day``, and why."""
    return _on(NoticeKind.EXTENSION, about, old_day=old_day, reason=reason)


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
) -> Draft:
    """Say what was received and when: the unit's proof. ``remarks`` are what is odd about the file but no fault."""
    return _on(
        NoticeKind.RECEIPT,
        about,
        number=number,
        received_at=received_at,
        file_name=file_name,
        sha256=sha256,
        version=version,
        late_seconds=late_seconds,
        remarks=[remark.to_json() for remark in remarks],
    )


def refusal(*, about: About, file_name: str, faults: Sequence[Fault]) -> Draft:
    """Say that a file does not count, all that is wrong with it, each by its place, and what to do."""
    return _on(NoticeKind.REFUSAL, about, file_name=file_name, faults=[fault.to_json() for fault in faults])


def result_ready(
    *, sender: Sender, version: int, state: ResultState, sheets: int, members: int, missing: Sequence[str] = ()
) -> Draft:
    """Tell the secretary that a version of the ranking waits to be looked at and published. It says no scores.

    ``sheets`` of ``members`` units' sheets count; ``missing`` names the units without one.
    """
    return _draft(
        NoticeKind.RESULT_READY,
        sender=sender,
        unit=sender.unit,
        version=version,
        state=state,
        sheets=sheets,
        members=members,
        missing=missing,
    )


def result(
    *,
    sender: Sender,
    own: Line,
    ranking: Sequence[Line],
    version: int,
    state: ResultState,
    sheets: int,
    members: int,
    decimals: int = 2,
) -> Draft:
    """Tell a unit its score and rank and the whole published ranking: official scores only, never a single scorer's."""
    return _draft(
        NoticeKind.RESULT,
        sender=sender,
        unit=own.unit,
        own=_line(own),
        ranking=[_line(line) for line in ranking],
        version=version,
        state=state,
        sheets=sheets,
        members=members,
        decimals=decimals,
    )


def _line(line: Line) -> dict[str, Any]:
    return {"rank": line.rank, "unit": line.unit, "score": str(line.score), "tied": line.tied}
