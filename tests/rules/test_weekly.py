from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.clock import at, end_of, local_day
from bloc.rules.calendar import WorkCalendar
from bloc.rules.weekly import digest_after, digest_before, digest_of_week, digests_end, still_owed

VIETNAM = WorkCalendar()
MORNING = time(7, 30)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(2024, 1, 1), date(2025, 12, 31))
CALENDARS = st.builds(WorkCalendar.of, st.sets(DAYS, max_size=60), st.sets(DAYS, max_size=20))


def morning(*day: int) -> datetime:
    return at(date(*day), MORNING)


@pytest.mark.parametrize(
    ("day", "owed"),
    [
        (date(2024, 6, 6), morning(2024, 6, 3)),
        (date(2024, 6, 9), morning(2024, 6, 3)),
        (date(2024, 1, 1), morning(2024, 1, 2)),
        (date(2024, 2, 14), morning(2024, 2, 15)),
        (date(2024, 4, 30), morning(2024, 5, 2)),
        (date(2028, 2, 29), morning(2028, 2, 28)),
    ],
    ids=["a Monday", "for the Sunday of its week", "after New Year", "after Tết", "between two swapped days", "a leap week"],
)
def test_a_digest_is_owed_on_the_first_working_day_of_its_week(day, owed):
    assert digest_of_week(at(day, time(12)), VIETNAM, MORNING) == owed


def test_a_week_without_a_working_day_has_no_digest_and_the_next_one_has():
    monday = date(2024, 6, 3)
    closed = WorkCalendar.of([monday + timedelta(days=n) for n in range(7)])

    assert digest_of_week(at(monday), closed, MORNING) is None
    assert digest_after(at(monday), closed, MORNING) == morning(2024, 6, 10)
    assert digest_before(morning(2024, 6, 10), closed, MORNING) == morning(2024, 5, 27)


def test_a_make_up_saturday_can_be_the_only_working_day_of_a_week():
    off = WorkCalendar.of([date(2024, 6, day) for day in range(3, 8)], [date(2024, 6, 8)])

    assert digest_of_week(morning(2024, 6, 5), off, MORNING) == morning(2024, 6, 8)


@pytest.mark.parametrize(
    ("last_day", "last_told"),
    [
        (None, date(2024, 12, 31)),
        (date(2024, 11, 19), date(2024, 12, 31)),
        (date(2024, 11, 20), date(2025, 1, 1)),
        (date(2025, 3, 3), date(2025, 4, 14)),
    ],
    ids=["no deadline", "six weeks before the year's end", "a day later", "extended into the next year"],
)
def test_a_year_is_told_of_to_its_end_or_six_weeks_after_its_last_deadline(last_day, last_told):
    assert digests_end(2024, last_day and end_of(last_day)) == end_of(last_told)


@given(MOMENTS, CALENDARS)
def test_before_and_after_are_neighbours_and_of_different_weeks(moment, calendar):
    after = digest_after(moment, calendar, MORNING)
    before = digest_before(after, calendar, MORNING)

    assert before <= moment < after
    assert digest_after(before, calendar, MORNING) == after
    assert local_day(before).isocalendar()[:2] != local_day(after).isocalendar()[:2]


@pytest.mark.parametrize(
    ("weekly_at", "now", "off", "owed"),
    [
        (morning(2024, 6, 3), morning(2024, 6, 5), [], morning(2024, 6, 3)),
        (morning(2024, 6, 10), morning(2024, 6, 5), [date(2024, 6, 10)], morning(2024, 6, 11)),
        (morning(2024, 6, 10), morning(2024, 6, 3), [date(2024, 6, 3)], morning(2024, 6, 10)),
        (morning(2024, 6, 11), morning(2024, 6, 7), [], morning(2024, 6, 10)),
    ],
    ids=["missed: it stays owed", "a day taken away", "a day taken away on which it has gone out", "a day given back"],
)
def test_another_calendar_moves_what_is_owed_and_gives_no_week_two(weekly_at, now, off, owed):
    assert still_owed(weekly_at, now, WorkCalendar.of(off), MORNING) == owed
