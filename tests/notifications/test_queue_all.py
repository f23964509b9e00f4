"""Many notices are put in the ledger at once, and are there as one by one they would be."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from bloc.db import unit_of_work
from bloc.enums import NoticeKind, NoticeState
from models import Contact, Notice
from notifications import ledger
from notifications.ledger import Attachment, Entry
from notifications.messages import Draft
from notifications.rows import AT_ONCE

ODD = 'Sở "Văn hoá" & <Thể thao> \\ \'; -- ' + "e\u0302\u0301 \u2028 \t 👩\u200d🏫 \x7f"
MOMENT = datetime(2030, 6, 3, 7, 30, 0, 123456, timezone(timedelta(hours=7)))


@pytest.fixture
def entry(office: Any) -> Any:
    """Return what makes entries about one obligation."""
    owed = office.owe()
    with Session(office.database.engine) as session:
        contact = session.exec(select(Contact)).one()

    def make(identity: str, values: dict[str, Any] | None = None, **changes: Any) -> Entry:
        known = {"name": ODD, "language": "vi", "unit_id": owed.unit_id, "obligation_id": owed.id, "about_due_at": owed.due_at}
        return Entry(Draft(NoticeKind.REMINDER, values or {}), identity, contact.id, **known, **changes)

    return make


def queued(office: Any, *entries: Entry, now: datetime = MOMENT) -> set[str]:
    with unit_of_work(office.database) as work:
        return ledger.queue_all(work.session, entries, cycle_id=office.cycle_id, now=now)


def test_it_is_kept_as_the_tables_would_keep_it(office: Any, entry: Any) -> None:
    values = {"said": [ODD, "\x00", None, 1, 1.5, True, {"sâu": {"hơn": []}}], "values": "'"}
    one = entry(ODD, values, expires_at=MOMENT, bundle=ODD, attachments=[Attachment(ODD, "0" * 64)])

    queued(office, one)

    (found,) = office.notices()
    wanted = Notice(
        id=found.id, cycle_id=office.cycle_id, obligation_id=one.obligation_id, contact_id=one.contact_id, unit_id=one.unit_id,
        name=ODD, language="vi", kind=NoticeKind.REMINDER, identity=ODD, bundle=ODD, values=values,
        attachments=[{"name": ODD, "sha256": "0" * 64}], about_due_at=one.about_due_at, queued_at=MOMENT, send_at=MOMENT,
        urgency=one.about_due_at, expires_at=MOMENT,
    )  # fmt: skip
    assert found.model_dump() == wanted.model_dump()
    with unit_of_work(office.database) as work:  # the databases compare moments as they keep them
        same = select(Notice.id).where(Notice.queued_at == MOMENT.astimezone(UTC), Notice.unit_id == one.unit_id)
        assert work.session.exec(same).all() == [found.id]


def test_it_tells_the_new_ones_and_leaves_those_alone_that_are_there(office: Any, entry: Any) -> None:
    queued(office, entry("a", {"said": "first"}))

    new = queued(office, entry("a", {"said": "second"}), entry("b"), entry("b"), entry("c"))

    assert new == {"b", "c"}
    assert [(row.identity, row.values) for row in office.notices()] == [("a", {"said": "first"}), ("b", {}), ("c", {})]


def test_of_nothing_it_makes_nothing(office: Any) -> None:
    assert queued(office) == set()


def test_what_is_suppressed_is_kept_as_cancelled_and_what_is_for_later_waits(office: Any, entry: Any) -> None:
    later = MOMENT + timedelta(days=1)

    queued(office, entry("a", suppressed="Thư ký: đã gọi điện"), entry("b", send_at=later))

    cancelled, waiting = office.notices()
    assert (cancelled.state, cancelled.reply) == (NoticeState.CANCELLED, "Thư ký: đã gọi điện")
    assert (waiting.state, waiting.reply, waiting.send_at, waiting.queued_at) == (NoticeState.QUEUED, None, later, MOMENT)


def test_many_go_in_few_statements(office: Any, entry: Any) -> None:
    said: list[str] = []
    with unit_of_work(office.database) as work:
        event.listen(work.session.connection(), "before_cursor_execute", lambda *asked: said.append(asked[2]))
        entries = [entry(f"{n}") for n in range(AT_ONCE + 1)]
        new = ledger.queue_all(work.session, entries, cycle_id=office.cycle_id, now=MOMENT)

    assert len(new) == AT_ONCE + 1
    assert len([statement for statement in said if statement.startswith("INSERT")]) == 2
