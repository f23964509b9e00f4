"""The post of the oracle: who is written to, what leaves in one mail, and what becomes of it. See docs/notices.md."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from tests.replay.written import VIETNAM

FIRST_WAIT, LONGEST_WAIT, ATTEMPTS = timedelta(minutes=5), timedelta(hours=6), 20
CHANCE = (0.0, 0.5)  # how much longer than its rule a wait may be: a mail's own share lies between
OWN = ("contact", "deputy_contact", "head")  # a unit's people, in the order in which one stands in for the other
ABOUT_NONE = ("result-ready", "weekly", "undeliverable")  # about no unit
ABOVE = (*ABOUT_NONE, "escalation")  # for those above a unit: never falls to the unit itself


class Mail(NamedTuple):
    """One notice in a mailbox."""

    to: str
    kind: str
    activity: str  # "" for what is about no activity
    unit: str
    which: str  # step and deadline, version, or new last day
    day: date  # Vietnam's


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

    def ask_again(self) -> None:
        """What had come counts no more; it is owed once more, and the steps still to come remind of it."""
        self.returned = bool(self.versions)
        self.counts, self.done = 0, None
        self.moves += 1


@dataclass(frozen=True)
class About:
    """What a letter is about: its kind, activity, and which; what it wishes for, until when, and what it is bundled by."""

    kind: str
    activity: str
    which: str
    owed: Owed | None = None  # of no use once that is done or has moved
    expires: datetime | None = None
    bundle: date | None = None


@dataclass
class Letter:
    """A notice on its way, in the fastest or the slowest course that chance allows."""

    to: str
    unit: str
    about: About
    deadline: str
    chance: float
    attempts: int = 0
    tried: datetime | None = None  # last
    lapsed: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        unit = "" if self.about.kind in ABOUT_NONE else self.unit
        return self.to, self.about.kind, self.about.activity, unit, self.about.which

    def is_wanted(self, now: datetime) -> bool:
        owed, expires = self.about.owed, self.about.expires
        done = owed is not None and (owed.over or owed.deadline != self.deadline)
        return not (self.lapsed or done or (expires and now >= expires))


class Post:
    """The bloc's post. ``plan`` is the one in force; ``refusing``: what the server says of an address."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.refusing: dict[str, str] = {}
        self.dead: dict[str, datetime] = {}  # addresses marked as taking no mail, since when
        self.failures: list[datetime] = []  # when each letter that failed was tried last
        self.last: dict[str, list[Letter]] = {}  # what arrived last, by address
        self.identities: set[tuple[str, ...]] = set()
        self.failed: set[tuple[str, ...]] = set()
        self.outbox: list[Letter] = []
        self.arrived: dict[float, list[frozenset[Mail]]] = defaultdict(list)
        self.waiting: list[tuple[datetime, int, Any]] = []  # letters to be tried again, and aggregations to be swept
        self._number = count()

    @property
    def posts(self) -> Counter[frozenset[Mail]]:
        """Return the mails called for, each with its notices; chance may decide about their minutes, not about their days."""
        soonest, latest = (Counter(self.arrived[chance]) for chance in CHANCE)
        assert soonest == latest, "the scenario leaves it to chance what is mailed when"
        return soonest

    # -- to whom

    def addressed(self, unit: str, roles: Iterable[str]) -> dict[str, str]:
        """Return address -> as what; one that has several of the roles is written to as the one nearest the unit."""
        found: dict[str, str] = {}
        for role in [role for role in (*OWN, "secretary") if role in roles]:
            for address in self._with(unit, role):
                found.setdefault(address, role)
        return found or dict.fromkeys(self._with(unit, "contact"), "contact")

    def _with(self, unit: str, role: str) -> list[str]:
        if role == "contact":
            return next(filter(None, (self._named(each, unit) for each in OWN)), self._named("secretary"))
        return self._named(role, None if role == "secretary" else unit)

    def _named(self, role: str, unit: str | None = None) -> list[str]:
        people = [each for each in self.plan.get("contacts", []) if each.get("role", "contact") == role]
        named = {each["email"].lower() for each in people if unit is None or each["unit"] == unit}
        return sorted(named - self.dead.keys())

    def serves(self, address: str) -> bool:
        """Return whether the plan names that address."""
        return any(each["email"].lower() == address for each in self.plan.get("contacts", []))

    # -- written

    def write(self, unit: str, to: Iterable[str], about: About) -> bool:
        """Write to each, once; return whether there is a new letter."""
        new = False
        for address in to:
            deadline = about.owed.deadline if about.owed else ""
            letters = [Letter(address, unit, about, deadline, chance) for chance in CHANCE]
            if letters[0].identity not in self.identities:
                self.identities.add(letters[0].identity)
                self.outbox += letters
                new = True
        return new

    # -- sent

    def later(self, moment: datetime, what: Any) -> None:
        heapq.heappush(self.waiting, (moment, next(self._number), what))

    def next_before(self, until: datetime) -> tuple[datetime, Any] | None:
        """Return what waits for a moment before ``until``, the earliest first."""
        if not self.waiting or self.waiting[0][0] >= until:
            return None
        moment, _, what = heapq.heappop(self.waiting)
        return moment, what

    def deliver(self, now: datetime) -> None:
        """Send what has been written, then see to what failed, until nothing is left."""
        while self.outbox:
            letters, self.outbox = [each for each in self.outbox if each.is_wanted(now)], []
            failed = [each for together in _together(letters) for each in self._send(together, now)]
            for letter in sorted(failed, key=lambda letter: letter.identity):
                self._see_to(letter, now, self.refusing[letter.to])

    def bounce(self, address: str, reply: str, now: datetime) -> None:
        """Let the last mail that arrived at an address not have arrived after all; 4xx: it was only delayed."""
        for letter in self.last.pop(address, []) if reply.startswith("5") else []:
            self._see_to(letter, now, reply)

    def _send(self, together: list[Letter], now: datetime) -> list[Letter]:
        """Hand a mail over; return those of its letters that have failed."""
        reply, chance = self.refusing.get(together[0].to, ""), together[0].chance
        for letter in together:
            letter.tried = now
        if not reply:
            self.last[together[0].to] = together
            day = now.astimezone(VIETNAM).date()
            self.arrived[chance].append(frozenset(Mail(*each.identity, day) for each in together))  # type: ignore[arg-type]
            return []
        if reply.startswith("5"):
            return together
        wait = min(FIRST_WAIT * 2 ** together[0].attempts, LONGEST_WAIT) * (1 + chance)
        for letter in together:
            letter.attempts += 1
        again = [each for each in together if each.attempts < ATTEMPTS and not _expires_by(each, now + wait)]
        if again:
            self.later(now + wait, again)
        return [each for each in together if each not in again]

    def _see_to(self, letter: Letter, now: datetime, reply: str) -> None:
        """Tell the secretary of an address that takes no mail, and pass on what it was sent to the unit's next."""
        assert letter.tried
        if letter.identity in self.failed:  # in the other course
            return
        self.failed.add(letter.identity)
        self.failures.append(letter.tried)
        which = f"{now.astimezone(VIETNAM).date()}"
        if reply[3:].startswith(" 5.1."):  # there is no such mailbox
            which = f"{self.dead.setdefault(letter.to, now):%Y-%m-%dT%H%M%S}"
        self.write(letter.unit, self._others("secretary", letter.to), About("undeliverable", "", f"{letter.to}/{which}"))
        if letter.is_wanted(now):
            self._pass_on(letter)

    def _others(self, role: str, address: str, unit: str | None = None) -> list[str]:
        return [each for each in self._named(role, unit) if each != address]

    def _pass_on(self, letter: Letter) -> None:
        own = (
            [] if letter.about.kind in ABOVE else [each for role in OWN for each in self._others(role, letter.to, letter.unit)]
        )
        line = list(dict.fromkeys([*own, *self._others("secretary", letter.to)]))
        had = [address for address in line if (address, *letter.identity[1:]) in self.identities]
        if all((address, *letter.identity[1:]) in self.failed for address in had):
            self.write(letter.unit, [address for address in line if address not in had][:1], letter.about)


def _expires_by(letter: Letter, moment: datetime) -> bool:
    return letter.about.expires is not None and moment >= letter.about.expires


def _together(letters: list[Letter]) -> Iterator[list[Letter]]:
    """Yield what leaves as one mail: what the ladder has for a person on one day; all else by itself."""
    mails: dict[object, list[Letter]] = {}
    for letter in letters:
        alone = letter.about.bundle is None
        mails.setdefault(id(letter) if alone else (letter.about.bundle, letter.to, letter.chance), []).append(letter)
    yield from mails.values()
