"""The plan file as pydantic models: what a bloc agrees on for one year. Each field says where the governing text has it."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from bloc import enums
from bloc.plan.fields import Address, Clock, Code, CriterionCode, Day, Line, Points, Strict, Text, Year
from bloc.plan.meeting import Conference
from bloc.plan.titles import Conditions, Title, Vote, agreed_titles  # noqa: F401 - Conditions: a model of the file
from bloc.rules import criteria as rules
from bloc.rules.calendar import WorkCalendar
from bloc.rules.deadlines import DeadlineRule, last_day
from bloc.rules.reminders import Rung

REMINDERS_AT = time(7, 30)  # when the reminders' daily job runs: prefect.yaml, held by tests/replay/test_agenda.py
MOST_UNITS = 60
FIRST_MONTH = {quarter: 3 * quarter - 2 for quarter in enums.Quarter}
STAGE_OF_QUARTER = {
    enums.Quarter.I: enums.Stage.SIGNING,
    enums.Quarter.II: enums.Stage.MIDYEAR,
    enums.Quarter.III: enums.Stage.MIDYEAR,
    enums.Quarter.IV: enums.Stage.YEAR_END,
    None: enums.Stage.YEAR_END,
}


class Bloc(Strict):
    """The bloc, as its letterhead names it."""

    code: Code
    name: Line
    council: Line
    place: Line


class Document(Strict):
    """The issued plan that this file holds: number and symbol, date, title, texts, signature.

    It is signed in a ``capacity`` (Trưởng khối), under an ``authority`` (KT. Trưởng ban), by the holder of a ``position``.
    ``assessment`` is what the plan says of the score (căn cứ đánh giá, bình xét thi đua); the sum itself is a rule.
    """

    number: Line
    date: Day
    title: Line
    capacity: Line | None = None
    authority: Line | None = None
    position: Line | None = None
    signer: Line | None = None
    theme: Text | None = None
    purpose: Text | None = None
    requirements: Text | None = None
    assessment: Text | None = None


class LegalBasis(Strict):
    """What the plan rests on ("Căn cứ ..."), with its dates of validity and, where it is known, what comes in its place."""

    name: Text
    number: Line | None = None
    date: Day
    since: Day | None = None
    until: Day | None = None
    replaced_by: "LegalBasis | None" = None


class Successor(Strict):
    """What a unit becomes: another code is another unit (units that merge name the same one); the same code, a new name."""

    code: Code
    name: Line


class Unit(Strict):
    """A member agency, and its role this year; a membership that ends has its last day, and perhaps a successor."""

    code: Code
    name: Line
    role: enums.MemberRole = enums.MemberRole.MEMBER
    until: Day | None = None
    succeeded_by: Successor | None = None


class Rotation(Strict):
    """How the roles pass on to the next year."""

    leader: enums.LeaderPasses = enums.LeaderPasses.ELECTION
    deputy: enums.DeputyPasses = enums.DeputyPasses.ELECTION


class Contact(Strict):
    """A person, by office and not by name, who gets mail for a unit; from ``since`` on, up to ``until``, each day included."""

    unit: Code
    role: enums.ContactRole = enums.ContactRole.CONTACT
    name: Line
    email: Address
    language: Literal["vi", "en"] = "vi"
    since: Day | None = None
    until: Day | None = None


class Recipient(Strict):
    """Who gets what the bloc issues; a plain line in the file is a name. Without an address the clerk's office sends it."""

    name: Line
    email: Address | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_line(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        return {"name": value} if isinstance(value, str) else value

    @model_serializer
    def _as_written(self) -> dict[str, str] | str:
        return {"name": self.name, "email": self.email} if self.email else self.name

    def __str__(self) -> str:
        return self.name


class Rounding(Strict):
    """How a shown score is rounded; ranks rest on exact scores."""

    decimals: Annotated[int, Field(ge=0, le=4)] = 2
    mode: Literal["half-up"] = "half-up"


class Policies(Strict):
    """What the governing text leaves open, each with its default."""

    rounding: Rounding = Rounding()
    ties: enums.TieRule = enums.TieRule.SHARED
    missing_sheet: enums.MissingSheet = enums.MissingSheet.WAIT
    cross_scores_seen: enums.CrossScoresSeen = enums.CrossScoresSeen.MEANS
    before: enums.Before = enums.Before.DAY_BEFORE
    day_off: enums.DayOff = enums.DayOff.AS_WRITTEN
    titles_by: enums.TitlesBy = enums.TitlesBy.RANK


class Objections(Strict):
    """The window in which units may contest a cross-score: so many working days from the result's publication on."""

    days: Annotated[int, Field(ge=1, le=60)]


class Calendar(Strict):
    """Days that the public calendar does not know yet, or that this bloc does not keep."""

    days_off: tuple[Day, ...] = ()
    working_days: tuple[Day, ...] = ()


class LadderStep(Strict):
    """One step of the ladder: so many working days before or after the last day in time (``before: 0`` is that day)."""

    before: Annotated[int, Field(ge=0, le=250)] | None = None
    after: Annotated[int, Field(ge=1, le=250)] | None = None
    to: Annotated[tuple[enums.ContactRole, ...], Field(min_length=1)] = (enums.ContactRole.CONTACT,)
    tone: enums.Tone | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.before is None) == (self.after is None):
            raise PydanticCustomError("before_or_after", "before or after")
        return self

    @property
    def days(self) -> int:
        """Return the working days from the last day in time; negative is before it."""
        return self.after if self.after is not None else -(self.before or 0)


