"""What the pages say of a plan: its activities, policies and ladder, and what a changed one changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from bloc.enums import ActivityKind, Actors, Before, CrossScoresSeen, DayOff, MissingSheet, TieRule, TitlesBy
from bloc.language import Message, say, short_day, week_day
from bloc.plan import Activity, Plan
from bloc.portal.words import ROLES

KINDS: Mapping[ActivityKind, Message] = {
    ActivityKind.REPORT: say("report: a file is sent"),
    ActivityKind.CONSULTATION: say("consultation: a draft is agreed to or commented"),
    ActivityKind.SIGNATURE: say("signature"),
    ActivityKind.SCORE_SHEETS: say("score sheets: the workbook is sent"),
    ActivityKind.DUTY: say("duty: confirmed as done"),
    ActivityKind.CONFERENCE: say("conference"),
}
ACTORS: Mapping[Actors, Message] = {
    Actors.ALL: say("all units"),
    Actors.LEADER: say("the leader of the bloc"),
    Actors.DEPUTY: say("the deputy leader of the bloc"),
    Actors.MEMBERS: say("all units but the leader"),
}
POLICIES: Mapping[str, tuple[Message, Mapping[str, Message]]] = {
    "ties": (
        say("Equal scores"),
        {
            TieRule.SHARED: say("share a rank"),
            TieRule.CROSS_MEAN: say("the higher mean of cross-scores comes first"),
            TieRule.BALLOT: say("share a rank until the conference decides"),
        },
    ),
    "missing_sheet": (
        say("A score sheet is missing"),
        {
            MissingSheet.WAIT: say("no result until it comes"),
            MissingSheet.RECEIVED: say("after the deadline the scoring may be closed without it"),
        },
    ),
    "cross_scores_seen": (
        say("Cross-scores that units see after publication"),
        {
            CrossScoresSeen.MEANS: say("means only"),
            CrossScoresSeen.MATRIX: say("all of them"),
            CrossScoresSeen.NOBODY: say("none"),
        },
    ),
    "before": (
        say("“Before” a day means"),
        {Before.DAY_BEFORE: say("to the end of the day before it"), Before.THROUGH_DAY: say("to the end of that day")},
    ),
    "day_off": (
        say("A last day that is no working day"),
        {
            DayOff.AS_WRITTEN: say("stays as written"),
            DayOff.WORKING_DAY_BEFORE: say("moves to the working day before"),
            DayOff.WORKING_DAY_AFTER: say("moves to the working day after"),
        },
    ),
    "titles_by": (
        say("Titles and commendations"),
        {
            TitlesBy.RANK: say("are proposed by rank"),
            TitlesBy.OPEN_VOTE: say("are voted on openly at the conference"),
            TitlesBy.SECRET_VOTE: say("are voted on by secret ballot at the conference"),
        },
    ),
}
PARTS: Mapping[str, Message] = {
    "bloc": say("the bloc's name"),
    "document": say("the issued document"),
    "legal_bases": say("legal bases"),
    "units": say("members"),
    "rotation": say("how the roles pass on"),
    "contacts": say("contacts"),
    "policies": say("policies"),
    "objections": say("objections"),
    "calendar": say("working days"),
    "reminders": say("reminders"),
    "covenant": say("covenant"),
    "criteria": say("criteria"),
    "activities": say("activities"),
    "recipients": say("recipients"),
    "titles": say("titles and commendations"),
    "vote": say("votes on titles"),
}


@dataclass(frozen=True)
class Told:
    """An activity in words."""

    code: str
    name: str
    title: str
    kind: Message
    actors: Message | str
    until: Message
    opens: str
    phrase: str
    source: str
    note: str


def of_activity(plan: Plan, activity: Activity) -> Told:
    """Return an activity in words."""
    last, names = plan.last_day(activity), {unit.code: unit.name for unit in plan.units}
    who = activity.actors
    return Told(
        code=activity.code,
        name=activity.name,
        title=activity.title,
        kind=KINDS[activity.kind],
        actors=ACTORS[who] if isinstance(who, Actors) else "; ".join(names[code] for code in who),
        until=say("to the end of {day}", day=week_day(last)) if last else say("to be dated"),
        opens=short_day(plan.opening_day(activity)) if last else "",
        phrase=activity.deadline.phrase if activity.deadline else "",
        source=activity.source,
        note=activity.note or "",
    )


def policies(plan: Plan) -> list[tuple[Message, Message]]:
    """Return the policies in words, with what each is about."""
    told = [(about, answers[getattr(plan.policies, name)]) for name, (about, answers) in POLICIES.items()]
    if plan.objections is not None:
        days = say("for {days} working days from the result's publication on", days=plan.objections.days)
        told.append((say("Objections to cross-scores"), days))
    return told


def ladder(plan: Plan) -> list[tuple[Message, str]]:
    """Return the steps of the reminders in words, and to whom each goes."""
    return [(_step(step.days), ", ".join(str(ROLES[role]) for role in step.to)) for step in plan.reminders.ladder]


def _step(days: int) -> Message:
    if days == 0:
        return say("the last day")
    return say("{days} working days before", days=-days) if days < 0 else say("{days} working days late", days=days)


def change(message: Message) -> Message:
    """Return a change that applying a plan tells, with the parts of the file in words instead of its keys."""
    if set(message.values) != {"parts"}:
        return message
    parts = ", ".join(str(PARTS.get(part, part)) for part in str(message.values["parts"]).split(", "))
    return say("Parts of the plan that differ: {parts}.", parts=parts)
