"""The scenario file as pydantic models: who does what when in a year that is replayed. docs/scenarios.md explains each key.

An act is one moment and one verb: what the units, the secretary, the post and the network do.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bloc.clock import at
from bloc.enums import Attends, DocumentKind, ResponseKind
from bloc.plan import Activity, Plan
from bloc.plan.fields import Address, Clock, Code, Day, Line, Strict, Text
from bloc.plan.meeting import Link
from bloc.plan.schema import Deadline
from bloc.replay.objection_acts import AnswersObjection, Objects
from bloc.replay.title_acts import Chooses, CityAnswers, DecidesTitle, Votes

MORNING = time(9)  # when an act happens whose time of day is not given
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<clock>[ T][0-9]{2}:[0-9]{2})?")
REPLY = re.compile(r"[45][0-9]{2} .+")


def _moment(value: object) -> object:
    """Read "2030-01-31" and "2030-01-31 14:05" as Vietnamese time."""
    written = MOMENT.fullmatch(str(value))
    try:
        moment = datetime.fromisoformat(written[0] if written else "")
        return at(moment.date(), moment.time() if written and written["clock"] else MORNING)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("moment", "no moment") from error


def _reply(value: str) -> str:
    if not REPLY.fullmatch(value):
        raise PydanticCustomError("reply", "no refusal")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Reply = Annotated[Line, AfterValidator(_reply)]
Typed = Annotated[str, Field(max_length=500)]
Units = Annotated[tuple[Code, ...], Field(min_length=1), BeforeValidator(lambda v: [v] if isinstance(v, str) else v)]


class Dates(Strict):
    """The plan is changed: an activity is dated, or moved."""

    activity: Code
    opens: Day | None = None
    deadline: Deadline

    def changed(self, activity: Activity) -> Activity:
        """Return ``activity`` with these dates."""
        opens = {"opens": self.opens} if self.opens else {}
        return activity.model_copy(update={"deadline": self.deadline, **opens})


class Responds(Strict):
    """Units answer what asks for no file: agreed, commented (with a text), signed (by an office), done."""

    units: Units
    activity: Code
    kind: ResponseKind
    text: Text | None = None
    signatory: Line | None = None


class SendsReport(Strict):
    """Units send a report: the file given, or a .docx that the replay writes."""

    units: Units
    activity: Code
    file: Line | None = None


class SendsSheet(Strict):
    """A unit sends its score sheet: our own workbook, filled in from a table of points.

    ``points`` is a .csv with a row for each criterion and a column for each unit; ``cells`` overrides some of it, as typed:
    ``"u4/I.1": "12,5x"``; "" leaves a cell empty. Or ``marked``: the marked copy of its sheet that was refused last, with
    ``cells`` corrected in it. Or ``file``: a workbook as it is.
    """

    unit: Code
    points: Line | None = None
    cells: Mapping[Line, Typed] = {}
    marked: bool = False
    file: Line | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if [self.points is not None, self.marked, self.file is not None].count(True) != 1:
            raise PydanticCustomError("points_or_file", "points, marked or file")
        return self


class Extends(Strict):
    """One unit gets its own, later deadline."""

    unit: Code
    activity: Code
    until: Day
    because: Text


class Waives(Strict):
    """One unit is released from what it owes."""

    unit: Code
    activity: Code
    because: Text


class Returns(Strict):
    """A report that was accepted is given back to its unit, which owes it again."""

    unit: Code
    activity: Code
    because: Text


class Holds(Strict):
    """A conference gets its day, or another day, time or place; what is left out stays as it was."""

    activity: Code
    date: Day
    start: Clock | None = None
    place: Line | None = None
    link: Link | None = None
    because: Text


class Answers(Strict):
    """Units answer a conference's invitation: coming (who, how many people), or absent (because)."""

    units: Units
    activity: Code
    answer: Attends
    who: Line | None = None
    people: int | None = None
    because: Text | None = None


