"""From one year's plan to a draft of the next."""

from collections.abc import Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bloc import language
from bloc.enums import ContactRole, MemberRole
from bloc.errors import Fault, NotAllowed, PlanRefused
from bloc.language import Message, say, short_day
from bloc.plan.checks import plan_of
from bloc.plan.meeting import Conference
from bloc.plan.reading import Place, read_source
from bloc.plan.rollover.bases import next_bases
from bloc.plan.rollover.dates import dated, kept_days, rule_of, same_day
from bloc.plan.rollover.marks import MARK, NAME, Remark, text_with
from bloc.plan.rollover.members import Members, next_members
from bloc.plan.rollover.words import Shift
from bloc.plan.schema import Contact, Plan
from bloc.plan.writing import tree_of

WRITTEN_IN = "vi"  # the language of the draft, and so of its comments
TEXTS = ("document", "covenant", "criteria", "activities", "titles", "recipients")  # parts with texts that may name the year
NO_TEXTS = (
    "code", "number", "source", "kind", "actors", "version", "deadline", "not_with", "vote", "decided_by", "punctuality",
    "units", "convener", "link", "quorum",
)  # fmt: skip
SIGNING = ("authority", "position", "signer")


@dataclass(frozen=True)
class Draft:
    """The next year's plan as a file. ``plan`` is None if it cannot be used yet: ``faults`` say why."""

    text: str
    remarks: Sequence[Remark]
    plan: Plan | None
    faults: Sequence[Fault] = ()


def draft_next(plan: Plan, year: int) -> Draft:
    """Return the plan of ``year``, drafted from ``plan``.

    Raises:
        NotAllowed: ``year`` does not come after the plan's.
    """
    if year <= plan.year:
        raise NotAllowed(say("The next plan is of a year after {year}.", year=plan.year))
    pen = _Pen(plan, year, next_members(plan, year), tree_of(plan))
    pen.write()
    text = copy_context().run(_in_its_language, pen)
    try:
        return Draft(text, pen.remarks, plan_of(read_source(NAME, text.encode())))
    except PlanRefused as refused:
        return Draft(text, pen.remarks, None, refused.faults)


def _in_its_language(pen: "_Pen") -> str:
    language.use(WRITTEN_IN)
    return text_with(pen.tree, pen.remarks)


