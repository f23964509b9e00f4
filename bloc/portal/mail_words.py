"""How the states of mails look on the pages, and what a changed plan changes in the mails to come, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from bloc.actions.forecast import Change
from bloc.enums import NoticeState
from bloc.language import Message, clock_time, say, short_day
from bloc.portal.words import Look, Tag
from notifications.states import STATES, kind_said

LOOKS: Mapping[NoticeState, Look] = {
    NoticeState.QUEUED: Look.TODO,
    NoticeState.SENDING: Look.TODO,
    NoticeState.SENT: Look.DONE,
    NoticeState.FAILED: Look.LATE,
    NoticeState.UNCERTAIN: Look.SOON,
    NoticeState.CANCELLED: Look.QUIET,
    NoticeState.EXPIRED: Look.QUIET,
}
TAGS: Mapping[NoticeState, Tag] = {state: Tag(look, STATES[state]) for state, look in LOOKS.items()}


@dataclass(frozen=True)
class Told:
    """A mail that comes, moves or falls away: when, what, for whom; ``until_now``: when it was to go, of one that moves."""

    tag: Tag
    when: str
    mail: Message | str
    last_day: str
    unit: str
    reader: str
    until_now: str = ""


COMES = Tag(Look.TODO, say("comes"))
MOVES = Tag(Look.SOON, say("moves"))
FALLS_AWAY = Tag(Look.QUIET, say("falls away"))


def change(found: Change) -> Told:
    """Return what a changed plan does to a mail."""
    one = found.now
    return Told(
        tag=MOVES if found.before and found.after else COMES if found.after else FALLS_AWAY,
        when=clock_time(one.moment),
        mail=kind_said(one.which.kind, one.which.step, one.activity),
        last_day=short_day(one.last_day) if one.last_day else "",
        unit=one.unit or "",
        reader=f"{one.name} <{one.address}>",
        until_now=clock_time(found.before.moment) if found.before and found.after else "",
    )
