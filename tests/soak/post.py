"""A bloc with mail to send, processes that deliver it, and the history of every notice, which the database itself writes."""

import asyncio
import logging
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, func, select

from bloc import language
from bloc.db import Database, open_engine, unit_of_work
from bloc.enums import ActivityKind, ActivityState, CycleMode, NoticeState, Stage, Tone
from bloc.migrations import upgrade
from bloc.settings import Settings
from models import Activity, Bloc, Contact, Cycle, Notice, Obligation, Unit
from notifications import ledger, messages
from notifications.delivery import deliver
from notifications.messages import About

UNITS = 12
LAST_DAY = date(2030, 6, 6)
DUE = datetime(2030, 6, 6, 17, tzinfo=UTC)
REST = 0.01  # seconds between two deliveries of a process
END = "end"  # a file in the home folder: those that deliver are to end

# What each kind of database writes down by itself at every change of a notice's state, in the same transaction.
HISTORY = {
    "sqlite": [
        "CREATE TABLE history (number INTEGER PRIMARY KEY, identity TEXT, origin TEXT, state TEXT)",
        """CREATE TRIGGER moves AFTER UPDATE OF state ON notice WHEN OLD.state <> NEW.state BEGIN
            INSERT INTO history (identity, origin, state) VALUES (NEW.identity, OLD.state, NEW.state); END""",
    ],
    "postgresql": [
        "CREATE TABLE history (number BIGSERIAL PRIMARY KEY, identity TEXT, origin TEXT, state TEXT)",
        """CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO history (identity, origin, state) VALUES (NEW.identity, OLD.state, NEW.state); RETURN NULL; END $$""",
        """CREATE TRIGGER moves AFTER UPDATE OF state ON notice FOR EACH ROW
            WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_move()""",
    ],
}


@dataclass(frozen=True)
class Post:
    """A bloc's year with units that owe a report, and what is queued to them."""

    settings: Settings

    def begin(self) -> None:
        """Make the database, its history and the bloc."""
        engine = open_engine(self.settings.database)
        try:
            upgrade(engine)
            with engine.begin() as connection:
                for statement in HISTORY[engine.dialect.name]:
                    connection.execute(text(statement))
            _make_bloc(Database(engine))
        finally:
            engine.dispose()

    def queue(self, engine: Engine, count: int, chance: Random) -> None:
        """Queue so many more notices; a third of them in bundles of two to four."""
        with unit_of_work(Database(engine)) as work:
            begun = work.session.exec(select(func.count()).select_from(Notice)).one()
            owed = [
                (work.session.get_one(Cycle, one.cycle_id), one, work.session.get_one(Unit, one.unit_id))
                for one in work.session.exec(select(Obligation))
            ]
            contacts = {one.email: one for one in work.session.exec(select(Contact))}
            numbers = iter(range(begun, begun + count))
            for number in numbers:
                cycle, one, unit = chance.choice(owed)
                mates = [number]
                if chance.random() < 1 / 8:  # of which each takes three with it, on average
                    mates += [mate for mate, _ in zip(numbers, range(chance.randint(1, 3)), strict=False)]
                bundle = f"bundle-{number}" if len(mates) > 1 else None
                for mate in mates:
                    _queue(work.session, cycle, one, unit, contacts[f"{unit.code}@example.vn"], f"notice-{mate}", bundle)

    def left(self, engine: Engine) -> int:
        """Return how many notices wait to be sent at once."""
        due = select(func.count()).where(Notice.state == NoticeState.QUEUED, Notice.attempts == 0)
        with Session(engine.execution_options(reading=True)) as session:
            return session.exec(due).one()


def _make_bloc(database: Database) -> None:
    bloc = Bloc(code="b", name="Khối B")
    cycle = Cycle(bloc_id=bloc.id, key="b-2030", year=2030, plan="{}", plan_hash="", mode=CycleMode.LIVE)
    with unit_of_work(database) as work:
        _add(work.session, bloc, cycle)
        for number in range(UNITS):
            unit = Unit(bloc_id=bloc.id, code=f"dv{number}", name=f"Đơn vị {number}")
            activity = Activity(
                cycle_id=cycle.id, code=f"report-{number}", position=number, kind=ActivityKind.REPORT, stage=Stage.MIDYEAR,
                title="Gửi báo cáo", name="Báo cáo", due_at=DUE, state=ActivityState.OPEN,
            )  # fmt: skip
            _add(work.session, unit, activity, Contact(email=f"dv{number}@example.vn"))
            _add(work.session, Obligation(cycle_id=cycle.id, activity_id=activity.id, unit_id=unit.id, due_at=DUE))


def _add(session: Session, *rows: SQLModel) -> None:
    for row in rows:
        session.add(row)
        session.flush()


def _queue(
    session: Session, cycle: Cycle, owed: Obligation, unit: Unit, contact: Contact, identity: str, bundle: str | None
) -> None:
    about = About(
        bloc_name="Khối B", year=2030, unit=unit.name, sender="Đơn vị 0", activity="Gửi báo cáo", kind=ActivityKind.REPORT,
        last_day=LAST_DAY, obligation=str(owed.id),
    )  # fmt: skip
    ledger.queue(
        session, messages.reminder(about=about, days_left=3, tone=Tone.COURTEOUS), identity=identity, cycle_id=cycle.id,
        contact_id=contact.id, name=f"Chuyên viên {unit.code}", language="vi", unit_id=unit.id, obligation_id=owed.id,
        about_due_at=owed.due_at, now=datetime.now(UTC), bundle=bundle,
    )  # fmt: skip


def delivering(settings: Settings, said: Path, ahead: timedelta) -> None:
    """Deliver again and again until told to end, or killed; what goes wrong is said in a file.

    Args:
        ahead: by how much this process's clock is fast: by a lease, and it gives up the claims of all the others.
    """
    language.use("vi")
    logging.basicConfig(filename=said, level=logging.ERROR)
    database = Database(open_engine(settings.database))
    try:
        while not (settings.home / END).exists():
            asyncio.run(deliver(database, settings, wall=datetime.now(UTC) + ahead))
            time.sleep(REST)
    except Exception:  # whoever reads of it knows what to do
        logging.exception("delivery")
        sys.exit(1)
    finally:
        database.engine.dispose()


def settle(settings: Settings, ahead: timedelta) -> None:
    """Deliver once what is due then."""
    language.use("vi")
    database = Database(open_engine(settings.database))
    try:
        asyncio.run(deliver(database, settings, wall=datetime.now(UTC) + ahead))
    finally:
        database.engine.dispose()