@dataclass
class _Pen:
    """Rewrites the tree of a plan part by part, and remarks on what it does."""

    old: Plan
    year: int
    members: Members
    tree: dict[str, Any]
    remarks: list[Remark] = field(default_factory=list)
    days: dict[date, date] = field(default_factory=dict)  # which of the plan's days have moved to which

    def write(self) -> None:
        """Write the new year into every part."""
        self.tree["year"] = self.year
        self._units()
        self._contacts()
        self._legal_bases()
        self._calendar()
        self._activities()
        self._document()
        self._criteria()
        self._texts()

    @property
    def years(self) -> int:
        return self.year - self.old.year

    def _say(self, said: Message, *place: str | int, to_fill: bool = False) -> None:
        self.remarks.append(Remark(place, said, to_fill))

    def _units(self) -> None:
        self.tree["units"] = self.members.entries(self.old)
        for said in self.members.said:
            self._say(said, "units")
        asked = {
            MemberRole.LEADER: say(
                "who leads the bloc in {year}; the unit that stands there is so provisionally", year=self.year
            ),
            MemberRole.DEPUTY: say(
                "who is deputy in {year}; the unit that stands there, if any, is so provisionally", year=self.year
            ),
        }
        for role in self.members.unsure:
            self._say(asked[role], "units", to_fill=True)

    def _contacts(self) -> None:
        kept: dict[tuple[str, str, str], dict[str, Any]] = {}
        for entry in self.tree.get("contacts", []):
            code = self.members.became[entry["unit"]]
            if code is None or (entry["role"] == ContactRole.SECRETARY and code != self.members.leader):
                continue
            kept.setdefault((code, entry["role"], entry["email"]), {**entry, "unit": code})
        self.tree["contacts"] = list(kept.values())
        if not any(entry["role"] == ContactRole.SECRETARY for entry in kept.values()):
            self._new_secretary()

    def _new_secretary(self) -> None:
        """Let the new leader's contact stand in for its secretary, whom nobody has named yet."""
        office = say("the secretary of the bloc at the new leader's unit, with their address", year=self.year)
        known = (each for each in self.tree["contacts"] if each["unit"] == self.members.leader)
        stand_in = next((each for each in known if each["role"] == ContactRole.CONTACT), None)
        if stand_in is not None:
            named = {"role": ContactRole.SECRETARY.value, "name": f"{MARK}: chuyên viên giúp việc Trưởng khối"}
            self.tree["contacts"].insert(0, Contact(**{**stand_in, **named}).model_dump(mode="json"))
        self._say(office, "contacts", to_fill=True)

    def _legal_bases(self) -> None:
        self.tree["legal_bases"] = []
        for entry, said, to_fill in next_bases(self.old.legal_bases, self.year):
            place = len(self.tree["legal_bases"])
            self.tree["legal_bases"].append(entry)
            if said is not None:
                self._say(said, "legal_bases", place, to_fill=to_fill)

    def _calendar(self) -> None:
        off, working = kept_days(self.old, self.year)
        self.tree["calendar"] = {
            "days_off": [day.isoformat() for day in off],
            "working_days": [day.isoformat() for day in working],
        }
        self._say(say("swaps of working days in {year}, once they are announced", year=self.year), "calendar", to_fill=True)

    def _activities(self) -> None:
        rule = rule_of(self.old, self.year)
        for index, activity in enumerate(self.old.activities):
            entry, place = self.tree["activities"][index], ("activities", index)
            self._actors(entry, place)
            found = dated(activity, rule, self.years)
            if found.deadline is not None and activity.deadline is not None:
                self.days[activity.deadline.date] = found.deadline
                mine = Shift(self.old.year, self.year, {activity.deadline.date: found.deadline})
                kind = "before" if activity.deadline.before else "by"
                entry["deadline"] = {"phrase": mine.phrase(activity.deadline.phrase), kind: found.deadline.isoformat()}
            if found.opens is not None:
                entry["opens"] = found.opens.isoformat()
            if activity.conference is not None:
                self._conference(entry["conference"], activity.conference, place)
            for said in found.said:
                self._say(said, *place)

    def _actors(self, entry: dict[str, Any], place: Place) -> None:
        if isinstance(entry["actors"], str):
            return
        now = (self.members.became[code] for code in entry["actors"])
        entry["actors"] = list(dict.fromkeys(code for code in now if code))
        if not entry["actors"]:
            entry["actors"] = MemberRole.LEADER.value
            self._say(say("who acts: the units that did are members no more"), *place, to_fill=True)

    def _conference(self, entry: dict[str, Any], conference: Conference, place: Place) -> None:
        """Let a conference have no day and no link yet: both are of one meeting. Who is asked follows the members."""
        for key in ("date", "link"):
            entry.pop(key, None)
        if conference.date is not None:
            self._say(
                say("the day of the conference; it was held on {day}", day=short_day(conference.date)), *place, to_fill=True
            )
        convener = self.members.became[conference.convener] if conference.convener else None
        entry.pop("convener", None)
        if convener is not None:
            entry["convener"] = convener
        if conference.units is not None:
            now = dict.fromkeys(code for each in conference.units if (code := self.members.became[each]))
            entry.pop("units")
            entry |= {"units": list(now)} if now else {}

    def _document(self) -> None:
        document = self.tree["document"]
        document["number"] = MARK + "".join(document["number"].rpartition("/")[1:] if "/" in document["number"] else ())
        day = rule_of(self.old, self.year).calendar.nearest(same_day(self.old.document.date, self.years), +1)
        document["date"] = day.isoformat()
        self.days.setdefault(self.old.document.date, day)
        self._say(say("number and day of issue; {day} is provisional", day=short_day(day)), "document", "number", to_fill=True)
        if "theme" in document:
            document["theme"] = self._theme
        if self._leader_changes:
            document |= {key: MARK for key in SIGNING if key in document}
        if "assessment" in document and len(self.members.units) != len(self.old.units):
            said = say("the number of units: there are {count} now", count=len(self.members.units))
            self._say(said, "document", "assessment", to_fill=True)

    @property
    def _theme(self) -> str:
        return f"{MARK}: chủ đề năm {self.year}"

    @property
    def _leader_changes(self) -> bool:
        led = next(unit.code for unit in self.old.units if unit.role is MemberRole.LEADER)
        return self.members.leader != led or MemberRole.LEADER in self.members.unsure

    def _criteria(self) -> None:
        criteria = self.tree["criteria"]
        former = criteria.pop("version", None)
        shifted = Shift(self.old.year, self.year).text(former or "")
        fresh = shifted if shifted != (former or "") else f"{former} - {self.year}" if former else str(self.year)
        self.tree["criteria"] = {"version": fresh, **criteria}
        self._say(say("The criteria are kept as they were, as a new version: {version}.", version=fresh), "criteria", "version")

    def _texts(self) -> None:
        names = dict(self._names())
        if self.old.document.theme:
            names[self.old.document.theme] = self._theme
        shift = Shift(self.old.year, self.year, self.days, names)
        for place, text in list(_texts(self.tree)):
            self._put(place, said := shift.text(text))
            for left in shift.left(said):
                self._say(say('"{left}" still stands here from the year before', left=left), *place, to_fill=True)

    def _names(self) -> Iterator[tuple[str, str]]:
        """Yield which names stand for others in texts: of units called otherwise, of those whose role has passed on."""
        names = dict(self.members.units)
        for unit in self.old.units:
            code = self.members.became[unit.code]
            if code is not None and names[code] != unit.name:
                yield unit.name, names[code]
        if not self.members.unsure:
            yield from self._holders(names)

    def _holders(self, names: dict[str, str]) -> Iterator[tuple[str, str]]:
        for role, code in ((MemberRole.DEPUTY, self.members.deputy), (MemberRole.LEADER, self.members.leader)):
            former = next((unit for unit in self.old.units if unit.role is role), None)
            if former is not None and code is not None:
                yield former.name, names[code]

    def _put(self, place: Place, value: str) -> None:
        parent: Any = self.tree
        for part in place[:-1]:
            parent = parent[part]
        parent[place[-1]] = value


def _texts(tree: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield every text that people read, with its place; deadlines are written with their dates."""
    waiting: list[tuple[Place, Any]] = [((part,), tree[part]) for part in TEXTS if part in tree]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*place, key), inner) for key, inner in value.items() if key not in NO_TEXTS]
        elif isinstance(value, list):
            waiting += [((*place, index), inner) for index, inner in enumerate(value)]
        elif isinstance(value, str):
            yield place, value
