from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.rules.calendar import WorkCalendar

VIETNAM = WorkCalendar()
DAYS = st.dates(date(2023, 1, 1), date(2026, 12, 31))
CALENDARS = st.builds(WorkCalendar.of, st.sets(DAYS, max_size=30), st.sets(DAYS, max_size=30))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 7), True),
        (date(2024, 2, 8), False),
        (date(2024, 2, 14), False),
        (date(2024, 2, 15), True),
        (date(2024, 4, 18), False),
        (date(2024, 4, 29), False),
        (date(2024, 4, 30), False),
        (date(2024, 5, 1), False),
        (date(2024, 5, 2), True),
        (date(2024, 5, 4), True),
        (date(2024, 5, 5), False),
        (date(2024, 9, 3), False),
        (date(2024, 6, 6), True),
        (date(2024, 12, 7), False),
    ],
    ids=[
        "the day before Tet",
        "the last day of the old year",
        "the last day off for Tet",
        "the day after Tet",
        "Hung Kings",
        "the Monday swapped for a Saturday",
        "30/4",
        "1/5",
        "the day after",
        "the make-up Saturday",
        "an ordinary Sunday",
        "the neighbour of National Day",
        "an ordinary Thursday",
        "an ordinary Saturday",
    ],
)
def test_offices_work_as_the_government_announced_for_2024(day, works):
    assert VIETNAM.is_working_day(day) is works


def test_a_plan_adds_days_off_and_working_days_to_the_public_calendar():
    calendar = WorkCalendar.of(days_off=[date(2024, 6, 6)], working_days=[date(2024, 12, 7), date(2024, 4, 30)])

    assert not calendar.is_working_day(date(2024, 6, 6))
    assert calendar.is_working_day(date(2024, 12, 7))
    assert calendar.is_working_day(date(2024, 4, 30))


@pytest.mark.parametrize(
    ("day", "working_days", "reached"),
    [
        (date(2024, 6, 6), 0, date(2024, 6, 6)),
        (date(2024, 6, 6), 1, date(2024, 6, 7)),
        (date(2024, 6, 7), 1, date(2024, 6, 10)),
        (date(2024, 12, 7), 1, date(2024, 12, 9)),
        (date(2024, 12, 7), -1, date(2024, 12, 6)),
        (date(2024, 2, 7), 1, date(2024, 2, 15)),
        (date(2024, 5, 3), 1, date(2024, 5, 4)),
        (date(2024, 5, 2), -1, date(2024, 4, 26)),
    ],
    ids=[
        "nothing",
        "the next day",
        "over a weekend",
        "on from a Saturday",
        "back from a Saturday",
        "over Tet",
        "to the make-up Saturday",
        "back over 30/4 and 1/5",
    ],
)
def test_days_are_counted_in_working_days(day, working_days, reached):
    assert VIETNAM.shift(day, working_days) == reached


@given(calendar=CALENDARS, day=DAYS, count=st.integers(1, 30))
def test_going_forth_and_back_by_working_days_ends_where_it_began(calendar, day, count):
    start = calendar.nearest(day, +1)

    there = calendar.shift(start, count)

    assert calendar.is_working_day(there)
    assert calendar.shift(there, -count) == start


@given(calendar=CALENDARS, day=DAYS, direction=st.sampled_from([-1, 1]))
def test_the_nearest_working_day_has_none_between_it_and_the_day_asked_for(calendar, day, direction):
    found = calendar.nearest(day, direction)

    between = [date.fromordinal(n) for n in range(day.toordinal(), found.toordinal(), direction)]
    assert calendar.is_working_day(found)
    assert not any(calendar.is_working_day(passed) for passed in between)
