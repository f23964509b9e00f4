"""What still blocks the aggregation of a year's score sheets, in words: the same on every page that says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.scoring import Scoring
from bloc.enums import ActivityKind, DepositState, MissingSheet, ObligationState
from bloc.language import Message, say, short_day
from bloc.rules.deadlines import last_day_of
from models import Activity, Cycle, Deposit, Obligation


@dataclass(frozen=True)
class Sheet:
    """How far one unit's score sheet is. ``refused``: how many places of its last version are to be mended."""

    code: str
    name: str
    here: bool
    obligation: Obligation | None = None
    refused: int = 0


def sheets_of(session: Session, cycle: Cycle, scoring: Scoring) -> list[Sheet]:
    """Return each member's score sheet, in the plan's order."""
    owed = {each.unit.code: each.obligation for each in _asked(session, cycle)}
    refused = _refused(session, cycle)
    return [
        Sheet(
            unit.code, unit.name, unit.code in scoring.sheets, owed.get(unit.code),
            refused.get(owed[unit.code].id, 0) if unit.code in owed else 0,
        )
        for unit in scoring.plan.units
    ]  # fmt: skip


def _asked(session: Session, cycle: Cycle) -> list[queries.Owed]:
    return [each for each in queries.owed(session, cycle.id) if each.activity.kind is ActivityKind.SCORE_SHEETS]


def _refused(session: Session, cycle: Cycle) -> Mapping[UUID, int]:
    """Return the number of faults of the obligations whose last version was refused."""
    sent = (
        select(Deposit)
        .join(Obligation, col(Deposit.obligation_id) == Obligation.id)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SCORE_SHEETS)
        .order_by(col(Deposit.version))
    )
    last = {deposit.obligation_id: deposit for deposit in session.exec(sent)}
    return {id_: len(sheet.faults) for id_, sheet in last.items() if sheet.state is DepositState.REFUSED}


def what_blocks(scoring: Scoring, now: datetime) -> Iterator[Message]:
    """Yield in sentences what the aggregation still waits for, and what can be done about it; then how far it is."""
    sheets, newest = scoring.arrivals, scoring.newest
    if not scoring.dues and not sheets.arrived:
        yield say("The score sheets have not been asked for yet.")
        return
    if sheets.missing:
        yield say(
            "The aggregation waits for {count} of {of} score sheets.", count=len(sheets.missing), of=len(scoring.plan.units)
        )
        yield _rule(scoring, now)
    elif scoring.is_made and newest:
        yield say("Nothing: all score sheets are in, and version {version} of the result counts them.", version=newest.version)
    else:
        yield say("All score sheets are in; the result is being made, or waits for your act.")


def _rule(scoring: Scoring, now: datetime) -> Message:
    if scoring.plan.policies.missing_sheet is MissingSheet.WAIT:
        return say("The plan waits for every one of them: nobody can close the scoring without.")
    if not scoring.arrivals.arrived:
        return say("Without any sheet it cannot be closed.")
    if scoring.may_close(now):
        return say("By the plan you can close the scoring without them now; the result is then provisional.")
    day = short_day(last_day_of(scoring.last_due(now)))
    return say("By the plan the scoring can be closed without them after {day}; the result is then provisional.", day=day)


def is_blocking(sheet: Sheet) -> bool:
    """Return whether a unit can be reminded of its sheet."""
    return not sheet.here and sheet.obligation is not None and sheet.obligation.state is ObligationState.OPEN
