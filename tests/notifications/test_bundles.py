"""Notices that leave together: one mail, marked alike, kept once."""

import hashlib
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from bloc import files
from bloc.db import unit_of_work
from bloc.enums import NoticeState, ObligationState
from models import Notice
from notifications import claims, ledger
from notifications.claims import Scope
from notifications.delivery import Delivered
from notifications.ledger import Attachment
from tests.notifications.faults import FaultServer, identities

CANCELLED, FAILED, QUEUED, SENDING, SENT, UNCERTAIN = (
    NoticeState[name] for name in ("CANCELLED", "FAILED", "QUEUED", "SENDING", "SENT", "UNCERTAIN")
)
A_DAY = timedelta(days=1)
DAY = {"bundle": "b/2024-06-03/dv1@example.vn"}


@pytest.fixture
def owed(office: Any, now: datetime) -> list[Any]:
    """Return what three units owe, the second the most urgently; one person is reminded of it all."""
    each = [office.owe(number, due=now + timedelta(days=days)) for number, days in ((1, 4), (2, 2), (3, 6))]
    for one in each:
        office.queue(one, contact_id=office.contact_of(each[0]), **DAY)
    return each


def test_they_leave_as_one_mail_and_are_marked_alike(office: Any, owed: Any, server: FaultServer, now: datetime) -> None:
    assert office.deliver() == Delivered(sent=3)

    ((to, mail),) = server.kept
    first, second, third = office.notices()
    assert (to, identities(mail)) == ("dv1@example.vn", ["reminder/dv2", "reminder/dv1", "reminder/dv3"])
    assert {(each.state, each.reply, each.sent_at, each.mail_id, each.attempts) for each in office.notices()} == {
        (SENT, "250 2.0.0 Queued as 4711", now, second.id, 1)
    }
    assert office.kept(first) == office.kept(third) == mail


def test_all_that_the_mail_is_about_are_its_threads(office: Any, owed: Any, server: FaultServer) -> None:
    office.deliver()

    read = message_from_bytes(server.kept[0][1], policy=policy.default)
    roots = [f"<{owed[number].id}@example.vn>" for number in (1, 0, 2)]
    assert (read["In-Reply-To"], read["References"].split()) == (roots[0], roots)


def test_what_was_done_meanwhile_is_left_out_and_cancelled(office: Any, owed: Any, server: FaultServer) -> None:
    office.change(owed[1], state=ObligationState.ACCEPTED)

    assert office.deliver() == Delivered(sent=2, cancelled=1)
    assert office.states() == [SENT, CANCELLED, SENT]
    assert identities(server.kept[0][1]) == ["reminder/dv1", "reminder/dv3"]


def test_what_was_done_between_look_and_claim_is_left_out(office: Any, owed: Any, now: datetime, wall: datetime) -> None:
    scope = Scope(office.cycle_id, now, wall)
    with unit_of_work(office.database) as work:
        (looked,) = claims.look(work.session, scope)
    office.change(owed[1], state=ObligationState.ACCEPTED)

    with unit_of_work(office.database) as work:
        (claimed,) = claims.claim(work.session, scope, [looked]).values()

    assert looked.identities == ("reminder/dv2", "reminder/dv1", "reminder/dv3")
    assert claimed.identities == ("reminder/dv1", "reminder/dv3")
    assert office.states() == [SENDING, QUEUED, SENDING]


def test_what_is_done_as_the_mail_goes_is_not_in_it(office: Any, owed: Any, server: FaultServer, monkeypatch: Any) -> None:
    look = claims.look

    def then_one_is_done(session: Any, scope: Any, **how: Any) -> Any:
        found = look(session, scope, **how)
        session.rollback()
        office.change(owed[1], state=ObligationState.ACCEPTED)
        return found

    monkeypatch.setattr(claims, "look", then_one_is_done)

    assert office.deliver() == Delivered(sent=2)
    assert identities(server.kept[0][1]) == ["reminder/dv1", "reminder/dv3"]
    assert office.deliver() == Delivered(cancelled=1)


