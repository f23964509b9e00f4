"""The score sheets issued again: members or criteria are others now, and a sheet made from the former ones cannot count."""

import uuid
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.aggregation import drop_claims
from bloc.actions.notices import Post
from bloc.actions.planned_work import BEGUN, release
from bloc.actions.returns import give_back, owe_again
from bloc.actions.stages import new_obligation
from bloc.actions.wakeups import rest
from bloc.actions.workbooks import to_fill_in
from bloc.db import Work
from bloc.enums import ActivityKind, ActivityState, ContactRole, ObligationState, WakeupKind
from bloc.queries import Owed
from models import Activity, Cycle, Obligation
from notifications import messages


def issue_again(work: Work, cycle: Cycle, now: datetime, because: str | None) -> list[uuid.UUID]:
    """Give back every score sheet that has come, and tell each unit that owes one; return the obligations told of.

    What is kept of the former sheets, and of results that rest on them, stays. Before the sheets are asked for nobody is told.
    """
    drop_claims(work.session, cycle)
    rest(work.session, WakeupKind.AGGREGATION)  # if nobody heard of them, the next claim is told of all the same
    post, had_sent = Post(work, cycle, now), _all_given_back(work.session, cycle, because)
    _ask_newcomers(work.session, cycle)
    owed = [each for each in queries.owed(work.session, cycle.id) if each.activity.kind is ActivityKind.SCORE_SHEETS]
    asked = [each for each in owed if each.obligation.state is not ObligationState.WAIVED]
    return [each.obligation.id for each in asked if _ask_again(post, each, each.obligation.id in had_sent, because)]


def _ask_newcomers(session: Session, cycle: Cycle) -> None:
    """Let a unit that has just come, or come back, owe its sheet at once, also after the deadline: the others wait for it."""
    asked = select(Activity).where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SCORE_SHEETS)
    for activity in session.exec(asked.where(col(Activity.state).in_(BEGUN))).all():
        for unit in queries.members(session, cycle.id):
            had = queries.obligation_for(session, activity, unit)
            if had is None:
                session.add(new_obligation(cycle, activity, unit))
            elif had.state is ObligationState.WAIVED and had.waived_because is None:
                had.state = ObligationState.OPEN
    session.flush()


def _all_given_back(session: Session, cycle: Cycle, because: str | None) -> set[uuid.UUID]:
    """Give back what every unit has sent, those that have left among them; return for which obligations there was something."""
    sheets = select(Obligation).join(Activity).where(Activity.kind == ActivityKind.SCORE_SHEETS)
    obligations = session.exec(sheets.where(Obligation.cycle_id == cycle.id)).all()
    return {obligation.id for obligation in obligations if give_back(session, obligation, because or "")}


def _ask_again(post: Post, owed: Owed, had_sent: bool, because: str | None) -> bool:
    owe_again(post, owed.obligation, owed.activity.code)
    if owed.activity.state is ActivityState.WITHDRAWN:
        release(owed.obligation)
        return False
    if owed.activity.state not in BEGUN and not had_sent:
        return False
    draft = messages.reissue(about=post.about(owed), had_sent=had_sent, because=because)
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{post.cycle.plan_version}"
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    post.queue(draft, owed.unit, to, identity, owed, attachments=to_fill_in(post, owed))
    return True
