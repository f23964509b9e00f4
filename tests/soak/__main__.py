"""`make soak`: kills deliveries, and then replays, at random moments; stops at the first thing lost, doubled or left behind."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock

from tests.databases import POSTGRES
from tests.soak.deliveries import Killing
from tests.soak.killing import Violation
from tests.soak.rounds import MOST, Round, Tally

DATABASES = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]
EVERY = 3  # one round of so many is with Prefect, until its share of the kills is done


@dataclass
class Soak:
    """Rounds until there were enough kills, several at a time: much of one is waiting."""

    chosen: argparse.Namespace
    alone: Tally = field(default_factory=Tally)
    with_prefect: Tally = field(default_factory=Tally)
    violated: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def run(self) -> int:
        """Play; return how many violations there were."""
        rounds = self._rounds()
        with ThreadPoolExecutor(self.chosen.jobs) as pool:
            list(pool.map(lambda _: self._play(rounds), range(self.chosen.jobs)))
        return len(self.violated)

    def _rounds(self) -> Iterator[Round]:
        chance, number = Random(self.chosen.seed), 0
        while not self.violated and (left := self.chosen.kills - self._kills()) > 0:
            number += 1
            prefect = number % EVERY == 1 and self.with_prefect.kills.total() < self.chosen.prefect
            seed, kind = chance.randrange(10**6), chance.choice(DATABASES)
            yield Round(seed, self.chosen.folder / f"round-{seed}", kind, prefect, min(left, MOST), tell=tell)

    def _kills(self) -> int:
        return self.alone.kills.total() + self.with_prefect.kills.total()

    def _play(self, rounds: Iterator[Round]) -> None:
        while True:
            with self.lock:
                each = next(rounds, None)
            if each is None:
                return
            try:
                each.play(self.with_prefect if each.prefect else self.alone)
            except Violation as violation:
                tell(f"{each.seed}: VIOLATION; its evidence is in {each.folder}\n{violation}")
                self.violated.append(str(violation))


def kill_deliveries(chosen: argparse.Namespace) -> int:
    """Kill deliveries on each kind of database, the last quarter of them where some clocks are fast; return the violations."""
    for kind in DATABASES if chosen.deliveries else []:
        fast = chosen.deliveries // 4
        for kills, clocks in ((chosen.deliveries - fast, False), (fast, True)):
            folder = chosen.folder / f"deliveries-{kind}-{chosen.seed}{'-fast' * clocks}"
            try:
                toll = Killing(chosen.seed, folder, kind, clocks, tell).play(kills)
            except Violation as violation:
                tell(f"{kind}: VIOLATION; its evidence is in {folder}\n{violation}")
                return 1
            tell(f"deliveries on {kind}{', some clocks fast' * clocks}: {toll}")
    return 0


def main() -> int:
    """Soak and sum up; return 1 if there was a violation."""
    chosen, start = _parser().parse_args(), time.monotonic()
    tell(f"soak: on {' and '.join(DATABASES)}, seed {chosen.seed}")
    tell(f"{chosen.deliveries} kills of deliveries on each; {chosen.kills} of replays, {chosen.prefect} of them with Prefect")
    if kill_deliveries(chosen):
        return 1
    soak = Soak(chosen)
    violations = soak.run()
    tell(f"without Prefect: {soak.alone}")
    tell(f"with Prefect: {soak.with_prefect}")
    tell(f"{(time.monotonic() - start) / 60:.0f} minutes, {violations} violations")
    return bool(violations)


def tell(line: str) -> None:
    """Print at once."""
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=200, help="how often a delivery is killed, on each kind of database")
    parser.add_argument("--kills", type=int, default=200, help="how often a replay is killed, or a part of it")
    parser.add_argument("--prefect", type=int, default=20, help="how many of these kills are with Prefect")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="how many rounds at a time")
    parser.add_argument("--folder", type=Path, default=Path("var/soak"), help="where the evidence is kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
