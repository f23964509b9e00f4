"""Every shipped year comes out as its tables and its scenario say: one replay, one set of assertions, whatever the bloc."""

import re
from datetime import date
from email import message_from_bytes, policy
from functools import cache

import pytest

from bloc import queries
from bloc.actions.contested import contested, is_published
from bloc.actions.sittings import sitting_of
from bloc.db import reading
from bloc.engine.sink import messages
from bloc.rules.quorum import Quorum
from tests.replay.conftest import Played
from tests.replay.oracle import Year
from tests.replay.playing import SHIPPED, YEARS, headers_of
from tests.replay.reckoning import reckoned

pytestmark = pytest.mark.replay

WISHES = ("invitation", "reminder", "overdue", "escalation")
VERSIONS = {  # of each year's ranking: its state, whose sheets are missing, what stood in a sheet instead of its table
    "dac-khu-quang-ninh-2028": [("final", (), {})],
    "hai-phong-2024": [("final", (), {("dv5", "heza", "I.1"): "21.75"}), ("final", (), {})],
    "lam-dong-2027": [
        ("provisional", ("so-xay-dung",), {}),
        ("final", (), {}),
        ("final", (), {("so-kh-cn", "so-nn-mt", "I.4"): "73.5"}),  # an objection
    ],
}
every_year = pytest.mark.parametrize("cycle", YEARS)


@pytest.fixture
def played(request: pytest.FixtureRequest, cycle: str, kind: str) -> Played:  # the years are played on that kind of database
    name = "year" if YEARS[cycle] == SHIPPED else "others"
    return request.getfixturevalue(name)  # type: ignore[no-any-return]


@cache
def called_for(cycle: str) -> Year:
    return Year(YEARS[cycle])


def results_called_for(cycle: str) -> list[tuple[str, int, list[str]]]:
    plan, tables = SHIPPED.parents[1] / f"{cycle}.yaml", SHIPPED.parent / f"score-sheets-{cycle[-4:]}"
    versions = [(state, reckoned(plan, tables, without, typed), without) for state, without, typed in VERSIONS[cycle]]
    return [
        (state, len(lines) - len(without), sorted(f"{unit} {rank} {score}" for unit, (rank, score) in lines.items()))
        for state, lines, without in versions
    ]


@every_year
def test_every_version_of_the_ranking_is_the_one_that_the_tables_call_for(played, cycle):
    versions = [(state, sheets, sorted(lines.split(", "))) for state, sheets, lines in played.house.results(cycle)]

    assert versions == results_called_for(cycle)


@every_year
def test_the_sink_holds_exactly_the_mails_that_the_year_calls_for(played, cycle):
    mails, wanted = played.house.mails(cycle), called_for(cycle).mails

    assert sorted((mails - wanted).elements()) == []
    assert sorted((wanted - mails).elements()) == []
    assert max(mails.values()) == 1


@every_year
def test_what_the_ladder_has_for_a_person_on_one_day_is_one_mail(played, cycle):
    assert played.house.posts(cycle) == called_for(cycle).posts


@every_year
def test_nobody_who_was_done_is_asked_or_reminded(played, cycle):
    letters = [letter for letter in played.house.letters() if letter.cycle == cycle]
    wishes = [(letter.moment, mail) for letter in letters for mail in letter.mails if mail.kind in WISHES]

    done = [called_for(cycle).done.get((mail.activity, mail.unit)) for _, mail in wishes]

    assert len(wishes) > 10
    assert [wish for wish, moment in zip(wishes, done, strict=True) if moment and wish[0] >= moment] == []


def published(played: Played) -> list[str]:
    files = [file for file in messages(played.house.settings.mail_folder) if "/result/" in headers_of(file)["X-Bloc-Notice"]]
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail.get_body(("plain",)).get_content() for mail in mails]


