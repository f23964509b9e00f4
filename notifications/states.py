"""What people call the kinds of mails, their steps and the states of a notice."""

from bloc.enums import IncomingState, NoticeKind, NoticeState
from bloc.language import Message, say

STATES = {
    NoticeState.QUEUED: say("waiting to be sent"),
    NoticeState.SENDING: say("being sent"),
    NoticeState.SENT: say("sent"),
    NoticeState.FAILED: say("failed"),
    NoticeState.UNCERTAIN: say("uncertain"),
    NoticeState.CANCELLED: say("not sent"),
    NoticeState.EXPIRED: say("expired"),
}
MAILS = {
    NoticeKind.INVITATION: say("invitation"),
    NoticeKind.REMINDER: say("reminder"),
    NoticeKind.OVERDUE: say("overdue notice"),
    NoticeKind.ESCALATION: say("escalation"),
    NoticeKind.EXTENSION: say("notice of extension"),
    NoticeKind.DECLINED: say("refusal of a later deadline"),
    NoticeKind.RECEIPT: say("receipt"),
    NoticeKind.REFUSAL: say("refusal"),
    NoticeKind.RETURNED: say("report returned"),
    NoticeKind.REISSUE: say("score sheets issued again"),
    NoticeKind.WAIVER: say("waiver"),
    NoticeKind.RESULT_READY: say("result to look at"),
    NoticeKind.RESULT: say("published result"),
    NoticeKind.OBJECTIONS_OPEN: say("objection window opened"),
    NoticeKind.OBJECTION: say("objection to a cross-score"),
    NoticeKind.OBJECTION_REMINDER: say("reminder to answer objections"),
    NoticeKind.OBJECTION_ANSWER: say("answer to an objection"),
    NoticeKind.THANKS: say("thanks"),
    NoticeKind.DOCUMENT: say("issued document"),
    NoticeKind.CONFERENCE: say("invitation to a conference"),
    NoticeKind.CONFERENCE_REMINDER: say("reminder to answer an invitation"),
    NoticeKind.POSTPONED: say("conference held at another time or place"),
    NoticeKind.CALLED_OFF: say("conference called off"),
    NoticeKind.WEEKLY: say("weekly digest"),
    NoticeKind.UNDELIVERABLE: say("word of an address that takes no mail"),
    NoticeKind.HELD: say("word of a mail that waits"),
    NoticeKind.ALARM: say("alarm"),
}

INCOMING = {
    IncomingState.DEPOSITED: say("handed in"),
    IncomingState.BOUNCE: say("report of the post"),
    IncomingState.HELD: say("waits for you"),
    IncomingState.SET_ASIDE: say("set aside"),
}


def kind_said(kind: NoticeKind, step: int | None, activity: str | None) -> Message | str:
    """Return what mail it is: its kind, what it is about, and which step of the ladder."""
    what = MAILS[kind]
    said = say("{mail}: {title}", mail=what, title=activity) if activity else what
    return said if step is None else say("{mail} ({step})", mail=said, step=step_said(step))


def step_said(step: int) -> Message:
    """Return a step of the ladder in words."""
    if step == 0:
        return say("the last day")
    if step < 0:
        return say("{days} working days before", days=-step)
    return say("{days} working days late", days=step)
