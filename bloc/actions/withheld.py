"""What other units have given is read by nobody before the own unit's sheet counts. The rule for every door."""

from sqlmodel import Session, select

from bloc import queries
from bloc.enums import ActivityKind, NoticeKind, ObligationState, ResultState
from bloc.language import Message, say
from models import Activity, Cycle, Obligation, Unit

QUOTING = (NoticeKind.RECEIPT, NoticeKind.REFUSAL)  # of a score sheet: its totals, its faults with the points in them, a copy


def withheld(session: Session, cycle: Cycle, *, reader: Unit, of: Unit | None) -> Message | None:
    """Return why the people of ``reader`` may not read what ``of`` (None: it is not known who) gave others; None if they may.

    They may read their own unit's; and what others gave once their own sheet counts, or they are released from it, or a final
    result is published: from then on it cannot be moved by what they read. Source: architecture, section 3, decision 14.
    """
    if (of is not None and of.id == reader.id) or _is_done(session, cycle, reader):
        return None
    return say("It holds points that others have given, and waits until the score sheet of {unit} counts.", unit=reader.name)


def _is_done(session: Session, cycle: Cycle, reader: Unit) -> bool:
    newest = queries.latest_result(session, cycle.id)
    if newest is not None and newest.state is ResultState.FINAL and newest.published_at is not None:
        return True
    waived = select(Obligation.id).join(Activity).where(Activity.cycle_id == cycle.id, Obligation.unit_id == reader.id)
    waived = waived.where(Activity.kind == ActivityKind.SCORE_SHEETS, Obligation.state == ObligationState.WAIVED)
    return reader.id in queries.counted_sheets(session, cycle.id) or session.exec(waived).first() is not None
