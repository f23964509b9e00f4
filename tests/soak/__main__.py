"""`make soak`: kills replays at random moments, starts them again, stops at the first thing lost, doubled or left behind."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.databases import POSTGRES
from tests.soak.killing import Violation
from tests.soak.rounds import Round, Tally


def main() -> int:
    """Run rounds until there were enough kills; return 1 at the first violation."""
    chosen = _parser().parse_args()
    chance, tally, with_prefect, start, number = Random(chosen.seed), Tally(), 0, time.monotonic(), 0
    print(f"soak: {chosen.kills} kills, {chosen.prefect} of them with Prefect, seed {chosen.seed}", flush=True)
    while (done := tally.kills.total()) < chosen.kills:
        number += 1
        prefect = with_prefect < chosen.prefect and number % chosen.every == 0
        kind = chance.choice(["sqlite", "postgres"] if POSTGRES else ["sqlite"])
        seed = chosen.only if chosen.only is not None else chance.randrange(10**6)
        each = Round(seed, chosen.folder / f"round-{seed}", kind, prefect, most=chosen.kills - done, tell=_tell)
        try:
            each.play(tally)
        except Violation as violation:
            _tell(f"VIOLATION in round {seed}; its evidence is in {each.folder}\n{violation}")
            _sum_up(tally, start)
            return 1
        with_prefect += prefect * (tally.kills.total() - done)
    _sum_up(tally, start)
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)


def _sum_up(tally: Tally, start: float) -> None:
    kills = ", ".join(f"{victim} {count}" for victim, count in sorted(Counter(tally.kills).items()))
    _tell(
        f"{tally.kills.total()} kills ({kills}) in {tally.rounds} rounds and {(time.monotonic() - start) / 60:.0f} minutes; "
        f"{tally.missed} came after the end; {tally.uncertain} mails called uncertain; violations are told above, if any"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--prefect", type=int, default=20, help="how many of the kills are with Prefect")
    parser.add_argument("--every", type=int, default=3, help="one round of so many is with Prefect, until its share is done")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="repeat this round alone")
    parser.add_argument("--folder", type=Path, default=Path("var/soak"), help="where evidence is kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
