from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.rules.quorum import Quorum, quorum_of

SHARES = st.integers(1, 99).flatmap(lambda below: st.builds(Fraction, st.integers(1, below), st.just(below)))


@pytest.mark.parametrize(
    ("share", "asked", "needed"),
    [("2/3", 7, 5), ("2/3", 6, 4), ("1/2", 7, 4), ("1", 7, 7), ("9/10", 7, 7), ("1/99", 7, 1)],
    ids=["of seven", "a whole number", "half of an odd number", "all", "nearly all", "hardly any"],
)
def test_at_least_the_share_in_whole_units(share, asked, needed):
    assert quorum_of(Fraction(share), asked, 0) == Quorum(asked, needed, 0)


@given(SHARES, st.integers(1, 60), st.integers(0, 60))
def test_it_is_reached_exactly_from_the_share_on(share, asked, present):
    assert quorum_of(share, asked, present).reached == (present >= share * asked and present > 0)


def test_where_nobody_is_asked_there_is_none():
    assert not quorum_of(Fraction(2, 3), 0, 0).reached