@pytest.mark.parametrize(
    ("fixture", "place", "mails", "means", "single"),
    [("year", "Hải Phòng", 7, True, 0), ("others", "Lâm Đồng", 20, True, 90), ("others", "Quảng Ninh", 2, False, 0)],
    ids=["means", "matrix", "nobody"],
)
def test_the_published_result_shows_what_the_plan_says(request, kind, fixture, place, mails, means, single):
    texts = [" ".join(text.split()) for text in published(request.getfixturevalue(fixture)) if place in text]

    assert len(texts) == mails
    assert {"Tự chấm Chấm chéo" in text for text in texts} == {means}
    assert {len(re.findall(r" chấm \d", text)) for text in texts} == {single}


# -- what the years have of their own


def test_equal_scores_are_ranked_as_each_plan_says(others):
    *_, (_, _, ten) = others.house.results("lam-dong-2027")
    *_, (_, _, two) = others.house.results("dac-khu-quang-ninh-2028")

    assert "so-y-te 4 3709/4, so-cong-thuong 5 3709/4" in ten  # by the mean of cross-scores
    assert "so-xay-dung =9 17903/20, so-vh-tt-dl =9 17903/20" in ten  # equal in that too
    assert two == "van-don =1 735/8, co-to =1 735/8"  # a ballot is for the conference


def test_the_secretary_closes_without_a_sheet_only_when_every_last_day_has_passed_and_publishes_nothing_provisional(others):
    refused = [line.partition("refused: ")[2] for line in others.said["lam-dong-2027"] if "refused: " in line]

    assert refused == [
        "Score sheets are still missing: Sở Xây dựng; Sở Văn hóa, Thể thao và Du lịch. "
        "It can be closed without them only after 08/12/2027.",
        "The result is provisional; only a final one is published, or a provisional one as such.",
    ]


def received(others: Played, cycle: str, title: str) -> list[str]:
    """Return when a cycle's files of one activity came, and whether late, as the timeline says it."""
    lines = [line.strip() for line in others.said[cycle] if " received " in line and line.endswith(title)]
    return [re.sub(r", receipt.*", "", line) for line in lines]


def test_a_deadline_moves_from_a_day_off_as_the_plan_says(others):
    assert received(others, "lam-dong-2027", "Bảng chấm điểm")[-5:] == [
        "07:30  received from so-cong-thuong",
        "23:59  received from so-y-te",
        "00:00  received late (day 1) from thanh-tra-tinh",
        "16:00  received from so-vh-tt-dl",
        "09:10  received late (day 9) from so-xay-dung",
    ]
    assert received(others, "dac-khu-quang-ninh-2028", "Báo cáo sơ kết 6 tháng đầu năm") == [
        "10:00  received from van-don",
        "09:00  received late (day 3) from co-to",
    ]


def test_of_two_contested_scores_one_is_corrected_and_published_the_other_confirmed_once_reminded(others):
    with reading(others.house.base) as session:
        cycle = queries.cycle_by_key(session, "lam-dong-2027")
        rows = [(each.objection, is_published(session, each)) for each in contested(session, cycle)]
        published = queries.published_result(session, cycle.id)

    assert [(row.answer, row.thousandths, row.corrected_to, row.evidence_name, seen) for row, seen in rows] == [
        ("corrected", 71_500, 73_500, "minh-chung-so-nn-mt.png", True),
        ("confirmed", 70_500, None, None, False),
    ]
    assert published.version == 3
    reminded = [mail for mail in others.house.mails("lam-dong-2027") if mail.kind == "objection-reminder"]
    assert [(mail.unit, mail.day) for mail in reminded] == [("so-gd-dt", date(2027, 12, 22))]


def test_the_year_end_conference_is_postponed_once_answered_and_has_its_quorum(year):
    with reading(year.house.base) as session:
        sitting = sitting_of(session, queries.cycle_by_key(session, "hai-phong-2024"), "year-end-conference")

    seats = {seat.unit.code: (seat.answer, seat.present, seat.attendance.moves) for seat in sitting.seats}
    assert seats.pop("dv6") == ("absent", False, 1)
    assert set(seats.values()) == {("coming", True, 1)}
    assert (sitting.meeting.day, sitting.quorum) == (date(2024, 12, 20), Quorum(7, 5, 6))
