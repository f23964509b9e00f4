import pytest

from bloc.enums import CycleMode, Stage
from tests.cli.conftest import Said
from tests.factories import cycle_of, plan
from tests.places import kept

pytestmark = pytest.mark.process

RAISED = ("objection", "raise", "--unit", "u2", "--scorer", "u1", "--criterion", "I.1", "--because", "Đủ minh chứng")
ANSWER = ("objection", "answer", "1", "--unit", "u1", "--because", "Đã xem lại")


@kept
def published(base):
    policies = {"cross_scores_seen": "matrix"}
    year = cycle_of(base, plan(policies=policies, objections={"days": "3"}), mode=CycleMode.REPLAY)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-03 09:00", {"u2": 8} if unit == "u1" else None)
    year.aggregate("2030-12-09 09:00")
    year.publish("2030-12-09 10:00")
    year.reach("2030-12-10 09:00")
    return year


def test_before_a_result_is_published_there_is_no_window(bloc, replayed):
    said = bloc(*RAISED)

    closed = "No objection window is open: it opens when a final result is published, if the plan has one."
    assert said == Said(1, "", f"bloc: {closed}\n")
    assert bloc("objection", "list").out == f"{closed}\n"


def test_a_cross_score_is_contested_and_corrected_and_the_list_says_to_what_once_it_is_published(bloc, published, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 %%EOF")

    raised = bloc(*RAISED, "--evidence", tmp_path / "a.pdf", "--by", "Chuyên viên 2")
    answered = bloc(*ANSWER, "--to", "9,25", "--by", "Chuyên viên 1")
    before = bloc("objection", "list").out
    bloc("aggregate")
    bloc("publish")

    assert raised == Said(0, "Objection no. 1 is raised, and who gave the points is told.\n")
    assert answered == Said(0, "Objection no. 1 is answered, and who raised it is told.\n")
    assert before.splitlines() == [
        "Objections are taken to the end of 12/12/2030.",
        "1. Đơn vị 2, points of Đơn vị 1 for I.1: 8: corrected",
        "   because: Đủ minh chứng",
        "   answer of 9:00 on Tuesday 10/12/2030: Đã xem lại",
    ]
    assert "   corrected to 9.25; answer of" in bloc("objection", "list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say one of both: --confirm, or --to POINTS."),
        (("--confirm", "--to", "9"), "Say one of both: --confirm, or --to POINTS."),
        (("--to", "26"), "26 exceeds the maximum of 25."),
        (("--to", "x"), "“x” is not a number; expected: 0 to 25."),
    ],
    ids=["neither", "both", "too many", "no number"],
)
def test_an_answer_that_is_none_is_refused(bloc, published, words, said):
    bloc(*RAISED)

    assert bloc(*ANSWER, *words) == Said(1, "", f"bloc: {said}\n")
    assert "waits for an answer" in bloc("objection", "list").out
