"""`bloc titles`, from the proposal to the city's answer."""

import pytest

from bloc.enums import CycleMode, Stage
from tests.factories import cycle_of, plan
from tests.places import kept

FLAG = {"code": "flag", "name": "Cờ thi đua", "number": "1", "decided_by": "secret-vote", "conditions": {"least_score": "5"}}
MERIT = {"code": "merit", "name": "Bằng khen", "number": "1", "decided_by": "open-vote", "conditions": {"not_with": ["flag"]}}


@kept
def ranked(base):
    """Return the replayed year of a bloc of three with its ranking: u2, u3, u1."""
    year = cycle_of(base, plan(titles=[FLAG, MERIT], vote={"tie": "chair"}), mode=CycleMode.REPLAY)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-05 09:00", {"u1": 3, "u2": 20, "u3": 15})
    year.aggregate()
    year.reach("2030-12-10 09:00")
    return year


def test_titles_go_from_the_proposal_to_the_citys_answer(bloc, ranked):
    told = [
        bloc("titles", "exclude", "flag", "--unit", "u3", "--because", "Bị kỷ luật"),
        bloc("titles", "restore", "flag", "--unit", "u3", "--because", "Đã xóa kỷ luật"),
        bloc("titles", "vote", "flag", "--present", 3, "--issued", 3, "--valid", 2, "--invalid", 1, "--votes", "u2=2"),
        bloc("titles", "vote", "merit", "--present", 3, "--hands", "u3=u1,u2"),
        bloc("titles", "withdraw", "merit", "--unit", "u3", "--because", "Tự xin rút"),
        bloc("titles", "city-answer", "--number", "12/QĐ", "--on", "10/12/2030", "--granted", "flag=u2", "--granted", "merit="),
    ]

    assert [each.err for each in told] == [""] * len(told)
    assert [each.out.splitlines()[0] for each in told] == [
        "Cờ thi đua: proposed to the city: -",
        "Cờ thi đua: proposed to the city: -",
        "Cờ thi đua: proposed to the city: Đơn vị 2",
        "Bằng khen: proposed to the city: Đơn vị 3",
        "Bằng khen: proposed to the city: -",
        "The city's answer is recorded: decision 12/QĐ.",
    ]
    assert bloc("titles", "list").out.splitlines() == [
        "flag: Cờ thi đua (by a secret ballot; places: 1)",
        "  quorum: 2 of 3 members; to be elected: more than 1/2 of all members; equals: the chair decides; rounds at most: 2",
        "  * 1. Đơn vị 2 (u2), 21.00: meets; the city: granted",
        "  - 2. Đơn vị 3 (u3), 16.00: meets",
        "    3. Đơn vị 1 (u1), 4.00: fails: 4.00 points, at least 5 are needed",
        "  Round 1: present 3 of 3; Đơn vị 2 2; Đơn vị 3 0",
        "  The city: decision 12/QĐ of 10/12/2030",
        "merit: Bằng khen (by an open vote; places: 1)",
        "  quorum: 2 of 3 members; to be elected: more than 1/2 of all members; equals: the chair decides; rounds at most: 2",
        "    1. Đơn vị 2 (u2), 21.00: fails: it is proposed for another title: Cờ thi đua",
        "    2. Đơn vị 3 (u3), 16.00: meets; withdrawn from the proposal: Tự xin rút",
        "  - 3. Đơn vị 1 (u1), 4.00: meets",
        "  Round 1: present 3 of 3; Đơn vị 3 2; Đơn vị 1 0",
    ]


def test_equals_are_the_chairs_and_a_round_can_be_dropped(bloc, ranked):
    bloc("titles", "vote", "merit", "--present", 3, "--hands", "u1=u1")
    bloc("titles", "drop-round", "merit", "--because", "Nhầm")
    bloc("titles", "vote", "flag", "--present", 3, "--issued", 3, "--valid", 3, "--votes", "u2=1", "--votes", "u3=1")

    said = bloc("titles", "list").out

    assert "To be voted on: round 2, places 1: Đơn vị 2; Đơn vị 3" in said
    assert "There are no equals" in bloc("titles", "decide", "flag", "--unit", "u2", "--because", "x").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("vote", "flag", "--present", 3), "Of a secret ballot, slips issued and valid ones are needed."),
        (("vote", "flag", "--present", 3, "--issued", 3, "--valid", 3, "--votes", "u2"), '"u2" is not written NAME=VALUE.'),
        (("vote", "flag", "--present", 3, "--issued", 3, "--valid", 3, "--votes", "u2=x"), '"x" is no whole number.'),
        (
            ("vote", "flag", "--present", 3, "--issued", 3, "--valid", 2, "--votes", "u2=3"),
            "This count cannot be recorded:\n"
            "  - slips issued are not valid, invalid and not returned ones together\n"
            "  - Đơn vị 2: more votes than there are valid slips\n"
            "  - all votes together are more than the valid slips have places for",
        ),
        (("add", "flag", "--unit", "u2", "--because", " "), "Please say why: it stands on record. (--because)"),
    ],
)
def test_what_is_refused_says_why(bloc, ranked, words, said):
    assert bloc("titles", *words).err == f"bloc: {said}\n"


def test_a_plan_without_titles_says_so(bloc, replayed):
    assert bloc("titles", "list").out == "The plan lists no titles.\n"
