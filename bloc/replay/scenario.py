"""The scenario file: who does what when in a year that is replayed. Data, checked like a plan; see docs/scenarios.md."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bloc.clock import at
from bloc.enums import ActivityKind, ResponseKind
from bloc.errors import ScenarioRefused
from bloc.language import say
from bloc.plan import Activity, Plan, read_plan
from bloc.plan.fields import Address, Code, Day, Line, Strict, Text
from bloc.plan.reading import Finding, read_file, validate
from bloc.plan.schema import Deadline

MORNING = time(9)  # when an act happens whose time of day is not given


def _moment(value: object) -> object:
    """Read "2030-01-31" and "2030-01-31 14:05" as Vietnamese time."""
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise PydanticCustomError("moment", "no moment") from error
    if moment.tzinfo is not None:
        raise PydanticCustomError("moment", "no moment")
    clock = MORNING if len(str(value).strip()) == len("2030-01-31") else moment.time()
    return at(moment.date(), clock)


Moment = Annotated[datetime, BeforeValidator(_moment)]
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
    ``"u4/I.1": "12,5x"``; "" leaves a cell empty. Or ``file``: a workbook as it is.
    """

    unit: Code
    points: Line | None = None
    cells: Mapping[Line, str] = {}
    file: Line | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.points is None) == (self.file is None):
            raise PydanticCustomError("points_or_file", "points or file")
        return self


class Extends(Strict):
    """One unit gets its own, later deadline."""

    unit: Code
    activity: Code
    until: Day
    because: Text


class Mailbox(Strict):
    """An address refuses mail from now on with the server's ``reply`` ("450 4.2.1 Mailbox busy"), or works again."""

    address: Address
    reply: Annotated[str, Field(pattern=r"^[45]\d\d .+$")] | None = None


class Events(Strict):
    """Events get lost from now on, as if Prefect's server were down, or are told again."""

    lost: bool


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
    mailbox: Mailbox | None = None
    events: Events | None = None
    aggregate: Nothing | None = None
    publish: Nothing | None = None

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
    """A scenario with its plan and the folder that its files lie in."""

    scenario: Scenario
    plan: Plan
    folder: Path

    @property
    def digest(self) -> str:
        """Return what tells this course of the year from another: its days and its acts."""
        return hashlib.sha256(self.scenario.model_dump_json().encode()).hexdigest()

    @property
    def begins(self) -> datetime:
        """Return the moment at which the year begins."""
        return at(self.scenario.starts)

    @property
    def acts(self) -> list[Act]:
        """Return the acts in the order of their moments; those of one moment in the order of the file."""
        return sorted(self.scenario.acts, key=lambda act: act.at)


def read_scenario(path: Path) -> Script:
    """Return the scenario in the file ``path``, with the plan that it names (relative to it).

    Raises:
        ScenarioRefused: with every fault of the file, each with its line and path.
        PlanRefused: the plan it names cannot be used.
    """
    source = read_file(path)
    scenario, faults = validate(source, Scenario)
    script = Script(scenario, read_plan(path.parent / scenario.plan), path.parent) if scenario else None
    if script and not faults:
        faults = source.faults_of(finding for check in CHECKS for finding in check(script))
    if faults or script is None:
        raise ScenarioRefused(say("The scenario {name} cannot be used:", name=source.name), faults)
    return script


Findings = Iterator[Finding]


def _days(script: Script) -> Findings:
    first, last = script.scenario.starts, script.scenario.ends
    if last < first:
        yield ("ends",), say("ends before it begins")
    for index, act in enumerate(script.scenario.acts):
        if not at(first) <= act.at < at(date.fromordinal(last.toordinal() + 1)):
            yield ("acts", index, "at"), say("lies outside the scenario's days")


def _names(script: Script) -> Findings:
    units = {unit.code for unit in script.plan.units}
    kinds = {activity.code: activity.kind for activity in script.plan.activities}
    for index, act in enumerate(script.scenario.acts):
        verb, what = act.verb
        place = ("acts", index, verb)
        for unit in (*getattr(what, "units", ()), *([what.unit] if hasattr(what, "unit") else ())):
            if unit not in units:
                yield (*place, "unit"), say('there is no unit "{code}" in the plan', code=unit)
        if hasattr(what, "activity") and what.activity not in kinds:
            yield (*place, "activity"), say('there is no activity "{code}" in the plan', code=what.activity)
        if verb == "report" and kinds.get(what.activity) not in (None, ActivityKind.REPORT):
            yield (*place, "activity"), say('"{code}" asks for no report', code=what.activity)
        if verb == "sheet" and ActivityKind.SCORE_SHEETS not in kinds.values():
            yield place, say("the plan has no activity of score sheets")


def _cells(script: Script) -> Findings:
    units = {unit.code for unit in script.plan.units}
    codes = {criterion.code for criterion in script.plan.criteria.as_rules()}
    for index, act in enumerate(script.scenario.acts):
        verb, what = act.verb
        for cell in what.cells if verb == "sheet" else ():
            unit, _, code = cell.partition("/")
            if unit not in units or code not in codes:
                yield ("acts", index, verb, "cells", cell), say("is no cell; write unit/criterion, as in u3/II.1")


def _changed_dates(script: Script) -> Findings:
    activities = {activity.code: activity for activity in script.plan.activities}
    for index, act in enumerate(script.scenario.acts):
        if act.dates is None or act.dates.activity not in activities:
            continue
        changed = act.dates.changed(activities[act.dates.activity])
        if script.plan.opening_day(changed) > (script.plan.last_day(changed) or date.max):
            yield ("acts", index, "dates", "deadline"), say("closes before it opens")
        activities[changed.code] = changed


def _files(script: Script) -> Findings:
    for index, act in enumerate(script.scenario.acts):
        verb, what = act.verb
        for key in ("points", "file"):
            name = getattr(what, key, None)
            if name is not None and not (script.folder / name).is_file():
                yield ("acts", index, verb, key), say('there is no file "{name}" beside the scenario', name=name)


CHECKS: tuple[Callable[[Script], Findings], ...] = (_days, _names, _cells, _changed_dates, _files)
