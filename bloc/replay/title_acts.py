"""What a scenario may say of titles: decided by hand, voted on, decided by the chair, answered by the city."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from bloc.actions import city_answers, title_changes, votes
from bloc.actions.title_words import BY_HAND
from bloc.actions.titles import board_of
from bloc.actions.votes import Room
from bloc.db import Work
from bloc.enums import ByHand
from bloc.language import Message, say
from bloc.plan.fields import Code, Day, Line, Strict, Text
from bloc.rules.voting import Slips
from models import Cycle

Number = Annotated[int, Field(ge=0, le=1000)]


class DecidesTitle(Strict):
    """The secretary adds, withdraws or excludes a unit."""

    title: Code
    unit: Code
    kind: ByHand
    because: Text


class Votes(Strict):
    """A round of a vote is held: votes on slips (``issued`` with ``valid``), or ``hands``: candidate -> who voted for it."""

    title: Code
    present: Number
    issued: Number = 0
    valid: Number = 0
    invalid: Number = 0
    not_returned: Number = 0
    votes: Mapping[Code, Number] = {}
    hands: Mapping[Code, tuple[Code, ...]] = {}


class Chooses(Strict):
    """The chair decides among equals that a vote has left."""

    title: Code
    chosen: tuple[Code, ...]
    because: Text


class CityAnswers(Strict):
    """The city's decision comes: what is granted to whom, by title."""

    number: Line
    dated: Day
    granted: Mapping[Code, tuple[Code, ...]]


def decides_title(work: Work, cycle: Cycle, what: DecidesTitle, now: datetime) -> list[Message]:
    """Carry out ``DecidesTitle``."""
    title_changes.change(work, cycle, title=what.title, unit=what.unit, kind=what.kind, because=what.because, now=now)
    return [say("{title}: {unit} {decided}: {because}", title=_name(work, cycle, what.title, now), unit=what.unit,
                decided=BY_HAND[what.kind], because=what.because)]  # fmt: skip


def holds_vote(work: Work, cycle: Cycle, what: Votes, now: datetime) -> list[Message]:
    """Carry out ``Votes``."""
    slips = Slips(what.issued, what.valid, what.invalid, what.not_returned)
    room = Room(what.present, hands=what.hands) if what.hands else Room(what.present, slips, what.votes)
    row = votes.record_round(work, cycle, title=what.title, room=room, now=now)
    board = board_of(work.session, cycle, what.title, now)
    return [
        say("{title}: round {number} of the vote; chosen: {units}", title=board.title.name, number=row.number,
            units=", ".join(board.chosen) or "-")
    ]  # fmt: skip


def chooses(work: Work, cycle: Cycle, what: Chooses, now: datetime) -> list[Message]:
    """Carry out ``Chooses``."""
    votes.decide(work, cycle, title=what.title, units=what.chosen, because=what.because, now=now)
    return [say("{title}: the chair chooses {units}: {because}", title=_name(work, cycle, what.title, now),
                units=", ".join(what.chosen), because=what.because)]  # fmt: skip


def answers(work: Work, cycle: Cycle, what: CityAnswers, now: datetime) -> list[Message]:
    """Carry out ``CityAnswers``."""
    city_answers.record_answer(work, cycle, number=what.number, dated=what.dated, granted=what.granted, now=now)
    return [say("the city answers with decision {number}", number=what.number)]


def _name(work: Work, cycle: Cycle, title: str, now: datetime) -> str:
    return board_of(work.session, cycle, title, now).title.name
