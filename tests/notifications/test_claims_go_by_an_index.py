"""How the queue is read where much is queued: by an index, in its order, and no further than needed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from bloc.db import unit_of_work
from bloc.enums import CycleMode
from models import Cycle
from notifications import claims, ledger
from notifications.claims import Scope
from notifications.ledger import Entry
from notifications.messages import Draft

MANY = 5000


@pytest.fixture
def full(office: Any, now: datetime) -> Any:
    """Return an office with many notices in the queue, of one deadline."""
    owed = office.owe()
    office.queue(owed)
    (first,) = office.notices()
    with unit_of_work(office.database) as work:
        whose = {name: getattr(first, name) for name in ("contact_id", "name", "language", "unit_id", "obligation_id")}
        draft, due = Draft(first.kind, first.values), {"about_due_at": owed.due_at}
        many = (Entry(draft, identity=f"many/{number}", bundle=f"day/{number}", **whose, **due) for number in range(MANY))
        ledger.queue_all(work.session, many, cycle_id=office.cycle_id, now=now)
    with office.database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))  # SQLite has to do without
    return office


@pytest.fixture(params=["of one year", "of all live years"])
def scope(request: Any, full: Any, now: datetime, wall: datetime) -> Scope:
    if request.param == "of one year":
        return Scope(full.cycle_id, now, wall)
    full.change(Cycle(id=full.cycle_id), mode=CycleMode.LIVE, reached_at=None)
    return Scope(None, now, wall)


@pytest.fixture
def plans(full: Any) -> Iterator[list[str]]:
    """Return the plans of the statements that are executed meanwhile."""
    engine, found = full.database.engine, list[str]()
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "

    def note(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            other = connection.connection.cursor()
            other.execute(explain + statement, values)
            found.append("\n".join(str(row[-1]) for row in other.fetchall()))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_a_look_reads_the_queue_in_the_order_of_an_index(full: Any, scope: Scope, plans: list[str]) -> None:
    with Session(full.database.engine) as session:
        found = claims.look(session, scope, most=100)

    nearest, together = plans
    assert len(found) == 100
    assert "ix_notice_state_urgency" in nearest
    assert "TEMP B-TREE" not in nearest
    assert "Sort" not in nearest.partition("ix_notice_state_urgency")[0]
    assert "ix_notice_bundle" in together
    assert not any(scanned in plan for plan in plans for scanned in ("SCAN notice", "Seq Scan on notice"))


def test_a_claim_reads_what_it_was_given(full: Any, scope: Scope, plans: list[str]) -> None:
    with unit_of_work(full.database) as work:
        found = claims.look(work.session, scope, most=4)
        plans.clear()
        claimed = claims.claim(work.session, scope, found)

    (plan,) = plans
    assert len(claimed) == 4
    assert "ix_notice_state" not in plan
    assert not any(scanned in plan for scanned in ("SCAN notice", "Seq Scan on notice"))


def test_a_look_passes_over_what_others_are_at(full: Any, now: datetime, wall: datetime) -> None:
    scope = Scope(full.cycle_id, now, wall)
    with Session(full.database.engine) as session:
        ahead, behind = claims.look(session, scope, most=10), claims.look(session, scope, most=10, skip=10)
        past_the_end = claims.look(session, scope, most=10, skip=MANY + 1)

    assert not {mail.mail_id for mail in ahead} & {mail.mail_id for mail in behind}
    assert past_the_end == []


def test_those_of_one_deadline_go_in_the_order_in_which_they_are_to_be_sent(office: Any, now: datetime, wall: datetime) -> None:
    for number, hours in ((1, 3), (2, 1), (3, 2)):
        office.queue(office.owe(number), send_at=now - timedelta(hours=hours))

    with Session(office.database.engine) as session:
        found = claims.look(session, Scope(office.cycle_id, now, wall), most=10)

    assert [mail.address[:3] for mail in found] == ["dv1", "dv3", "dv2"]
