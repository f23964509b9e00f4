import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.enums import TieRule
from bloc.errors import NoSheets
from bloc.language import rounded
from bloc.rules.ranking import Place, Sums, ranked, standings
from tests.rules.blocs import RULES, blocs, blocs_in_two_orders

DATA = Path(__file__).parents[1] / "data"


def thousandths(text: str) -> int:
    return int(Decimal(text) * 1000)


@pytest.fixture(scope="module")
def expected() -> dict[str, dict[str, str]]:
    with (DATA / "expected-result-2024.csv").open(encoding="utf-8") as file:
        return {row["unit"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def members() -> list[str]:
    with (DATA / "units.csv").open(encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def totals(members) -> dict[tuple[str, str], int]:
    """Return the totals that the seven example sheets of 2024 give."""
    given: dict[tuple[str, str], int] = {}
    for scorer in members:
        with (DATA / "score-sheets-2024" / f"{scorer}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        given |= {(scorer, unit): sum(thousandths(row[unit]) for row in rows) for unit in members}
    return given


def test_the_sheets_of_2024_give_the_expected_totals(members, totals, expected):
    matrix = {(scorer, unit): thousandths(row[f"by_{scorer}"]) for unit, row in expected.items() for scorer in members}

    assert totals == matrix
    assert all(totals[unit, unit] == thousandths(row["self_total"]) for unit, row in expected.items())


def test_the_sheets_of_2024_give_the_expected_ranking_tie_included(members, totals, expected):
    places = standings(members, members, totals, TieRule.SHARED)

    assert {place.unit: (place.score, place.rank) for place in places} == {
        unit: (Fraction(row["score_exact"]), int(row["rank"])) for unit, row in expected.items()
    }
    assert {place.unit: rounded(place.score) for place in places} == {u: row["score_2dp"] for u, row in expected.items()}
    assert [place.rank for place in places] == [1, 2, 3, 4, 4, 6, 7]
    assert {place.unit for place in places if place.tied} == {"heza", "dv5"}


def test_equal_units_stand_in_the_plans_order(members, totals):
    places = standings(members, members, totals, TieRule.SHARED)

    assert [place.unit for place in places] == ["dv4", "dv6", "nnptnt", "heza", "dv5", "dv3", "dv7"]


def test_the_higher_mean_of_cross_scores_comes_first_if_the_plan_says_so(members, totals):
    places = standings(members, members, totals, TieRule.CROSS_MEAN)

    assert [(place.unit, place.rank, place.tied) for place in places[3:5]] == [("heza", 4, False), ("dv5", 5, False)]
    assert places[3].cross_mean > places[4].cross_mean
    assert places[3].score == places[4].score


@pytest.mark.parametrize(
    ("given", "mean"),
    [({}, None), ({"a": 90_000}, None), ({"b": 91_000}, 91), ({"a": 1_000, "b": 90_000, "c": 91_000}, Fraction(181, 2))],
    ids=["no sheet", "its own alone", "another's alone", "three"],
)
def test_a_mean_of_cross_scores_leaves_the_own_sheet_out(given, mean):
    assert Sums.of("a", given).cross_mean == mean


def test_of_one_sheet_alone_cross_scores_decide_no_tie_neither_for_its_unit_nor_against_it():
    totals = {("b", "a"): 90_000, ("b", "b"): 90_000, ("b", "c"): 91_000}

    places = standings(["a", "b", "c"], ["b"], totals, TieRule.CROSS_MEAN)

    assert [(place.unit, place.rank, place.tied, place.cross_mean) for place in places] == [
        ("c", 1, False, 91), ("a", 2, True, 90), ("b", 2, True, None),
    ]  # fmt: skip


def test_with_sheets_missing_a_tie_is_decided_by_the_cross_scores_that_each_unit_has():
    totals = {
        ("a", "a"): 90_000,
        ("a", "b"): 90_000,
        ("a", "c"): 92_000,
        ("b", "a"): 94_000,
        ("b", "b"): 94_000,
        ("b", "c"): 92_000,
    }

    places = standings(["a", "b", "c"], ["a", "b"], totals, TieRule.CROSS_MEAN)

    assert [(place.unit, place.rank, place.cross_mean) for place in places] == [("a", 1, 94), ("c", 2, 92), ("b", 3, 90)]


def test_a_tie_waits_for_the_ballot_as_a_shared_rank(members, totals):
    assert standings(members, members, totals, TieRule.BALLOT) == standings(members, members, totals, TieRule.SHARED)


def test_scores_that_differ_by_less_than_is_shown_are_no_tie():
    totals = {("a", "a"): 90_001, ("a", "b"): 90_000, ("a", "c"): 90_000}

    places = standings(["b", "a", "c"], ["a"], totals, TieRule.SHARED)

    assert [(place.unit, place.rank, place.tied) for place in places] == [("a", 1, False), ("b", 2, True), ("c", 2, True)]


def test_a_unit_without_a_sheet_of_its_own_is_ranked_by_those_received():
    totals = {
        ("a", "a"): 90_000,
        ("a", "b"): 80_000,
        ("a", "c"): 95_000,
        ("b", "a"): 91_000,
        ("b", "b"): 85_000,
        ("b", "c"): 96_000,
    }

    places = standings(["a", "b", "c"], ["a", "b"], totals, TieRule.SHARED)

    assert places == [
        Place("c", 1, False, None, Fraction(191, 2), Fraction(191, 2)),
        Place("a", 2, False, 90_000, Fraction(91), Fraction(181, 2)),
        Place("b", 3, False, 85_000, Fraction(80), Fraction(165, 2)),
    ]


def test_a_ranking_without_sheets_is_refused():
    with pytest.raises(NoSheets):
        standings(["a", "b"], [], {}, TieRule.SHARED)


def test_a_ranking_from_sheets_that_leave_a_member_out_is_refused():
    given = {"a": Sums(given=180_000, own=90_000, sheets=2), "b": Sums(given=85_000, own=85_000, sheets=1)}

    with pytest.raises(ValueError, match="leave members out"):
        ranked(given, TieRule.SHARED)


@given(bloc_twice=blocs_in_two_orders(), rule=RULES)
def test_the_order_of_the_sheets_changes_nothing(bloc_twice, rule):
    first, second = bloc_twice

    assert standings(*second, rule) == standings(*first, rule)


@given(bloc=blocs(), rule=RULES, more=st.integers(1, 1_000), data=st.data())
def test_a_point_more_never_lowers_its_unit_nor_lifts_another(bloc, rule, more, data):
    members, scorers, totals = bloc
    scorer, unit = data.draw(st.sampled_from(sorted(totals)))

    before = {place.unit: place for place in standings(members, scorers, totals, rule)}
    after = {
        place.unit: place
        for place in standings(members, scorers, {**totals, (scorer, unit): totals[scorer, unit] + more}, rule)
    }

    assert after[unit].score > before[unit].score
    assert after[unit].rank <= before[unit].rank
    assert all(after[other].rank >= before[other].rank for other in members if other != unit)


@given(bloc=blocs(), rule=st.sampled_from([TieRule.SHARED, TieRule.BALLOT]))
def test_a_rank_is_one_more_than_the_number_of_units_with_a_higher_score(bloc, rule):
    members, scorers, totals = bloc

    places = standings(members, scorers, totals, rule)

    assert sorted(place.unit for place in places) == sorted(members)
    for place in places:
        assert place.rank == 1 + sum(other.score > place.score for other in places)
        assert place.tied == (sum(other.score == place.score for other in places) > 1)


@given(bloc=blocs())
def test_breaking_ties_by_cross_scores_never_contradicts_the_scores(bloc):
    members, scorers, totals = bloc

    places = standings(members, scorers, totals, TieRule.CROSS_MEAN)

    keys = [(place.score, place.score if place.cross_mean is None else place.cross_mean) for place in places]
    assert keys == sorted(keys, reverse=True)
    assert [place.rank for place in places] == [1 + sum(other > key for other in keys) for key in keys]


@given(sheet=st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 105_000), min_size=2))
def test_sheets_that_are_all_alike_rank_as_each_of_them_does(sheet):
    totals = {(scorer, unit): total for scorer in sheet for unit, total in sheet.items()}

    places = standings(list(sheet), list(sheet), totals, TieRule.SHARED)

    assert {place.unit: place.score for place in places} == {unit: Fraction(total, 1000) for unit, total in sheet.items()}
