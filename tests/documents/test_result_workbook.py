import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bloc.documents.result_workbook import Line, ResultTable, make_result_workbook, sheet_names
from bloc.rules.criteria import Criteria, Criterion, Group

EXPECTED = Path(__file__).parent.parent / "data" / "expected-result-2024.csv"
CRITERIA = Criteria(
    250,
    (
        Group("I", "Nhiệm vụ", (Criterion("I.1", "Chỉ tiêu", 0, 90_000), Criterion("I.2", "=Cải cách", 0, 10_000))),
        Group("II", "Thưởng", (Criterion("II.1", "Sáng kiến", 0, 10_000),)),
    ),
)


def expected():
    return list(csv.DictReader(EXPECTED.read_text(encoding="utf-8").splitlines()))


def table_of_2024():
    """Return the result of 2024, its totals laid on three criteria."""
    rows, points, lines = expected(), {}, []
    codes = [row["unit"] for row in rows]
    for row in rows:
        totals = {scorer: int(Decimal(row[f"by_{scorer}"]) * 1000) for scorer in codes}
        for scorer, total in totals.items():
            given = {"I.1": total - 6_000, "I.2": 5_000, "II.1": 1_000}
            points |= {(scorer, row["unit"], criterion): value for criterion, value in given.items()}
        cross = Fraction(sum(totals.values()) - totals[row["unit"]], 6000)
        score, rank = Fraction(row["score_exact"]), int(row["rank"])
        lines.append(Line(row["unit"], rank, rank == 4, totals[row["unit"]], cross, score, 7, 7))
    names = {code: f"Đơn vị {code}" for code in codes}
    return ResultTable(
        bloc_name="KHỐI THI ĐUA",
        council="HỘI ĐỒNG TĐKT THÀNH PHỐ",
        place="Hải Phòng",
        year=2024,
        version=1,
        provisional=False,
        computed_on=date(2024, 12, 9),
        decimals=2,
        leader_title="TRƯỞNG KHỐI",
        members=names,
        criteria=CRITERIA,
        scorers=tuple(codes),
        lines=tuple(lines),
        points=points,
    )


def table_without(scorer):
    """Return the result of 2024 as it stands while a scorer's sheet is missing."""
    table = table_of_2024()
    lines = tuple(replace(line, sheets=6, self_total=None if line.unit == scorer else line.self_total) for line in table.lines)
    points = {given: value for given, value in table.points.items() if given[0] != scorer}
    scorers = tuple(code for code in table.scorers if code != scorer)
    return replace(table, provisional=True, lines=lines, points=points, scorers=scorers)


def opened(table):
    return load_workbook(BytesIO(make_result_workbook(table)))


def texts(sheet):
    return {cell.value for row in sheet for cell in row if isinstance(cell.value, str)}


def rows_from(sheet, head):
    start = next(row[0].row for row in sheet if row[0].value == head)
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=start + 1)]


def test_the_ranking_of_2024_is_the_expected_one():
    rows = rows_from(opened(table_of_2024())["Xếp hạng"], "Hạng")[:7]

    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        (int(row["rank"]), f"Đơn vị {row['unit']}", float(row["self_total"]), float(row["score_2dp"])) for row in expected()
    ]
    assert [row[5] or None for row in rows] == [None, None, None, "Đồng hạng", "Đồng hạng", None, None]


def test_the_matrix_has_what_each_unit_gave_each():
    rows = rows_from(opened(table_of_2024())["Ma trận"], "Đơn vị được chấm")[:7]

    codes = [row["unit"] for row in expected()]
    assert [row[1:] for row in rows] == [
        [*(float(row[f"by_{code}"]) for code in codes), float(row["score_2dp"])] for row in expected()
    ]


def test_own_scores_are_shaded_and_no_others():
    sheet = opened(table_of_2024())["Ma trận"]

    start = next(row[0].row for row in sheet if row[0].value == "Đơn vị được chấm") + 1
    shaded = [(r, c) for r in range(7) for c in range(7) if sheet.cell(start + r, 2 + c).fill.fgColor.rgb == "FFD9D9D9"]
    assert shaded == [(number, number) for number in range(7)]


