"""What had been accepted is given back: a report by the secretary, every score sheet where what it is made from has changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.notices import Post
from bloc.actions.reminders import ask_anew, just_told
from bloc.db import Work
from bloc.enums import Act, ActivityKind, ContactRole, DepositState, ObligationState
from bloc.errors import NotAllowed
from bloc.language import say
from models import Cycle, Deposit, Obligation
from notifications import messages


def return_report(work: Work, cycle: Cycle, *, unit: str, activity: str, because: str, now: datetime) -> Deposit:
    """Give a unit's report back to it, for a reason: it counts no more, and is owed again; return its last version.

    Where the deadline has passed the unit is late from now on; it may be given a new one (``bloc.actions.deadlines.extend``).

    Raises:
        NotFound: there is no such unit, activity or obligation.
        NotAllowed: nothing of the unit's is accepted, or it is no report (score sheets are judged by their form alone), or no
            reason is given.

    Source: plan, section III.1 and III.2 (compiling and urging).
    """
    cycle = queries.locked(work.session, cycle.id)
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    if owed.activity.kind is not ActivityKind.REPORT:
        raise NotAllowed(say('Only a report can be returned; "{title}" is none.', title=owed.activity.name))
    if not because.strip():
        raise NotAllowed(say("A return needs its reason."))
    given_back = give_back(work.session, owed.obligation, because)
    if not given_back:
        raise NotAllowed(say("{unit} has sent nothing that could be returned.", unit=owed.unit.name))
    post = Post(work, cycle, now)
    owe_again(post, owed.obligation, activity)
    last = given_back[-1]
    draft = messages.returned(about=post.about(owed), file_name=last.file_name, number=last.receipt or 0, because=because)
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    post.queue(draft, owed.unit, to, f"{activity}/{unit}/{draft.kind}/{last.version}", owed)
    before, after = {"version": last.version, "state": DepositState.ACCEPTED}, {"version": last.version, "state": last.state}
    record(work, cycle, Act.RETURN, f"{activity}/{unit}", now=now, before=before, after=after, because=because)
    return last


def give_back(session: Session, obligation: Obligation, because: str) -> Sequence[Deposit]:
    """Let what was accepted for an obligation count no more; return those versions, the oldest first."""
    accepted = select(Deposit).where(Deposit.obligation_id == obligation.id, Deposit.state == DepositState.ACCEPTED)
    deposits = session.exec(accepted.order_by(col(Deposit.version))).all()
    for deposit in deposits:
        deposit.state, deposit.returned_because = DepositState.RETURNED, because
    return deposits


def owe_again(post: Post, obligation: Obligation, activity: str) -> None:
    """Let a unit owe what it had been done with: from now on it is reminded, by the steps that are still to come."""
    obligation.state, obligation.accepted_at, obligation.waived_because = ObligationState.OPEN, None, None
    ask_anew(post.work.session, obligation)
    just_told(post.plan, obligation, activity, post.now)
