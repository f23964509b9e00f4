"""The score sheets issued again: members or criteria are others now, and a sheet made from the former ones cannot count."""

import uuid
from datetime import datetime

from sqlmodel import Session

from bloc import queries
from bloc.actions.aggregation import drop_claims
from bloc.actions.notices import Post
from bloc.actions.returns import give_back, owe_again
from bloc.db import Work
from bloc.enums import ActivityKind, ActivityState, ContactRole, ObligationState
from bloc.queries import Owed
from models import Cycle
from notifications import messages

BEGUN = (ActivityState.OPEN, ActivityState.CLOSED)


def issue_again(work: Work, cycle: Cycle, now: datetime, because: str | None) -> list[uuid.UUID]:
    """Give back every score sheet that has come, and tell each unit that owes one; return the obligations told of.

    What is kept of the former sheets, and of results that rest on them, stays. Before the sheets are asked for nobody is told.
    """
    drop_claims(work.session, cycle)
    post = Post(work, cycle, now)
    return [owed.obligation.id for owed in _sheets(work.session, cycle) if _ask_again(post, owed, because)]


def _sheets(session: Session, cycle: Cycle) -> list[Owed]:
    owed = [each for each in queries.owed(session, cycle.id) if each.activity.kind is ActivityKind.SCORE_SHEETS]
    return [each for each in owed if each.obligation.state is not ObligationState.WAIVED]


def _ask_again(post: Post, owed: Owed, because: str | None) -> bool:
    given_back = give_back(post.work.session, owed.obligation, because or "")
    owe_again(post, owed.obligation, owed.activity.code)
    if owed.activity.state not in BEGUN and not given_back:
        return False
    draft = messages.reissue(about=post.about(owed), had_sent=bool(given_back), because=because)
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{post.cycle.plan_version}"
    post.queue(draft, owed.unit, post.audience(owed.unit, [ContactRole.CONTACT]), identity, owed)
    return True
