from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloc.enums import TieRule
from bloc.errors import NoSheets
from bloc.rules.ranking import standings
from bloc.rules.robustness import OddTotal, ScorerFigures, Tie, UnitFigures, gains, robustness
from tests.rules.blocs import RULES, blocs, blocs_in_two_orders


def matrix(**sheets):
    """Return members and totals (in thousandths) of sheets given as points, each in the members' order."""
    members = list(sheets)
    return members, {
        (scorer, unit): points * 1_000 for scorer, sheet in sheets.items() for unit, points in zip(members, sheet, strict=True)
    }


def test_each_figure_of_three_units_is_what_one_reckons_by_hand():
    members, totals = matrix(a=[100, 80, 80], b=[80, 90, 84], c=[81, 91, 90])

    found = robustness(members, members, totals, TieRule.SHARED)

    assert found.units == (
        UnitFigures("a", 1, 3, 3, 1, 3, Fraction(161, 2), Fraction(39, 2)),
        UnitFigures("b", 1, 1, 1, 1, 2, Fraction(171, 2), Fraction(9, 2)),
        UnitFigures("c", 3, 2, 2, 2, 3, Fraction(82), Fraction(8)),
    )
    assert found.scorers == (
        ScorerFigures("a", Fraction(-15, 2), Fraction(0)),
        ScorerFigures("b", Fraction(3, 2), Fraction(4)),
        ScorerFigures("c", Fraction(6), Fraction(10)),
    )


def test_the_total_furthest_off_its_row_and_its_column_is_named():
    members, totals = matrix(a=[99, 80, 70, 60], b=[90, 80, 70, 60], c=[90, 80, 70, 60], d=[90, 80, 70, 60])

    found = robustness(members, members, totals, TieRule.SHARED)

    assert found.odd_total == OddTotal("a", "a", Fraction(81, 16))


def test_of_two_sheets_no_total_is_singled_out():
    members, totals = matrix(a=[99, 60], b=[70, 80])

    assert robustness(members, members, totals, TieRule.SHARED).odd_total is None


def test_a_first_place_that_hangs_on_one_scorer_is_told_with_the_scorer():
    members, totals = matrix(a=[100, 80, 70], b=[89, 90, 70], c=[89, 90, 70])

    assert robustness(members, members, totals, TieRule.SHARED).first_depends_on == ("a",)


def test_a_first_place_that_would_be_shared_without_a_scorer_hangs_on_it():
    members, totals = matrix(a=[91, 90, 70], b=[90, 90, 70], c=[90, 90, 70])

    assert robustness(members, members, totals, TieRule.SHARED).first_depends_on == ("a",)


def test_what_the_cross_scores_would_decide_of_a_tie_is_told_whatever_the_plans_rule():
    members, totals = matrix(a=[90, 80, 50], b=[80, 100, 50], c=[100, 90, 60])

    found = [robustness(members, members, totals, rule).ties for rule in (TieRule.SHARED, TieRule.CROSS_MEAN)]

    assert found == [(Tie(1, (("a",), ("b",))),)] * 2


def test_a_tie_that_the_cross_scores_leave_stays_one():
    members, totals = matrix(a=[90, 90], b=[90, 90])

    assert robustness(members, members, totals, TieRule.SHARED).ties == (Tie(1, (("a", "b"),)),)


def test_a_unit_whose_sheet_is_missing_has_no_lead_and_is_no_scorer():
    members, totals = matrix(a=[90, 80, 85], b=[88, 84, 87], c=[0, 0, 0])

    found = robustness(members, ["a", "b"], totals, TieRule.SHARED)

    assert {each.unit: each.lead for each in found.units} == {"a": 2, "b": 4, "c": None}
    assert [each.scorer for each in found.scorers] == ["a", "b"]


def test_one_sheet_alone_is_left_out_of_nothing():
    members, totals = matrix(a=[90, 80], b=[0, 0])

    found = robustness(members, ["a"], totals, TieRule.SHARED)

    assert [(each.best, each.worst) for each in found.units] == [(1, 1), (2, 2)]
    assert found.first_depends_on == ()
    assert found.scorers == (ScorerFigures("a", None, Fraction(0)),)


def test_without_sheets_nothing_can_be_told():
    with pytest.raises(NoSheets):
        robustness(["a", "b"], [], {}, TieRule.SHARED)


def test_a_unit_gains_in_a_group_what_it_has_there_above_the_blocs_mean():
    totals = {("a", "a", "I"): 50_000, ("a", "b", "I"): 40_000, ("b", "a", "I"): 48_000, ("b", "b", "I"): 42_000}
    totals |= {("a", "a", "II"): 5_000, ("a", "b", "II"): 9_000, ("b", "a", "II"): 5_000, ("b", "b", "II"): 9_000}

    assert gains(["a", "b"], ["a", "b"], totals) == {("a", "I"): 4, ("a", "II"): -2, ("b", "I"): -4, ("b", "II"): 2}


@given(bloc_twice=blocs_in_two_orders(), rule=RULES)
def test_the_order_of_the_scorers_changes_nothing(bloc_twice, rule):
    first, second = bloc_twice

    assert robustness(*second, rule) == robustness(*first, rule)


@pytest.mark.parametrize("size", [2, 7, 20])
@given(data=st.data(), rule=RULES)
@settings(max_examples=10)
def test_equal_sheets_leave_nothing_to_remark_on(size, data, rule):
    members = [f"u{n}" for n in range(size)]
    sheet = dict(zip(members, data.draw(st.lists(st.integers(0, 8), min_size=size, max_size=size)), strict=True))
    totals = {(scorer, unit): total for scorer in members for unit, total in sheet.items()}

    found = robustness(members, members, totals, rule)

    assert (found.first_depends_on, found.odd_total) == ((), None)
    assert {(each.by_median - each.rank, each.by_trimmed_mean - each.rank) for each in found.units} == {(0, 0)}
    assert {(each.best - each.rank, each.worst - each.rank, each.lead) for each in found.units} == {(0, 0, 0)}
    assert {each.leniency for each in found.scorers} == ({0} if size > 2 else {None})


@given(bloc=blocs(), rule=RULES)
def test_the_official_ranking_stands_beside_the_figures_unchanged(bloc, rule):
    members, scorers, totals = bloc

    found = robustness(members, scorers, totals, rule).units

    assert [(each.unit, each.rank) for each in found] == [
        (place.unit, place.rank) for place in standings(members, scorers, totals, rule)
    ]
    assert all(each.best <= each.rank <= each.worst for each in found)


@given(bloc=blocs(), more=st.integers(1, 5_000), data=st.data())
def test_a_scorer_who_gives_every_unit_more_is_more_lenient_by_as_much_and_no_total_is_odder(bloc, more, data):
    members, scorers, totals = bloc
    scorer = data.draw(st.sampled_from(sorted(scorers)))
    raised = {pair: total + more * (pair[0] == scorer) for pair, total in totals.items()}

    before, after = (robustness(members, scorers, given, TieRule.SHARED) for given in (totals, raised))

    own = {each.scorer: each for each in before.scorers}[scorer]
    leniency = None if own.leniency is None else own.leniency + Fraction(more, 1_000)
    assert {each.scorer: each for each in after.scorers}[scorer] == replace(own, leniency=leniency)
    assert after.odd_total == before.odd_total


@given(bloc=blocs())
def test_the_gains_of_a_group_add_up_to_nought(bloc):
    members, scorers, totals = bloc

    found = gains(members, scorers, {(*pair, "I"): total for pair, total in totals.items()})

    assert sum(found.values()) == 0
    assert set(found) == {(unit, "I") for unit in members}
