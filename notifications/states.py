"""What people call the states of a notice, and its kinds."""

from bloc.enums import NoticeKind, NoticeState
from bloc.language import say

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
    NoticeKind.RECEIPT: say("receipt"),
    NoticeKind.REFUSAL: say("refusal"),
    NoticeKind.RETURNED: say("report returned"),
    NoticeKind.REISSUE: say("score sheets issued again"),
    NoticeKind.WAIVER: say("waiver"),
    NoticeKind.RESULT_READY: say("result to look at"),
    NoticeKind.RESULT: say("published result"),
    NoticeKind.THANKS: say("thanks"),
    NoticeKind.WEEKLY: say("weekly digest"),
    NoticeKind.UNDELIVERABLE: say("word of an address that takes no mail"),
    NoticeKind.HELD: say("word of a mail that waits"),
    NoticeKind.ALARM: say("alarm"),
}
