from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.errors import NoSheets
from bloc.rules.scoring import score

TOTALS = st.lists(st.integers(-100_000, 1_100_000), min_size=1, max_size=60)


def test_a_score_is_the_exact_mean_of_all_sheets_in_points():
    assert score([92_250, 87_750, 89_000, 89_750, 87_250, 88_500, 91_750]) == Fraction(2505, 28)


def test_a_mean_that_no_decimal_can_hold_is_not_rounded():
    assert score([1_000, 0, 0]) == Fraction(1, 3)


def test_a_score_without_sheets_is_refused():
    with pytest.raises(NoSheets, match=r"There is no score sheet to take a mean of\."):
        score([])


@given(TOTALS, st.randoms())
def test_the_order_of_the_sheets_does_not_matter(totals, shuffled):
    other = list(totals)
    shuffled.shuffle(other)

    assert score(other) == score(totals)


@given(total=st.integers(-100_000, 1_100_000), sheets=st.integers(1, 60))
def test_sheets_that_all_say_the_same_give_just_that(total, sheets):
    assert score([total] * sheets) == Fraction(total, 1000)


@given(totals=TOTALS, more=st.integers(1, 5_000), data=st.data())
def test_a_point_more_is_worth_its_share_of_the_sheets(totals, more, data):
    which = data.draw(st.integers(0, len(totals) - 1))
    raised = [*totals[:which], totals[which] + more, *totals[which + 1 :]]

    assert score(raised) - score(totals) == Fraction(more, 1000 * len(totals))


@given(TOTALS)
def test_a_score_lies_between_the_lowest_and_the_highest_sheet(totals):
    assert Fraction(min(totals), 1000) <= score(totals) <= Fraction(max(totals), 1000)
