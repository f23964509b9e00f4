"""What a plan must satisfy beyond the form of its parts. Checked on the file as read, so that one fault hides no other."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bloc.enums import Actors, ContactRole, MemberRole
from bloc.errors import Fault, PlanRefused
from bloc.language import Message, say
from bloc.plan.reading import Place, Source, read_file, validate
from bloc.plan.schema import Plan

Finding = tuple[Place, Message]
Entry = tuple[Place, dict[str, Any]]


def read_plan(path: Path) -> Plan:
    """Return the plan in the file ``path``.

    Raises:
        PlanRefused: with every fault of the file, each with its line and path.
    """
    return plan_of(read_file(path))


def plan_of(source: Source) -> Plan:
    """Return the plan in a file already read; as ``read_plan``."""
    plan, faults = validate(source, Plan)
    if source.data is not None:
        faults += [source.fault(place, message) for check in CHECKS for place, message in check(source.data)]
    if faults or plan is None:
        raise PlanRefused(say("The plan {name} cannot be used:", name=source.name), faults)
    return plan


def _entries(data: Any, *path: str) -> Iterator[Entry]:
    """Yield the mappings of the list at ``path``, with their places; whatever has another shape is a fault elsewhere."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    for index, entry in enumerate(data if isinstance(data, list) else ()):
        if isinstance(entry, dict):
            yield (*path, index), entry


def _criteria(data: Any) -> Iterator[Entry]:
    for place, group in _entries(data, "criteria", "groups"):
        for inner, entry in _entries(group, "criteria"):
            yield (*place, *inner), entry


def _doubled(entries: Callable[[Any], Iterator[Entry]], key: str = "code") -> Callable[[Any], Iterator[Finding]]:
    def check(data: Any) -> Iterator[Finding]:
        found = [(place, entry[key]) for place, entry in entries(data) if isinstance(entry.get(key), str)]
        first: dict[str, Place] = {}
        for place, value in found:
            if first.setdefault(value, place) != place:
                yield (*place, key), say('"{value}" stands here a second time', value=value)

    return check


def _known_units(data: Any) -> set[str]:
    return {str(entry.get("code")) for _, entry in _entries(data, "units")}


def _unknown_units(data: Any) -> Iterator[Finding]:
    known = _known_units(data)
    for place, contact in _entries(data, "contacts"):
        if isinstance(contact.get("unit"), str) and contact["unit"] not in known:
            yield (*place, "unit"), _unknown(contact["unit"])
    for place, activity in _entries(data, "activities"):
        actors = activity.get("actors")
        for index, code in enumerate(actors if isinstance(actors, list) else ()):
            if isinstance(code, str) and code not in known:
                yield (*place, "actors", index), _unknown(code)


def _unknown(code: str) -> Message:
    return say('there is no unit "{code}" among the units', code=code)


def _roles(data: Any) -> Iterator[Finding]:
    roles = Counter(entry.get("role") for _, entry in _entries(data, "units"))
    if roles[MemberRole.LEADER] != 1:
        yield ("units",), say("must have exactly one leader; it has {count}", count=roles[MemberRole.LEADER])
    if roles[MemberRole.DEPUTY] > 1:
        yield ("units",), say("must have at most one deputy; it has {count}", count=roles[MemberRole.DEPUTY])
    for place, activity in _entries(data, "activities"):
        if activity.get("actors") == Actors.DEPUTY and not roles[MemberRole.DEPUTY]:
            yield (*place, "actors"), say("asks the deputy to act, but no unit is the deputy")


def _secretary(data: Any) -> Iterator[Finding]:
    leaders = {entry.get("code") for _, entry in _entries(data, "units") if entry.get("role") == MemberRole.LEADER}
    secretaries = [entry for entry in _entries(data, "contacts") if entry[1].get("role") == ContactRole.SECRETARY]
    for place, contact in secretaries:
        if leaders and contact.get("unit") not in leaders:
            yield (*place, "unit"), say("the secretary must belong to the leader's unit")


def _one_sheet_activity(data: Any) -> Iterator[Finding]:
    places = [place for place, entry in _entries(data, "activities") if entry.get("kind") == "score-sheets"]
    for place in places[1:]:
        yield (*place, "kind"), say("a plan has one activity of score sheets; this is another")


def _sheets_from_all(data: Any) -> Iterator[Finding]:
    for place, entry in _entries(data, "activities"):
        if entry.get("kind") == "score-sheets" and entry.get("actors", Actors.ALL) != Actors.ALL:
            yield (*place, "actors"), say("score sheets are sent by all units")


def _dates(data: Any) -> Iterator[Finding]:
    for place, activity in _entries(data, "activities"):
        deadline = activity.get("deadline")
        opens, before, by = _day(activity, "opens"), _day(deadline, "before"), _day(deadline, "by")
        if opens and ((before and opens >= before) or (by and opens > by)):
            yield (*place, "deadline"), say("closes before it opens")
        for key, day in (("before", before), ("by", by)):
            if day and not _near(day, data):
                yield (*place, "deadline", key), say("lies in another year than the plan")
    for place, unit in _entries(data, "units"):
        since, until = _day(unit, "since"), _day(unit, "until")
        if since and until and until < since:
            yield (*place, "until"), say("ends before it begins")


def _day(data: Any, key: str) -> date | None:
    try:
        return date.fromisoformat(data[key])
    except (KeyError, TypeError, ValueError):  # reported by the schema
        return None


def _near(day: date, data: Any) -> bool:
    year = str(data.get("year"))
    return not year.isdecimal() or abs(day.year - int(year)) <= 1


CHECKS: tuple[Callable[[Any], Iterator[Finding]], ...] = (
    _doubled(lambda data: _entries(data, "units")),
    _doubled(lambda data: _entries(data, "units"), "name"),
    _doubled(lambda data: _entries(data, "activities")),
    _doubled(lambda data: _entries(data, "criteria", "groups")),
    _doubled(_criteria),
    _unknown_units,
    _roles,
    _secretary,
    _one_sheet_activity,
    _sheets_from_all,
    _dates,
)
