import pytest

from bloc.actions.wakeups import rest, wake
from bloc.db import Wake, unit_of_work
from bloc.enums import CycleMode, Stage, WakeupKind
from tests.factories import cycle_of, plan

DELIVERY, AGGREGATION = WakeupKind.DELIVERY, WakeupKind.AGGREGATION


def wake_up(base, *kinds):
    with unit_of_work(base) as work:
        for kind in kinds:
            wake(work, kind)


def rest_from(base, kind):
    with unit_of_work(base) as work:
        rest(work.session, kind)


def test_a_burst_of_work_is_told_once(base, told):
    wake_up(base, DELIVERY, DELIVERY)
    wake_up(base, DELIVERY)

    assert told == [Wake(DELIVERY, 1)]


def test_each_kind_is_told_by_itself(base, told):
    wake_up(base, DELIVERY, AGGREGATION)

    assert told == [Wake(DELIVERY, 1), Wake(AGGREGATION, 1)]


def test_work_that_comes_after_a_run_has_begun_is_told_again(base, told):
    wake_up(base, DELIVERY)
    rest_from(base, DELIVERY)
    wake_up(base, DELIVERY)

    assert told == [Wake(DELIVERY, 1), Wake(DELIVERY, 2)]


def test_nothing_is_told_before_the_commit_and_nothing_of_what_was_rolled_back(base, told):
    def fail():
        with unit_of_work(base) as work:
            wake(work, DELIVERY)
            assert told == []
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    wake_up(base, DELIVERY)

    assert told == [Wake(DELIVERY, 1)]


@pytest.mark.parametrize(
    ("mode", "heard"),
    [(CycleMode.LIVE, [Wake(DELIVERY, 1)]), (CycleMode.REPLAY, [])],
    ids=["a live year", "a replay, which delivers at its own time"],
)
def test_mail_wakes_the_delivery_of_live_years(base, told, mode, heard):
    year = cycle_of(base, plan(), mode=mode)

    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert told == heard
