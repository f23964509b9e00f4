"""What the city answered to what the bloc proposed: the number and day of its decision, and who was granted what."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlmodel import Session, select

from bloc import queries
from bloc.actions.audit import reason_of, record
from bloc.actions.titles import TitleBoard, board_of
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import Act
from bloc.errors import NotAllowed
from bloc.language import on_one_line, say
from models import CityAnswer, CityGrant, Cycle


def record_answer(
    work: Work, cycle: Cycle, *, number: str, dated: date, granted: Mapping[str, Collection[str]], now: datetime,
    because: str = "",
) -> CityAnswer:  # fmt: skip
    """Record a decision of the city: for each title that it answers, the units that are granted it; the others are not.

    From then on nothing about these titles is changed. The same number again corrects what was recorded, for a reason.

    Args:
        granted: title -> units, by their codes; a title without units: nobody was granted it.

    Raises:
        NotFound: there is no such title or unit.
        NotAllowed: there is no result yet; a title is not decided by the bloc yet, or another decision has answered it; no
            number or title is given, or the day is to come; it is corrected without a reason.
    """
    cycle = queries.locked(work.session, cycle.id)
    number = on_one_line(number)
    if not number or not granted:
        raise NotAllowed(say("Give the number of the decision, and the titles that it is about."))
    if dated > local_day(now):
        raise NotAllowed(say("The day of the decision is still to come."))
    boards = [board_of(work.session, cycle, title, now) for title in granted]
    former = work.session.exec(select(CityAnswer).where(CityAnswer.cycle_id == cycle.id, CityAnswer.number == number)).first()
    _refuse_open(boards, number)
    told = {board.title.code: _answered(work.session, cycle, board, granted[board.title.code]) for board in boards}
    reason = reason_of(because) if former else because.strip() or None
    before = _before(work.session, cycle, former) if former else None
    row = former or CityAnswer(cycle_id=cycle.id, number=number, dated=dated, recorded_at=now, recorded_by=work.by)
    row.dated, row.recorded_at, row.recorded_by = dated, now, work.by
    work.session.add(row)
    work.session.flush()
    _keep(work.session, cycle, row, told)
    after = {"number": number, "day": dated.isoformat(), "granted": told}
    record(work, cycle, Act.CITY_ANSWER, number, now=now, before=before, after=after, because=reason)
    return row


def answers(session: Session, cycle: Cycle) -> list[CityAnswer]:
    """Return the city's decisions, by their day."""
    rows = session.exec(select(CityAnswer).where(CityAnswer.cycle_id == cycle.id))
    return sorted(rows, key=lambda row: (row.dated, row.number))


def _refuse_open(boards: Collection[TitleBoard], number: str) -> None:
    for board in boards:
        if board.answer is not None and board.answer.number != number:
            other = board.answer.number
            raise NotAllowed(say('"{title}" was answered with decision {number}.', title=board.title.name, number=other))
        if not board.is_decided:
            raise NotAllowed(say('The bloc has not decided on "{title}" yet.', title=board.title.name))


def _answered(session: Session, cycle: Cycle, board: TitleBoard, granted: Collection[str]) -> dict[str, bool]:
    """Return for each unit that was proposed, or is granted the title all the same, whether it is."""
    for unit in granted:
        queries.unit_by_code(session, cycle, unit)
    return {unit: unit in granted for unit in dict.fromkeys([*board.chosen, *sorted(granted)])}


def _before(session: Session, cycle: Cycle, former: CityAnswer) -> dict[str, object]:
    codes = {unit.id: code for code, unit in queries.units_by_code(session, cycle).items()}
    found: dict[str, dict[str, bool]] = {}
    for row in session.exec(select(CityGrant).where(CityGrant.answer_id == former.id)):
        found.setdefault(row.title, {})[codes[row.unit_id]] = row.granted
    return {"number": former.number, "day": former.dated.isoformat(), "granted": found}


def _keep(session: Session, cycle: Cycle, row: CityAnswer, told: Mapping[str, Mapping[str, bool]]) -> None:
    for old in session.exec(select(CityGrant).where(CityGrant.answer_id == row.id)):
        session.delete(old)
    session.flush()
    known = queries.units_by_code(session, cycle)
    session.add_all(
        CityGrant(answer_id=row.id, title=title, unit_id=known[unit].id, granted=granted)
        for title, units in told.items()
        for unit, granted in units.items()
    )
    session.flush()
