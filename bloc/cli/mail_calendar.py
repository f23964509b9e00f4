"""The mail calendar in lines: each mail that is to come under its day, with the notices in it; and what a plan changes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from bloc.actions.forecast import Change, Foreseen
from bloc.cli.notice_lines import INDENT, folded
from bloc.clock import local, local_day
from bloc.language import Message, clock_time, say, short_day, week_day
from notifications.states import kind_said

Mail = Sequence[Foreseen]
SIGNS = {"-": "falls-away", "+": "comes", "~": "moves"}


def as_mails(coming: Iterable[Foreseen]) -> list[Mail]:
    """Return what leaves together, as one mail, together."""
    return [list(mail) for _, mail in groupby(coming, key=lambda one: (one.moment, one.mail))]


def calendar_lines(mails: Iterable[Mail]) -> Iterator[str]:
    """Yield each mail under its day: the time and the reader, and below, each notice in it with its reference."""
    day: date | None = None
    for mail in mails:
        first = mail[0]
        yield from _heading(day, first.moment)
        day = local_day(first.moment)
        yield from folded(f"{first.name} <{first.address}>", f"  {local(first.moment):%H:%M}", 9)
        for one in mail:
            yield from folded(_said(one), f"         {one.which.ref}")
            yield from _decided(one)


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """Yield each change under the day of the notice: a sign, its time and reference, what it is and to whom."""
    day: date | None = None
    for change in changes:
        one = change.now
        yield from _heading(day, one.moment)
        day = local_day(one.moment)
        yield from folded(_said(one), f"{sign_of(change)} {local(one.moment):%H:%M}  {one.which.ref}")
        yield from folded(f"{one.name} <{one.address}>")
        if change.before and change.after:
            yield from folded(_until_now(change.before))


def _until_now(one: Foreseen) -> Message:
    moment = clock_time(one.moment)
    if one.last_day is None:
        return say("until now: {moment}", moment=moment)
    return say("until now: {moment}, last day {day}", moment=moment, day=short_day(one.last_day))


def sign_of(change: Change) -> str:
    """Return the sign of a change: it falls away, comes, or moves."""
    if change.before and change.after:
        return "~"
    return "+" if change.after else "-"


def as_data_of_mail(mail: Mail) -> dict[str, Any]:
    """Return a mail as plain data, for machines."""
    first = mail[0]
    to = {"name": first.name, "address": first.address}
    return {"at": _iso(first.moment), "to": to, "notices": [_data(one) for one in mail]}


def as_data_of_change(change: Change) -> dict[str, Any]:
    """Return a change as plain data, for machines."""
    sides = {"before": change.before, "after": change.after}
    told = {side: one and {"at": _iso(one.moment), "address": one.address, **_data(one)} for side, one in sides.items()}
    return {"change": SIGNS[sign_of(change)], **told}


def _heading(day: date | None, moment: datetime) -> Iterator[str]:
    if local_day(moment) != day:
        yield week_day(local_day(moment))


def _said(one: Foreseen) -> Message | str:
    said: Message | str = kind_said(one.which.kind, one.which.step, one.activity)
    if one.last_day:
        said = say("{mail}, last day {day}", mail=said, day=short_day(one.last_day))
    if one.unit:
        said = say("{mail}, {unit}", mail=said, unit=one.unit)
    return say("NOT SENT: {mail}", mail=said) if one.suppressed else said


def _decided(one: Foreseen) -> Iterator[str]:
    """Yield the words that a person has added, and who decided so and why."""
    if one.remark and not one.suppressed:
        yield from folded(say("with the words: {words}", words=one.remark))
    if one.because:
        yield from folded(f"{one.by}: {one.because}", indent=INDENT)


def _data(one: Foreseen) -> dict[str, Any]:
    which = one.which
    return {
        "ref": which.ref,
        "identity": which.identity,
        "kind": which.kind,
        "activity": which.activity,
        "unit": which.unit,
        "step": which.step,
        "last_day": one.last_day.isoformat() if one.last_day else None,
        "suppressed": one.suppressed,
        "remark": one.remark,
        "by": one.by,
        "because": one.because,
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat()
