"""What a scenario must satisfy beyond the form of its parts, so that a replay does not stumble half-way."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from os.path import isfile
from typing import Any

from bloc.clock import at, end_of
from bloc.enums import ActivityKind
from bloc.errors import NotAllowed
from bloc.language import Message, say
from bloc.plan import Activity, Plan
from bloc.plan.reading import Finding, Place
from bloc.replay.schema import Script
from bloc.replay.tables import read_table

Findings = Iterator[Finding]


def no_file(name: str) -> Message:
    """Return what is said of a file that the scenario names and that is not there."""
    return say('there is no file "{name}" beside the scenario', name=name)


def _days(script: Script) -> Findings:
    first, last = script.scenario.starts, script.scenario.ends
    far = [place for place, day in _written(script) if _is_far(day, script)]
    yield from ((place, say("lies in another year than the plan")) for place in far)
    if last < first:
        yield ("ends",), say("ends before it begins")
    for index, act in enumerate(script.scenario.acts if not far else ()):
        if not at(first) <= act.at < end_of(last):
            yield ("acts", index, "at"), say("lies outside the scenario's days")


def _written(script: Script) -> Iterator[tuple[Place, date]]:
    """Yield every day that the scenario writes, with its place."""
    yield from ((("starts",), script.scenario.starts), (("ends",), script.scenario.ends))
    for index, act in enumerate(script.scenario.acts):
        if act.dates:
            key = "before" if act.dates.deadline.before else "by"
            yield ("acts", index, "dates", "deadline", key), act.dates.deadline.date
            if act.dates.opens:
                yield ("acts", index, "dates", "opens"), act.dates.opens
        if act.holds:
            yield ("acts", index, "holds", "date"), act.holds.date
        if act.extends:
            yield ("acts", index, "extends", "until"), act.extends.until


def _is_far(day: date, script: Script) -> bool:
    return abs(day.year - script.plan.year) > 1


def _names(script: Script) -> Findings:
    for index, act, plan in script.staged:
        verb, what = act.verb
        place = ("acts", index, verb)
        units = {unit.code for unit in plan.units}
        for key in ("units", "unit", "scorer", "present"):
            named = getattr(what, key, ())
            codes = [named] if isinstance(named, str) else named if isinstance(named, tuple) else ()  # a vote's is a number
            for unit in (code for code in codes if code not in units):
                yield (*place, key), say('there is no unit "{code}" in the plan', code=unit)
        yield from _activity(place, verb, what, {activity.code: activity.kind for activity in plan.activities})


def _titles(script: Script) -> Findings:
    for index, act, plan in script.staged:
        verb, what = act.verb
        titles, units = {title.code for title in plan.titles}, {unit.code for unit in plan.units}
        granted = what.granted if act.city_answers else {}
        for code in [*([what.title] if hasattr(what, "title") else ()), *granted]:
            if code not in titles:
                yield ("acts", index, verb), say('there is no title "{code}" in the plan', code=code)
        hands = what.hands if act.votes else {}
        named = [*getattr(what, "chosen", ()), *(what.votes if act.votes else ()), *hands]
        named += [unit for each in (*hands.values(), *granted.values()) for unit in each]
        for unit in dict.fromkeys(unit for unit in named if unit not in units):
            yield ("acts", index, verb), say('there is no unit "{code}" in the plan', code=unit)


def _criteria(script: Script) -> Findings:
    for index, act, plan in script.staged:
        if act.objects and act.objects.criterion not in _units_and_criteria(plan)[1]:
            code = act.objects.criterion
            yield ("acts", index, "objects", "criterion"), say('there is no criterion "{code}" in the plan', code=code)


def _activity(place: Place, verb: str, what: Any, kinds: Mapping[str, ActivityKind]) -> Findings:
    if hasattr(what, "activity") and what.activity not in kinds:
        yield (*place, "activity"), say('there is no activity "{code}" in the plan', code=what.activity)
    if verb in ("report", "returns") and kinds.get(what.activity) not in (None, ActivityKind.REPORT):
        yield (*place, "activity"), say('"{code}" asks for no report', code=what.activity)
    if verb in ("holds", "attends", "attendance") and kinds.get(what.activity) not in (None, ActivityKind.CONFERENCE):
        yield (*place, "activity"), say('"{code}" is no conference', code=what.activity)
    if verb == "sheet" and ActivityKind.SCORE_SHEETS not in kinds.values():
        yield place, say("the plan has no activity of score sheets")


def _plans(script: Script) -> Findings:
    for index, act in script.numbered:
        if act.applies and (key := script.applied[act.applies.plan].key) != script.plan.key:
            yield ("acts", index, "applies", "plan"), say("is the plan of another bloc or year: {key}", key=key)


def _changed_dates(script: Script) -> Findings:
    changed: dict[str, Activity] = {}  # since the plan in force was applied
    for index, act, plan in script.staged:
        if act.applies:
            changed = {}
        activity = act.dates and (changed.get(act.dates.activity) or plan.activity(act.dates.activity))
        if not act.dates or not activity or _is_far(act.dates.deadline.date, script):
            continue
        activity = changed[activity.code] = act.dates.changed(activity)
        if plan.opening_day(activity) > (plan.last_day(activity) or date.max):
            yield ("acts", index, "dates", "deadline"), say("closes before it opens")


def _files(script: Script) -> Findings:
    for index, act in enumerate(script.scenario.acts):
        verb, what = act.verb
        for key in ("points", "file", "evidence"):
            name = getattr(what, key, None)
            if name is not None and not isfile(script.folder / name):
                yield ("acts", index, verb, key), no_file(name)


def _tables(script: Script) -> Findings:
    for index, act, plan in script.staged:
        if act.sheet is None or act.sheet.points is None or not isfile(script.folder / act.sheet.points):
            continue
        place = ("acts", index, "sheet", "points")
        try:
            cells = read_table(script.folder / act.sheet.points)
        except NotAllowed as refused:
            yield place, refused.message
            continue
        units, codes = _units_and_criteria(plan)
        for unit in dict.fromkeys(unit for unit, _ in cells if unit not in units):
            yield place, say('has a column "{code}", which is no unit of the plan', code=unit)
        for code in dict.fromkeys(code for _, code in cells if code not in codes):
            yield place, say('has a row "{code}", which is no criterion of the plan', code=code)


def _cells(script: Script) -> Findings:
    for index, act, plan in script.staged:
        place, (units, codes) = ("acts", index, "sheet", "cells"), _units_and_criteria(plan)
        for cell in act.sheet.cells if act.sheet else ():
            unit, _, code = cell.partition("/")
            if unit not in units or code not in codes:
                yield (*place, cell), say("is no cell; write unit/criterion, as in u3/II.1")
        if act.sheet and act.sheet.cells and act.sheet.file is not None:
            yield place, say('goes with "points" or "marked", not with "file"')


def _units_and_criteria(plan: Plan) -> tuple[set[str], set[str]]:
    return {unit.code for unit in plan.units}, {leaf.code for leaf in plan.criteria.as_rules()}


CHECKS: tuple[Callable[[Script], Findings], ...] = (
    _days,
    _names,
    _titles,
    _criteria,
    _plans,
    _changed_dates,
    _files,
    _tables,
    _cells,
)
