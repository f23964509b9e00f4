import threading
import uuid
import zlib
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bloc.db import unit_of_work
from bloc.enums import NoticeKind, NoticeState, ObligationState
from notifications import claims, ledger, outcomes
from notifications.claims import LEASE, Claim, Part, Scope
from notifications.ledger import MOVES
from notifications.outcomes import ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, Ending

CANCELLED, EXPIRED, FAILED, QUEUED, SENDING, SENT, UNCERTAIN = (
    NoticeState[name] for name in ("CANCELLED", "EXPIRED", "FAILED", "QUEUED", "SENDING", "SENT", "UNCERTAIN")
)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scope(office: Any, now: datetime, wall: datetime) -> Scope:
    return Scope(office.cycle_id, now, wall)


def claim(office: Any, scope: Scope) -> Claim | None:
    with unit_of_work(office.database) as work:
        return claims.claim_next(work.session, scope)


def claimed(office: Any, scope: Scope) -> Claim:
    found = claim(office, scope)
    assert found is not None
    return found


def tidied(office: Any, scope: Scope) -> dict[NoticeState, int]:
    with unit_of_work(office.database) as work:
        return +claims.tidy(work.session, scope)


def ended(office: Any, *endings: Ending) -> dict[NoticeState, int]:
    with unit_of_work(office.database) as work:
        return +outcomes.settle(work.session, endings)


def test_only_the_moves_of_the_table_are_made(office: Any) -> None:
    ends = {state for state, moves in MOVES.items() if not moves}

    assert set(MOVES) == set(NoticeState)
    assert ends == {EXPIRED}
    with Session(office.database.engine) as session, pytest.raises(ValueError, match="from sent to queued"):
        ledger.move(session, SENT, QUEUED)
    with Session(office.database.engine) as session, pytest.raises(ValueError, match="from sending to cancelled"):
        ledger.settle(session, CANCELLED, [{"id": uuid.uuid4(), "attempt": 1}])


def test_a_notice_queued_twice_is_there_once_and_spoils_nothing(office: Any) -> None:
    owed = office.owe()

    queued = [office.queue(owed), office.queue(owed), office.queue(owed, identity="another")]

    assert queued == [True, False, True]
    assert [notice.identity for notice in office.notices()] == ["another", "reminder/dv1"]


def test_a_notice_already_there_does_not_end_its_callers_transaction(office: Any, now: datetime) -> None:
    owed = office.owe()
    office.queue(owed)
    first = office.notices()[0]

    with unit_of_work(office.database) as work:
        whose = {name: getattr(first, name) for name in ("contact_id", "name", "language", "unit_id", "cycle_id")}
        known = {"obligation_id": owed.id, "about_due_at": owed.due_at, "now": now, **whose}
        draft = ledger.Draft(first.kind, first.values)
        again = ledger.queue(work.session, draft, identity=first.identity, **known)
        new = ledger.queue(work.session, draft, identity="new", **known)

    assert (again, new) == (False, True)
    assert office.states() == [QUEUED, QUEUED]


def test_the_nearest_deadline_goes_first(office: Any, scope: Scope, now: datetime) -> None:
    for number, days in ((1, 9), (2, 2), (3, 5)):
        office.queue(office.owe(number, due=now + timedelta(days=days)))
    office.queue(office.owe(4, due=now - timedelta(days=1)))

    assert [claimed(office, scope).address[:3] for _ in range(4)] == ["dv4", "dv2", "dv3", "dv1"]
    assert claim(office, scope) is None


def test_a_claim_holds_all_that_sending_takes(office: Any, scope: Scope, now: datetime) -> None:
    office.queue(office.owe(), expires_at=now + MINUTE)

    mine, notice = claimed(office, scope), office.notices()[0]

    draft = ledger.Draft(notice.kind, notice.values)
    part = Part(notice.id, "reminder/dv1", 1, now + MINUTE, draft, notice.obligation_id)
    assert mine == Claim((part,), "b", "Chuyên viên 1", "dv1@example.vn", "vi")
    assert mine.mail_id == notice.id
    assert (notice.state, notice.claimed_at, notice.attempts) == (SENDING, scope.wall, 1)


def test_what_is_not_due_yet_or_another_cycles_is_left_alone(office: Any, scope: Scope, now: datetime) -> None:
    office.queue(office.owe(), send_at=now + MINUTE)

    assert claim(office, scope) is None
    assert claim(office, Scope(uuid.uuid4(), now + MINUTE, scope.wall)) is None
    assert claim(office, Scope(scope.cycle, now + MINUTE, scope.wall)) is not None


