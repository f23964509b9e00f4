"""A final result is published once; it shows of the score sheets what the plan says, of the version published, never more."""

import json
import re

import pytest

from bloc.db import Database
from bloc.enums import NoticeKind, Stage
from bloc.errors import NotAllowed, NotFound
from models import Notice
from notifications.messages import Draft
from notifications.render import render
from tests.factories import Year, cycle_of, on, plan, year_begun
from tests.places import kept

pytestmark = [pytest.mark.replay, pytest.mark.either]

WHEN = "2030-12-10 09:00"
GIVEN = {  # scorer -> points for the first criterion; each unit gets one more for the second
    "u1": {"u1": 20, "u2": 7.25, "u3": 13.5},
    "u2": {"u1": 9.75, "u2": 18.5, "u3": 4.25},
    "u3": {"u1": 12.25, "u2": 15.75, "u3": 21.25},
}
SINGLE = {"8,25", "14,5", "10,75", "5,25", "13,25", "16,75"}  # what one unit gave to another, in all
CRITERIA = {"7,25", "13,5", "9,75", "18,5", "4,25", "12,25", "15,75", "21,25"}  # of one criterion

OFFICIAL = """\
  Hạng   Điểm  Đơn vị
     1  15,00  Đơn vị 1
     2  14,83  Đơn vị 2
     3  14,00  Đơn vị 3
"""
MEANS = """\
  Hạng   Điểm  Tự chấm  Chấm chéo  Đơn vị
     1  15,00       21      12,00  Đơn vị 1
     2  14,83     19,5      12,50  Đơn vị 2
     3  14,00    22,25       9,88  Đơn vị 3
"""
MATRIX = """\
- Đơn vị 1: Đơn vị 2 chấm 10,75; Đơn vị 3 chấm 13,25.
- Đơn vị 2: Đơn vị 1 chấm 8,25; Đơn vị 3 chấm 16,75.
- Đơn vị 3: Đơn vị 1 chấm 14,5; Đơn vị 2 chấm 5,25.
"""


@kept
def ranked(base: Database) -> Year:
    """Return the year with a final result: u1 and u3 are first, with 11 points, u2 has 6."""
    year = year_begun(base)
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00", {"u2": 5})
    year.aggregate()
    return year


def test_a_result_is_published_and_every_unit_is_told_its_rank(ranked):
    published = ranked.publish(WHEN)

    told = {row.identity: (row.values["rank"], row.values["score"]) for row in ranked.rows(Notice) if row.kind == "result"}
    assert published.published_at == on(WHEN)
    assert told == {
        "b-2030/u1/result/1/u1@b.example.vn": (1, "11"),
        "b-2030/u2/result/1/u2@b.example.vn": (3, "6"),
        "b-2030/u3/result/1/u3@b.example.vn": (1, "11"),
    }


def test_published_twice_tells_nobody_twice(ranked):
    ranked.publish(WHEN)
    again = ranked.publish("2030-12-11 09:00")

    assert again.published_at == on(WHEN)
    assert len(ranked.notices("result")) == 3


def test_a_new_version_is_published_anew(ranked):
    ranked.publish(WHEN)
    ranked.send_sheet("u3", "2030-12-05 09:00", {"u2": 6})
    ranked.aggregate()

    assert ranked.publish("2030-12-11 09:00").version == 2
    assert len(ranked.notices("result")) == 6


