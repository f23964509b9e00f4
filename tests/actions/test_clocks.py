import pytest

from bloc.enums import CycleMode
from bloc.errors import NotAllowed
from tests.factories import START, cycle_of, on, plan


def test_a_replays_clock_goes_forward_and_never_back(base):
    year = cycle_of(base, plan(), mode=CycleMode.REPLAY)
    reached = [year.cycle.reached_at]
    for when in ("2030-06-03 08:00", "2030-05-01 08:00"):
        year.reach(when)
        reached.append(year.cycle.reached_at)

    assert reached == [START, on("2030-06-03 08:00"), on("2030-06-03 08:00")]


def test_a_live_year_has_the_calendars_clock(year):
    with pytest.raises(NotAllowed, match=r"^b-2030 is no replay: its clock is the calendar's\.$"):
        year.reach("2030-06-03 08:00")
