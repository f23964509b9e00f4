from dataclasses import replace
from fractions import Fraction

import pytest

from bloc.documents.ranking_table import robustness_lines
from bloc.documents.result_table import Line, ResultTable
from bloc.documents.robustness_report import improvement, robustness_report
from bloc.enums import TieRule
from bloc.language import rounded, use
from bloc.rules.criteria import Criteria, Criterion, Group
from bloc.rules.ranking import standings
from tests.documents.test_result_workbook import table_of_2024

ONE_GROUP = Criteria(250, (Group("I", "Nhiệm vụ", (Criterion("I.1", "Chỉ tiêu", 0, 100_000),)),))


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("vi")


def table_with(**sheets: list[int]) -> ResultTable:
    """Return a result of sheets given in points, each in the members' order; a sheet without points is missing."""
    members = list(sheets)
    given = {
        (scorer, unit, "I.1"): points * 1_000
        for scorer, sheet in sheets.items()
        for unit, points in zip(members, sheet, strict=False)
    }
    scorers = [scorer for scorer, sheet in sheets.items() if sheet]
    places = standings(members, scorers, {(s, u): value for (s, u, _), value in given.items()}, TieRule.SHARED)
    lines = [
        Line(each.unit, each.rank, each.tied, each.self_total, each.cross_mean, each.score, len(scorers), len(members))
        for each in places
    ]
    return replace(
        table_of_2024(),
        members={code: code.upper() for code in members},
        criteria=ONE_GROUP,
        scorers=tuple(scorers),
        lines=tuple(lines),
        points=given,
    )


def test_the_year_of_the_example_is_told_in_sentences():
    assert robustness_report(table_of_2024()).findings == (
        "The first place stays the same whichever score sheet is left out.",
        "By the median or by the trimmed mean another rank would fall to: Đơn vị dv5; Đơn vị heza.",
        "Furthest off its row and its column in the matrix lies the total of Đơn vị heza for Đơn vị dv5: by +7.50 points.",
        "Equal in score from rank 4 on: Đơn vị heza; Đơn vị dv5; the higher mean of cross-scores would put them in this "
        "order: Đơn vị heza > Đơn vị dv5.",
    )


def test_it_is_told_in_vietnamese_with_commas():
    use("vi")

    report = robustness_report(table_of_2024())

    assert report.findings[0] == "Vị trí thứ nhất không thay đổi dù bỏ bất kỳ một bảng chấm điểm nào."
    assert report.parts[1].rows[0] == ("Đơn vị dv4", "-1,58", "6,25")


def test_each_column_but_the_units_is_explained_in_one_sentence_that_begins_with_its_name():
    units, scorers, _ = robustness_report(table_of_2024()).parts

    for part in (units, scorers):
        assert [note.partition(":")[0] for note in part.notes] == list(part.columns[1:])


def test_the_tables_say_what_the_figures_are():
    units, scorers, groups = robustness_report(table_with(a=[100, 80, 80], b=[80, 90, 84], c=[])).parts

    assert units.rows == (
        ("A", "1", "1", "1", "1-3", "80.00", "+20.00"),
        ("B", "2", "2", "2", "1-2", "80.00", "+10.00"),
        ("C", "3", "3", "3", "2-3", "82.00", "-"),
    )
    assert scorers.rows == (("A", "-4.00", "0.00"), ("B", "+4.00", "4.00"))
    assert groups.rows == (("A", "+4.33"), ("B", "-0.67"), ("C", "-3.67"))
    assert groups.notes[1:] == ("I: Nhiệm vụ",)


def test_a_difference_too_small_to_be_shown_has_no_sign():
    table = table_with(a=[50, 50], b=[50, 50])
    points = {given: value + (given[:2] == ("a", "a")) for given, value in table.points.items()}

    rows = robustness_report(replace(table, points=points)).parts[0].rows

    assert [row[-1] for row in rows] == ["0.00", "0.00"]


def test_a_first_place_that_depends_on_one_scorer_is_said_first():
    table = table_with(a=[100, 80, 70], b=[89, 90, 70], c=[89, 90, 70])

    assert robustness_report(table).findings[0] == (
        "The first place depends on one scorer: it changes if the sheet of any of these is left out: A."
    )


def test_of_one_sheet_alone_nothing_is_claimed_to_be_steady():
    assert robustness_report(table_with(a=[90, 80], b=[])).findings == (
        "Only one score sheet counts: none can be left out, and the whole ranking depends on it.",
    )


@pytest.mark.parametrize("size", [2, 20])
def test_equal_sheets_give_no_remarks(size):
    sheet = list(range(90, 90 - size, -1))

    report = robustness_report(table_with(**{f"u{n}": sheet for n in range(size)}))

    assert report.findings == ("The first place stays the same whichever score sheet is left out.",)
    assert len(report.parts[0].rows) == size


def test_a_tie_that_nothing_decides_is_said_to_be_one():
    assert robustness_report(table_with(a=[90, 90], b=[90, 90])).findings[1:] == (
        "Equal in score from rank 1 on, and in cross-scores too: A; B.",
    )


def test_the_gains_of_a_unit_add_up_to_what_its_score_lies_above_the_mean():
    table = table_of_2024()
    mean = sum(line.score for line in table.lines) / len(table.lines)

    rows = robustness_report(table).parts[2].rows

    assert [sum(Fraction(cell) for cell in row[1:]) for row in rows] == [
        Fraction(rounded(line.score - mean)) for line in table.lines
    ]


def test_a_unit_reads_where_it_lost_most_first_beside_the_mean_of_all():
    table = table_of_2024()

    first, *others = improvement(table, "dv7")

    assert (first.code, first.maximum, first.gain) == ("I", "100", "-3.11")
    assert Fraction(first.score) - Fraction(first.mean) == Fraction(first.gain)
    assert [(each.code, each.gain) for each in others] == [("II", "0.00")]


def test_on_a_terminal_the_sentences_stand_between_the_tables():
    lines = list(robustness_lines(table_of_2024(), 100))

    assert lines[0] == "Ranking 2024, version 1: final"
    assert [isinstance(each, str) for each in lines] == [True, True, False, True, False, True, False, True]
