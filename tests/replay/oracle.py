"""The mails that a plan and a scenario call for, told by the rules of docs/notices.md alone.

It reads the two files as plain YAML and knows nothing of the code that sends: it shares no line with it, and no import.
"""

import csv
import heapq
import io
import zipfile
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holidays
import yaml

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
PUBLIC = holidays.country_holidays("VN")
DAY = timedelta(days=1)
STAGES, REMINDERS = time(7, 0), time(7, 30)
FIRST_WAIT, LONGEST_WAIT, ATTEMPTS = timedelta(minutes=5), timedelta(hours=6), 20
CHANCE = (0.0, 0.5)  # how much longer than its rule a wait may be: a mail's own share lies between
ANSWERS = {"consultation": ("agreed", "commented"), "signature": ("signed",), "duty": ("done",), "conference": ("done",)}
FIRST_DAYS = {"1": (1, 1), "2": (4, 1), "3": (7, 1), "4": (10, 1)}  # of the quarters


class Mail(NamedTuple):
    """One mail in a mailbox."""

    to: str
    kind: str
    activity: str  # "" for what is about no activity
    unit: str
    which: str  # step and deadline, version, or new last day
    day: date  # Vietnam's


class Refused(Exception):
    """An act is refused; nothing of it happens."""


@dataclass
class Owed:
    """What a unit owes for an activity."""

    last: date
    seen: datetime | None = None  # steps up to here have been looked at
    done: datetime | None = None
    moves: int = 0  # of the deadline
    extended: bool = False
    versions: list[bytes] = field(default_factory=list)
    counts: int = 0  # the version that counts; 0: none

    @property
    def deadline(self) -> str:
        return f"{self.last}.{self.moves}" if self.moves else f"{self.last}"

    def move(self, last: date) -> None:
        self.moves += last != self.last
        self.last = last


@dataclass
class Letter:
    """A mail on its way, in the fastest or the slowest course that chance allows."""

    mail: tuple[str, ...]  # to, kind, activity, unit, which
    chance: float
    owed: Owed | None = None  # what it wishes for; of no use once that is done or has moved
    deadline: str = ""
    expires: datetime | None = None
    attempts: int = 0


