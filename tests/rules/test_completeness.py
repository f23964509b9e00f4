from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.enums import MissingSheet, ResultState
from bloc.rules.completeness import Arrivals, arrivals, may_close, state_of_result

DUE = datetime(2024, 12, 7, 17, tzinfo=UTC)
EVE, AFTER = DUE - timedelta(seconds=1), DUE
SOME, NONE, ALL = Arrivals(("a", "b"), ("c",)), Arrivals((), ("a", "b", "c")), Arrivals(("a", "b", "c"), ())


def test_who_has_sent_a_sheet_and_who_has_not_stand_in_the_plans_order():
    assert arrivals(["a", "b", "c"], {"c", "a"}) == Arrivals(("a", "c"), ("b",))


def test_the_sheet_of_a_unit_that_is_no_member_does_not_count():
    assert arrivals(["a", "b"], ["a", "x"]) == Arrivals(("a",), ("b",))


@pytest.mark.parametrize(("sheets", "complete"), [(ALL, True), (SOME, False), (NONE, False), (Arrivals((), ()), False)])
def test_sheets_are_complete_when_every_member_has_sent_one_however_many_there_are(sheets, complete):
    assert sheets.complete is complete


@pytest.mark.parametrize(("sheets", "state"), [(ALL, ResultState.FINAL), (SOME, ResultState.PROVISIONAL)])
def test_a_result_is_final_only_if_it_rests_on_every_sheet(sheets, state):
    assert state_of_result(sheets) is state


@pytest.mark.parametrize(
    ("sheets", "policy", "now", "closes"),
    [
        (ALL, MissingSheet.WAIT, EVE, True),
        (ALL, MissingSheet.RECEIVED, EVE, True),
        (SOME, MissingSheet.WAIT, AFTER, False),
        (SOME, MissingSheet.RECEIVED, EVE, False),
        (SOME, MissingSheet.RECEIVED, AFTER, True),
        (NONE, MissingSheet.RECEIVED, AFTER, False),
    ],
    ids=[
        "all are in",
        "all are in, whatever the policy",
        "wait: never with one missing",
        "received: not before the deadline",
        "received: after the deadline",
        "received: not with nothing at all",
    ],
)
def test_closing_is_offered_as_the_policy_says(sheets, policy, now, closes):
    assert may_close(sheets, policy, now, DUE) is closes


@given(members=st.lists(st.text("abcdef", min_size=1), unique=True), data=st.data())
def test_every_member_has_either_sent_a_sheet_or_is_missing(members, data):
    came = data.draw(st.sets(st.sampled_from(members))) if members else set()

    sheets = arrivals(members, came)

    assert sorted(sheets.arrived + sheets.missing) == sorted(members)
    assert set(sheets.arrived) == came