def test_a_provisional_result_is_not_published(base):
    year = cycle_of(base, plan(policies={"missing_sheet": "received"}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u1", "2030-12-02 09:00")
    year.claim(WHEN)
    year.aggregate()

    with pytest.raises(NotAllowed, match=r"^The result is provisional; only a final one is published,"):
        year.publish(WHEN)

    assert year.notices("result") == []


def test_a_provisional_result_is_published_as_such_where_that_is_asked_for(base):
    year = cycle_of(base, plan(policies={"missing_sheet": "received", "cross_scores_seen": "matrix"}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u1", "2030-12-02 09:00")
    year.close(WHEN)
    year.aggregate()

    year.publish(WHEN, provisional=True)
    row = next(row for row in year.rows(Notice) if row.identity.startswith("b-2030/u1/result/1/"))
    letter = render(Draft(NoticeKind.RESULT, row.values), "vi")

    assert letter.subject.startswith("Công bố kết quả tạm thời chấm điểm thi đua năm 2030 - Đơn vị 1: 11,00 điểm")
    assert "Kết quả này là tạm thời: được tổng hợp từ 01/03 bảng chấm điểm đã nhận." in " ".join(letter.text.split())
    assert "     1  11,00       11          -  Đơn vị 1 (đồng hạng)" in letter.text.splitlines()
    assert "     1  11,00        -      11,00  Đơn vị 2 (đồng hạng)" in letter.text.splitlines()


def test_without_a_result_there_is_nothing_to_publish(year):
    with pytest.raises(NotFound, match=r"^There is no result yet\.$"):
        year.publish(WHEN)


# -- what it shows


def scored(base, seen: str) -> Year:
    year = cycle_of(base, plan(policies={"cross_scores_seen": seen}))
    for unit, given in GIVEN.items():
        year.send_sheet(unit, "2030-12-02 09:00", given)
    year.aggregate()
    return year


def letters(year: Year) -> list[str]:
    """Return all that was written to anybody, letters and rows, but the receipts: those tell a unit of its own sheet."""
    rows = [row for row in year.rows(Notice) if row.kind != "receipt"]
    return [render(Draft(NoticeKind(row.kind), row.values), "vi").text + json.dumps(row.values) for row in rows]


def numbers(texts: list[str]) -> set[str]:
    """Return the numbers in the texts, as they are written for people; rows keep thousandths of a point, and ids are none."""
    found = {number for text in texts for number in re.findall(r"(?<![\w-])\d+(?:,\d+)?(?![\w-])", text)}
    thousandths = {str(int(number) / 1000).replace(".", ",").removesuffix(",0") for number in found if number.isdecimal()}
    return found | thousandths


@pytest.mark.parametrize(
    ("seen", "shown", "hidden"),
    [
        ("nobody", [OFFICIAL], ["Tự chấm", "Chấm chéo", " chấm 1"]),
        ("means", [MEANS], [" chấm 1"]),
        ("matrix", [MEANS, MATRIX], []),
    ],
)
def test_every_unit_is_shown_what_the_plan_says(base, seen, shown, hidden):
    year = scored(base, seen)

    year.publish(WHEN)

    told = [text for text in letters(year) if "trân trọng thông báo kết quả" in text]
    assert len(told) == 3
    assert all(part in text for text in told for part in shown)
    assert [part for text in told for part in hidden if part in text] == []


@pytest.mark.parametrize(("seen", "single"), [("nobody", set()), ("means", set()), ("matrix", SINGLE)])
def test_what_one_unit_gave_another_is_told_under_the_matrix_alone_and_single_criteria_never(base, seen, single):
    year = scored(base, seen)

    year.publish(WHEN)

    assert numbers(letters(year)) & SINGLE == single
    assert numbers(letters(year)) & CRITERIA == set()


def test_before_it_is_published_nobody_is_told_any_score(base):
    year = scored(base, "matrix")

    told = numbers(letters(year))

    assert len(year.notices("result-ready", "receipt")) == 4
    assert told & (SINGLE | CRITERIA | {"15,00", "14,83", "14,00", "12,50", "19,5", "22,25"}) == set()


def test_a_receipt_tells_a_unit_the_totals_of_its_own_sheet_alone(base):
    year = scored(base, "nobody")

    told = {row.identity.split("/")[2]: row.values["totals"] for row in year.rows(Notice) if row.kind == "receipt"}

    assert {unit: {line["unit"][-1]: line["points"] for line in lines} for unit, lines in told.items()} == {
        unit: {member[-1]: int(points * 1000) + 1000 for member, points in given.items()} for unit, given in GIVEN.items()
    }


def test_what_is_shown_is_what_the_published_version_counted(base):
    year = scored(base, "matrix")
    year.send_sheet("u3", "2030-12-09 09:00", {**GIVEN["u3"], "u1": 2.5})  # late, and not aggregated

    year.publish(WHEN)

    assert "3,5" not in numbers(letters(year))
    assert all(MATRIX in text for text in letters(year) if "trân trọng thông báo kết quả" in text)


@pytest.mark.parametrize(("ties", "said"), [("shared", False), ("cross-mean", True), ("ballot", False)])
def test_units_are_told_when_equal_scores_are_ranked_by_the_mean_of_cross_scores(base, ties, said):
    year = cycle_of(base, plan(policies={"ties": ties}))
    for unit in GIVEN:
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate()

    year.publish(WHEN)

    texts = [" ".join(text.split()) for text in letters(year) if "trân trọng thông báo kết quả" in text]
    assert {"khi bằng điểm, đơn vị có trung bình cộng điểm chấm chéo cao hơn được xếp trên" in text for text in texts} == {said}
