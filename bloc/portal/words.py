"""What the pages say of states, kinds and deadlines: one place, so that every page says the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bloc.clock import local_day
from bloc.db import ITSELF
from bloc.enums import ContactRole, DepositState, MemberRole, ObligationState, ResponseKind, ResultState
from bloc.language import Message, say, week_day
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of

SOON = 3  # days of the calendar before a last day within which it is said to be near


class Look(StrEnum):
    """How a tag looks: a colour and a sign, of which neither stands alone."""

    DONE = "done"
    TODO = "todo"
    SOON = "soon"
    LATE = "late"
    QUIET = "quiet"
    LATER = "later"


SIGNS: Mapping[Look, str] = {Look.DONE: "✓", Look.TODO: "○", Look.SOON: "◔", Look.LATE: "!", Look.QUIET: "–", Look.LATER: "·"}


@dataclass(frozen=True)
class Tag:
    """A state in a word or two, as templates show it (macro ``tag``)."""

    look: Look
    text: Message

    @property
    def sign(self) -> str:
        """The sign that says the same as the colour."""
        return SIGNS[self.look]


ROLES: Mapping[ContactRole, Message] = {
    ContactRole.CONTACT: say("contact person"),
    ContactRole.DEPUTY_CONTACT: say("deputy contact person"),
    ContactRole.HEAD: say("head of the unit"),
    ContactRole.SECRETARY: say("secretary of the bloc"),
}
MEMBERS: Mapping[MemberRole, Message] = {
    MemberRole.LEADER: say("leader of the bloc"),
    MemberRole.DEPUTY: say("deputy leader of the bloc"),
    MemberRole.MEMBER: say("member of the bloc"),
}
DEPOSITS: Mapping[DepositState, Tag] = {
    DepositState.ACCEPTED: Tag(Look.DONE, say("Received")),
    DepositState.REFUSED: Tag(Look.LATE, say("Refused")),
    DepositState.RETURNED: Tag(Look.SOON, say("Returned")),
}
ANSWERS: Mapping[ResponseKind, Message] = {
    ResponseKind.AGREED: say("Agreed"),
    ResponseKind.COMMENTED: say("Commented"),
    ResponseKind.SIGNED: say("Signed"),
    ResponseKind.DONE: say("Done"),
}
DONE, RELEASED = Tag(Look.DONE, say("Done")), Tag(Look.QUIET, say("Released"))
OVERDUE, DUE_SOON, TO_DO = Tag(Look.LATE, say("Overdue")), Tag(Look.SOON, say("Due soon")), Tag(Look.TODO, say("To do"))
LATER = Tag(Look.LATER, say("Not open yet"))
UNDATED = Tag(Look.LATER, say("No date set"))
PAST = Tag(Look.LATER, say("Over before the plan came"))

PUBLISHED = Tag(Look.DONE, say("Published"))
RESULTS: Mapping[ResultState | None, Tag] = {
    ResultState.FINAL: Tag(Look.TODO, say("Final, not published")),
    ResultState.PROVISIONAL: Tag(Look.SOON, say("Provisional")),
    None: Tag(Look.LATER, say("None yet")),
}


def city_result(state: ResultState | None, published_at: datetime | None) -> Tag:
    """Return how a bloc's result stands, seen from the city: published, or how far it is."""
    return PUBLISHED if published_at is not None else RESULTS[state]


def acted(by: str) -> Message | str:
    """Return who acted, as it stands on record: by office and unit, or nobody but the program."""
    return say("the system") if by == ITSELF else by


PROGRAMS = {
    "Edg/": "Edge",
    "Firefox/": "Firefox",
    "CocCoc": "Cốc Cốc",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}  # in this order
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS", "Linux": "Linux"}


def browser_of(agent: str) -> str:
    """Return what people call a browser that names itself so: "Firefox, Windows"; empty if it is none of the well-known."""
    names = (next((name for mark, name in known.items() if mark in agent), "") for known in (PROGRAMS, SYSTEMS))
    return ", ".join(filter(None, names))


def state_of(owed: Owed, now: datetime) -> Tag:
    """Return how an obligation stands at ``now``."""
    return state_at(owed.obligation.state, owed.obligation.due_at, now)


def state_at(state: ObligationState, due: datetime, now: datetime) -> Tag:
    """Return how an obligation in that state, with that deadline, stands at ``now``."""
    match state:
        case ObligationState.ACCEPTED:
            return DONE
        case ObligationState.WAIVED:
            return RELEASED
        case _:
            days = days_left(due, now)
            if days < 0:
                return OVERDUE
            return DUE_SOON if days <= SOON else TO_DO


def days_left(due: datetime, now: datetime) -> int:
    """Return how many days of the calendar are left to the last day in time; 0 on that day, negative after it."""
    return (last_day_of(due) - local_day(now)).days


def left(due: datetime, now: datetime) -> Message:
    """Return in words how much time is left, or by how much it has passed."""
    days = days_left(due, now)
    if days < 0:
        return say("overdue by {days} days", days=-days) if days < -1 else say("overdue by 1 day")
    if days == 0:
        return say("today is the last day")
    return say("{days} days left", days=days) if days > 1 else say("1 day left")


def until(due: datetime) -> Message:
    """Return a deadline in words, by its last day: "hết thứ Năm 06/6/2024"."""
    return say("to the end of {day}", day=week_day(last_day_of(due)))
