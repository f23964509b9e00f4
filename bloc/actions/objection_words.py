"""How objections stand, in words."""

from collections.abc import Mapping

from bloc.enums import ObjectionState
from bloc.language import Message, say

STATES: Mapping[ObjectionState, Message] = {
    ObjectionState.OPEN: say("waits for an answer"),
    ObjectionState.CONFIRMED: say("confirmed"),
    ObjectionState.CORRECTED: say("corrected"),
    ObjectionState.NOT_ANSWERED: say("not answered"),
}


def said(state: ObjectionState) -> Message:
    """Return how an objection stands."""
    return STATES[state]