class Year:
    """A bloc's year, gone through moment by moment; ``mails`` are those that reach a mailbox, ``done`` who was done when."""

    def __init__(self, scenario: Path) -> None:
        self.folder = scenario.parent
        self.scenario = _read(scenario)
        self.plan = _read(self.folder / self.scenario["plan"])
        self.units = [unit["code"] for unit in self.plan["units"]]
        self.activities = {entry["code"]: _with_dates(entry) for entry in self.plan["activities"]}
        self.owed: dict[tuple[str, str], Owed] = {}
        self.state: dict[str, str] = {}
        self.refusing: dict[str, str] = {}
        self.lost = False
        self.typed: dict[str, dict[tuple[str, str], str]] = {}  # what stood in each unit's last sheet
        self.claimed: list[frozenset[tuple[str, int]]] = []
        self.results: list[bool] = []  # of each version: whether it is final
        self.identities: set[tuple[str, ...]] = set()
        self.outbox: list[Letter] = []
        self.arrived: dict[float, list[Mail]] = defaultdict(list)
        self.waiting: list[tuple[datetime, int, Any]] = []  # letters to be tried again, and aggregations to be swept
        self._number = count()
        self._live()

    @property
    def mails(self) -> Counter[Mail]:
        """Return the mails called for; chance may decide about their minutes, not about their days."""
        soonest, latest = (Counter(self.arrived[chance]) for chance in CHANCE)
        assert soonest == latest, "the scenario leaves it to chance what is mailed when"
        return soonest

    @property
    def done(self) -> dict[tuple[str, str], datetime]:
        """Return when each unit was done with each activity."""
        return {key: owed.done for key, owed in self.owed.items() if owed.done}

    # -- the course of the year

    def _live(self) -> None:
        starts, ends = _day(self.scenario["starts"]), _day(self.scenario["ends"])
        for code in self.activities:
            self._date(code, _at(starts))
        acts = defaultdict(list)
        for act in self.scenario["acts"]:
            acts[_moment(act.pop("at"))].append(act)
        days = [starts + n * DAY for n in range((ends - starts).days + 1)]
        moments = {_at(day, clock) for day in days for clock in (STAGES, REMINDERS)} | set(acts)
        for moment in sorted(moments):
            self._catch_up(moment)
            for act in acts[moment]:
                self._jobs(moment)
                self._act(moment, act)
                self._deliver(moment)
            self._jobs(moment)
            self._deliver(moment)
        self._catch_up(_at(ends + DAY))

    def _catch_up(self, until: datetime) -> None:
        while self.waiting and self.waiting[0][0] < until:
            moment, _, what = heapq.heappop(self.waiting)
            self.outbox = [what] if isinstance(what, Letter) else []
            if not isinstance(what, Letter) and what == self.claimed[-1]:
                self._aggregate(moment)
            self._deliver(moment)

    def _jobs(self, now: datetime) -> None:
        if now.astimezone(VIETNAM).time() == STAGES:
            for code in self.activities:
                self._open_and_close(code, now)
        if now.astimezone(VIETNAM).time() == REMINDERS:
            for activity, unit in list(self.owed):
                self._remind(activity, unit, now)

    def _act(self, now: datetime, act: dict[str, Any]) -> None:
        ((verb, what),) = act.items()
        with suppress(Refused):
            getattr(self, f"_{verb}")(now, what)

    # -- what opens and closes, and the ladder

    def _date(self, code: str, now: datetime) -> None:
        last = self._last(code)
        over = last is not None and _end(last) <= now
        if self.state.get(code) in ("open", "closed"):
            self.state[code] = "closed" if over else "open"
        else:
            self.state[code] = "undated" if last is None else "past" if over else "planned"
        for (activity, _), owed in self.owed.items():
            if activity == code and not owed.extended and last:
                owed.move(last)

    def _last(self, code: str) -> date | None:
        deadline, policies = self.activities[code]["deadline"], self.plan.get("policies", {})
        if deadline is None:
            return None
        day = _day(deadline.get("by") or deadline["before"])
        if "before" in deadline and policies.get("before", "day-before") == "day-before":
            day -= DAY
        match policies.get("day_off", "as-written"):
            case "working-day-before":
                return self._nearest(day, -DAY)
            case "working-day-after":
                return self._nearest(day, DAY)
        return day

    def _opens(self, code: str) -> date:
        activity, last = self.activities[code], self._last(code)
        if activity.get("opens"):
            return _day(activity["opens"])
        year = int(self.plan["year"])
        quarters = [FIRST_DAYS[activity.get("quarter", "1")], FIRST_DAYS["1"]]
        days = [self._nearest(date(year, month, day), DAY) for month, day in quarters]
        return next((day for day in days if last and day <= last), last or days[0])

    def _open_and_close(self, code: str, now: datetime) -> None:
        opening = self.state[code] == "planned" and _at(self._opens(code)) <= now
        if opening:
            self.state[code] = "open"
            for unit in self._actors(code):
                self._invite(code, unit, now)
        last = self._last(code)
        if self.state[code] == "open" and last and now >= _end(last):
            self.state[code] = "closed"

    def _invite(self, code: str, unit: str, now: datetime) -> None:
        last = self._last(code)
        assert last is not None
        owed = self.owed.setdefault((code, unit), Owed(last))
        self._pass_over(code, owed, now)
        if owed.done is None:
            self._write(now, unit, ["contact"], "invitation", code, owed.deadline, owed, _end(owed.last))

    def _invite_anew(self, now: datetime) -> None:
        for (code, unit), owed in self.owed.items():
            if self.state[code] == "open" and owed.done is None and not owed.extended:
                asked = ("invitation", code, owed.deadline, owed, _end(owed.last))
                if self._write(now, unit, ["contact"], *asked):
                    self._pass_over(code, owed, now)

    def _pass_over(self, code: str, owed: Owed, now: datetime) -> None:
        """Let an invitation stand for the steps up to its day; after a missed opening those past the deadline stay owed."""
        late = now >= _end(owed.last)
        owed.seen = _at(self._opens(code) if late else now.astimezone(VIETNAM).date(), self._strikes)

    def _actors(self, code: str) -> list[str]:
        named = self.activities[code].get("actors", "all")
        roles = {unit["code"]: unit.get("role", "member") for unit in self.plan["units"]}
        if isinstance(named, list):
            return [unit for unit in self.units if unit in named]
        wanted = {"all": roles.values(), "leader": ["leader"], "deputy": ["deputy"], "members": ["deputy", "member"]}
        return [unit for unit in self.units if roles[unit] in wanted[named]]

    @property
    def _strikes(self) -> time:
        return time.fromisoformat(self.plan["reminders"].get("at", "07:30"))

    def _steps(self, code: str, last: date) -> list[tuple[datetime, int, list[str]]]:
        """Return (when, working days from the last day, to whom); of steps that meet on one day the most urgent."""
        ladder = self.activities[code].get("ladder", self.plan["reminders"]["ladder"])
        found = {}
        for days, to in sorted((_working_days(rung), rung.get("to", ["contact"])) for rung in ladder):
            day = last if days > 0 else self._nearest(last, -DAY)
            for _ in range(abs(days)):
                day = self._nearest(day + (DAY if days > 0 else -DAY), DAY if days > 0 else -DAY)
            found[day] = (_at(day, self._strikes), days, to)
        return [found[day] for day in sorted(found)]

    def _remind(self, code: str, unit: str, now: datetime) -> None:
        owed = self.owed[code, unit]
        if owed.done or owed.seen is None:
            return
        fresh = [step for step in self._steps(code, owed.last) if owed.seen < step[0] <= now]
        if not fresh:
            return
        owed.seen, (_, days, to), due = now, fresh[-1], _end(owed.last)
        if now >= due and days <= 0:
            return
        later = [step[0] for step in self._steps(code, owed.last) if step[0] > now]
        expires = due if now < due else next(iter(later), None)
        kind = "overdue" if now >= due else "reminder"
        self._write(now, unit, to, kind, code, f"{days:+}/{owed.deadline}", owed, expires)

    def _nearest(self, day: date, step: timedelta) -> date:
        calendar = self.plan.get("calendar", {})
        while str(day) not in calendar.get("working_days", ()) and (
            str(day) in calendar.get("days_off", ()) or not _is_public_working_day(day)
        ):
            day += step
        return day

    # -- the verbs

    def _dates(self, now: datetime, what: dict[str, Any]) -> None:
        activity = self.activities[what["activity"]]
        activity["deadline"] = what["deadline"]
        activity["opens"] = what.get("opens") or activity.get("opens")
        self._date(what["activity"], now)
        self._invite_anew(now)

    def _responds(self, now: datetime, what: dict[str, Any]) -> None:
        code, kind = what["activity"], what["kind"]
        given = {"commented": what.get("text"), "signed": what.get("signatory")}.get(kind, "nothing needed")
        owed = [self.owed.get((code, unit)) for unit in _listed(what["units"])]
        if None in owed or kind not in ANSWERS.get(self.activities[code]["kind"], ()) or not given:
            raise Refused
        for each in owed:
            each.done = each.done or now  # type: ignore[union-attr]

    def _report(self, now: datetime, what: dict[str, Any]) -> None:
        data = (self.folder / what["file"]).read_bytes() if "file" in what else None
        takers = [self._taker(what["activity"], unit) for unit in _listed(what["units"])]
        for unit, owed in takers:
            good = data is None or data.startswith(b"%PDF-") or _is_docx(data)
            self._received(now, what["activity"], unit, owed, data or unit.encode(), good)

    def _sheet(self, now: datetime, what: dict[str, Any]) -> None:
        code = next(code for code, activity in self.activities.items() if activity["kind"] == "score-sheets")
        unit, owed = self._taker(code, what["unit"])
        marked = what.get("marked") == "true"
        if marked and owed.counts == len(owed.versions):  # nothing was refused last
            raise Refused
        cells = self._corrected(unit, what) if marked else self._cells(what)
        self.typed[unit] = cells
        data = repr((marked, sorted(cells.items()))).encode()
        accepted = self._received(now, code, unit, owed, data, self._counts(cells))
        late = now >= _end(owed.last)
        enough = len(self._counting(code)) == len(self.units) or self.results[-1:] == [False]  # all, or closed without some
        if accepted and enough and not (late and True in self.results):
            self._claim(now, code)

    def _extends(self, now: datetime, what: dict[str, Any]) -> None:
        code, unit, until = what["activity"], what["unit"], _day(what["until"])
        owed = self.owed.get((code, unit))
        if owed is None or owed.done or not what["because"].strip() or until <= owed.last or _end(until) <= now:
            raise Refused
        owed.move(until)
        owed.extended = True
        self._write(now, unit, ["contact"], "extension", code, str(until))

    def _mailbox(self, now: datetime, what: dict[str, Any]) -> None:
        self.refusing.pop(what["address"].lower(), None)
        if "reply" in what:
            self.refusing[what["address"].lower()] = what["reply"]

    def _events(self, now: datetime, what: dict[str, Any]) -> None:
        self.lost = what["lost"] == "true"

    def _aggregate(self, now: datetime, what: Any = None) -> None:
        """Carry out the claim; or, as the secretary's act, make one."""
        code = next(code for code, activity in self.activities.items() if activity["kind"] == "score-sheets")
        counting = self._counting(code)
        if what is not None:
            received = self.plan.get("policies", {}).get("missing_sheet") == "received"
            dues = [_end(owed.last) for (activity, _), owed in self.owed.items() if activity == code]
            if len(counting) < len(self.units) and not (received and counting and now >= max(dues)):
                raise Refused
            self._claim(now, code)
            return
        self.results.append(len(counting) == len(self.units))
        leader = next(unit["code"] for unit in self.plan["units"] if unit.get("role") == "leader")
        self._write(now, leader, ["secretary"], "result-ready", "", str(len(self.results)))

    def _publish(self, now: datetime, what: Any) -> None:
        if not self.results or not self.results[-1]:
            raise Refused
        for unit in self.units:
            self._write(now, unit, ["contact"], "result", "", str(len(self.results)))

    # -- files

    def _taker(self, code: str, unit: str) -> tuple[str, Owed]:
        last = self._last(code)
        if self.state[code] in ("planned", "past") and unit in self._actors(code) and last:
            self.owed.setdefault((code, unit), Owed(last))
        if self.state[code] == "undated" or (code, unit) not in self.owed:
            raise Refused
        return unit, self.owed[code, unit]

    def _received(self, now: datetime, code: str, unit: str, owed: Owed, data: bytes, good: bool) -> bool:
        if owed.versions[-1:] == [data]:
            return False
        owed.versions.append(data)
        if good:
            owed.counts, owed.done = len(owed.versions), owed.done or now
        self._write(now, unit, ["contact"], "receipt" if good else "refusal", code, str(len(owed.versions)))
        return good

    def _counting(self, code: str) -> frozenset[tuple[str, int]]:
        """Return the sheets that count: of each unit the newest version accepted."""
        return frozenset(
            (unit, owed.counts) for (activity, unit), owed in self.owed.items() if activity == code and owed.counts
        )

    def _cells(self, what: dict[str, Any]) -> dict[tuple[str, str], str]:
        with (self.folder / what["points"]).open(encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        cells = {(unit, row["criterion"]): row[unit] for row in rows for unit in row if unit != "criterion"}
        return cells | {tuple(cell.split("/")): typed for cell, typed in what.get("cells", {}).items()}

    def _corrected(self, unit: str, what: dict[str, Any]) -> dict[tuple[str, str], str]:
        return self.typed[unit] | {tuple(cell.split("/")): typed for cell, typed in what.get("cells", {}).items()}

    def _counts(self, cells: dict[tuple[str, str], str]) -> bool:
        """Return whether every unit has a number for every criterion, within its bounds and a multiple of the step."""
        step = Decimal(self.plan["criteria"]["step"])
        for group in self.plan["criteria"]["groups"]:
            for leaf in group["criteria"]:
                for unit in self.units:
                    number = _number(cells.get((unit, leaf["code"]), ""))
                    if number is None or not Decimal(leaf.get("min", "0")) <= number <= Decimal(leaf["max"]) or number % step:
                        return False
        return True

    def _claim(self, now: datetime, code: str) -> None:
        counting = self._counting(code)
        if counting in self.claimed:
            return
        self.claimed.append(counting)
        if not self.lost:
            self._aggregate(now)
            return
        hour = now.replace(minute=0, second=0)
        quarter = next(hour + n * timedelta(minutes=15) for n in range(1, 6) if hour + n * timedelta(minutes=15) > now)
        heapq.heappush(self.waiting, (quarter, next(self._number), counting))

    # -- letters

    def _write(
        self, now: datetime, unit: str, roles: list[str], kind: str, activity: str, which: str,
        owed: Owed | None = None, expires: datetime | None = None,
    ) -> bool:  # fmt: skip
        """Write to each, once; return whether there is a new letter."""
        before = len(self.outbox)
        for to in self._audience(unit, roles):
            mail = (to, kind, activity, unit if activity or kind == "result" else "", which)
            if mail not in self.identities:
                self.identities.add(mail)
                self.outbox += [Letter(mail, chance, owed, owed.deadline if owed else "", expires) for chance in CHANCE]
        return len(self.outbox) > before

    def _audience(self, unit: str, roles: list[str]) -> set[str]:
        people = self.plan.get("contacts", [])
        secretaries = {each["email"].lower() for each in people if each.get("role") == "secretary"}

        def of(role: str) -> set[str]:
            if role == "secretary":
                return secretaries
            return {each["email"].lower() for each in people if each["unit"] == unit and each.get("role", "contact") == role}

        return {address for role in roles for address in of(role)} or of("contact") or secretaries

    def _deliver(self, now: datetime) -> None:
        for letter in self.outbox:
            of_no_use = letter.owed and (letter.owed.done or letter.owed.deadline != letter.deadline)
            if of_no_use or (letter.expires and now >= letter.expires):
                continue
            reply = self.refusing.get(letter.mail[0], "")
            if not reply:
                self.arrived[letter.chance].append(Mail(*letter.mail, now.astimezone(VIETNAM).date()))
            elif reply.startswith("4"):
                self._try_again(letter, now)
        self.outbox = []

    def _try_again(self, letter: Letter, now: datetime) -> None:
        wait = min(FIRST_WAIT * 2**letter.attempts, LONGEST_WAIT) * (1 + letter.chance)
        letter.attempts += 1
        if letter.attempts < ATTEMPTS and not (letter.expires and now + wait >= letter.expires):
            heapq.heappush(self.waiting, (now + wait, next(self._number), letter))


@cache
def _is_public_working_day(day: date) -> bool:
    return PUBLIC.is_working_day(day)


def _read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text("utf-8"), yaml.BaseLoader)


def _with_dates(entry: dict[str, Any]) -> dict[str, Any]:
    return {"deadline": None, **entry}


def _working_days(rung: dict[str, Any]) -> int:
    return int(rung["after"]) if "after" in rung else -int(rung["before"])


def _listed(units: str | list[str]) -> list[str]:
    return [units] if isinstance(units, str) else units


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _at(day: date, clock: time = time.min) -> datetime:
    return datetime.combine(day, clock, VIETNAM).astimezone(UTC)


def _end(day: date) -> datetime:
    return _at(day + DAY)


def _moment(text: str) -> datetime:
    return _at(_day(text[:10]), time.fromisoformat(text[11:]) if text[10:] else time(9))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _is_docx(data: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(data)) and "word/document.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()
