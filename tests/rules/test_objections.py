from datetime import date

import pytest

from bloc.enums import ObjectionAnswer, ObjectionState
from bloc.rules.calendar import WorkCalendar
from bloc.rules.objections import state_of, window
from tests.factories import on


@pytest.mark.parametrize(
    ("published", "days", "calendar", "last"),
    [
        ("2024-12-10 09:00", 3, WorkCalendar(), date(2024, 12, 13)),
        ("2024-12-12 23:59", 3, WorkCalendar(), date(2024, 12, 17)),
        ("2024-12-14 10:00", 1, WorkCalendar(), date(2024, 12, 16)),
        ("2024-04-26 10:00", 1, WorkCalendar(), date(2024, 5, 2)),
        ("2024-12-12 09:00", 2, WorkCalendar.of((date(2024, 12, 13),)), date(2024, 12, 17)),
        ("2024-12-12 09:00", 2, WorkCalendar.of((), (date(2024, 12, 14),)), date(2024, 12, 14)),
    ],
    ids=["within a week", "over a weekend", "published on a day off", "over holidays", "a day off", "a make-up Saturday"],
)
def test_the_window_lasts_so_many_working_days_after_the_day_of_publication(published, days, calendar, last):
    assert window(on(published), days, calendar).last_day == last


def test_it_is_open_from_the_publication_to_the_end_of_its_last_day():
    found = window(on("2024-12-10 09:00"), 3, WorkCalendar())
    moments = ("2024-12-10 08:59", "2024-12-10 09:00", "2024-12-13 23:59", "2024-12-14 00:00")

    assert [found.is_open(on(moment)) for moment in moments] == [False, True, True, False]


@pytest.mark.parametrize(
    ("answer", "now", "state"),
    [
        (None, "2024-12-13 23:59", ObjectionState.OPEN),
        (None, "2024-12-14 00:00", ObjectionState.NOT_ANSWERED),
        (ObjectionAnswer.CONFIRMED, "2024-12-12 09:00", ObjectionState.CONFIRMED),
        (ObjectionAnswer.CORRECTED, "2025-01-02 09:00", ObjectionState.CORRECTED),
    ],
)
def test_what_nobody_answered_by_the_end_stands_as_not_answered(answer, now, state):
    assert state_of(answer, on("2024-12-14 00:00"), on(now)) is state
