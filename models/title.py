"""Titles and commendations: what was decided by hand, the rounds of a vote, and what the city answered."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from bloc.enums import ByHand, TitlesBy
from models.columns import choice, key, reference


class TitleChange(SQLModel, table=True):
    """What the secretary decided about a unit and a title (by its code in the plan), beside what is computed.

    Written, changed and taken back by bloc.actions.title_changes; the audit trail keeps what it was before.
    """

    __table_args__ = (UniqueConstraint("cycle_id", "title", "unit_id", name="one_change_per_title_and_unit"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    title: str
    unit_id: uuid.UUID = reference("unit.id")
    kind: ByHand = choice(ByHand, "title_change")
    because: str
    by: str
    at: datetime


class VoteRound(SQLModel, table=True):
    """The totals of one round of a vote on a title, on paper or by hands; who voted how on paper is nowhere.

    Recorded by bloc.actions.votes once its totals agree; the last one can be dropped and recorded anew.
    """

    __table_args__ = (
        UniqueConstraint("cycle_id", "title", "number", name="one_round_per_number"),
        CheckConstraint("present BETWEEN 1 AND members", name="present_are_members"),
        CheckConstraint("issued = valid + invalid + not_returned AND issued <= present", name="slips_add_up"),
        CheckConstraint("valid >= 0 AND invalid >= 0 AND not_returned >= 0 AND places > 0", name="slips_are_counted"),
    )

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    title: str
    number: int  # from 1
    held_by: TitlesBy = choice(TitlesBy, "vote_held_by")
    members: int
    present: int
    issued: int
    valid: int
    invalid: int
    not_returned: int
    places: int
    recorded_at: datetime
    recorded_by: str


class VoteCount(SQLModel, table=True):
    """How many votes a candidate had in a round."""

    __table_args__ = (
        UniqueConstraint("round_id", "unit_id", name="one_count_per_candidate"),
        CheckConstraint("votes >= 0", name="votes_are_counted"),
    )

    id: uuid.UUID = key()
    round_id: uuid.UUID = reference("voteround.id")
    unit_id: uuid.UUID = reference("unit.id")
    votes: int


class Hand(SQLModel, table=True):
    """A unit's hand for a candidate, in an open vote."""

    __table_args__ = (UniqueConstraint("round_id", "voter_id", "unit_id", name="one_hand_per_candidate"),)

    id: uuid.UUID = key()
    round_id: uuid.UUID = reference("voteround.id")
    voter_id: uuid.UUID = reference("unit.id")
    unit_id: uuid.UUID = reference("unit.id")


class ChairChoice(SQLModel, table=True):
    """A unit to which the chair gave one of the places for which there were equals, and why."""

    __table_args__ = (UniqueConstraint("round_id", "unit_id", name="one_choice_per_candidate"),)

    id: uuid.UUID = key()
    round_id: uuid.UUID = reference("voteround.id")
    unit_id: uuid.UUID = reference("unit.id")
    because: str
    by: str
    at: datetime


class CityAnswer(SQLModel, table=True):
    """A decision of the city on what was proposed; what it answers is changed no more. By bloc.actions.city_answers."""

    __table_args__ = (UniqueConstraint("cycle_id", "number", name="one_answer_per_number"),)

    id: uuid.UUID = key()
    cycle_id: uuid.UUID = reference("cycle.id")
    number: str
    dated: date
    recorded_at: datetime
    recorded_by: str


class CityGrant(SQLModel, table=True):
    """Whether the city granted a title to a unit."""

    __table_args__ = (UniqueConstraint("answer_id", "title", "unit_id", name="one_grant_per_title_and_unit"),)

    id: uuid.UUID = key()
    answer_id: uuid.UUID = reference("cityanswer.id")
    title: str
    unit_id: uuid.UUID = Field(foreign_key="unit.id")
    granted: bool