def _before_the_job(value: time) -> time:
    if value > REMINDERS_AT:
        raise PydanticCustomError("too_late", "later than the job")
    return value


class Reminders(Strict):
    """The reminder ladder, and the time of day at which reminders go out."""

    at: Annotated[Clock, AfterValidator(_before_the_job)] = REMINDERS_AT
    ladder: tuple[LadderStep, ...]


class Covenant(Strict):
    """The clauses that the units sign (giao ước thi đua)."""

    clauses: Annotated[tuple[Text, ...], Field(min_length=1)]


def _punctuality(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value) or None
    except ValidationError as error:
        raise PydanticCustomError("punctuality", "no link") from error


Punctual = Annotated[bool | Annotated[tuple[Code, ...], Field(min_length=1)] | None, WrapValidator(_punctuality)]


class Criterion(Strict):
    """A leaf of the criteria tree; bounds in thousandths of a point.

    One that is about ``punctuality``, of all that is sent or of some activities, is scored with each unit's record in view.
    """

    code: CriterionCode
    title: Line
    min: Points = 0
    max: Points
    punctuality: Punctual = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.max < self.min:
            raise PydanticCustomError("bounds", "maximum below minimum")
        return self


class Group(Strict):
    """A group of criteria."""

    code: CriterionCode
    title: Line
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


# What is shown beside criteria, and is no part of what is scored: whether it stands there changes no sheet and no result.
SHOWN: Any = {"groups": {"__all__": {"criteria": {"__all__": {"punctuality"}}}}}


class Criteria(Strict):
    """The criteria tree; ``example`` says that the bloc has yet to put its own list in its place."""

    example: bool = False
    version: Line | None = None
    step: Annotated[Points, Field(gt=0, json_schema_extra={"exclusiveMinimum": 0})]
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]

    def as_rules(self) -> rules.Criteria:
        """Return the tree as the pure values that rules and sheets work with."""
        return rules.Criteria(self.step, tuple(_group_as_rules(group) for group in self.groups))


def _group_as_rules(group: Group) -> rules.Group:
    leaves = tuple(rules.Criterion(leaf.code, leaf.title, leaf.min, leaf.max) for leaf in group.criteria)
    return rules.Group(group.code, group.title, leaves)


