"""Who sent reports and score sheets when, what was extended and waived, and why: as it stood at one moment."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import trail
from bloc.clock import local_day
from bloc.documents.result_table import Timing
from bloc.enums import Act, ActivityKind, DepositState
from bloc.plan import Plan
from models import Activity, AuditEntry, Cycle, Deposit, Obligation, PlanVersion, Unit

SENT_AS_FILES = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)


def timings(session: Session, cycle: Cycle, plan: Plan, moment: datetime) -> tuple[Timing, ...]:
    """Return for each report and for the score sheets that have opened by ``moment``, and each unit, what stood then.

    What came and what was decided later is left out: a stored version of the result tells the same each time.

    Args:
        plan: the version of the plan that holds, with its activities and units.

    Source: plan, section III.2 (extensions, and the reasons for them).
    """
    return tuple(_timings(plan, moment, _received(session, cycle, moment), _decided(session, cycle, moment)))


def _timings(
    plan: Plan, moment: datetime, received: Mapping[str, datetime], decided: Mapping[tuple[str, Act], AuditEntry]
) -> Iterator[Timing]:
    for activity in plan.activities:
        last = plan.last_day(activity)
        if activity.kind not in SENT_AS_FILES or last is None or plan.opening_day(activity) > local_day(moment):
            continue
        for unit in plan.actors(activity):
            about = f"{activity.code}/{unit}"
            extension, waiver = decided.get((about, Act.EXTENSION)), decided.get((about, Act.WAIVER))
            yield Timing(
                activity=activity.name,
                unit=unit,
                last_day=last,
                received_at=received.get(about),
                extended_until=date.fromisoformat((extension.after or {})["last_day"]) if extension else None,
                extended_because=extension.because if extension else None,
                waived_because=waiver.because if waiver else None,
                code=activity.code,
            )


def _received(session: Session, cycle: Cycle, moment: datetime) -> dict[str, datetime]:
    """Return when the first version came that stood at ``moment``, by "activity/unit"; one given back later stood then."""
    rows = session.exec(
        select(Activity, Unit.code, Deposit)
        .join(Obligation, col(Obligation.activity_id) == Activity.id)
        .join(Unit, col(Obligation.unit_id) == Unit.id)
        .join(Deposit, col(Deposit.obligation_id) == Obligation.id)
        .where(Activity.cycle_id == cycle.id, Deposit.state != DepositState.REFUSED, Deposit.received_at <= moment)
        .order_by(col(Deposit.version).desc())
    ).all()
    back = _given_back(session, cycle) if any(sent.state is DepositState.RETURNED for _, _, sent in rows) else {}
    found: dict[str, datetime] = {}
    for activity, unit, sent in rows:
        about = f"{activity.code}/{unit}"
        key = activity.kind if activity.kind is ActivityKind.SCORE_SHEETS else about
        times = back.get(key, ()) if sent.state is DepositState.RETURNED else ()
        if not any(sent.received_at <= each <= moment for each in times):
            found[about] = sent.received_at
    return found


def _given_back(session: Session, cycle: Cycle) -> dict[str, list[datetime]]:
    """Return when reports were given back, by "activity/unit"; and under their kind when all score sheets were issued again."""
    found: dict[str, list[datetime]] = {}
    for entry in trail(session, cycle):
        if entry.act is Act.RETURN:
            found.setdefault(entry.about, []).append(entry.at)
    versions = session.exec(
        select(PlanVersion).where(PlanVersion.cycle_id == cycle.id).order_by(col(PlanVersion.version))
    ).all()
    forms = [(queries.plan_at(session, cycle.id, each.version).form(), each.applied_at) for each in versions]
    found[ActivityKind.SCORE_SHEETS] = [at for (former, _), (form, at) in pairwise(forms) if form != former]
    return found


def _decided(session: Session, cycle: Cycle, moment: datetime) -> dict[tuple[str, Act], AuditEntry]:
    """Return the last extension and the last waiver of each obligation."""
    acts = (Act.EXTENSION, Act.WAIVER)
    return {(entry.about, entry.act): entry for entry in trail(session, cycle) if entry.act in acts and entry.at <= moment}
