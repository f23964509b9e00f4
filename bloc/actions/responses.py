"""Answers that need no file: to a consultation, under the covenant, to a duty."""

from datetime import datetime

from sqlmodel import Session, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.notices import Post
from bloc.actions.thanks import thank_if_all_are_done
from bloc.db import Work
from bloc.enums import Act, ActivityKind, ActivityState, ObligationState, ResponseKind
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.rules.digest import digest_of
from models import Activity, Cycle, Obligation, Response

ANSWERS: dict[ActivityKind, tuple[ResponseKind, ...]] = {
    ActivityKind.CONSULTATION: (ResponseKind.AGREED, ResponseKind.COMMENTED),
    ActivityKind.SIGNATURE: (ResponseKind.SIGNED,),
    ActivityKind.DUTY: (ResponseKind.DONE,),
    ActivityKind.CONFERENCE: (ResponseKind.DONE,),
}


def respond(
    work: Work, cycle: Cycle, *, unit: str, activity: str, kind: ResponseKind, now: datetime,
    text: str | None = None, signatory: str | None = None,
) -> Response:  # fmt: skip
    """Record how ``unit`` met an obligation that asks for no file; each response is kept and the last one counts.

    Args:
        text: the comment, for ``commented``.
        signatory: the office of who signed, for ``signed``.

    Raises:
        NotFound: there is no such unit, activity or obligation.
        NotAllowed: the activity is not answered in that way, or a comment or signatory is missing.

    Source: plan, section II.2.1.
    """
    cycle = queries.locked(work.session, cycle.id)  # signatures are counted
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    _check(owed.activity, kind, text, signatory)
    response = Response(
        cycle_id=cycle.id, obligation_id=owed.obligation.id, kind=kind, text=text, signatory=signatory, responded_at=now
    )
    work.session.add(response)
    if owed.obligation.state is not ObligationState.ACCEPTED:  # also what was waived: done is done
        owed.obligation.state, owed.obligation.accepted_at = ObligationState.ACCEPTED, now
    work.session.flush()
    record(work, cycle, Act.RESPONSE, f"{activity}/{unit}", now=now, after=_said(kind, text, signatory))
    freeze_when_all_have_signed(work, cycle, now)
    thank_if_all_are_done(Post(work, cycle, now), owed.activity)
    return response


def _said(kind: ResponseKind, text: str | None, signatory: str | None) -> dict[str, str | None]:
    return {"kind": kind, "signatory": signatory, "text": digest_of(text) if text else None}  # its digest: it may be long


def _check(activity: Activity, kind: ResponseKind, text: str | None, signatory: str | None) -> None:
    allowed = ANSWERS.get(activity.kind, ())
    if not allowed:
        raise NotAllowed(say('"{title}" asks for a file.', title=activity.name))
    if kind not in allowed:
        raise NotAllowed(say('"{title}" is answered with: {kinds}', title=activity.name, kinds=", ".join(allowed)))
    if kind is ResponseKind.COMMENTED and not (text or "").strip():
        raise NotAllowed(say("A comment needs its text."))
    if kind is ResponseKind.SIGNED and not (signatory or "").strip():
        raise NotAllowed(say("A signature needs the office of who signed."))


def freeze_when_all_have_signed(work: Work, cycle: Cycle, now: datetime) -> None:
    """Freeze what the units agreed on once the last of them has signed the covenant, those that came last among them."""
    signatures = (
        select(Obligation.state).join(Activity).where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SIGNATURE)
    )
    states = set(work.session.exec(signatures))
    signed = ObligationState.OPEN not in states and ObligationState.ACCEPTED in states
    if cycle.frozen_at is None and signed and not _some_are_asked_later(work.session, cycle):
        cycle.frozen_at = now
        record(work, cycle, Act.FREEZE, cycle.key, now=now, after={"version": cycle.plan_version})


def _some_are_asked_later(session: Session, cycle: Cycle) -> bool:
    """Return whether a unit that has just come is yet to be asked for its signature, on the next morning."""
    signing = select(Activity).where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SIGNATURE)
    plan, units = queries.plan_of(cycle), queries.members(session, cycle.id)
    return any(
        queries.obligation_for(session, activity, unit) is None
        for activity in session.exec(signing.where(Activity.state == ActivityState.OPEN)).all()
        for unit in units
        if unit.code in plan.actors(plan.activity(activity.code))
    )
