"""What the flows share: the database of this installation, the cycles to work on, and names for their runs."""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache

from prefect.runtime import flow_run
from sqlmodel import Session

from bloc import clock, events, queries
from bloc.db import Database, Work, reading, unit_of_work
from bloc.migrations import ready_database
from bloc.settings import Settings, installation
from models import Cycle

log = logging.getLogger("bloc.flows")
log.setLevel(logging.INFO)  # Prefect gives our loggers its handlers (PREFECT_LOGGING_EXTRA_LOGGERS), and leaves their level

Act = Callable[[Work, Cycle, datetime], int]  # what is done in one cycle, at its now; counts what it did
Due = Callable[[Session, datetime], Sequence[uuid.UUID]]  # of bloc.due: in which cycles there is something to do


def database() -> Database:
    """Return this installation's database, which tells Prefect of wake-ups."""
    return _database(installation())


@cache
def _database(settings: Settings) -> Database:
    return ready_database(settings, events.teller(settings))


def named_by_day() -> str:
    """Return a run's name: what, for whom, as of which day."""
    parameters, what = flow_run.parameters, flow_run.flow_name
    cycle, as_of = parameters.get("cycle"), parameters.get("as_of")
    day = clock.local_day(clock.aware(as_of) if isinstance(as_of, datetime) else clock.now())
    rehearsed = " | dry run" if parameters.get("dry_run") else ""
    return f"{what} | {cycle or 'all live years'} | {day:%d/%m/%Y}{rehearsed}"


def cycle_id(base: Database, cycle: str | None) -> uuid.UUID | None:
    """Return the id of the cycle named; None for none.

    Raises:
        NotFound: there is no such cycle.
    """
    if cycle is None:
        return None
    with reading(base) as session:
        return queries.cycle_by_key(session, cycle).id


def over_cycles(
    act: Act, due: Due, cycle: str | None, as_of: datetime | None, dry_run: bool = False, base: Database | None = None
) -> int:
    """Run ``act`` for the cycle named, or for every live one that is ``due``, each with its now; return the sum it counts.

    ``base``: this installation's database, by whoever has it at hand: to read the settings takes longer than to ask it.
    """
    base = base or database()
    named = cycle_id(base, cycle)
    return apart(base, [named] if named else due_in(base, due, as_of), act, as_of, dry_run)


def due_in(base: Database, due: Due, as_of: datetime | None) -> Sequence[uuid.UUID]:
    """Return the live cycles that are ``due`` as of a moment (default: now)."""
    with reading(base) as session:
        return due(session, clock.aware(as_of) if as_of else clock.now())


def apart(base: Database, cycles: Iterable[uuid.UUID], act: Act, as_of: datetime | None = None, dry_run: bool = False) -> int:
    """Run ``act`` for each of the cycles; return the sum of what it counts. A dry run leaves no trace of it.

    Each commits on its own, so that one bloc's trouble is not another's: the others go on, and then the run fails.
    """
    wall, count, failed = clock.now(), 0, None
    for each in cycles:
        try:
            with unit_of_work(base) as work:
                one = queries.locked(work.session, each)
                work.rehearsed = dry_run
                count += act(work, one, clock.aware(as_of) if as_of else queries.now_of(one, wall))
                if dry_run:
                    work.forget()
        except Exception as error:  # whatever it is, it is this cycle's: recorded here, raised at the end
            log.exception("cycle %s", each)
            failed = failed or error
    if failed:
        raise failed
    return count
