"""A plan is a file, a cycle its frozen copy: applying one shows what it changes, and changes only that."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from bloc import queries
from bloc.actions import planned_people, planned_work
from bloc.actions.aggregation import claim_if_due
from bloc.actions.audit import record
from bloc.actions.conferences import differences, follow
from bloc.actions.objection_window import set_objection_steps
from bloc.actions.planned_people import added
from bloc.actions.planned_titles import title_changes
from bloc.actions.punctuality import link_changes
from bloc.actions.reissue import issue_again
from bloc.actions.responses import freeze_when_all_have_signed
from bloc.actions.stages import invite_anew
from bloc.actions.weekly import set_next_digest
from bloc.db import Work, add_once
from bloc.enums import Act, CycleMode
from bloc.errors import NotAllowed, Way
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.rules.digest import digest_of
from models import Bloc, Cycle, PlanVersion

AGREED = {
    "units": say("members"), "policies": say("policies"), "objections": say("objections"), "covenant": say("covenant"),
    "criteria": say("criteria"), "titles": say("titles"), "vote": say("the rules of the vote"),
}  # fmt: skip


def apply_plan(
    work: Work, plan: Plan, now: datetime, mode: CycleMode = CycleMode.LIVE, because: str | None = None
) -> list[Message]:
    """Bring the cycle in step with ``plan`` and return the changes in words; applied twice, there are none.

    Where members or criteria change, the score sheets are issued again: those that had come count no more.

    Args:
        mode: for a new cycle: follow the wall clock, or be replayed from ``now`` on.
        because: the reason of a change, for the record.

    Raises:
        NotAllowed: without a reason it changes what the units have signed or sheets rest on: members (but for their names),
            policies, covenant, criteria, titles.

    Source: plan, section II; the covenant's signing freezes what was agreed.
    """
    bloc = _bloc(work.session, plan)
    cycle = work.session.exec(select(Cycle).where(Cycle.bloc_id == bloc.id, Cycle.year == plan.year)).first()
    digest = digest_of(plan.model_dump(mode="json"))
    if cycle is not None and queries.plan_of(queries.locked(work.session, cycle.id)) == plan:
        return []  # equal, though its digest may be of a schema with fewer keys
    if cycle is None:
        cycle = _new_cycle(work.session, bloc, plan, digest, now, mode)
        changes = [say("The year {key} begins.", key=plan.key), *_bring_in_step(work.session, cycle, plan, digest, now)]
        _record(work, cycle, now, None, digest, changes, because)
        return changes
    return _change(work, cycle, plan, digest, queries.now_of(cycle, now), _reason(work.session, cycle, plan, because))


def _change(work: Work, cycle: Cycle, plan: Plan, digest: str, now: datetime, because: str | None) -> list[Message]:
    former, former_digest = queries.plan_of(cycle), cycle.plan_hash
    cycle.plan_version += 1
    changes = _bring_in_step(work.session, cycle, plan, digest, now)
    issued = issue_again(work, cycle, now, because) if former.form() != plan.form() else ()
    invite_anew(work, cycle, now, but_for=issued)
    follow(work, cycle, now, because)
    claim_if_due(work, cycle, now, late=True)  # a provisional ranking is made anew by another tie rule
    changes += [*differences(former, plan), *title_changes(former, plan), *link_changes(former, plan)]
    changes += [*_issued(issued), *_results(work.session, cycle, former, plan)]
    changes.append(_parts(former, plan))
    _record(work, cycle, now, former_digest, digest, changes, because)
    freeze_when_all_have_signed(work, cycle, now)  # who had not may have left
    return changes


def _bring_in_step(session: Session, cycle: Cycle, plan: Plan, digest: str, now: datetime) -> list[Message]:
    cycle.plan, cycle.plan_hash = plan.model_dump_json(), digest
    session.add(PlanVersion(cycle_id=cycle.id, version=cycle.plan_version, plan=cycle.plan, applied_at=now))
    people = planned_people.bring_in_step(session, cycle, plan, now)
    changes = people + planned_work.bring_in_step(session, cycle, plan, now)
    set_next_digest(session, cycle, plan, now)  # it asks for the last deadline
    set_objection_steps(session, cycle, plan)
    return changes


def _bloc(session: Session, plan: Plan) -> Bloc:
    """Return the bloc with its row locked: of two first plans applied at once, one begins the year and the other changes it."""
    known = select(Bloc).where(Bloc.code == plan.bloc.code).with_for_update()
    if session.exec(known).first() is None:
        add_once(session, Bloc(code=plan.bloc.code, name=""))
    bloc = session.exec(known).one()
    bloc.name = plan.bloc.name
    return added(session, bloc)


def _new_cycle(session: Session, bloc: Bloc, plan: Plan, digest: str, now: datetime, mode: CycleMode) -> Cycle:
    reached = now if mode is CycleMode.REPLAY else None
    cycle = Cycle(bloc_id=bloc.id, key=plan.key, year=plan.year, mode=mode, reached_at=reached, plan="", plan_hash=digest)
    return added(session, cycle)


def _issued(issued: Sequence[object]) -> list[Message]:
    return [say("The score sheets are issued again; units told: {count}.", count=len(issued))] if issued else []


def _results(session: Session, cycle: Cycle, former: Plan, new: Plan) -> list[Message]:
    """Say that the newest result rests on what is changed now."""
    newest = queries.latest_result(session, cycle.id)
    if newest is None or former.scored() == new.scored():
        return []
    return [
        say("Version {version} of the result stays as it was made; to aggregate again makes a new one.", version=newest.version)
    ]


def _parts(former: Plan, new: Plan) -> Message:
    """Return which parts of the file differ: some changes move nothing, and are shown all the same."""
    parts = ", ".join(part for part in Plan.model_fields if getattr(former, part) != getattr(new, part))
    return say("Parts of the plan that differ: {parts}.", parts=parts)


def _reason(session: Session, cycle: Cycle, plan: Plan, because: str | None) -> str | None:
    """Return the reason given; without one refuse a change of what was agreed, once that is signed or sheets rest on it."""
    if because and because.strip():
        return because.strip()
    changed = agreed_changes(session, cycle, plan)
    if changed and cycle.frozen_at:
        raise NotAllowed(
            say("The covenant is signed: to change what was agreed on ({parts}), give a reason.", parts=changed), Way.REASON
        )
    if changed:
        raise NotAllowed(
            say("Score sheets have arrived: to change what they rest on ({parts}), give a reason.", parts=changed), Way.REASON
        )
    return None


def agreed_changes(session: Session, cycle: Cycle, plan: Plan) -> str:
    """Return which parts ``plan`` changes of what is signed, or what sheets rest on; empty if none: it needs no reason."""
    if cycle.frozen_at is None and not queries.counted_sheets(session, cycle.id):
        return ""
    former, new = queries.plan_of(cycle).agreed(), plan.agreed()
    return ", ".join(str(said) for part, said in AGREED.items() if new.get(part) != former.get(part))


def _record(
    work: Work, cycle: Cycle, now: datetime, before: str | None, after: str, changes: Sequence[Message], because: str | None
) -> None:
    version = cycle.plan_version
    former = {"version": version - 1, "plan": before} if before else None
    told = [change.to_json() for change in changes if "address" not in change.values]
    said = {"version": version, "plan": after, "changes": told}
    record(work, cycle, Act.PLAN, cycle.key, now=now, before=former, after=said, because=because)
