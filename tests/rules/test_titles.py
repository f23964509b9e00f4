from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.rules.titles import Conditions, Lack, Record, Sent, Shortcoming, Verdict, proposal, shortcomings

REPORT, SHEET = Sent("Báo cáo tổng kết", is_sheet=False, days_late=12), Sent("Bảng chấm điểm", is_sheet=True, days_late=0)


def record(unit="a", rank=1, score=90, sent=(), excluded=None):
    return Record(unit, rank, Fraction(score), tuple(sent), excluded)


def missing(paper):
    return Sent(paper.name, paper.is_sheet, None)


@pytest.mark.parametrize(
    ("unit", "conditions", "lacks"),
    [
        (record(), Conditions(), []),
        (record(score=Fraction(8999, 100)), Conditions(least_score=Fraction(90)), [Shortcoming(Lack.SCORE)]),
        (record(score=90), Conditions(least_score=Fraction(90)), []),
        (record(sent=[REPORT]), Conditions(most_days_late=11), [Shortcoming(Lack.LATE, REPORT.name, 12)]),
        (record(sent=[REPORT]), Conditions(most_days_late=12), []),
        (record(sent=[REPORT]), Conditions(reports_sent=True), []),
        (record(sent=[missing(REPORT)]), Conditions(reports_sent=True), [Shortcoming(Lack.NOT_SENT, REPORT.name)]),
        (record(sent=[missing(REPORT)]), Conditions(sheet_sent=True), []),
        (record(sent=[missing(SHEET)]), Conditions(sheet_sent=True), [Shortcoming(Lack.NOT_SENT, SHEET.name)]),
        (record(rank=2), Conditions(top_only=True), [Shortcoming(Lack.NOT_FIRST)]),
        (record(excluded="Bị kỷ luật"), Conditions(), [Shortcoming(Lack.EXCLUDED, "Bị kỷ luật")]),
    ],
    ids=[
        "nothing asked", "a hundredth too little", "just enough", "a day too late", "late, and let pass", "lateness not asked",
        "no report", "only the sheet is asked", "no sheet", "not the first", "excluded",
    ],
)  # fmt: skip
def test_a_unit_meets_the_conditions_or_each_that_it_fails_is_named(unit, conditions, lacks):
    assert list(shortcomings(unit, conditions)) == lacks


def test_all_that_a_unit_lacks_is_named_at_once():
    conditions = Conditions(least_score=Fraction(95), most_days_late=0, top_only=True)

    found = shortcomings(record(rank=3, sent=[REPORT], excluded="Vi phạm"), conditions)

    assert [each.lack for each in found] == [Lack.EXCLUDED, Lack.NOT_FIRST, Lack.SCORE, Lack.LATE]


def verdicts(ranks, places, *, conditions=Conditions(), failing=""):  # noqa: B008 - it is never changed
    records = [record(unit, rank, excluded="x" if unit in failing else None) for unit, rank in ranks.items()]
    return {line.unit: line.verdict for line in proposal(records, conditions, places)}


def test_places_go_by_rank_to_those_who_meet_the_conditions():
    found = verdicts({"a": 1, "b": 2, "c": 3, "d": 4}, 2, failing="b")

    assert found == {"a": Verdict.PROPOSED, "b": Verdict.FAILS, "c": Verdict.PROPOSED, "d": Verdict.BELOW}


def test_equals_at_the_last_place_are_shown_as_such_and_none_of_them_is_chosen():
    found = verdicts({"a": 1, "b": 2, "c": 2, "d": 4}, 2)

    assert found == {"a": Verdict.PROPOSED, "b": Verdict.TIED, "c": Verdict.TIED, "d": Verdict.BELOW}


def test_without_a_number_all_who_meet_the_conditions_are_proposed():
    assert set(verdicts({"a": 1, "b": 2}, None).values()) == {Verdict.PROPOSED}


ranked = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(1, 6), min_size=1)


@given(ranked, st.integers(0, 10), st.sets(st.sampled_from("abcdefghij")), st.data())
def test_the_order_of_the_units_never_matters_and_no_more_are_proposed_than_places(ranks, places, failing, data):
    mixed = dict(data.draw(st.permutations(list(ranks.items()))))

    found = verdicts(ranks, places, failing="".join(failing))

    assert verdicts(mixed, places, failing="".join(failing)) == found
    assert sum(verdict is Verdict.PROPOSED for verdict in found.values()) <= places
    assert all((found[unit] is Verdict.FAILS) == (unit in failing) for unit in ranks)
