"""What a plan must satisfy beyond the form of its parts. Checked on the file as read, so that one fault hides no other."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize

from bloc.enums import ActivityKind, Actors, ContactRole, CrossScoresSeen, MemberRole, TitlesBy
from bloc.errors import PlanRefused
from bloc.language import Message, say, short_day
from bloc.plan.reading import Check, Finding, Place, Source, read_file, validate
from bloc.plan.schema import Plan

Entry = tuple[Place, dict[str, Any]]
DAY_IN_WORDS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def read_plan(path: Path) -> Plan:
    """Return the plan in the file ``path``.

    Raises:
        PlanRefused: with every fault of the file, each with its line and path.
    """
    return plan_of(read_file(path))


def plan_of(source: Source) -> Plan:
    """Return the plan in a file already read; as ``read_plan``."""
    plan, faults = validate(source, Plan, CHECKS)
    if plan and not faults:
        faults = source.faults_of(_closed_before_open(plan))
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


def _contacts(data: Any) -> Iterator[Entry]:
    for place, entry in _entries(data, "contacts"):
        yield place, {"role": ContactRole.CONTACT, **entry, "email": str(entry.get("email")).lower()}


def _doubled(entries: Callable[[Any], Iterator[Entry]], *keys: str) -> Check:
    """Return the check that no two entries agree in all ``keys``; the fault is named by the last of them."""

    def check(data: Any) -> Iterator[Finding]:
        seen: set[tuple[str, ...]] = set()
        for place, entry in entries(data):
            values = tuple(entry[key] for key in keys if isinstance(entry.get(key), str))
            if values in seen:
                yield (*place, keys[-1]), say('"{value}" stands here a second time', value=values[-1])
            elif len(values) == len(keys):
                seen.add(values)

    return check


def _known_units(data: Any) -> set[str]:
    return {str(entry.get("code")) for _, entry in _entries(data, "units")}


def _unknown_units(data: Any) -> Iterator[Finding]:
    known = _known_units(data)
    for place, contact in _entries(data, "contacts"):
        if isinstance(contact.get("unit"), str) and contact["unit"] not in known:
            yield (*place, "unit"), _unknown(contact["unit"])
    for place, activity in _entries(data, "activities"):
        for where, code in _asked(activity):
            if code not in known:
                yield (*place, "conference", *where), _unknown(code)
        actors = activity.get("actors")
        for index, code in enumerate(actors if isinstance(actors, list) else ()):
            if isinstance(code, str) and code not in known:
                yield (*place, "actors", index), _unknown(code)


def _asked(activity: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield the units that a conference names, each with its place in it."""
    conference = activity.get("conference")
    if isinstance(conference, dict):
        units = conference.get("units")
        named = [(("units", index), code) for index, code in enumerate(units if isinstance(units, list) else ())]
        yield from (
            (where, code) for where, code in [(("convener",), conference.get("convener")), *named] if isinstance(code, str)
        )


def _unknown(code: str) -> Message:
    return say('there is no unit "{code}" among the units', code=code)


def _holders(data: Any, role: MemberRole) -> list[str]:
    return [str(entry.get("code")) for _, entry in _entries(data, "units") if entry.get("role") == role]


def _roles(data: Any) -> Iterator[Finding]:
    leaders, deputies = _holders(data, MemberRole.LEADER), _holders(data, MemberRole.DEPUTY)
    if len(leaders) != 1:
        yield ("units",), say("must have exactly one leader; it has {count}", count=len(leaders))
    if len(deputies) > 1:
        yield ("units",), say("must have at most one deputy; it has {count}", count=len(deputies))
    for place, activity in _entries(data, "activities"):
        if activity.get("actors") == Actors.DEPUTY and not deputies:
            yield (*place, "actors"), say("asks the deputy to act, but no unit is the deputy")


