import pytest

from bloc.enums import CycleMode, Stage
from models import Attendance
from tests.factories import cycle_of, plan
from tests.places import kept

pytestmark = pytest.mark.process

HELD = {"date": "2030-12-20", "start": "08:30", "place": "Hội trường", "agenda": ["Tổng kết", "Bình xét"]}
MEETING = {
    "title": "Tổ chức Hội nghị tổng kết", "short": "Hội nghị tổng kết", "kind": "conference", "quarter": "4",
    "source": "II.2.4", "actors": "leader", "opens": "2030-12-02", "conference": HELD,
}  # fmt: skip
WHICH = ("--activity", "meeting")


@kept
def invited(base):
    """Return a replayed year whose units are invited to a conference."""
    year = cycle_of(base, plan(activities={"meeting": MEETING}), mode=CycleMode.REPLAY)
    year.advance(Stage.YEAR_END, "2030-12-02 07:00")
    year.reach("2030-12-05 09:00")
    return year


def test_who_comes_is_recorded_and_shown(bloc, invited):
    coming = bloc("conference", "answer", "--unit", "u2", *WHICH, "--as", "coming", "--who", "Giám đốc", "--people", 2)
    away = bloc("conference", "answer", "--unit", "u3", *WHICH, "--as", "absent", "--because", "Trùng lịch")

    assert (coming.out, away.out) == ("Recorded.\n", "Recorded.\n")
    assert bloc("conference", "list").out.split() == (
        ["meeting", "1/3", "Hội", "nghị", "tổng", "kết:", "at", "08:30", "on", "20/12/2030,", "Hội", "trường"]
    )
    assert bloc("conference", "show", *WHICH).out.splitlines() == [
        "Hội nghị tổng kết: at 08:30 on 20/12/2030, Hội trường",
        "  1. Tổng kết",
        "  2. Bình xét",
        f"  {'u1':<16} it has not answered",
        f"  {'u2':<16} it comes; Giám đốc; 2 people",
        f"  {'u3':<16} it does not come; Trùng lịch",
        "At least 2 of 3 units must be there (2/3).",
    ]


def test_the_silent_are_reminded_once_a_day(bloc, invited):
    assert [bloc("conference", "remind", *WHICH).out for _ in range(2)] == ["3 mails are queued.\n", "0 mails are queued.\n"]


@pytest.mark.parametrize("words", [("conference", "postpone"), ("postpone",)], ids=["in its group", "by itself"])
def test_it_is_postponed_in_one_act(bloc, invited, words):
    said = bloc(*words, *WHICH, "--to", "24/12/2030", "--time", "14:00", "--place", "Phòng 2", "--because", "Bão")

    assert (said.status, said.err) == (0, "")
    assert "now at 14:00" not in said.out
    assert "at 14:00 on 24/12/2030, Phòng 2 now." in said.out
    assert {(row.told["day"], row.moves) for row in invited.rows(Attendance)} == {("2030-12-24", 1)}


def test_who_was_there_is_recorded_and_the_quorum_said(bloc, invited):
    early = bloc("conference", "attend", *WHICH, "--unit", "u1")
    invited.reach("2030-12-20 09:00")
    said = bloc("conference", "attend", *WHICH, "--unit", "u1", "--unit", "u2")
    nobody = bloc("conference", "attend", *WHICH, "--nobody")

    assert (early.status, early.out) == (1, "")
    assert said.out == "2 of 3 units were there; at least 2 were needed (2/3): there is a quorum.\n"
    assert nobody.out == "0 of 3 units were there; at least 2 were needed (2/3): there is no quorum.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("attend", *WHICH), "Name the units that were there with --unit, or say --nobody."),
        (("show", "--activity", "x"), 'There is no conference "x"; `bloc conference list` names them all.'),
        (("answer", "--unit", "u2", *WHICH, "--as", "absent"), "Say why nobody comes."),
        (("postpone", *WHICH, "--to", "2030-12-20", "--because", "Bão"), "That is when and where it is held already."),
    ],
    ids=["nobody named", "no conference", "no reason", "as it is"],
)
def test_what_is_refused_is_said(bloc, invited, words, said):
    refused = bloc("conference", *words)

    assert (refused.status, refused.err) == (1, f"bloc: {said}\n")