class Deadline(Strict):
    """A deadline as written: the phrase, and its date as ``before`` (trước ngày) or ``by`` (đến hết ngày)."""

    phrase: Line
    before: Day | None = None
    by: Day | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.before is None) == (self.by is None):
            raise PydanticCustomError("before_or_by", "before or by")
        return self

    @property
    def date(self) -> date:
        """Return the date that the phrase names."""
        return self.before or self.by or date.max


def _actors(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value)
    except ValidationError as error:
        raise PydanticCustomError("actors", "no actors") from error


Actors = Annotated[enums.Actors | Annotated[tuple[Code, ...], Field(min_length=1)], WrapValidator(_actors)]


class Activity(Strict):
    """One item of the plan (nội dung công việc): a quarter, a kind, who acts, by when. Without a deadline: to be dated.

    A conference that has a day and no deadline is due on that day: its convener says then that it was held.
    """

    code: Code
    title: Text
    short: Line | None = None  # what lists and the subjects of mails call it
    kind: enums.ActivityKind
    draft: enums.Circulated | None = None
    quarter: enums.Quarter | None = None
    stage: enums.Stage | None = None
    actors: Actors = enums.Actors.ALL
    opens: Day | None = None
    deadline: Deadline | None = None
    ladder: tuple[LadderStep, ...] | None = None
    conference: Conference | None = None
    source: Line
    note: Text | None = None

    @property
    def name(self) -> str:
        """Return what lists and the subjects of mails call this activity."""
        return self.short or self.title

    @property
    def held_on(self) -> date | None:
        """Return the day on which this conference is held; None while it is to be dated, and of what is no conference."""
        return self.conference.date if self.conference else None

    @property
    def circulated(self) -> enums.Circulated | None:
        """Return of what a draft is circulated: the covenant's, where a consultation does not say; None for all else."""
        is_asked = self.kind is enums.ActivityKind.CONSULTATION
        return (self.draft or enums.Circulated.COVENANT) if is_asked else None

    @property
    def carried_by(self) -> enums.Stage:
        """Return the stage whose flow advances this activity: its own, or its quarter's."""
        return self.stage or STAGE_OF_QUARTER[self.quarter]


