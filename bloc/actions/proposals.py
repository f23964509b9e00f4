"""A changed plan in two steps: it is kept, and what it would change is shown; then it is applied, or not."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bloc import queries
from bloc.actions.forecast import Change, differences
from bloc.actions.plans import agreed_changes, apply_plan
from bloc.db import Work
from bloc.errors import NotAllowed, NotFound
from bloc.language import Message, say
from bloc.plan import Plan
from models import Cycle, PlanProposal


@dataclass(frozen=True)
class Shown:
    """What a plan that ``by`` proposed would change, in words; ``agreed``: what of it needs a reason, for it was agreed on.

    ``mails``: what it would change in the mails to come.
    """

    by: str
    changes: Sequence[Message]
    agreed: str
    mails: Sequence[Change]


def propose(work: Work, cycle: Cycle, plan: Plan, now: datetime) -> PlanProposal:
    """Keep a changed plan of ``cycle`` until it is applied.

    Raises:
        NotAllowed: it is of another year, or changes nothing.
    """
    if plan.key != cycle.key:
        raise NotAllowed(say("That plan is of another year: {key}.", key=plan.key))
    if plan == queries.plan_of(cycle):
        raise NotAllowed(say("Nothing changes: {key} is in step with the file.", key=plan.key))
    proposal = PlanProposal(
        cycle_id=cycle.id, changes=cycle.plan_version, plan=plan.model_dump_json(), by=work.by, proposed_at=now
    )
    work.session.add(proposal)
    work.session.flush()
    return proposal


def proposal_of(session: Session, cycle: Cycle, name: str) -> PlanProposal:
    """Return the proposal of that id.

    Raises:
        NotFound: the cycle has none of it.
    """
    try:
        found = session.get(PlanProposal, uuid.UUID(name))
    except ValueError:
        found = None
    if found is None or found.cycle_id != cycle.id:
        raise NotFound(say("There is no such proposal of a plan."))
    return found


def shown(work: Work, cycle: Cycle, proposal: PlanProposal, now: datetime) -> Shown:
    """Return what a proposal would change if it were applied ``now``; no trace of that is left.

    Raises:
        NotAllowed: it is applied already, or the plan has changed since.
    """
    agreed, by = asking_reason(work, cycle, proposal), proposal.by
    plan = Plan.model_validate_json(proposal.plan)
    with work.rehearsal():
        changes = apply_plan(work, plan, now, because="-")  # whether a reason is due is asked when it is applied
    return Shown(by, changes, agreed, differences(work, plan, now))


def asking_reason(work: Work, cycle: Cycle, proposal: PlanProposal) -> str:
    """Return what of a proposal needs a reason, for it was agreed on; "" if nothing does.

    Raises:
        NotAllowed: it is applied already, or the plan has changed since.
    """
    _check(work.session, cycle, proposal)
    return agreed_changes(work.session, cycle, Plan.model_validate_json(proposal.plan))


def apply_proposal(work: Work, cycle: Cycle, proposal: PlanProposal, now: datetime, because: str) -> list[Message]:
    """Apply a proposed plan and return the changes in words.

    Raises:
        NotAllowed: it is applied already, or the plan has changed since, or it needs a reason.
    """
    _check(work.session, queries.locked(work.session, cycle.id), proposal)
    proposal.applied_at = now
    work.session.add(proposal)
    return apply_plan(work, Plan.model_validate_json(proposal.plan), now, because=because or None)


def _check(session: Session, cycle: Cycle, proposal: PlanProposal) -> None:
    session.refresh(proposal)
    if proposal.applied_at is not None:
        raise NotAllowed(say("This change of the plan has been applied already."))
    if proposal.changes != cycle.plan_version:
        raise NotAllowed(say("The plan has changed since this was proposed. Please begin again from the plan as it is now."))