def test_a_units_sheet_has_subtotals_and_totals():
    rows = rows_from(opened(table_of_2024())["heza"], "Mã số")

    assert [row[:4] for row in rows[:6]] == [
        ["I", "Nhiệm vụ", 100, 93.5 - 1],
        ["I.1", "Chỉ tiêu", 90, 93.5 - 6],
        ["I.2", "=Cải cách", 10, 5],
        ["II", "Thưởng", 10, 1],
        ["II.1", "Sáng kiến", 10, 1],
        ["TỔNG CỘNG", None, 110, 93.5],
    ]
    assert rows[6][3] == 92.5


def test_a_provisional_result_says_so_on_every_sheet():
    book = opened(table_without("dv3"))

    assert all("(TẠM TÍNH, 6/7 bảng chấm điểm)" in texts(sheet) for sheet in book)
    assert not any("(TẠM TÍNH" in text for sheet in opened(table_of_2024()) for text in texts(sheet))


def test_a_missing_sheet_shows_as_a_dash_and_never_as_nought():
    book = opened(table_without("dv3"))

    ranking = {row[1]: row for row in rows_from(book["Xếp hạng"], "Hạng")[:7]}
    matrix = rows_from(book["Ma trận"], "Đơn vị được chấm")[:7]
    column = [row["unit"] for row in expected()].index("dv3") + 1
    assert (ranking["Đơn vị dv3"][2], ranking["Đơn vị dv3"][5]) == ("–", "6/7 bảng")
    assert {row[column] for row in matrix} == {"–"}


@pytest.mark.parametrize(
    ("score", "decimals", "shown"),
    [("185/2", 2, 92.5), ("92.125", 2, 92.13), ("92.5", 0, 93), ("-0.125", 2, -0.13), ("2651/28", 3, 94.679)],
    ids=["exact", "half up", "whole", "half away from zero", "three places"],
)
def test_a_score_is_rounded_half_up(score, decimals, shown):
    table = table_of_2024()
    first = replace(table.lines[0], score=Fraction(score))

    sheet = opened(replace(table, decimals=decimals, lines=(first, *table.lines[1:])))["Xếp hạng"]

    assert rows_from(sheet, "Hạng")[0][4] == shown


def test_points_are_shown_with_all_their_places_however_few_the_score_has():
    sheet = opened(replace(table_of_2024(), decimals=0))["heza"]

    assert next(row[3].number_format for row in sheet if row[0].value == "TỔNG CỘNG").endswith("0.00")


def test_the_letterhead_has_issuer_and_state_title_side_by_side():
    sheet = opened(table_of_2024())["Xếp hạng"]

    assert [sheet[cell].value for cell in ("A1", "A2", "C1", "C2", "C4")] == [
        "HỘI ĐỒNG TĐKT THÀNH PHỐ",
        "KHỐI THI ĐUA",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Hải Phòng, ngày 09 tháng 12 năm 2024",
    ]


def test_every_sheet_prints_on_a4_one_page_wide_with_its_head_repeated():
    for sheet in opened(table_of_2024()):
        head = next(row[0].row for row in sheet if row[0].value in ("Hạng", "Đơn vị được chấm", "Mã số"))
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (9, 1, 0)
        assert sheet.print_title_rows == f"${head}:${head}"


@pytest.mark.parametrize("count", [2, 7, 13, 20])
def test_a_bloc_of_any_size_has_a_sheet_for_each_unit(count):
    members = {f"u{number}": f"Sở số {number}" for number in range(count)}
    points = {(s, u, each.code): each.maximum for s in members for u in members for each in CRITERIA}
    lines = tuple(Line(unit, 1, True, 110_000, Fraction(110), Fraction(110), count, count) for unit in members)

    book = opened(replace(table_of_2024(), members=members, scorers=tuple(members), lines=lines, points=points))

    assert book.sheetnames == ["Xếp hạng", "Ma trận", *members]


def test_sheet_names_are_legal_and_unique():
    names = sheet_names(["a/b", "a-b", "A:B", "Ma trận", "history", "x" * 40, "x" * 50, "'"])

    assert list(names.values()) == ["a-b", "a-b~2", "A-B~3", "Ma trận~2", "history~2", "x" * 31, "x" * 28 + "~2", "-"]


def test_the_same_result_gives_the_same_bytes():
    assert make_result_workbook(table_of_2024()) == make_result_workbook(table_of_2024())


def test_a_changed_point_changes_the_bytes():
    table = table_of_2024()
    points = dict(table.points) | {("heza", "dv3", "II.1"): 1_250}

    assert make_result_workbook(table) != make_result_workbook(replace(table, points=points))
