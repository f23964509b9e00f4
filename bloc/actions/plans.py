"""A plan is a file, a cycle its frozen copy: applying one shows what it changes, and changes only that."""

from datetime import datetime

from sqlmodel import Session, select

from bloc import queries
from bloc.actions import planned_people, planned_work
from bloc.actions.planned_people import added
from bloc.actions.results import digest_of
from bloc.actions.stages import invite_anew
from bloc.db import Work
from bloc.enums import CycleMode
from bloc.errors import NotAllowed
from bloc.language import Message, say
from bloc.plan import Plan
from models import Bloc, Cycle

AGREED = {"units": say("members"), "policies": say("policies"), "covenant": say("covenant"), "criteria": say("criteria")}


def apply_plan(work: Work, plan: Plan, now: datetime, mode: CycleMode = CycleMode.LIVE) -> list[Message]:
    """Bring the cycle in step with ``plan`` and return the changes in words; applied twice, there are none.

    Args:
        mode: for a new cycle: follow the wall clock, or be replayed from ``now`` on.

    Raises:
        NotAllowed: it changes what the units have signed: members (but for their names), policies, covenant, criteria.

    Source: plan, section II; the covenant's signing freezes what was agreed.
    """
    bloc = _bloc(work.session, plan)
    cycle = work.session.exec(select(Cycle).where(Cycle.bloc_id == bloc.id, Cycle.year == plan.year)).first()
    digest = digest_of(plan.model_dump(mode="json"))
    if cycle is not None and queries.locked(work.session, cycle.id).plan_hash == digest:
        return []
    if cycle is None:
        cycle = _new_cycle(work.session, bloc, plan, digest, now, mode)
        return [say("The year {key} begins.", key=plan.key), *_bring_in_step(work.session, cycle, plan, digest, now)]
    _refuse_if_frozen(work.session, cycle, plan)
    parts = _parts(queries.plan_of(cycle), plan)
    cycle.plan_version += 1
    changes = _bring_in_step(work.session, cycle, plan, digest, now)
    invite_anew(work, cycle, queries.now_of(cycle, now))
    return [*changes, parts]


def _bring_in_step(session: Session, cycle: Cycle, plan: Plan, digest: str, now: datetime) -> list[Message]:
    cycle.plan, cycle.plan_hash = plan.model_dump_json(), digest
    people = planned_people.bring_in_step(session, cycle, plan)
    return people + planned_work.bring_in_step(session, cycle, plan, queries.now_of(cycle, now))


def _bloc(session: Session, plan: Plan) -> Bloc:
    bloc = session.exec(select(Bloc).where(Bloc.code == plan.bloc.code)).first() or Bloc(code=plan.bloc.code, name="")
    bloc.name = plan.bloc.name
    return added(session, bloc)


def _new_cycle(session: Session, bloc: Bloc, plan: Plan, digest: str, now: datetime, mode: CycleMode) -> Cycle:
    reached = now if mode is CycleMode.REPLAY else None
    cycle = Cycle(bloc_id=bloc.id, key=plan.key, year=plan.year, mode=mode, reached_at=reached, plan="", plan_hash=digest)
    return added(session, cycle)


def _parts(former: Plan, new: Plan) -> Message:
    """Return which parts of the file differ: some changes move nothing, and are shown all the same."""
    parts = ", ".join(part for part in Plan.model_fields if getattr(former, part) != getattr(new, part))
    return say("Parts of the plan that differ: {parts}.", parts=parts)


def _refuse_if_frozen(session: Session, cycle: Cycle, plan: Plan) -> None:
    former, new = queries.plan_of(cycle).agreed(), plan.agreed()
    changed = ", ".join(str(said) for part, said in AGREED.items() if new[part] != former[part])
    if changed and cycle.frozen_at:
        raise NotAllowed(
            say(
                "The covenant is signed: what the units agreed on ({parts}) can be changed in the coming year's plan only.",
                parts=changed,
            )
        )
    if changed and queries.counted_sheets(session, cycle.id):
        raise NotAllowed(say("Score sheets have arrived: what they rest on stays as it is ({parts}).", parts=changed))