def _secretary(data: Any) -> Iterator[Finding]:
    leaders = _holders(data, MemberRole.LEADER)
    for place, contact in _entries(data, "contacts"):
        if contact.get("role") == ContactRole.SECRETARY and leaders and str(contact.get("unit")) not in leaders:
            yield (*place, "unit"), say("the secretary must belong to the leader's unit")


def _one_sheet_activity(data: Any) -> Iterator[Finding]:
    places = [place for place, entry in _entries(data, "activities") if entry.get("kind") == "score-sheets"]
    for place in places[1:]:
        yield (*place, "kind"), say("a plan has one activity of score sheets; this is another")


def _drafts(data: Any) -> Iterator[Finding]:
    for place, entry in _entries(data, "activities"):
        if entry.get("draft") is not None and entry.get("kind") != ActivityKind.CONSULTATION:
            yield (*place, "draft"), say("only a consultation circulates a draft")


def _conferences(data: Any) -> Iterator[Finding]:
    for place, entry in _entries(data, "activities"):
        conference = entry.get("conference")
        if conference is None:
            continue
        if entry.get("kind") != ActivityKind.CONFERENCE:
            yield (*place, "conference"), say("only a conference is held on a day, at a place")
        day = _day(conference, "date")
        if day and not _near(day, data):
            yield (*place, "conference", "date"), say("lies in another year than the plan")


def _sheets_from_all(data: Any) -> Iterator[Finding]:
    for place, entry in _entries(data, "activities"):
        if entry.get("kind") == "score-sheets" and entry.get("actors", Actors.ALL) != Actors.ALL:
            yield (*place, "actors"), say("score sheets are sent by all units")


def _punctuality(data: Any) -> Iterator[Finding]:
    kinds = {str(entry.get("code")): entry.get("kind") for _, entry in _entries(data, "activities")}
    for place, criterion in _criteria(data):
        linked = criterion.get("punctuality")
        for index, code in enumerate(linked if isinstance(linked, list) else ()):
            if isinstance(code, str) and kinds.get(code) not in (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS):
                yield (*place, "punctuality", index), say('"{code}" is no activity for which a file is sent', code=code)


def _objections(data: Any) -> Iterator[Finding]:
    policies = data.get("policies") if isinstance(data, dict) else None
    seen = policies.get("cross_scores_seen") if isinstance(policies, dict) else None
    if isinstance(data, dict) and data.get("objections") is not None and seen != CrossScoresSeen.MATRIX:
        yield ("objections",), say('needs the policy "cross_scores_seen: matrix": a unit contests what it can see')


def _dates(data: Any) -> Iterator[Finding]:
    for place, activity in _entries(data, "activities"):
        deadline = activity.get("deadline")
        opens, before, by = _day(activity, "opens"), _day(deadline, "before"), _day(deadline, "by")
        if opens and ((before and opens >= before) or (by and opens > by)):
            yield (*place, "deadline"), say("closes before it opens")
        for where, day in (("opens",), opens), (("deadline", "before"), before), (("deadline", "by"), by):
            if day and not _near(day, data):
                yield (*place, *where), say("lies in another year than the plan")
    for place, basis in _entries(data, "legal_bases"):
        since, until = _day(basis, "since"), _day(basis, "until")
        if since and until and until < since:
            yield (*place, "until"), say("ends before it begins")


def _phrases(data: Any) -> Iterator[Finding]:
    """Find deadlines whose words say another day than their date, or "trước" where they mean "đến hết": mails show both."""
    for place, activity in _entries(data, "activities"):
        deadline = activity.get("deadline")
        phrase = deadline.get("phrase") if isinstance(deadline, dict) else None
        if not isinstance(phrase, str):
            continue
        written = {tuple(map(int, match)) for match in DAY_IN_WORDS.findall(phrase)}
        day = _day(deadline, "before") or _day(deadline, "by")
        if day and written and written != {(day.day, day.month, day.year)}:
            yield (*place, "deadline", "phrase"), say("says another day than the date given")
        says_before = normalize("NFC", phrase).lower().startswith("trước")
        if says_before and _day(deadline, "by"):
            yield (*place, "deadline", "by"), say('the phrase says "trước": write "before"')


