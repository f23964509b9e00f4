from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.enums import Before, DayOff
from bloc.rules.calendar import WorkCalendar
from bloc.rules.deadlines import DeadlineRule, due_at, is_late, last_day, last_day_of


@pytest.mark.parametrize(
    ("day", "exclusive", "rule", "last"),
    [
        (date(2024, 6, 7), True, DeadlineRule(), date(2024, 6, 6)),
        (date(2024, 12, 8), True, DeadlineRule(), date(2024, 12, 7)),
        (date(2024, 6, 7), False, DeadlineRule(), date(2024, 6, 7)),
        (date(2024, 6, 7), True, DeadlineRule(before=Before.THROUGH_DAY), date(2024, 6, 7)),
        (date(2024, 12, 8), True, DeadlineRule(day_off=DayOff.WORKING_DAY_BEFORE), date(2024, 12, 6)),
        (date(2024, 12, 8), True, DeadlineRule(day_off=DayOff.WORKING_DAY_AFTER), date(2024, 12, 9)),
        (date(2024, 6, 7), True, DeadlineRule(day_off=DayOff.WORKING_DAY_BEFORE), date(2024, 6, 6)),
        (date(2024, 5, 1), False, DeadlineRule(day_off=DayOff.WORKING_DAY_BEFORE), date(2024, 4, 26)),
        (
            date(2024, 12, 8),
            True,
            DeadlineRule(day_off=DayOff.WORKING_DAY_AFTER, calendar=WorkCalendar.of(working_days=[date(2024, 12, 7)])),
            date(2024, 12, 7),
        ),
        (date(2024, 1, 1), True, DeadlineRule(), date(2023, 12, 31)),
        (date(2024, 3, 1), True, DeadlineRule(), date(2024, 2, 29)),
    ],
    ids=[
        "before: the day before",
        "before: a Saturday stays",
        "by: the day itself",
        "before, read as through",
        "moved to the Friday",
        "moved to the Monday",
        "a working day is not moved",
        "moved before a row of holidays",
        "a Saturday that the plan works on",
        "over the turn of the year",
        "in a leap year",
    ],
)
def test_the_last_day_in_time_follows_the_words_and_the_plans_policies(day, exclusive, rule, last):
    assert last_day(day, exclusive, rule) == last


def test_a_deadline_ends_with_its_last_day_in_vietnam():
    due = due_at(date(2024, 6, 6))

    assert due == datetime(2024, 6, 6, 17, 0, tzinfo=UTC)
    assert not is_late(due - timedelta(microseconds=1), due)
    assert is_late(due, due)


@given(st.dates(date(1990, 1, 1), date(2200, 12, 31)))
def test_the_last_day_is_read_back_from_the_instant(day):
    assert last_day_of(due_at(day)) == day


@given(
    day=st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    exclusive=st.booleans(),
    before=st.sampled_from(Before),
    off=st.sampled_from(DayOff),
)
def test_a_moved_last_day_is_a_working_day_on_the_side_that_the_policy_names(day, exclusive, before, off):
    rule = DeadlineRule(before, off)

    written = last_day(day, exclusive, DeadlineRule(before))
    moved = last_day(day, exclusive, rule)

    match off:
        case DayOff.AS_WRITTEN:
            assert moved == written
        case DayOff.WORKING_DAY_BEFORE:
            assert moved <= written and rule.calendar.is_working_day(moved)
        case DayOff.WORKING_DAY_AFTER:
            assert moved >= written and rule.calendar.is_working_day(moved)
