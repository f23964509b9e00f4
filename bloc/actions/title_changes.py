"""The secretary's hand in who is proposed for a title: added, withdrawn, excluded, each for a reason, and taken back."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlmodel import Session, select

from bloc import queries
from bloc.actions.audit import reason_of, record
from bloc.actions.titles import TitleBoard, board_of
from bloc.db import Work
from bloc.enums import Act, ByHand, TitlesBy
from bloc.errors import NotAllowed, NotFound
from bloc.language import Message, say
from models import Cycle, TitleChange


def change(work: Work, cycle: Cycle, *, title: str, unit: str, kind: ByHand, because: str, now: datetime) -> TitleChange:
    """Add a unit to who is proposed for a title, withdraw or exclude it, for a reason, in place of what was decided before.

    Who is withdrawn leaves a place free; who is excluded does not meet the conditions, and the next by rank moves up.

    Raises:
        NotFound: there is no such title or unit.
        NotAllowed: there is no result yet; the city has answered; no reason is given; it would change nothing; all places
            are taken, or the vote has begun and somebody is to be added.
    """
    cycle = queries.locked(work.session, cycle.id)
    board = board_of(work.session, cycle, title, now)
    member = queries.unit_by_code(work.session, cycle, unit)
    refuse_answered(board)
    reason = reason_of(because)
    board.line(unit)
    former = _row(work.session, cycle, title, unit)
    why_not = WHY_NOT[kind](board, unit, former)
    if why_not is not None:
        raise NotAllowed(why_not)
    before = {"decided": former.kind, "because": former.because} if former else None
    row = former or TitleChange(cycle_id=cycle.id, title=title, unit_id=member.id, kind=kind, because="", by="", at=now)
    row.kind, row.because, row.by, row.at = kind, reason, work.by, now
    work.session.add(row)
    work.session.flush()
    record(work, cycle, Act.TITLE, f"{title}/{unit}", now=now, before=before, after={"decided": kind}, because=reason)
    return row


def take_back(work: Work, cycle: Cycle, *, title: str, unit: str, because: str, now: datetime) -> None:
    """Take back what was decided by hand about a unit and a title: what is computed holds again.

    Raises:
        NotFound: there is no such title or unit, or nothing was decided about it.
        NotAllowed: the city has answered; no reason is given; it was added and the vote has begun.
    """
    cycle = queries.locked(work.session, cycle.id)
    board = board_of(work.session, cycle, title, now)
    refuse_answered(board)
    reason, row = reason_of(because), _row(work.session, cycle, title, unit)
    if row is None:
        raise NotFound(say("Nothing was decided by hand about this unit and title."))
    if row.kind is ByHand.ADDED and board.rounds:
        raise NotAllowed(say("The vote has begun: who stands in it is not changed any more."))
    before = {"decided": row.kind, "because": row.because}
    work.session.delete(row)
    work.session.flush()
    record(work, cycle, Act.TITLE, f"{title}/{unit}", now=now, before=before, after={"decided": None}, because=reason)


def refuse_answered(board: TitleBoard) -> None:
    """Refuse to change a title on which the city has decided.

    Raises:
        NotAllowed: it has.
    """
    if board.answer is not None:
        raise NotAllowed(
            say("The city has answered with decision {number}: this is not changed any more.", number=board.answer.number)
        )


def _row(session: Session, cycle: Cycle, title: str, unit: str) -> TitleChange | None:
    known = queries.units_by_code(session, cycle).get(unit)
    mine = select(TitleChange).where(TitleChange.cycle_id == cycle.id, TitleChange.title == title)
    return session.exec(mine.where(TitleChange.unit_id == known.id)).first() if known else None


def _not_added(board: TitleBoard, unit: str, former: TitleChange | None) -> Message | None:
    if board.rounds:
        return say("The vote has begun: who stands in it is not changed any more.")
    if board.line(unit).stands and former is None:
        return say("{unit} is proposed already.", unit=board.line(unit).name)
    taken = sum(line.stands for line in board.lines if line.unit != unit)
    if board.how is TitlesBy.RANK and board.title.number is not None and taken >= board.places:
        return say("All places of this title are taken ({count}): withdraw a unit first.", count=board.places)
    return None


def _not_withdrawn(board: TitleBoard, unit: str, former: TitleChange | None) -> Message | None:
    line = board.line(unit)
    if not line.stands and not line.chosen and former is None:
        return say("{unit} is not proposed for it.", unit=line.name)
    return None


WHY_NOT: Mapping[ByHand, Callable[[TitleBoard, str, TitleChange | None], Message | None]] = {
    ByHand.ADDED: _not_added,
    ByHand.WITHDRAWN: _not_withdrawn,
    ByHand.EXCLUDED: lambda board, unit, former: None,
}
