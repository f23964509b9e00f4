"""What people call the states of a notice."""

from bloc.enums import NoticeState
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
