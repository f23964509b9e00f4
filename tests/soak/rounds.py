"""Rounds of kills: a year begun in a new place, killed several times, gone on with to its end, and judged."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from tests.databases import new_database
from tests.replay.oracle import Year
from tests.replay.playing import SHIPPED, SMALL
from tests.soak.judging import Outcome, violations
from tests.soak.killing import Installation, Victim, Violation, blow

SCENARIOS = (*(SMALL / f"{name}-year.yaml" for name in ("three", "received", "ten")), SHIPPED)
ALONE = [Victim.REPLAY, Victim.REPLAY, Victim.SINK]
WITH_PREFECT = list(Victim)
MOST = 6  # kills a round


@dataclass
class Tally:
    """What was killed so far, and how many mails are uncertain for it."""

    kills: Counter[Victim] = field(default_factory=Counter)
    rounds: int = 0
    missed: int = 0  # blows that came after the end
    uncertain: int = 0


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

    def play(self, tally: Tally) -> None:
        """Kill, go on, judge.

        Raises:
            Violation: something does not hold; the folder has the evidence.
        """
        chance = Random(self.seed)
        scenario = self.scenario or chance.choice(SCENARIOS)
        self.folder.mkdir(parents=True)
        with new_database(self.kind, f"soak_{self.seed}") as url:
            place = Installation(self.folder, scenario, url, self.prefect)
            self.tell(f"round {self.seed}: {scenario.stem}, {self.kind}, {'with' if self.prefect else 'without'} Prefect")
            kills = self._kill(place, chance, tally)
            place.live()
            found = Outcome.of(place)
            if wrong := violations(scenario, found, undisturbed(scenario), kills):
                raise Violation("\n".join(wrong))
            tally.rounds += 1
            tally.uncertain += sum(fate == "uncertain" for fate in found.fates.values())
        shutil.rmtree(self.folder)

    def _kill(self, place: Installation, chance: Random, tally: Tally) -> int:
        place.said.touch()
        wanted, victims, kills = Year(place.scenario).mails.total(), WITH_PREFECT if self.prefect else ALONE, 0
        for left in range(chance.randint(2, MOST), 0, -1):
            if kills == self.most:
                break
            mails = max(1, 2 * (wanted - place.mails()) // (left + 1))  # so that they spread over the year
            next_blow = blow(chance, victims, mails)
            hit = place.die(next_blow)
            self.tell(f"  {next_blow}: {'killed' if hit else 'it had ended'}, {place.mails()} of {wanted} mails")
            tally.kills[next_blow.victim] += hit
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

