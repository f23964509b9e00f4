"""The mails that a plan and a scenario call for, told by the rules of docs/notices.md alone.

It reads the two files as plain YAML and knows nothing of the code that sends: it shares no line with it, and no import.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.replay import days, written
from tests.replay.contested import Contested, Objections
from tests.replay.letters import About, Mail, Owed, Post
from tests.replay.seats import Seat
from tests.replay.written import DAY, VIETNAM

__all__ = ["Mail", "Year"]

STAGES, REMINDERS = time(7, 0), time(7, 30)
AHEAD = 14 * DAY  # how far the weekly digest looks
AFTERWARDS = 42 * DAY  # how long after the last of all last days there is one, or to the end of the year
ANSWERS = {"consultation": ("agreed", "commented"), "signature": ("signed",), "duty": ("done",), "conference": ("done",)}


class Refused(Exception):
    """An act is refused; nothing of it happens."""


class Year:
    """A bloc's year, gone through moment by moment.

    ``mails`` are the notices that reach a mailbox, ``posts`` those that do so together, ``done`` who was done when.
    """

    def __init__(self, scenario: Path) -> None:
        self.folder = scenario.parent
        self.scenario = written.read(scenario)
        self.plan = written.read(self.folder / self.scenario["plan"])
        self.activities = {entry["code"]: written.with_dates(entry) for entry in self.plan["activities"]}
        self.owed: dict[tuple[str, str], Owed] = {}
        self.seats: dict[tuple[str, str], Seat] = {}
        self.state: dict[str, str] = {}
        self.post = Post(self.plan)
        self.lost = False
        self.refused: dict[str, dict[tuple[str, str], str]] = {}  # what stood in a unit's last sheet, if it was refused
        self.claimed: list[tuple[str, frozenset[tuple[str, int]]]] = []  # on what plan, of which sheets
        self.results: list[bool] = []  # of each version: whether it is final
        self.given_back = False  # whether sheets that the newest version counted were given back
        self.stands = False  # whether the newest version rests on what holds now
        self.published = False  # whether the newest version is
        self.objections = Objections()
        self.version = 1  # of the plan
        self._live()

    @property
    def units(self) -> list[str]:
        """Return the members by the plan in force."""
        return [unit["code"] for unit in self.plan["units"]]

    @property
    def posts(self) -> Counter[frozenset[Mail]]:
        """Return the mails called for, each with the notices in it."""
        return self.post.posts

    @property
    def mails(self) -> Counter[Mail]:
        """Return the notices called for."""
        return Counter(mail for together in self.posts.elements() for mail in together)

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
        daily = [starts + n * DAY for n in range((ends - starts).days + 1)]
        moments = {written.at(day, clock) for day in daily for clock in (STAGES, REMINDERS)} | set(acts)
        for moment in sorted(moments):
            self._catch_up(moment)
            for act in acts[moment]:
                self._jobs(moment)
                self._act(moment, act)
                self.post.deliver(moment)
            self._jobs(moment)
            self.post.deliver(moment)
        self._catch_up(written.at(ends + DAY))

    def _catch_up(self, until: datetime) -> None:
        while found := self.post.next_before(until):
            moment, what = found
            if isinstance(what, list):
                self.post.outbox = what
            elif what == self.claimed[-1]:
                self._aggregate(moment)
            self.post.deliver(moment)

    def _jobs(self, now: datetime) -> None:
        if now.astimezone(VIETNAM).time() == STAGES:
            for code in self.activities:
                self._open_and_close(code, now)
        if now.astimezone(VIETNAM).time() == REMINDERS:
            for activity, unit in list(self.owed):
                self._remind(activity, unit, now)
            for activity, unit in list(self.seats):
                self._remind_to_answer(activity, unit, now)
            self._remind_of_objections(now)
            self._tell_of_the_week(now)

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
        return days.last(self.plan, self.activities[code])

    def _opens(self, code: str) -> date:
        return days.opening(self.plan, self.activities[code])

    def _open_and_close(self, code: str, now: datetime) -> None:
        opening = self.state[code] == "planned" and written.at(self._opens(code)) <= now
        if opening:
            self.state[code] = "open"
        for unit in written.actors(self.plan, self.activities[code]) if self.state[code] == "open" else ():
            if opening or (code, unit) not in self.owed:  # who acts only now
                self._invite(code, unit, now)
        self._call(code, now)
        last = self._last(code)
        if self.state[code] == "open" and last and now >= written.end(last):
            self.state[code] = "closed"

    def _invite(self, code: str, unit: str, now: datetime) -> None:
        last = self._last(code)
        assert last is not None
        owed = self.owed.setdefault((code, unit), Owed(last))
        self._pass_over(code, owed, now)
        if not owed.over:
            self._write(unit, "invitation", code, owed.deadline, owed, written.end(owed.last))

    def _invite_anew(self, now: datetime, told: Collection[Owed] = ()) -> None:
        for (code, unit), owed in self.owed.items():
            asked = self.state[code] == "open" and not owed.over and not owed.extended
            if not asked or any(owed is each for each in told):
                continue
            if self._write(unit, "invitation", code, owed.deadline, owed, written.end(owed.last)):
                self._pass_over(code, owed, now)

    def _pass_over(self, code: str, owed: Owed, now: datetime) -> None:
        """Let what a unit is told stand for the steps that come at once; after a missed opening those past it stay owed."""
        self._told(code, owed, written.at(self._opens(code)) if now >= written.end(owed.last) else now)

    def _told(self, code: str, owed: Owed, told: datetime) -> None:
        owed.seen = self._stands_for(told, days.steps(self.plan, self.activities[code], owed.last))

    def _stands_for(self, told: datetime, steps: list[tuple[datetime, int, list[str]]]) -> datetime:
        """Return up to when who has been told is not reminded: that day, and the next working day but for the last step."""
        today, strikes = told.astimezone(VIETNAM).date(), written.strikes(self.plan)
        next_day = written.at(days.working_day_after(self.plan, today, 1), strikes)
        spared = next_day in [moment for moment, away, _ in steps if away <= 0][:-1]
        return max(told, next_day if spared else written.at(today, strikes))

    def _remind(self, code: str, unit: str, now: datetime) -> None:
        owed = self.owed[code, unit]
        if owed.over or owed.seen is None:
            return
        steps = days.steps(self.plan, self.activities[code], owed.last)
        fresh = [step for step in steps if owed.seen < step[0] <= now]
        if not fresh:
            return
        owed.seen, (_, away, to), due = now, fresh[-1], written.end(owed.last)
        if now >= due and away <= 0:
            return
        expires = due if now < due else next((step[0] for step in steps if step[0] > now), None)
        told = self._told_late(code, unit, to) if now >= due else dict.fromkeys(self.post.addressed(unit, to), "reminder")
        today = now.astimezone(VIETNAM).date()
        for address, kind in told.items():
            self.post.write(unit, [address], About(kind, code, f"{away:+}/{owed.deadline}", owed, expires, today))

    def _told_late(self, code: str, unit: str, to: list[str]) -> dict[str, str]:
        """Return address -> what it is told: the unit's own, that it is late; those above, that they are to see to it."""
        told = {
            address: "overdue" if role in ("contact", "deputy_contact") else "escalation"
            for address, role in self.post.addressed(unit, to).items()
        }
        deputy = next((each["code"] for each in self.plan["units"] if each.get("role") == "deputy"), unit)
        if "secretary" in to and self.activities[code]["kind"] == "report" and deputy != unit:
            told = dict.fromkeys(self.post.addressed(deputy, ["contact"]), "escalation") | told
        return told

    # -- conferences

    def _call(self, code: str, now: datetime) -> None:
        """Invite to a conference that is open, and tell those invited that it is held at another time."""
        held = self.activities[code].get("conference", {})
        if not held.get("date") or self.state[code] != "open":
            return
        for unit in held.get("units", self.units):
            seat, known = self.seats.get((code, unit)), (held["date"], held.get("start"))
            if seat is None:
                self.seats[code, unit] = seat = Seat(known)
                self._ask_to_come("conference", code, unit, seat, now)
            elif seat.known != known:
                seat.move(known)
                self._ask_to_come("postponed", code, unit, seat, now)
            elif not seat.over:
                about = About("conference", code, seat.which, seat, seat.begins)
                told = self.post.addressed(unit, ["contact"])
                self.post.write(unit, [each for each in told if not self._is_told(each, unit, about)], about)

    def _is_told(self, address: str, unit: str, about: About) -> bool:
        kinds = ("conference", "postponed")
        return any((address, kind, about.activity, unit, about.which) in self.post.identities for kind in kinds)

    def _ask_to_come(self, kind: str, code: str, unit: str, seat: Seat, now: datetime) -> None:
        seat.seen = self._stands_for(now, self._steps_to_answer(code, seat))
        self.post.write(unit, self.post.addressed(unit, ["contact"]), About(kind, code, seat.which, seat, seat.begins))

    def _remind_to_answer(self, code: str, unit: str, now: datetime) -> None:
        seat = self.seats[code, unit]
        fresh = [step for step in self._steps_to_answer(code, seat) if seat.seen < step[0] <= now]
        if seat.over or not fresh or now >= seat.begins:
            return
        seat.seen, (_, away, to) = now, fresh[-1]
        about = About("conference-reminder", code, f"{away:+}/{seat.which}", seat, seat.begins)
        self.post.write(unit, self.post.addressed(unit, to), about)

    def _steps_to_answer(self, code: str, seat: Seat) -> list[tuple[datetime, int, list[str]]]:
        return [step for step in days.steps(self.plan, self.activities[code], seat.day) if step[1] < 0]

    def _holds(self, now: datetime, what: dict[str, Any]) -> None:
        held = self.activities[what["activity"]].setdefault("conference", {})
        held |= {key: what[key] for key in ("date", "start", "place", "link") if key in what}
        self.version += 1
        self._date(what["activity"], now)
        self._invite_anew(now)
        self._call(what["activity"], now)

    def _attends(self, now: datetime, what: dict[str, Any]) -> None:
        for unit in written.listed(what["units"]):
            self.seats[what["activity"], unit].over = True

    def _attendance(self, now: datetime, what: dict[str, Any]) -> None:
        """Nobody is written to."""

    # -- thanks, and the week

    def _thank(self, code: str) -> None:
        asked = [(unit, self.owed.get((code, unit))) for unit in written.actors(self.plan, self.activities[code])]
        owing = [owed for (activity, _), owed in self.owed.items() if activity == code and not owed.over]
        done = [(unit, owed) for unit, owed in asked if owed is not None and owed.done]
        if len(done) > 1 and not owing and None not in [owed for _, owed in asked]:
            for unit, owed in done:
                self._write(unit, "thanks", code, owed.deadline)

    def _tell_of_the_week(self, now: datetime) -> None:
        today = now.astimezone(VIETNAM).date()
        if today != days.digest(self.plan, today) or today > self._is_told_of_until():
            return
        if self._is_anything_owed(today) or self._waits(now) or self._fails(today):
            ends = written.at(days.neighbouring_digest(self.plan, today, 1), written.strikes(self.plan))
            self._tell_secretary(About("weekly", "", f"{today}", expires=ends))

    def _is_told_of_until(self) -> date:
        """Return the last day on which there may be a digest."""
        planned = [last for code in self.activities if (last := self._last(code)) is not None]
        own = [owed.last for owed in self.owed.values() if not (owed.waived or owed.released)]
        return max([date(int(self.plan["year"]), 12, 31), *(last + AFTERWARDS for last in planned + own)])

    def _is_anything_owed(self, today: date) -> bool:
        begun = ("open", "closed")
        return any(
            not owed.over and self.state[code] in begun and owed.last <= today + AHEAD for (code, _), owed in self.owed.items()
        )

    def _waits(self, now: datetime) -> bool:
        """Whether something waits for the secretary's act: a final result, a closing, a sheet that came after the result."""
        unpublished = bool(self.results and self.results[-1] and self.stands and not self.given_back and not self.published)
        claim = (written.scored(self.plan), self._counting(self._sheets))
        return unpublished or (self._is_enough(now) and claim not in self.claimed[-1:])

    def _is_enough(self, now: datetime) -> bool:
        """Whether a ranking may be made of the sheets that count."""
        counting = self._counting(self._sheets)
        dues = [written.end(owed.last) for (code, _), owed in self.owed.items() if code == self._sheets and not owed.waived]
        closes = self._closes_with_what_came and bool(counting) and now >= max(dues)
        return closes or len(counting) == len(self.units)

    def _fails(self, today: date) -> bool:
        """Whether an address takes no mail, or a mail has failed that was tried since the day before the last digest."""
        since = written.at(days.neighbouring_digest(self.plan, today, -1) - DAY, written.strikes(self.plan))
        return any(map(self.post.serves, self.post.dead)) or any(moment >= since for moment in self.post.failures)

    # -- the verbs

    def _decides_title(self, now: datetime, what: dict[str, Any]) -> None:
        """Titles send no mail."""

    _votes = _chooses = _city_answers = _decides_title

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
        self._thank(code)

    def _report(self, now: datetime, what: dict[str, Any]) -> None:
        data = (self.folder / what["file"]).read_bytes() if "file" in what else None
        takers = [self._taker(what["activity"], unit) for unit in written.listed(what["units"])]
        for unit, owed in takers:
            good = data is None or data.startswith(b"%PDF-") or written.is_docx(data)
            self._received(now, what["activity"], unit, owed, data or unit.encode(), good)

    def _sheet(self, now: datetime, what: dict[str, Any]) -> None:
        unit, owed = self._taker(self._sheets, what["unit"])
        if "marked" in what and unit not in self.refused:
            raise Refused
        cells = (self.refused[unit] if "marked" in what else {}) | written.cells(self.folder, what)
        good = written.counts(self.plan, cells)
        self.refused.pop(unit, None)
        if not good:
            self.refused[unit] = cells
        self._hand_in(now, unit, repr(("marked" in what, sorted(cells.items()))).encode(), good, now >= written.end(owed.last))

    def _hand_in(self, now: datetime, unit: str, data: bytes, good: bool, late: bool) -> None:
        code = self._sheets
        accepted = self._received(now, code, unit, self.owed[code, unit], data, good)
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
        self._told(code, owed, now)
        self._write(unit, "extension", code, str(until))

    def _waives(self, now: datetime, what: dict[str, Any]) -> None:
        code, unit = what["activity"], what["unit"]
        owed = self.owed.get((code, unit))
        sheet = self.activities[code]["kind"] == "score-sheets"
        if owed is None or owed.over or (sheet and not self._closes_with_what_came):
            raise Refused
        owed.waived = True
        self._write(unit, "waiver", code, owed.deadline)
        self._thank(code)

    def _returns(self, now: datetime, what: dict[str, Any]) -> None:
        code, unit = what["activity"], what["unit"]
        owed = self.owed.get((code, unit))
        if owed is None or not owed.counts:
            raise Refused
        version = owed.counts
        owed.ask_again()
        self._told(code, owed, now)
        self._write(unit, "returned", code, str(version))

    def _applies(self, now: datetime, what: dict[str, Any]) -> None:
        former, new = self.plan, written.read(self.folder / what["plan"])
        frozen = self._signed or self._counting(self._sheets)
        if frozen and "because" not in what and written.agreed(former) != written.agreed(new):
            raise Refused
        self.plan = self.post.plan = new
        self.version += former != new
        self.activities = {entry["code"]: written.with_dates(entry) for entry in new["activities"]}
        for code in self.activities:
            self._date(code, now)
            self._act_or_not(code)
        told = self._issue_again(now) if written.form(former) != written.form(new) else []
        self.stands = self.stands and written.scored(former) == written.scored(new)
        gone = written.people(former) - written.people(new)
        for letter in (each for _, _, what in self.post.waiting if isinstance(what, list) for each in what):
            letter.lapsed |= letter.about.owed is not None and (letter.to, letter.unit) in gone
        self._invite_anew(now, told)
        for code in self.activities:
            self._call(code, now)

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
            owed.ask_again()
            self._told(code, owed, now)
            if had_sent or self.state[code] in ("open", "closed"):
                self._write(unit, "reissue", code, str(self.version))
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
        self.post.refusing.pop(what["address"].lower(), None)
        if "reply" not in what:
            self.post.dead.pop(what["address"].lower(), None)
        if "reply" in what:
            self.post.refusing[what["address"].lower()] = what["reply"]

    def _bounces(self, now: datetime, what: dict[str, Any]) -> None:
        self.post.bounce(what["address"].lower(), what["reply"], now)

    def _events(self, now: datetime, what: dict[str, Any]) -> None:
        self.lost = what["lost"] == "true"

    def _drafts(self, now: datetime, what: dict[str, Any]) -> None:
        """Documents that are drafted are sent to nobody."""

    def _aggregate(self, now: datetime, what: Any = None) -> None:
        """Carry out the claim; or, as the secretary's act, make one."""
        if what is not None:
            if not self._is_enough(now):
                raise Refused
            self._claim(now, self._sheets)
            return
        self.results.append(len(self._counting(self._sheets)) == len(self.units))
        self.stands, self.given_back, self.published = True, False, False
        self._tell_secretary(About("result-ready", "", str(len(self.results))))

    def _close(self, now: datetime, what: Any) -> None:
        if len(self._counting(self._sheets)) == len(self.units):
            raise Refused
        self._aggregate(now, what)

    def _publish(self, now: datetime, what: Any) -> None:
        if not self.results or not self.results[-1] or not self.stands:
            raise Refused
        self.published = True
        for unit in self.units:
            self._write(unit, "result", "", str(len(self.results)))
        if self.plan.get("objections") and not self.objections.last:
            self.objections.last = days.working_day_after(
                self.plan, now.astimezone(VIETNAM).date(), int(self.plan["objections"]["days"])
            )
            for unit in self.units:
                self._write(unit, "objections-open", "", str(len(self.results)))

    # -- objections

    def _objects(self, now: datetime, what: dict[str, Any]) -> None:
        new = Contested(what["unit"], what["scorer"], what["criterion"], now)
        if self._is_window_over(now) or not self.objections.takes(new):
            raise Refused
        self.objections.raised.append(new)
        self._write(new.giver, "objection", "", str(len(self.objections.raised)))

    def _answers_objection(self, now: datetime, what: dict[str, Any]) -> None:
        each = self.objections.numbered(int(what["number"]), what["unit"])
        if each is None:
            raise Refused
        each.answered = True
        if "to" in what:  # its sheet, in a new version
            self._hand_in(now, each.giver, repr(sorted(what.items())).encode(), True, self._is_window_over(now))
        self._write(each.unit, "objection-answer", "", what["number"])

    def _is_window_over(self, now: datetime) -> bool:
        return self.objections.last is None or now >= written.end(self.objections.last)

    def _remind_of_objections(self, now: datetime) -> None:
        last = self.objections.last
        for moment, away, to in days.steps(self.plan, {}, last) if last else ():
            for giver in self.objections.owing(before=now) if moment == now and away <= 0 else ():
                about = About("objection-reminder", "", f"{away:+}/{last}")
                self.post.write(giver, self.post.addressed(giver, to), about)

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
        self._write(unit, "receipt" if good else "refusal", code, str(len(owed.versions)))
        if good:
            self._thank(code)
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
        self.post.later(quarter, claim)

    def _write(
        self, unit: str, kind: str, activity: str, which: str, owed: Owed | None = None, expires: datetime | None = None
    ) -> bool:
        """Write to a unit's contact; return whether there is a new letter."""
        return self.post.write(unit, self.post.addressed(unit, ["contact"]), About(kind, activity, which, owed, expires))

    def _tell_secretary(self, about: About) -> None:
        leader = next(unit["code"] for unit in self.plan["units"] if unit.get("role") == "leader")
        self.post.write(leader, self.post.addressed(leader, ["secretary"]), about)