class Attendances(Strict):
    """The secretary records which units were at a conference."""

    present: Annotated[tuple[Code, ...], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)]
    activity: Code


class Applies(Strict):
    """The plan is changed to that of another file; ``because`` is the reason, without which what was agreed on stays."""

    plan: Line
    because: Text | None = None


class Mailbox(Strict):
    """An address refuses mail from now on with the server's ``reply`` ("450 4.2.1 Mailbox busy"), or works again."""

    address: Address
    reply: Reply | None = None


class Bounces(Strict):
    """The post reports that the last mail to an address did not arrive, with its server's ``reply``; 4xx: it is delayed."""

    address: Address
    reply: Reply


class Events(Strict):
    """Events get lost from now on, as if Prefect's server were down, or are told again."""

    lost: bool


class Drafts(Strict):
    """The secretary drafts documents of some kinds, as they stand at that moment."""

    kinds: tuple[DocumentKind, ...]


class Nothing(Strict):
    """An act that needs no particulars."""


class Act(Strict):
    """One thing that somebody does at one moment: exactly one of the verbs."""

    at: Moment
    dates: Dates | None = None
    responds: Responds | None = None
    report: SendsReport | None = None
    sheet: SendsSheet | None = None
    extends: Extends | None = None
    waives: Waives | None = None
    returns: Returns | None = None
    holds: Holds | None = None
    attends: Answers | None = None
    attendance: Attendances | None = None
    applies: Applies | None = None
    mailbox: Mailbox | None = None
    bounces: Bounces | None = None
    events: Events | None = None
    drafts: Drafts | None = None
    aggregate: Nothing | None = None
    close: Nothing | None = None
    publish: Nothing | None = None
    objects: Objects | None = None
    answers_objection: AnswersObjection | None = None
    decides_title: DecidesTitle | None = None
    votes: Votes | None = None
    chooses: Chooses | None = None
    city_answers: CityAnswers | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if len(self.given) != 1:
            raise PydanticCustomError("one_verb", "one verb")
        return self

    @property
    def given(self) -> dict[str, Any]:
        """Return the verbs that are given, by name."""
        return {name: value for name, value in self if name != "at" and value is not None}

    @property
    def verb(self) -> tuple[str, Any]:
        """Return the one verb and its particulars."""
        return next(iter(self.given.items()))


class Scenario(Strict):
    """A year's course: the plan it replays, its first and last day, and the acts."""

    plan: Line
    starts: Day
    ends: Day
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Script:
    """A scenario with its plan, the folder that its files lie in, and the plans that are applied in its course, by file."""

    scenario: Scenario
    plan: Plan
    folder: Path
    applied: Mapping[str, Plan]

    @property
    def digest(self) -> str:
        """Return what tells this course of the year from another: its plans, its days and its acts."""
        plans = [self.plan, *(self.applied[file] for file in sorted(self.applied))]
        written = self.scenario.model_dump_json() + "".join(plan.model_dump_json() for plan in plans)
        return hashlib.sha256(written.encode()).hexdigest()

    @property
    def begins(self) -> datetime:
        """Return the moment at which the year begins."""
        return at(self.scenario.starts)

    @cached_property
    def acts(self) -> list[Act]:
        """The acts in the order of their moments; those of one moment in the order of the file."""
        return [act for _, act in self.numbered]

    @cached_property
    def numbered(self) -> list[tuple[int, Act]]:
        """The acts in the order of their moments, each with its number in the file."""
        return sorted(enumerate(self.scenario.acts), key=lambda entry: entry[1].at)

    @property
    def staged(self) -> Iterator[tuple[int, Act, Plan]]:
        """The acts in the order of their moments, each with its number in the file and the plan that it meets."""
        plan = self.plan
        for index, act in self.numbered:
            yield index, act, plan
            plan = self.applied[act.applies.plan] if act.applies else plan
