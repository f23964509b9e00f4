"""The deadline night of a city's blocs and of a country's, in one run, on PostgreSQL: `make simulate`.

    .venv/bin/python -m benchmarks.simulate [--few 35] [--many 1200] [--year 2030] [--workers 2]

Exit status 1 if a bloc takes more than 1.2 times as long among many as among few, if a worker takes more than 400 MiB with
what it starts, if a bloc has not its one result, or a mail is left.
"""

import argparse
import sys

from bloc.db import Database, open_engine
from bloc.language import use
from bloc.migrations import upgrade
from bloc.settings import Settings
from bloc.simulation.country import Figures, Step, simulate
from bloc.simulation.plans import Country
from tests.databases import POSTGRES, database_named, replace_database

GROWTH = 1.2  # times the time per bloc, at most
MEMORY = 400.0  # MiB of a worker, at most


def night(country: Country, workers: int) -> Figures:
    """Play one night in a database of its own, and print it."""
    name, url = database_named("simulation")
    replace_database(name, "template0")
    base = Database(open_engine(url))
    upgrade(base.engine)
    print(f"{country.blocs} blocs, {country.units} units:\n   seconds   ms a bloc   count  what")

    def tell(step: Step) -> None:
        print(f"{step.seconds:9.1f} s  {step.seconds / country.blocs * 1000:8.1f}  {step.count:7}  {step.what}", flush=True)

    try:
        return simulate(base, Settings(database_url=url, _env_file=None), country, workers, tell)
    finally:
        base.engine.dispose()
        replace_database(name, None)


def main() -> int:
    """Play both; return the exit status."""
    parser = argparse.ArgumentParser(description="the deadline night")
    for option, default in (("--few", 35), ("--many", 1200), ("--year", 2030), ("--seed", 1), ("--workers", 2)):
        parser.add_argument(option, type=int, default=default)
    chosen = parser.parse_args()
    if not POSTGRES:
        sys.exit("BLOC_TEST_POSTGRES_URL names no PostgreSQL server")
    use("en")
    few, many = (night(Country(blocs, chosen.year, chosen.seed), chosen.workers) for blocs in (chosen.few, chosen.many))
    ratio = many.per_bloc / few.per_bloc
    print(f"a bloc: {few.per_bloc * 1000:.0f} ms among few, {many.per_bloc * 1000:.0f} ms among many: {ratio:.2f} times")
    busy = [each.processor / each.country.blocs * 1000 for each in (few, many)]
    print(f"  of processor time, the database's left out: {busy[0]:.0f} ms and {busy[1]:.0f} ms: {busy[1] / busy[0]:.2f} times")
    for each in (few, many):
        print(f"{each.country.blocs}: {each.results} results in {each.runs} runs; {each.left} mails left; {each.peak:.0f} MiB")
    whole = all(each.results == each.country.blocs and not each.left for each in (few, many))
    return 0 if whole and ratio <= GROWTH and max(few.peak, many.peak) <= MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
