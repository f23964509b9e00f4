"""Rounds of kills: a year begun in a new place, killed several times, gone on with to its end, and judged."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from bloc.enums import NoticeState
from tests.databases import new_database
from tests.replay.oracle import Year
from tests.replay.playing import SMALL, YEARS
from tests.soak.judging import Outcome, violations
from tests.soak.killing import Blow, Installation, Victim, Violation, blow

SMALL_ONES = [SMALL / f"{name}-year.yaml" for name in ("three", "received", "changing")]
ALONE = [Victim.REPLAY, Victim.REPLAY, Victim.SINK]
WITH_PREFECT = [Victim.REPLAY, Victim.SINK, Victim.SERVER, Victim.WORKER, Victim.RUN]
MOST = 6  # kills a round


@dataclass
class Tally:
    """What was killed so far, and how many mails are uncertain for it."""

    kills: Counter[Victim] = field(default_factory=Counter)
    rounds: int = 0
    missed: int = 0  # blows that came after the end
    uncertain: int = 0

    def __str__(self) -> str:
        kills = ", ".join(f"{victim} {count}" for victim, count in sorted(self.kills.items()) if count)
        ends = f"{self.missed} blows came after the end; {self.uncertain} mails called uncertain"
        return f"{self.kills.total()} kills ({kills}) in {self.rounds} rounds; {ends}"


@dataclass
class Round:
    """One year in a new place. Everything follows from the seed, but what the machine does meanwhile."""

    seed: int
    folder: Path  # is made; kept if something does not hold
    kind: str = "sqlite"  # of database: that or "postgres"
    prefect: bool = False
    most: int = MOST
    scenario: Path | None = None
    tell: Callable[[str], None] = print

    def play(self, tally: Tally, blows: Iterable[Blow] | None = None) -> None:
        """Kill, go on, judge.

        Args:
            tally: is added to.
            blows: the kills; by default at random.

        Raises:
            Violation: something does not hold; the folder has the evidence.
        """
        chance = Random(self.seed)
        # With Prefect a shipped year takes minutes.
        scenario = self.scenario or chance.choice(SMALL_ONES if self.prefect else [*SMALL_ONES, *YEARS.values()])
        self.folder.mkdir(parents=True)
        with new_database(self.kind, f"soak_{self.seed}") as url:
            place = Installation(self.folder, scenario, url, self.prefect)
            self.tell(f"{self.seed}: {scenario.stem}, {self.kind}, {'with' if self.prefect else 'without'} Prefect")
            kills = self._kill(place, tally, blows or self._at_random(place, chance))
            place.live()
            found = Outcome.of(place)
            if wrong := violations(scenario, found, undisturbed(scenario), kills):
                raise Violation("\n".join(wrong))  # the database stays as well
        tally.rounds += 1
        tally.uncertain += sum(fate is NoticeState.UNCERTAIN for fate in found.fates.values())
        shutil.rmtree(self.folder)

    def _at_random(self, place: Installation, chance: Random) -> Iterator[Blow]:
        wanted, victims = Year(place.scenario).mails.total(), WITH_PREFECT if self.prefect else ALONE
        for left in range(min(self.most, chance.randint(2, MOST)), 0, -1):
            mails = max(1, 2 * (wanted - place.mails()) // (left + 1))  # so that they spread over the year
            yield blow(chance, victims, mails)

    def _kill(self, place: Installation, tally: Tally, blows: Iterable[Blow]) -> int:
        kills = 0
        for each in blows:
            hit = place.die(each)
            self.tell(f"{self.seed}:   {each}: {'killed' if hit else 'it had ended'}; {place.mails()} mails are kept")
            tally.kills[each.victim] += hit
            tally.missed += not hit
            kills += hit
            if not hit:
                break
        return kills


@cache
def undisturbed(scenario: Path) -> Outcome:
    """Return how the year ends that nobody kills."""
    folder = Path(mkdtemp(prefix="undisturbed-"))
    try:
        place = Installation(folder, scenario)
        place.live()
        return Outcome.of(place)
    finally:
        shutil.rmtree(folder)
