from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.enums import CountedOf, VoteTie
from bloc.rules.voting import (
    Count,
    Finding,
    Mismatch,
    Outcome,
    PassMark,
    Slips,
    VoteRule,
    check_hands,
    check_slips,
    outcome,
    pass_mark,
)

HALF = PassMark(Fraction(1, 2), strict=True)
TWO_THIRDS = PassMark(Fraction(2, 3), strict=False)
UNITS = "abcdefg"
RANKS = {unit: rank for rank, unit in enumerate(UNITS, start=1)}


def count(votes, *, present=7, places=1, number=1):
    return Count(7, present, places, votes, number)


def slips(issued=7, valid=7, invalid=0, not_returned=0):
    return Slips(issued, valid, invalid, not_returned)


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        ("more than 1/2", HALF),
        ("at least 2/3", TWO_THIRDS),
        ("at least 1/1", PassMark(Fraction(1), strict=False)),
        ("more than 1/1", None),
        ("at least 3/2", None),
        ("at least 0/2", None),
        ("at least 1/0", None),
        ("half", None),
    ],
)
def test_a_pass_mark_is_read_from_its_words(words, mark):
    assert pass_mark(words) == mark


@pytest.mark.parametrize(
    ("mark", "electors", "least"),
    [(HALF, 7, 4), (HALF, 8, 5), (TWO_THIRDS, 7, 5), (TWO_THIRDS, 6, 4), (PassMark(Fraction(9, 10), strict=False), 10, 9)],
    ids=["over half of odd", "over half of even", "two thirds, rounded up", "two thirds exactly", "nine tenths"],
)
def test_a_pass_mark_is_reached_exactly(mark, electors, least):
    assert [votes for votes in range(electors + 1) if mark.reached(votes, electors)] == list(range(least, electors + 1))


@pytest.mark.parametrize(("present", "has"), [(4, False), (5, True), (7, True), (0, False)])
def test_a_quorum_of_two_thirds_of_seven_is_five(present, has):
    assert VoteRule(HALF).has_quorum(7, present) is has


def test_without_a_quorum_nobody_is_elected_and_no_round_follows():
    assert outcome(count({"a": 4, "b": 0}, present=4), VoteRule(HALF), RANKS) == Outcome((), (), (), 1)


def test_the_same_votes_pass_of_those_present_and_not_of_all_members():
    votes = count({"a": 3, "b": 2}, present=5)

    assert outcome(votes, VoteRule(HALF, counted_of=CountedOf.PRESENT), RANKS).elected == ("a",)
    assert outcome(votes, VoteRule(HALF), RANKS) == Outcome((), (), ("a", "b"), 1)


@pytest.mark.parametrize(
    ("tie", "found"),
    [
        (VoteTie.SHARED, Outcome(("c", "a", "b"), (), (), 0)),
        (VoteTie.BY_RANK, Outcome(("c", "a"), (), (), 0)),
        (VoteTie.CHAIR, Outcome(("c",), ("a", "b"), (), 1)),
        (VoteTie.NEXT_ROUND, Outcome(("c",), ("a", "b"), ("a", "b"), 1)),
    ],
)
def test_equals_at_the_last_place_are_decided_as_the_rule_says(tie, found):
    assert outcome(count({"a": 5, "b": 5, "c": 6, "d": 4}, places=2), VoteRule(HALF, tie=tie), RANKS) == found


def test_equal_ranks_leave_equal_votes_undecided():
    assert outcome(count({"a": 5, "b": 5}), VoteRule(HALF, tie=VoteTie.BY_RANK), {"a": 1, "b": 1}).tied == ("a", "b")


def test_after_the_last_round_there_is_no_other():
    assert outcome(count({"a": 3, "b": 3}, number=2), VoteRule(HALF, rounds=2), RANKS) == Outcome((), (), (), 1)


def test_two_stand_again_for_each_place_left_and_equals_at_the_end_of_the_list_too():
    found = outcome(count({"a": 3, "b": 2, "c": 2, "d": 1}), VoteRule(HALF), RANKS)

    assert found.next_round == ("a", "b", "c")


def test_a_count_that_adds_up_has_no_fault_blank_and_invalid_slips_among_them():
    found = check_slips(count({"a": 5, "b": 0}, present=6), slips(issued=6, valid=5, invalid=1), VoteRule(HALF))

    assert found == []