class Plan(Strict):
    """One bloc's plan for one year, as its file states it."""

    bloc: Bloc
    year: Year
    document: Document
    legal_bases: tuple[LegalBasis, ...] = ()
    units: Annotated[tuple[Unit, ...], Field(min_length=2, max_length=MOST_UNITS)]
    rotation: Rotation = Rotation()
    contacts: tuple[Contact, ...] = ()
    policies: Policies = Policies()
    objections: Objections | None = None
    calendar: Calendar = Calendar()
    reminders: Reminders
    covenant: Covenant
    criteria: Criteria
    activities: tuple[Activity, ...]
    titles: tuple[Title, ...] = ()
    vote: Vote | None = None
    recipients: tuple[Recipient, ...] = ()

    @model_serializer(mode="wrap")
    def _as_kept(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what a plan without titles does not have: its digest stays that of the time before there were any."""
        tree: dict[str, Any] = written(self)
        return {part: value for part, value in tree.items() if part not in ("titles", "vote") or getattr(self, part)}

    @property
    def key(self) -> str:
        """Return the name of the cycle in commands, run names and events: bloc and year."""
        return f"{self.bloc.code}-{self.year}"

    @property
    def deadline_rule(self) -> DeadlineRule:
        """Return how this plan's deadlines are to be read."""
        return DeadlineRule(self.policies.before, self.policies.day_off, self.work_calendar)

    @property
    def work_calendar(self) -> WorkCalendar:
        """Return the working days that this plan counts by."""
        return WorkCalendar.of(self.calendar.days_off, self.calendar.working_days)

    def activity(self, code: str) -> Activity | None:
        """Return the activity of that code; None if the plan has none, as for one that is withdrawn."""
        return next((activity for activity in self.activities if activity.code == code), None)

    def last_day(self, activity: Activity) -> date | None:
        """Return the last day in time of ``activity``; None while it is to be dated."""
        if activity.deadline is None:
            return activity.held_on
        return last_day(activity.deadline.date, activity.deadline.before is not None, self.deadline_rule)

    def opening_day(self, activity: Activity) -> date:
        """Return the day on which ``activity`` opens: as the plan says, or the first working day of its quarter.

        Where that lies after its deadline: the first working day of the year.
        """
        if activity.opens:
            return activity.opens
        last = self.last_day(activity) or date.max
        starts = (self._first_working_day(FIRST_MONTH[activity.quarter] if activity.quarter else 1), self._first_working_day(1))
        return next((day for day in starts if day <= last), last)

    def _first_working_day(self, month: int) -> date:
        return self.work_calendar.nearest(date(self.year, month, 1), +1)

    def ladder(self, activity: Activity) -> tuple[Rung, ...]:
        """Return the rungs for ``activity``: its own, or the plan's."""
        steps = self.reminders.ladder if activity.ladder is None else activity.ladder
        return tuple(Rung(step.days, step.to, step.tone) for step in steps)

    def actors(self, activity: Activity | None) -> tuple[str, ...]:
        """Return the codes of the units that act on ``activity``, in the plan's order; on none, nobody acts."""
        if activity is None:
            return ()
        return tuple(unit.code for unit in self.units if _acts(unit, activity.actors))

    def title(self, code: str) -> Title | None:
        """Return the title of that code; None if the plan lists none of it."""
        return next((title for title in self.titles if title.code == code), None)

    def decided_by(self, title: Title) -> enums.TitlesBy:
        """Return how a title is decided: as it says itself, or as the plan's policy says."""
        return title.decided_by or self.policies.titles_by

    def vote_on(self, title: Title) -> Vote:
        """Return how is voted on a title: its own rule, or the plan's."""
        return title.vote or self.vote or Vote()

    def asked_to(self, activity: Activity) -> tuple[str, ...]:
        """Return the codes of the units that are asked to come to a conference, in the plan's order; by default all."""
        named = activity.conference.units if activity.conference else None
        return tuple(unit.code for unit in self.units if named is None or unit.code in named)

    def convener(self, activity: Activity) -> str:
        """Return the code of the unit that convenes a conference: as the plan says, or the leader's."""
        named = activity.conference.convener if activity.conference else None
        return named or next(unit.code for unit in self.units if unit.role is enums.MemberRole.LEADER)

    def scored(self) -> Mapping[str, object]:
        """Return what a ranking rests on beside the sheets, as plain JSON: who the members are, the criteria, the tie rule."""
        return {**self.form(), "ties": self.policies.ties.value}

    def form(self) -> Mapping[str, object]:
        """Return what the score sheets are made from, as plain JSON: where that changes they are to be issued again."""
        members = sorted(unit.code for unit in self.units)  # sheets are read by codes, in whatever order these stand
        criteria = self.criteria.model_dump(mode="json", exclude={"example": True, "version": True, **SHOWN})
        return {"members": members, "criteria": criteria}

    def agreed(self) -> Mapping[str, object]:
        """Return what freezes when all have signed: members and roles, policies, objections, covenant, criteria, titles.

        A unit may be renamed in mid-year: what it is called is no part of it. Nor is what is shown beside a criterion.
        """
        roles = sorted((unit.code, unit.role.value) for unit in self.units)
        parts = self.model_dump(mode="json", include={"policies", "objections", "covenant"})
        criteria = self.criteria.model_dump(mode="json", exclude=SHOWN)
        return {"units": roles, **parts, "criteria": criteria, **agreed_titles(self.titles, self.vote)}


def _acts(unit: Unit, actors: enums.Actors | tuple[str, ...]) -> bool:
    match actors:
        case enums.Actors.ALL:
            return True
        case enums.Actors.LEADER:
            return unit.role is enums.MemberRole.LEADER
        case enums.Actors.DEPUTY:
            return unit.role is enums.MemberRole.DEPUTY
        case enums.Actors.MEMBERS:
            return unit.role is not enums.MemberRole.LEADER
        case codes:
            return unit.code in codes