@pytest.mark.parametrize("state", [ObligationState.ACCEPTED, ObligationState.WAIVED], ids=str)
def test_who_is_done_is_not_reminded(office: Any, scope: Scope, state: ObligationState) -> None:
    owed, other = office.owe(1), office.owe(2)
    office.queue(owed)
    office.queue(owed, NoticeKind.REFUSAL)
    office.queue(other)

    office.change(owed, state=state)

    assert sorted(claimed(office, scope).identities for _ in range(2)) == [("refusal/dv1",), ("reminder/dv2",)]
    assert claim(office, scope) is None
    assert tidied(office, scope) == {CANCELLED: 1}
    assert office.states() == [SENDING, CANCELLED, SENDING]


def test_a_deadline_that_moved_cancels_what_was_about_the_old_one(office: Any, scope: Scope) -> None:
    owed = office.owe()
    office.queue(owed)

    office.change(owed, due_at=owed.due_at + timedelta(days=7))

    assert claim(office, scope) is None
    assert tidied(office, scope) == {CANCELLED: 1}


def test_what_came_too_late_expires(office: Any, scope: Scope, now: datetime) -> None:
    office.queue(office.owe(1), expires_at=now)
    office.queue(office.owe(2), expires_at=now + MINUTE)

    assert claimed(office, scope).address == "dv2@example.vn"
    assert claim(office, scope) is None
    assert tidied(office, scope) == {EXPIRED: 1}


def test_a_crash_between_claim_and_reply_is_uncertain_after_the_lease(office: Any, scope: Scope, now: datetime) -> None:
    office.queue(office.owe())
    lost = claimed(office, scope)
    early, late = (Scope(scope.cycle, now, scope.wall + LEASE + delta) for delta in (-MINUTE, MINUTE))

    assert tidied(office, early) == {}
    assert tidied(office, late) == {UNCERTAIN: 1}
    assert claim(office, late) is None

    # It was not dead, only slow: the ledger stays with what it said, and notes what came of it for the person who decides.
    assert ended(office, outcomes.sent(lost, reply="250 OK", now=now, kept=zlib.compress(b"x"))) == {UNCERTAIN: 1}
    assert [(notice.state, notice.reply) for notice in office.notices()] == [(UNCERTAIN, "250 OK")]
    assert office.kept(office.notices()[0]) == b"x"


def test_waits_double_up_to_a_bound_and_attempts_are_bounded(office: Any, scope: Scope, now: datetime) -> None:
    office.queue(office.owe())
    waits = []
    while mine := claim(office, scope):
        ended(office, outcomes.again(mine, reply="451 later", now=scope.now))
        send_at = office.notices()[0].send_at
        waits.append(send_at - scope.now)
        scope = Scope(scope.cycle, max(send_at, scope.now), scope.wall)

    spread = waits[0] / FIRST_WAIT
    assert 1 <= spread < 1.5
    assert waits[:3] == [FIRST_WAIT * spread, FIRST_WAIT * 2 * spread, FIRST_WAIT * 4 * spread]
    assert max(waits) == LONGEST_WAIT * spread
    assert (len(waits), office.states(), office.notices()[0].attempts) == (ATTEMPTS, [FAILED], ATTEMPTS)


def test_what_could_not_be_tried_is_queued_as_it_was(office: Any, scope: Scope) -> None:
    office.queue(office.owe())
    before = office.notices()[0].model_dump()
    mine = claimed(office, scope)

    assert ended(office, outcomes.untried(mine)) == {QUEUED: 1}
    assert ended(office, outcomes.untried(mine)) == {UNCERTAIN: 1}  # it is not this claim's any more

    assert office.notices()[0].model_dump() == before


def test_what_would_expire_before_the_next_attempt_has_failed(office: Any, scope: Scope, now: datetime) -> None:
    office.queue(office.owe(), expires_at=now + MINUTE)
    mine = claimed(office, scope)

    assert ended(office, outcomes.again(mine, reply="451 later", now=now)) == {FAILED: 1}
    assert [(notice.state, notice.reply, notice.claimed_at) for notice in office.notices()] == [(FAILED, "451 later", None)]


def test_two_claimers_never_get_the_same_notice(office: Any, scope: Scope) -> None:
    for number in range(12):
        office.queue(office.owe(number))
    start, got = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        while mine := claim(office, scope):
            got.extend(mine.identities)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(got) == Counter(f"reminder/dv{number}" for number in range(12))
    assert {notice.attempts for notice in office.notices()} == {1}