def _day(data: Any, key: str) -> date | None:
    try:
        return date.fromisoformat(data[key])
    except (KeyError, TypeError, ValueError):  # reported by the schema
        return None


def _terms(data: Any) -> Iterator[Finding]:
    """Find contacts whose days make no sense: they end before they begin, or leave their office to nobody in between."""
    offices: dict[tuple[str, str], list[tuple[date, date, Place]]] = {}
    for place, contact in _contacts(data):
        since, until = _day(contact, "since"), _day(contact, "until")
        if since and until and until < since:
            yield (*place, "until"), say("ends before it begins")
            continue
        for key, day in ("since", since), ("until", until):
            if day and not _near(day, data):
                yield (*place, key), say("lies in another year than the plan")
        office = str(contact.get("unit")), str(contact["role"])
        offices.setdefault(office, []).append((since or date.min, until or date.max, place))
    for terms in offices.values():
        yield from _vacancies(sorted(terms))


def _vacancies(terms: Sequence[tuple[date, date, Place]]) -> Iterator[Finding]:
    held = terms[0][1]
    for since, until, place in terms[1:]:
        if held < date.max and since > held + timedelta(days=1):
            first, last = (short_day(day) for day in (held + timedelta(days=1), since - timedelta(days=1)))
            yield (*place, "since"), say("nobody holds this office from {first} to {last}", first=first, last=last)
        held = max(held, until)


def _near(day: date, data: Any) -> bool:
    year = str(data.get("year"))
    return not (year.isdecimal() and len(year) == 4) or abs(day.year - int(year)) <= 1


def _closed_before_open(plan: Plan) -> Iterator[Finding]:
    """Yield the activities that the plan's own reading of deadlines (days off, "trước ngày") would close before they open."""
    for index, activity in enumerate(plan.activities):
        last, held = plan.last_day(activity), activity.held_on
        if last and last < plan.opening_day(activity):
            yield ("activities", index, "deadline"), say("closes before it opens")
        if held and last and held > last:
            yield ("activities", index, "conference", "date"), say("is held after its deadline, {day}", day=short_day(last))


def _titles(data: Any) -> Iterator[Finding]:
    """Find titles that exclude one which does not stand before them, and rules of a vote where nobody votes."""
    policies = data.get("policies") if isinstance(data, dict) else None
    usual = policies.get("titles_by", TitlesBy.RANK) if isinstance(policies, dict) else TitlesBy.RANK
    before: set[str] = set()
    for place, title in _entries(data, "titles"):
        conditions = title.get("conditions")
        others = conditions.get("not_with") if isinstance(conditions, dict) else None
        for index, code in enumerate(others if isinstance(others, list) else ()):
            if isinstance(code, str) and code not in before:
                yield (*place, "conditions", "not_with", index), say('no title "{code}" stands before this one', code=code)
        if title.get("vote") is not None and (title.get("decided_by") or usual) == TitlesBy.RANK:
            yield (*place, "vote"), say("nobody votes on it: it is decided by rank")
        before.add(str(title.get("code")))


CHECKS: Sequence[Check] = (
    _doubled(lambda data: _entries(data, "units"), "code"),
    _doubled(lambda data: _entries(data, "units"), "name"),
    _doubled(lambda data: _entries(data, "activities"), "code"),
    _doubled(lambda data: _entries(data, "criteria", "groups"), "code"),
    _doubled(_criteria, "code"),
    _doubled(lambda data: _entries(data, "titles"), "code"),
    _doubled(lambda data: _entries(data, "titles"), "name"),
    _doubled(_contacts, "unit", "role", "email"),
    _unknown_units,
    _roles,
    _secretary,
    _one_sheet_activity,
    _drafts,
    _conferences,
    _sheets_from_all,
    _punctuality,
    _objections,
    _terms,
    _dates,
    _phrases,
    _titles,
)
