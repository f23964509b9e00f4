"""What all documents of a year cost: drafted for the first time, and again with nothing changed (``benchmarks.results``)."""

from time import perf_counter

from bloc.actions.documents import make
from bloc.db import Database
from bloc.documents.templates import Templates
from bloc.enums import Stage
from tests.factories import cycle_of, on, plan

SECONDS = 10.0
UNITS = 7
WHEN = on("2030-12-12 09:00")


def of_documents(base: Database) -> bool:
    """Measure the documents of a bloc of 7 at its year's end, charts and all; return whether the limit is kept."""
    year = cycle_of(base, plan(UNITS))
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    for unit, _ in year.units():
        year.send_sheet(unit, "2030-12-03 09:00")
    year.aggregate("2030-12-09 09:00")
    took = {}
    for name in ("drafted", "drafted again"):
        begun = perf_counter()
        with year.open() as (work, cycle):
            made = make(work, cycle, WHEN, Templates())
        took[name] = perf_counter() - begun
        print(f"  documents, {name:14} {took[name]:7.2f} s   {len(made.new) + made.same} documents, {len(made.new)} new")
    return took["drafted"] <= SECONDS