@pytest.mark.parametrize(
    ("votes", "given", "present", "found"),
    [
        ({"a": 1}, slips(valid=5, invalid=1), 7, Finding(Mismatch.SLIPS_DO_NOT_ADD_UP)),
        ({"a": 1}, slips(), 6, Finding(Mismatch.MORE_ISSUED_THAN_PRESENT)),
        ({"a": 6}, slips(valid=5, invalid=1, not_returned=1), 7, Finding(Mismatch.CANDIDATE_ABOVE_VALID, "a")),
        ({"a": 7, "b": 7, "c": 1}, slips(), 7, Finding(Mismatch.MORE_VOTES_THAN_PLACES)),
        ({"a": 1}, slips(issued=4, valid=4), 4, Finding(Mismatch.NO_QUORUM)),
        ({"a": 1}, slips(), 8, Finding(Mismatch.MORE_PRESENT_THAN_MEMBERS)),
        ({"a": -1}, slips(), 7, Finding(Mismatch.NEGATIVE)),
    ],
    ids=["sum", "issued", "candidate", "places", "quorum", "present", "negative"],
)
def test_totals_that_cannot_be_true_are_named(votes, given, present, found):
    assert check_slips(count(votes, present=present, places=2), given, VoteRule(HALF)) == [found]


def test_where_a_unit_may_not_vote_for_itself_a_full_room_gives_it_one_vote_less():
    rule = VoteRule(HALF, on_itself=False)

    assert check_slips(count({"a": 7}), slips(), rule) == [Finding(Mismatch.VOTED_ON_ITSELF, "a")]
    assert check_slips(count({"a": 6}, present=6), slips(issued=6, valid=6), rule) == []
    assert check_slips(count({"a": 7}), slips(), VoteRule(HALF)) == []


def test_hands_for_oneself_are_named_where_that_is_not_allowed():
    votes, voters = count({"a": 2, "b": 1}), {"a": ["a", "c"], "b": ["d"]}

    assert check_hands(votes, voters, VoteRule(HALF, on_itself=False)) == [Finding(Mismatch.VOTED_ON_ITSELF, "a")]
    assert check_hands(votes, voters, VoteRule(HALF)) == []


@pytest.mark.parametrize(
    ("votes", "voters", "found"),
    [
        ({"a": 2, "b": 1}, {"a": ["c"], "b": ["d"]}, [Finding(Mismatch.HANDS_DIFFER, "a")]),
        ({"a": 2}, {"a": ["c", "c"]}, [Finding(Mismatch.HANDS_DIFFER, "a")]),
        ({"a": 1, "b": 1}, {"a": ["c"], "b": ["c"]}, [Finding(Mismatch.VOTED_TOO_OFTEN, "c")]),
    ],
    ids=["fewer hands than votes", "a hand counted twice", "two votes and one place"],
)
def test_hands_are_as_many_as_votes_and_nobody_has_more_than_places(votes, voters, found):
    assert check_hands(count(votes), voters, VoteRule(HALF)) == found


rules = st.builds(
    VoteRule,
    mark=st.sampled_from([HALF, TWO_THIRDS]),
    counted_of=st.sampled_from(CountedOf),
    tie=st.sampled_from(VoteTie),
    rounds=st.integers(1, 3),
)
counts = st.builds(
    Count,
    members=st.just(7),
    present=st.integers(4, 7),
    places=st.integers(1, 3),
    votes=st.dictionaries(st.sampled_from(UNITS), st.integers(0, 7), min_size=1),
    round=st.integers(1, 3),
)


def place_of(unit, found):
    """Return how well a unit has done: elected, equal at the last place, standing again, out."""
    return next((n for n, group in enumerate((found.elected, found.tied, found.next_round)) if unit in group), 3)


@given(counts, rules, st.data())
def test_a_vote_more_never_lowers_its_candidate(before, rule, data):
    unit = data.draw(st.sampled_from(sorted(before.votes)))
    more = {**before.votes, unit: before.votes[unit] + 1}
    after = Count(before.members, before.present, before.places, more, before.round)

    assert place_of(unit, outcome(after, rule, RANKS)) <= place_of(unit, outcome(before, rule, RANKS))


@given(counts, rules, st.data())
def test_the_order_of_the_candidates_never_matters(counted, rule, data):
    mixed = dict(data.draw(st.permutations(list(counted.votes.items()))))
    again = Count(counted.members, counted.present, counted.places, mixed, counted.round)

    assert outcome(again, rule, RANKS) == outcome(counted, rule, RANKS)


@given(counts, rules)
def test_places_are_filled_once_and_only_by_who_has_passed(counted, rule):
    found = outcome(counted, rule, RANKS)
    electors = counted.present if rule.counted_of is CountedOf.PRESENT else counted.members

    assert all(rule.mark.reached(counted.votes[unit], electors) for unit in (*found.elected, *found.tied))
    assert not {*found.elected} & {*found.tied, *found.next_round}
    assert rule.tie is VoteTie.SHARED or len(found.elected) + found.places_left == counted.places
