"""Limits in a minute: what waits for one holds up nobody else, and waits unclaimed. No test waits itself."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bloc.enums import NoticeState
from notifications.clerk import PATIENCE, Timer
from notifications.delivery import Delivered
from notifications.pace import WINDOW, Pace, domain_of
from tests.notifications.faults import FaultServer

A_DAY = timedelta(days=1)


@dataclass
class Clock:
    """A clock that goes on only while it is waited for."""

    seconds: float = 1000.0
    meanwhile: Callable[[], object] = lambda: None
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds
        self.meanwhile()

    @property
    def timer(self) -> Timer:
        return Timer(lambda: self.seconds, self.sleep)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(office: Any, **limits: int) -> None:
    office.settings = office.settings.model_copy(update=limits)


def test_no_more_than_so_many_go_in_a_minute(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_per_minute=2, smtp_connections=4)
    for number in range(5):
        office.queue(office.owe(number))
    gone: list[tuple[float, int]] = []
    clock.meanwhile = lambda: gone.append((clock.seconds - 1000, len(server.kept)))

    assert office.deliver(timer=clock.timer) == Delivered(sent=5)
    assert Counter(count for _, count in gone) == {2: WINDOW / PATIENCE, 4: WINDOW / PATIENCE}
    assert clock.seconds - 1000 == 2 * WINDOW


def test_a_domain_that_waits_holds_up_no_other(office: Any, server: FaultServer, clock: Clock, now: datetime) -> None:
    limited(office, smtp_domain_per_minute=1)
    for number, domain in enumerate(["one.vn", "one.vn", "one.vn", "two.vn", "three.vn"]):
        office.queue(office.owe(number, due=now + (number + 1) * A_DAY, domain=domain))

    assert office.deliver(timer=clock.timer) == Delivered(sent=5)
    assert [to for to, _ in server.kept] == ["dv0@one.vn", "dv3@two.vn", "dv4@three.vn", "dv1@one.vn", "dv2@one.vn"]
    assert clock.seconds - 1000 == 2 * WINDOW


def test_a_domain_is_one_however_it_is_written(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_domain_per_minute=1)
    for number, domain in enumerate(["One.vn", "one.VN", "none.vn", "one.vn.org"]):
        office.queue(office.owe(number, domain=domain))

    assert office.deliver(timer=clock.timer) == Delivered(sent=4)
    assert clock.seconds - 1000 == WINDOW


def test_what_waits_is_not_claimed(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_domain_per_minute=1, smtp_connections=4)
    for number in range(3):
        office.queue(office.owe(number))
    seen: set[NoticeState] = set()
    clock.meanwhile = lambda: seen.update(office.states())

    office.deliver(timer=clock.timer)

    assert seen == {NoticeState.SENT, NoticeState.QUEUED}


def test_what_comes_meanwhile_for_elsewhere_goes_at_once(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_domain_per_minute=1)
    office.queue(office.owe(0))
    office.queue(office.owe(1))
    other = office.owe(2, domain="two.vn")
    clock.meanwhile = lambda: len(clock.pauses) == 1 and office.queue(other)

    assert office.deliver(timer=clock.timer) == Delivered(sent=3)
    assert [to for to, _ in server.kept] == ["dv0@example.vn", "dv2@two.vn", "dv1@example.vn"]


def test_what_is_done_while_it_waits_is_not_sent(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_per_minute=1)
    first, second = office.owe(1), office.owe(2)
    office.queue(first)
    office.queue(second, expires_at=None)
    clock.meanwhile = lambda: office.change(second, due_at=second.due_at + A_DAY)

    assert office.deliver(timer=clock.timer) == Delivered(sent=1)
    assert office.states() == [NoticeState.SENT, NoticeState.QUEUED]


def test_on_trial_the_limit_of_a_domain_is_that_of_the_address_in_truth(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_domain_per_minute=1)
    office.settings = office.settings.model_copy(update={"mail_redirect": "trial@example.vn"})
    for number, domain in enumerate(["one.vn", "two.vn"]):
        office.queue(office.owe(number, domain=domain))

    assert office.deliver(timer=clock.timer) == Delivered(sent=2)
    assert clock.seconds - 1000 == WINDOW


def test_without_limits_nobody_waits(office: Any, server: FaultServer, clock: Clock) -> None:
    for number in range(3):
        office.queue(office.owe(number))

    assert office.deliver(timer=clock.timer) == Delivered(sent=3)
    assert clock.pauses == []


def test_connections_that_wait_for_long_are_closed(office: Any, server: FaultServer, clock: Clock) -> None:
    limited(office, smtp_per_minute=1)
    for number in range(2):
        office.queue(office.owe(number))

    assert office.deliver(timer=clock.timer) == Delivered(sent=2)
    assert server.connections == 2


def test_a_pace_remembers_a_minute() -> None:
    pace = Pace(3, 2)
    for second, domain in ((0, "a"), (10, "a"), (20, "b")):
        assert pace.pause(domain, second) == 0
        pace.went(domain, second)

    assert [pace.pause(domain, 30) for domain in "abc"] == [30, 30, 30]
    assert pace.resting(30) == {"a": 30}
    assert [pace.pause(domain, 60) for domain in "abc"] == [0, 0, 0]
    pace.went("c", 60)
    assert (pace.pause("c", 61), pace.resting(71)) == (9, {})


def test_the_domain_of_an_address() -> None:
    assert [domain_of(each) for each in ("a@B.vn", '"x@y"@b.VN', "none")] == ["b.vn", "b.vn", "none"]
