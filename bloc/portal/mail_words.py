"""How the states of mails look on the pages."""

from collections.abc import Mapping

from bloc.enums import NoticeState
from bloc.portal.words import Look, Tag
from notifications.states import STATES

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
