"""The mails that a plan and a scenario call for, told by the rules of docs/notices.md alone.

It reads the two files as plain YAML and knows nothing of the code that sends: it shares no line with it, and no import.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from tests.replay import written
from tests.replay.written import DAY, VIETNAM

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
    waived: bool = False  # by the secretary
    released: bool = False  # by the plan: the unit has left, or others act
    returned: bool = False  # the last version
    versions: list[bytes] = field(default_factory=list)
    counts: int = 0  # the version that counts; 0: none

    @property
    def deadline(self) -> str:
        return f"{self.last}.{self.moves}" if self.moves else f"{self.last}"

    @property
    def over(self) -> bool:
        """Whether nothing is owed any more."""
        return bool(self.done or self.waived or self.released)

    def move(self, last: date) -> None:
        self.moves += last != self.last
        self.last = last

    def ask_again(self, now: datetime) -> None:
        """What had come counts no more; it is owed once more, and the steps still to come remind of it."""
        self.returned = bool(self.versions)
        self.counts, self.done, self.seen = 0, None, now
        self.moves += 1


@dataclass
class Letter:
    """A mail on its way, in the fastest or the slowest course that chance allows."""

    mail: tuple[str, ...]  # to, kind, activity, unit, which
    chance: float
    owed: Owed | None = None  # what it wishes for; of no use once that is done or has moved
    deadline: str = ""
    expires: datetime | None = None
    attempts: int = 0
    lapsed: bool = False


class Year:
    """A bloc's year, gone through moment by moment; ``mails`` are those that reach a mailbox, ``done`` who was done when."""

    def __init__(self, scenario: Path) -> None:
        self.folder = scenario.parent
        self.scenario = written.read(scenario)
        self.plan = written.read(self.folder / self.scenario["plan"])
        self.activities = {entry["code"]: written.with_dates(entry) for entry in self.plan["activities"]}
        self.owed: dict[tuple[str, str], Owed] = {}
        self.state: dict[str, str] = {}
        self.refusing: dict[str, str] = {}
        self.lost = False
        self.refused: dict[str, dict[tuple[str, str], str]] = {}  # what stood in a unit's last sheet, if it was refused
        self.claimed: list[tuple[str, frozenset[tuple[str, int]]]] = []  # on what plan, of which sheets
        self.results: list[bool] = []  # of each version: whether it is final
        self.given_back = False  # whether sheets that the newest version counted were given back
        self.stands = False  # whether the newest version rests on what holds now
        self.version = 1  # of the plan
        self.identities: set[tuple[str, ...]] = set()
        self.outbox: list[Letter] = []
        self.arrived: dict[float, list[Mail]] = defaultdict(list)
        self.waiting: list[tuple[datetime, int, Any]] = []  # letters to be tried again, and aggregations to be swept
        self._number = count()
        self._live()

    @property
    def units(self) -> list[str]:
        """Return the members by the plan in force."""
        return [unit["code"] for unit in self.plan["units"]]

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
        starts, ends = written.day(self.scenario["starts"]), written.day(self.scenario["ends"])
        for code in self.activities:
            self._date(code, written.at(starts))
        acts = defaultdict(list)
        for act in self.scenario["acts"]:
            acts[written.moment(act.pop("at"))].append(act)
        days = [starts + n * DAY for n in range((ends - starts).days + 1)]
        moments = {written.at(day, clock) for day in days for clock in (STAGES, REMINDERS)} | set(acts)
        for moment in sorted(moments):
            self._catch_up(moment)
            for act in acts[moment]:
                self._jobs(moment)
                self._act(moment, act)
                self._deliver(moment)
            self._jobs(moment)
            self._deliver(moment)
        self._catch_up(written.at(ends + DAY))

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
        over = last is not None and written.end(last) <= now
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
        day = written.day(deadline.get("by") or deadline["before"])
        if "before" in deadline and policies.get("before", "day-before") == "day-before":
            day -= DAY
        match policies.get("day_off", "as-written"):
            case "working-day-before":
                return written.nearest(self.plan, day, -DAY)
            case "working-day-after":
                return written.nearest(self.plan, day, DAY)
        return day

    def _opens(self, code: str) -> date:
        activity, last = self.activities[code], self._last(code)
        if activity.get("opens"):
            return written.day(activity["opens"])
        year = int(self.plan["year"])
        quarters = [FIRST_DAYS[activity.get("quarter", "1")], FIRST_DAYS["1"]]
        days = [written.nearest(self.plan, date(year, month, day), DAY) for month, day in quarters]
        return next((day for day in days if last and day <= last), last or days[0])

    def _open_and_close(self, code: str, now: datetime) -> None:
        opening = self.state[code] == "planned" and written.at(self._opens(code)) <= now
        if opening:
            self.state[code] = "open"
        for unit in written.actors(self.plan, self.activities[code]) if self.state[code] == "open" else ():
            if opening or (code, unit) not in self.owed:  # who acts only now
                self._invite(code, unit, now)
        last = self._last(code)
        if self.state[code] == "open" and last and now >= written.end(last):
            self.state[code] = "closed"

    def _invite(self, code: str, unit: str, now: datetime) -> None:
        last = self._last(code)
        assert last is not None
        owed = self.owed.setdefault((code, unit), Owed(last))
        self._pass_over(code, owed, now)
        if not owed.over:
            self._write(now, unit, ["contact"], "invitation", code, owed.deadline, owed, written.end(owed.last))

    def _invite_anew(self, now: datetime, told: Collection[Owed] = ()) -> None:
        for (code, unit), owed in self.owed.items():
            if self.state[code] == "open" and not owed.over and not owed.extended and not any(owed is each for each in told):
                asked = ("invitation", code, owed.deadline, owed, written.end(owed.last))
                if self._write(now, unit, ["contact"], *asked):
                    self._pass_over(code, owed, now)

    def _pass_over(self, code: str, owed: Owed, now: datetime) -> None:
        """Let an invitation stand for the steps up to its day; after a missed opening those past the deadline stay owed."""
        late = now >= written.end(owed.last)
        owed.seen = written.at(self._opens(code) if late else now.astimezone(VIETNAM).date(), written.strikes(self.plan))

    def _steps(self, code: str, last: date) -> list[tuple[datetime, int, list[str]]]:
        """Return (when, working days from the last day, to whom); of steps that meet on one day the most urgent."""
        ladder = self.activities[code].get("ladder", self.plan["reminders"]["ladder"])
        found = {}
        for days, to in sorted((written.working_days(rung), rung.get("to", ["contact"])) for rung in ladder):
            day = last if days > 0 else written.nearest(self.plan, last, -DAY)
            for _ in range(abs(days)):
                day = written.nearest(self.plan, day + (DAY if days > 0 else -DAY), DAY if days > 0 else -DAY)
            found[day] = (written.at(day, written.strikes(self.plan)), days, to)
        return [found[day] for day in sorted(found)]

    def _remind(self, code: str, unit: str, now: datetime) -> None:
        owed = self.owed[code, unit]
        if owed.over or owed.seen is None:
            return
        fresh = [step for step in self._steps(code, owed.last) if owed.seen < step[0] <= now]
        if not fresh:
            return
        owed.seen, (_, days, to), due = now, fresh[-1], written.end(owed.last)
        if now >= due and days <= 0:
            return
        later = [step[0] for step in self._steps(code, owed.last) if step[0] > now]
        expires = due if now < due else next(iter(later), None)
        kind = "overdue" if now >= due else "reminder"
        self._write(now, unit, to, kind, code, f"{days:+}/{owed.deadline}", owed, expires)

    # -- the verbs

    def _dates(self, now: datetime, what: dict[str, Any]) -> None:
        activity = self.activities[what["activity"]]
        activity["deadline"] = what["deadline"]
        activity["opens"] = what.get("opens") or activity.get("opens")
        self.version += 1
        self._date(what["activity"], now)
        self._invite_anew(now)

    def _responds(self, now: datetime, what: dict[str, Any]) -> None:
        code, kind = what["activity"], what["kind"]
        given = {"commented": what.get("text"), "signed": what.get("signatory")}.get(kind, "nothing needed")
        owed = [self.owed.get((code, unit)) for unit in written.listed(what["units"])]
        if None in owed or kind not in ANSWERS.get(self.activities[code]["kind"], ()) or not given:
            raise Refused
        for each in owed:
            each.done = each.done or now  # type: ignore[union-attr]

    def _report(self, now: datetime, what: dict[str, Any]) -> None:
        data = (self.folder / what["file"]).read_bytes() if "file" in what else None
        takers = [self._taker(what["activity"], unit) for unit in written.listed(what["units"])]
        for unit, owed in takers:
            good = data is None or data.startswith(b"%PDF-") or written.is_docx(data)
            self._received(now, what["activity"], unit, owed, data or unit.encode(), good)

    def _sheet(self, now: datetime, what: dict[str, Any]) -> None:
        code = self._sheets
        unit, owed = self._taker(code, what["unit"])
        if "marked" in what and unit not in self.refused:
            raise Refused
        cells = (self.refused[unit] if "marked" in what else {}) | written.cells(self.folder, what)
        good = written.counts(self.plan, cells)
        self.refused.pop(unit, None)
        if not good:
            self.refused[unit] = cells
        data = repr(("marked" in what, sorted(cells.items()))).encode()
        accepted = self._received(now, code, unit, owed, data, good)
        late = now >= written.end(owed.last)
        newest = self.results[-1:] if not self.given_back else []
        enough = len(self._counting(code)) == len(self.units) or newest == [False]  # all, or closed without some
        if accepted and enough and not (late and newest == [True]):
            self._claim(now, code)

    def _extends(self, now: datetime, what: dict[str, Any]) -> None:
        code, unit, until = what["activity"], what["unit"], written.day(what["until"])
        owed = self.owed.get((code, unit))
        if owed is None or owed.over or not what["because"].strip() or until <= owed.last or written.end(until) <= now:
            raise Refused
        owed.move(until)
        owed.extended = True
        self._write(now, unit, ["contact"], "extension", code, str(until))

    def _waives(self, now: datetime, what: dict[str, Any]) -> None:
        code, unit = what["activity"], what["unit"]
        owed = self.owed.get((code, unit))
        sheet = self.activities[code]["kind"] == "score-sheets"
        if owed is None or owed.over or (sheet and not self._closes_with_what_came):
            raise Refused
        owed.waived = True
        self._write(now, unit, ["contact"], "waiver", code, owed.deadline)

    def _returns(self, now: datetime, what: dict[str, Any]) -> None:
        code, unit = what["activity"], what["unit"]
        owed = self.owed.get((code, unit))
        if owed is None or not owed.counts:
            raise Refused
        version = owed.counts
        owed.ask_again(now)
        self._write(now, unit, ["contact"], "returned", code, str(version))

    def _applies(self, now: datetime, what: dict[str, Any]) -> None:
        former, new = self.plan, written.read(self.folder / what["plan"])
        frozen = self._signed or self._counting(self._sheets)
        if frozen and "because" not in what and written.agreed(former) != written.agreed(new):
            raise Refused
        self.plan, self.version = new, self.version + (former != new)
        self.activities = {entry["code"]: written.with_dates(entry) for entry in new["activities"]}
        for code in self.activities:
            self._date(code, now)
            self._act_or_not(code)
        told = self._issue_again(now) if written.form(former) != written.form(new) else []
        self.stands = self.stands and written.scored(former) == written.scored(new)
        gone = written.people(former) - written.people(new)
        for letter in (what for _, _, what in self.waiting if isinstance(what, Letter)):
            letter.lapsed |= letter.owed is not None and (letter.mail[0], letter.mail[3]) in gone
        self._invite_anew(now, told)

    def _act_or_not(self, code: str) -> None:
        """Release who acts no more, and ask anew who was released and acts again."""
        acting = written.actors(self.plan, self.activities[code])
        for (activity, unit), owed in self.owed.items():
            if activity != code or (unit in acting) != owed.released:
                continue
            owed.released = unit not in acting and owed.done is None
            owed.moves += unit in acting

    def _issue_again(self, now: datetime) -> list[Owed]:
        """Issue the score sheets again; return what those owe who are told so."""
        code, told = self._sheets, []
        if self.state[code] in ("open", "closed"):
            for unit in self.units:
                self.owed.setdefault((code, unit), Owed(self._last(code)))  # type: ignore[arg-type]
        for (activity, unit), owed in self.owed.items():
            if activity != code:
                continue
            had_sent = bool(owed.counts)
            self.given_back |= had_sent
            if unit not in self.units or owed.waived:
                owed.counts = 0
                continue
            owed.ask_again(now)
            if had_sent or self.state[code] in ("open", "closed"):
                self._write(now, unit, ["contact"], "reissue", code, str(self.version))
                told.append(owed)
        return told

    @property
    def _signed(self) -> bool:
        signatures = [owed for (code, _), owed in self.owed.items() if self.activities[code]["kind"] == "signature"]
        return any(owed.done for owed in signatures) and all(owed.over for owed in signatures)

    @property
    def _sheets(self) -> str:
        return next(code for code, activity in self.activities.items() if activity["kind"] == "score-sheets")

    @property
    def _closes_with_what_came(self) -> bool:
        return self.plan.get("policies", {}).get("missing_sheet") == "received"

    def _mailbox(self, now: datetime, what: dict[str, Any]) -> None:
        self.refusing.pop(what["address"].lower(), None)
        if "reply" in what:
            self.refusing[what["address"].lower()] = what["reply"]

    def _events(self, now: datetime, what: dict[str, Any]) -> None:
        self.lost = what["lost"] == "true"

    def _aggregate(self, now: datetime, what: Any = None) -> None:
        """Carry out the claim; or, as the secretary's act, make one."""
        counting = self._counting(self._sheets)
        if what is not None:
            dues = [written.end(owed.last) for (code, _), owed in self.owed.items() if code == self._sheets and not owed.waived]
            enough = self._closes_with_what_came and counting and now >= max(dues)
            if len(counting) < len(self.units) and not enough:
                raise Refused
            self._claim(now, self._sheets)
            return
        self.results.append(len(counting) == len(self.units))
        self.stands, self.given_back = True, False
        leader = next(unit["code"] for unit in self.plan["units"] if unit.get("role") == "leader")
        self._write(now, leader, ["secretary"], "result-ready", "", str(len(self.results)))

    def _close(self, now: datetime, what: Any) -> None:
        if len(self._counting(self._sheets)) == len(self.units):
            raise Refused
        self._aggregate(now, what)

    def _publish(self, now: datetime, what: Any) -> None:
        if not self.results or not self.results[-1] or not self.stands:
            raise Refused
        for unit in self.units:
            self._write(now, unit, ["contact"], "result", "", str(len(self.results)))

    # -- files

    def _taker(self, code: str, unit: str) -> tuple[str, Owed]:
        last = self._last(code)
        if self.state[code] in ("planned", "past") and unit in written.actors(self.plan, self.activities[code]) and last:
            self.owed.setdefault((code, unit), Owed(last))
        if self.state[code] == "undated" or (code, unit) not in self.owed:
            raise Refused
        return unit, self.owed[code, unit]

    def _received(self, now: datetime, code: str, unit: str, owed: Owed, data: bytes, good: bool) -> bool:
        if owed.versions[-1:] == [data] and not owed.returned:
            return False
        if owed.versions[-1:] == [data] and self.activities[code]["kind"] == "report":
            good = False  # returned, and sent again unchanged
        owed.returned = False
        owed.versions.append(data)
        if good:
            owed.counts, owed.done = len(owed.versions), owed.done or now
        self._write(now, unit, ["contact"], "receipt" if good else "refusal", code, str(len(owed.versions)))
        return good

    def _counting(self, code: str) -> frozenset[tuple[str, int]]:
        """Return the sheets that count: of each unit the newest version accepted."""
        return frozenset(
            (unit, owed.counts)
            for (activity, unit), owed in self.owed.items()
            if activity == code and owed.counts and unit in self.units
        )

    def _claim(self, now: datetime, code: str) -> None:
        claim = (written.scored(self.plan), self._counting(code))
        if claim in self.claimed:
            return
        self.claimed.append(claim)
        if not self.lost:
            self._aggregate(now)
            return
        hour = now.replace(minute=0, second=0)
        quarter = next(hour + n * timedelta(minutes=15) for n in range(1, 6) if hour + n * timedelta(minutes=15) > now)
        heapq.heappush(self.waiting, (quarter, next(self._number), claim))

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
            of_no_use = letter.lapsed or (letter.owed and (letter.owed.over or letter.owed.deadline != letter.deadline))
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