@pytest.mark.parametrize("changes", [{"send_at": "tomorrow"}, {"bundle": None}, {"contact_id": "another"}], ids=str)
def test_what_is_not_due_or_of_another_bundle_or_person_goes_by_itself(
    office: Any, server: FaultServer, now: datetime, changes: dict[str, Any]
) -> None:
    one, two = office.owe(1), office.owe(2)
    values = {"tomorrow": now + A_DAY, "another": office.contact_of(two), None: None}
    office.queue(one, **DAY)
    office.queue(two, **{"contact_id": office.contact_of(one), **DAY, **{name: values[is_] for name, is_ in changes.items()}})

    office.deliver()
    office.deliver(now + A_DAY)

    assert [identities(mail) for _, mail in server.kept] == [["reminder/dv1"], ["reminder/dv2"]]


def test_they_are_tried_again_together_under_the_same_id(office: Any, owed: Any, server: FaultServer, now: datetime) -> None:
    server.fail("CONTENT", "451 4.7.1 greylisted", times=1, keep=True)

    assert office.deliver() == Delivered(again=3)
    assert len({each.send_at for each in office.notices()}) == 1
    assert office.deliver(now + A_DAY) == Delivered(sent=3)
    first, second = (message_from_bytes(mail) for _, mail in server.kept)
    assert first["Message-ID"] == second["Message-ID"] == f"<{office.notices()[1].id}@example.vn>"


def test_one_that_cannot_be_written_fails_alone(office: Any, owed: Any, server: FaultServer) -> None:
    bad = office.notices()[0]
    office.change(bad, values={**bad.values, "last_day": "soon"})

    assert office.deliver() == Delivered(sent=2, failed=1)
    assert office.states() == [FAILED, SENT, SENT]


def test_what_is_uncertain_is_kept_and_what_was_not_handed_over_is_not(office: Any, server: FaultServer, now: datetime) -> None:
    for number in range(1, 5):
        office.queue(office.owe(number, due=now + number * A_DAY))
    server.fail("CONTENT", keep=True, times=1)
    server.fail("CONTENT", "554 5.7.1 not wanted here", times=1)
    server.fail("CONTENT", "451 4.7.1 later", times=1)

    office.deliver()

    unsure, refused, later, sent = office.notices()
    assert [each.state for each in office.notices()] == [UNCERTAIN, FAILED, QUEUED, SENT]
    assert [office.kept(unsure), office.kept(sent)] == [mail for _, mail in server.kept]
    assert (refused.mail_id, later.mail_id) == (None, None)


def test_what_a_person_has_sent_again_is_another_mail_and_both_are_kept(
    office: Any, server: FaultServer, now: datetime
) -> None:
    office.queue(office.owe())
    server.fail("CONTENT", keep=True, times=1)
    office.deliver()
    first = office.notices()[0]

    with unit_of_work(office.database) as work:
        ledger.move(work.session, UNCERTAIN, QUEUED, Notice.id == first.id)

    assert office.deliver() == Delivered(sent=1)
    again = office.notices()[0]
    assert again.mail_id not in (None, first.mail_id)
    assert [office.kept(first), office.kept(again)] == [mail for _, mail in server.kept]
    assert len({message_from_bytes(mail)["Message-ID"] for _, mail in server.kept}) == 2


def test_kept_files_go_with_it_each_once(office: Any, server: FaultServer) -> None:
    one, two = office.owe(1), office.owe(2)
    with unit_of_work(office.database) as work:
        form = Attachment("Phiếu.xlsx", files.put(work.session, b"PK"))
    for owed in (one, two):
        office.queue(owed, contact_id=office.contact_of(one), attachments=[form], **DAY)

    office.deliver()

    read = message_from_bytes(server.kept[0][1], policy=policy.default)
    assert [(part.get_filename(), part.get_content()) for part in read.iter_attachments()] == [("Phiếu.xlsx", b"PK")]


def test_a_mail_whose_file_is_not_there_fails(office: Any, server: FaultServer) -> None:
    office.queue(office.owe(), attachments=[Attachment("a.xlsx", hashlib.sha256(b"lost").hexdigest())])

    assert office.deliver() == Delivered(failed=1)
    assert "not there as it was kept" in office.notices()[0].reply
