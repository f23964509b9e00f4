"""What a ranking costs beside one SQL GROUP BY that sums the same points.

    .venv/bin/python -m benchmarks.results [--blocs 1200] [--rounds 5]

On SQLite and, with BLOC_TEST_POSTGRES_URL, on PostgreSQL. What is compared is measured in turn, in one run, and the best of the
rounds counts. Exit status 1 if a limit is broken.

"One after the other" is what making a version does before it is stored, ``Inputs.places`` and ``Inputs.hash``, for each bloc.
"All at once" asks ``sums.given_by``, its query, for all sheets that count, and ranks each bloc by its rule. What it costs to
make and store a version is measured for the one bloc of 7; then all documents of a year are drafted.
"""

import json
import resource
import sys
import uuid
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_, text
from sqlmodel import Session, col, select

from benchmarks.documents import of_documents
from benchmarks.points import fill
from benchmarks.sweep import Place, best, measured
from bloc import queries
from bloc.actions import sums
from bloc.actions.result_inputs import Inputs
from bloc.actions.results import make_result
from bloc.db import Database, Work, reading
from bloc.enums import ActivityKind, DepositState, TieRule
from bloc.rules.ranking import Place as Standing
from bloc.rules.ranking import Sums, ranked
from models import Activity, Cycle, Deposit, Membership, Obligation
from tests.factories import on

UNITS, FEW, CRITERIA = 8, 7, 50
TO_GROUP_BY, TO_BARE, MEMORY = 1.3, 3.0, 300  # times, times, MiB
LOOKS = 50  # rounds for one bloc
GROUP_BY = "SELECT deposit_id, unit_id, SUM(thousandths) FROM point {which} GROUP BY deposit_id, unit_id"


def bare(base: Database, cycle: uuid.UUID | None = None) -> int:
    """Sum points by the driver alone, of all blocs or of one; return how many sums that makes."""
    which = "WHERE deposit_id IN (SELECT id FROM deposit WHERE cycle_id = '{}')"
    with reading(base) as session:
        one = "" if cycle is None else which.format(cycle if base.engine.dialect.name == "postgresql" else cycle.hex)
        return len(session.connection().exec_driver_sql(GROUP_BY.format(which=one)).fetchall())


def at_once(base: Database) -> dict[uuid.UUID, list[Standing]]:
    """Return the ranking of every bloc: one query for the plans, one for the sums, in which the members are in order."""
    place = col(Membership.position)
    given = sums.given_by()
    given = (
        given.join(Activity, col(Activity.id) == Obligation.activity_id)
        .where(col(Activity.kind) == ActivityKind.SCORE_SHEETS, col(Deposit.state) == DepositState.ACCEPTED)
        .join(
            Membership,
            and_(col(Membership.cycle_id) == Obligation.cycle_id, col(Membership.unit_id) == given.selected_columns.unit_id),
        )
        .group_by(place)
        .order_by(place)
    )
    years: dict[uuid.UUID, dict[Any, Sums]] = defaultdict(dict)
    with reading(base) as session:
        plans = session.exec(select(Cycle.id, Cycle.plan)).all()
        for cycle, unit, *each in session.connection().execute(given):
            years[cycle][unit] = sums.read(*each)
    return {cycle: ranked(years[cycle], TieRule(json.loads(plan)["policies"]["ties"])) for cycle, plan in plans}


def one(base: Database, cycle: Cycle) -> list[Standing]:
    """Return the ranking of a bloc whose year's row is at hand, and reckon the digest of what it rests on."""
    with reading(base) as session:
        inputs = Inputs.now(session, cycle)
        inputs.hash()
        return inputs.places()


def stored(base: Database, cycle: Cycle) -> None:
    """Make a version, and leave no trace of it."""
    with Session(base.engine) as session:
        make_result(Work(session), queries.locked(session, cycle.id), on("2030-12-09 09:00"))
        session.rollback()


def cycles(base: Database) -> Sequence[Cycle]:
    """Return all blocs' years."""
    with reading(base) as session:
        return queries.cycles(session)


def of_all(base: Database, rounds: int) -> bool:
    """Measure all blocs; return whether the limits are kept."""
    found = {cycle: [place.score for place in places] for cycle, places in at_once(base).items()}
    years = cycles(base)
    assert found == {year.id: [place.score for place in one(base, year)] for year in years}
    took = best(
        rounds,
        {
            "one GROUP BY": partial(bare, base),
            "all at once": partial(at_once, base),
            "one after the other": lambda: [one(base, year) for year in years],
        },
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {len(years)} blocs; memory of the process at most {memory:.0f} MiB")
    for name, seconds in took.items():
        print(f"  {name:20} {seconds:7.2f} s   {seconds / took['one GROUP BY']:5.2f}")
    return took["all at once"] <= TO_GROUP_BY * took["one GROUP BY"] and memory <= MEMORY


def of_one(base: Database) -> bool:
    """Measure one bloc; return whether the limit is kept."""
    cycle = cycles(base)[0]
    ways = {"its bare query": partial(bare, base, cycle.id), "ranking and digest": partial(one, base, cycle)}
    took = best(LOOKS, {**ways, "a version, stored": partial(stored, base, cycle)})
    for name, seconds in took.items():
        print(f"  {name:20} {seconds * 1000:7.2f} ms  {seconds / took['its bare query']:5.2f}")
    return took["ranking and digest"] <= TO_BARE * took["its bare query"]


def measure(place: Place, blocs: int, rounds: int) -> bool:
    """Measure all on one kind of database; return whether every limit is kept."""
    kept = []
    for count, size in ((blocs, UNITS), (1, FEW)):
        with place.new("points") as base:
            fill(base, count, size, CRITERIA)
            if place.kind == "postgresql":
                with base.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            print(f"{place.kind}: blocs of {size} units, {CRITERIA} criteria")
            kept.append(of_one(base) if count == 1 else of_all(base, rounds))
        place.forget("points")
    with place.new("documents") as base:
        print(f"{place.kind}: all documents of a year")
        kept.append(of_documents(base))
    place.forget("documents")
    return all(kept)


if __name__ == "__main__":
    sys.exit(measured(measure, __doc__))
