from datetime import date

import pytest

from bloc.rules.punctuality import Punctuality, kept
from tests.factories import on

LAST = date(2030, 6, 6)


@pytest.mark.parametrize(
    ("received", "now", "how", "days"),
    [
        ("2030-06-06 23:59", "2030-12-01 09:00", Punctuality.ON_TIME, 0),
        ("2030-06-07 00:00", "2030-12-01 09:00", Punctuality.LATE, 1),
        ("2030-06-09 10:00", "2030-12-01 09:00", Punctuality.LATE, 3),
        (None, "2030-06-06 23:59", Punctuality.AWAITED, 0),
        (None, "2030-06-07 00:00", Punctuality.MISSING, 1),
        (None, "2030-06-16 08:00", Punctuality.MISSING, 10),
    ],
    ids=["at its end", "a minute later", "days later", "still in time", "not any more", "long since"],
)
def test_a_deadline_is_kept_to_the_end_of_its_last_day(received, now, how, days):
    found = kept("Báo cáo", LAST, on(received) if received else None, on(now))

    assert (found.how, found.days) == (how, days)


@pytest.mark.parametrize(
    ("received", "how"),
    [(None, Punctuality.WAIVED), ("2030-06-05 09:00", Punctuality.ON_TIME), ("2030-06-08 09:00", Punctuality.LATE)],
    ids=["nothing", "in time", "late"],
)
def test_what_comes_in_spite_of_a_waiver_counts_as_it_came(received, how):
    came = on(received) if received else None

    assert kept("Báo cáo", LAST, came, on("2030-12-01 09:00"), waived_because="Sáp nhập").how is how
