"""What a published result shows of the score sheets: what the plan says, of the version published, never more."""

import json
import re

import pytest

from bloc.enums import NoticeKind
from models import Notice
from notifications.messages import Draft
from notifications.render import render
from tests.factories import Year, cycle_of, plan

GIVEN = {  # scorer -> points for the first criterion; each unit gets one more for the second
    "u1": {"u1": 20, "u2": 7.25, "u3": 13.5},
    "u2": {"u1": 9.75, "u2": 18.5, "u3": 4.25},
    "u3": {"u1": 12.25, "u2": 15.75, "u3": 21.25},
}
SINGLE = {"8,25", "14,5", "10,75", "5,25", "13,25", "16,75"}  # what one unit gave to another, in all
CRITERIA = {"7,25", "13,5", "9,75", "18,5", "4,25", "12,25", "15,75", "21,25"}  # of one criterion

OFFICIAL = """\
  Hạng      Điểm   Đơn vị
     1     15,00   Đơn vị 1
     2     14,83   Đơn vị 2
     3     14,00   Đơn vị 3
"""
MEANS = """\
  Hạng      Điểm  Tự chấm  Chấm chéo  Đơn vị
     1     15,00       21      12,00  Đơn vị 1
     2     14,83     19,5      12,50  Đơn vị 2
     3     14,00    22,25       9,88  Đơn vị 3
"""
MATRIX = """\
- Đơn vị 1: Đơn vị 2 chấm 10,75; Đơn vị 3 chấm 13,25.
- Đơn vị 2: Đơn vị 1 chấm 8,25; Đơn vị 3 chấm 16,75.
- Đơn vị 3: Đơn vị 1 chấm 14,5; Đơn vị 2 chấm 5,25.
"""


def ranked(base, seen: str) -> Year:
    year = cycle_of(base, plan(policies={"cross_scores_seen": seen}))
    for unit, given in GIVEN.items():
        year.send_sheet(unit, "2030-12-02 09:00", given)
    year.aggregate()
    return year


def letters(year: Year) -> list[str]:
    """Return all that was written to anybody: the letters, and what their rows keep."""
    rows = year.rows(Notice)
    return [render(Draft(NoticeKind(row.kind), row.values), "vi").text + json.dumps(row.values) for row in rows]


def numbers(texts: list[str]) -> set[str]:
    """Return the numbers in the texts, as they are written for people; rows keep thousandths of a point."""
    found = {number for text in texts for number in re.findall(r"\d+(?:,\d+)?", text)}
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
    year = ranked(base, seen)

    year.publish("2030-12-10 09:00")

    told = [text for text in letters(year) if "trân trọng thông báo kết quả" in text]
    assert len(told) == 3
    assert all(part in text for text in told for part in shown)
    assert [part for text in told for part in hidden if part in text] == []


@pytest.mark.parametrize(("seen", "single"), [("nobody", set()), ("means", set()), ("matrix", SINGLE)])
def test_what_one_unit_gave_another_is_told_under_the_matrix_alone_and_single_criteria_never(base, seen, single):
    year = ranked(base, seen)

    year.publish("2030-12-10 09:00")

    assert numbers(letters(year)) & SINGLE == single
    assert numbers(letters(year)) & CRITERIA == set()


def test_before_it_is_published_nobody_is_told_any_score(base):
    year = ranked(base, "matrix")

    told = numbers(letters(year))

    assert len(year.notices("result-ready", "receipt")) == 4
    assert told & (SINGLE | CRITERIA | {"15,00", "14,83", "14,00", "12,50", "19,5", "22,25"}) == set()


def test_what_is_shown_is_what_the_published_version_counted(base):
    year = ranked(base, "matrix")
    year.send_sheet("u3", "2030-12-09 09:00", {**GIVEN["u3"], "u1": 2.5})  # late, and not aggregated

    year.publish("2030-12-10 09:00")

    assert "3,5" not in numbers(letters(year))
    assert all(MATRIX in text for text in letters(year) if "trân trọng thông báo kết quả" in text)
