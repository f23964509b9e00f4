"""Titles: what is computed, what is decided by hand, votes, the city's answer."""

from datetime import date

import pytest

from bloc import queries
from bloc.actions import city_answers, title_changes, votes
from bloc.actions.audit import check_trail, trail
from bloc.actions.record_words import details, names_of
from bloc.actions.title_words import deviation, standing_said
from bloc.actions.titles import board_of, title_boards
from bloc.actions.votes import CountRefused, Room
from bloc.enums import Act, ByHand, Stage
from bloc.errors import NotAllowed, NotFound
from bloc.rules.voting import Slips
from tests.factories import Year, cycle_of, on, plan, report
from tests.places import kept_with

pytestmark = pytest.mark.either

WHEN = on("2030-12-10 09:00")
FLAG = {"code": "flag", "name": "Cờ thi đua", "number": "1", "conditions": {"top_only": "true", "most_days_late": "0"}}
MERIT = {
    "code": "merit", "name": "Bằng khen", "number": "2",
    "conditions": {
        "least_score": "9", "reports_sent": "true", "sheet_sent": "true", "most_days_late": "5", "not_with": ["flag"],
    },
}  # fmt: skip
ALONE = {**MERIT, "conditions": {each: value for each, value in MERIT["conditions"].items() if each != "not_with"}}
VOTED = {"code": "voted", "name": "Cờ thi đua", "number": "1", "decided_by": "secret-vote"}
HANDS = {**VOTED, "decided_by": "open-vote"}
VOTE = {"quorum": "2/3", "pass_mark": "more than 1/2", "tie": "chair", "rounds": "2"}
GIVEN = {"u1": 12, "u2": 20, "u3": 15, "u4": 14, "u5": 4}


def year_ranked(base, *titles, given=None, **parts) -> Year:
    """Return the year of a bloc of five: u2, u3, u4, u1, u5 by rank. u3 reported 12 days late, u4 in its extension."""
    found = cycle_of(base, plan(5, titles=list(titles), **parts))
    found.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    for unit in ("u1", "u2", "u5"):
        found.deposit(unit, report(), "2030-06-05 09:00")
    found.extend("u4", "2030-06-20", "2030-06-05 10:00")
    for unit in ("u3", "u4"):
        found.deposit(unit, report(), "2030-06-18 09:00")
    found.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in GIVEN:
        found.send_sheet(unit, "2030-12-05 09:00", given or GIVEN)
    found.aggregate()
    return found


ranked = kept_with(year_ranked)


def board(year: Year, code: str):
    with year.open() as (work, cycle):
        return board_of(work.session, cycle, code, WHEN)


def said(year: Year, code: str) -> dict[str, str]:
    with year.open() as (work, cycle):
        found, plan = board_of(work.session, cycle, code, WHEN), queries.plan_of(cycle)
        return {line.unit: str(standing_said(line, found, plan)) for line in found.lines}


def why(year: Year, code: str) -> dict[str, str]:
    found = board(year, code)
    return {line.unit: str(told) for line in found.lines if (told := deviation(line, found))}


def change(year: Year, unit: str, kind: ByHand, title: str = "merit", because: str = "Lý do"):
    with year.open() as (work, cycle):
        return title_changes.change(work, cycle, title=title, unit=unit, kind=kind, because=because, now=WHEN)


def take_back(year: Year, unit: str, title: str = "merit"):
    with year.open() as (work, cycle):
        title_changes.take_back(work, cycle, title=title, unit=unit, because="Nhầm", now=WHEN)


def vote(year: Year, room: Room, title: str = "voted"):
    with year.open() as (work, cycle):
        return votes.record_round(work, cycle, title=title, room=room, now=WHEN)


def paper(votes, issued=5, invalid=0, present=5):
    return Room(present, Slips(issued, issued - invalid, invalid, 0), votes)


def decide(year: Year, *units: str):
    with year.open() as (work, cycle):
        votes.decide(work, cycle, title="voted", units=units, because="Thành tích nổi bật", now=WHEN)


def answer(year: Year, granted, number="12/QĐ-UBND", dated=date(2030, 12, 9), because=""):
    with year.open() as (work, cycle):
        return city_answers.record_answer(work, cycle, number=number, dated=dated, granted=granted, because=because, now=WHEN)


def test_each_unit_meets_the_conditions_or_is_told_all_that_it_fails(ranked):
    year = ranked(FLAG, MERIT)

    assert said(year, "flag") == {
        "u2": "meets",
        "u3": "fails: not of the first rank; Báo cáo sơ kết: 12 days late",
        "u4": "fails: not of the first rank",
        "u1": "fails: not of the first rank",
        "u5": "fails: not of the first rank",
    }
    assert said(year, "merit") == {
        "u2": "fails: it is proposed for another title: Cờ thi đua",
        "u3": "fails: Báo cáo sơ kết: 12 days late",
        "u4": "meets",
        "u1": "meets",
        "u5": "fails: 5.00 points, at least 9 are needed",
    }
    assert (board(year, "flag").chosen, board(year, "merit").chosen) == (("u2",), ("u4", "u1"))


def test_what_was_waived_is_not_asked_and_what_has_not_come_is_named(base):
    year = cycle_of(base, plan(3, titles=[ALONE]))
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.waive("u2", "2030-06-03 08:00")
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-05 09:00")
    year.aggregate()

    assert said(year, "merit") == {
        "u1": "fails: not sent: Báo cáo sơ kết", "u2": "meets", "u3": "fails: not sent: Báo cáo sơ kết",
    }  # fmt: skip


def test_before_there_is_a_result_nothing_is_proposed_and_nothing_can_be_decided(base):
    year = cycle_of(base, plan(5, titles=[VOTED]))

    with year.open() as (work, cycle):
        assert title_boards(work.session, cycle, WHEN) == []
    with pytest.raises(NotAllowed, match="There is no result yet"):
        change(year, "u1", ByHand.ADDED, "voted")
    with pytest.raises(NotAllowed, match="There is no result yet"):
        vote(year, paper({}))


def test_a_withdrawn_unit_leaves_its_place_free_and_another_is_added_for_a_reason(ranked):
    year = ranked(FLAG, MERIT)

    with pytest.raises(NotAllowed, match=r"All places of this title are taken \(2\)"):
        change(year, "u3", ByHand.ADDED)
    change(year, "u1", ByHand.WITHDRAWN, because="Tự xin rút")
    assert board(year, "merit").chosen == ("u4",)
    change(year, "u3", ByHand.ADDED, because="Chậm do bão lũ")

    assert board(year, "merit").chosen == ("u3", "u4")
    assert why(year, "merit") == {"u1": "withdrawn from the proposal: Tự xin rút", "u3": "added by hand: Chậm do bão lũ"}


def test_an_excluded_unit_makes_way_for_the_next_and_comes_back_when_that_is_taken_back(ranked):
    third = {**MERIT, "number": "1"}
    year = ranked(FLAG, third)

    change(year, "u4", ByHand.EXCLUDED, because="Bị kỷ luật")
    excluded = board(year, "merit").chosen, said(year, "merit")["u4"], why(year, "merit")
    take_back(year, "u4")

    assert excluded == (("u1",), "fails: excluded: Bị kỷ luật", {"u4": "excluded: Bị kỷ luật"})
    assert board(year, "merit").chosen == ("u4",)


@pytest.mark.parametrize(
    ("unit", "kind", "title", "because", "refusal", "error"),
    [
        ("u4", ByHand.ADDED, "merit", "x", "proposed already", NotAllowed),
        ("u5", ByHand.WITHDRAWN, "merit", "x", "not proposed for it", NotAllowed),
        ("u4", ByHand.WITHDRAWN, "merit", "  ", "say why", NotAllowed),
        ("u9", ByHand.ADDED, "merit", "x", 'no unit "u9"', NotFound),
        ("u4", ByHand.ADDED, "crown", "x", 'no title "crown"', NotFound),
    ],
    ids=["proposed already", "not proposed", "no reason", "no such unit", "no such title"],
)
def test_what_would_change_nothing_or_is_of_nothing_is_refused(ranked, unit, kind, title, because, refusal, error):
    year = ranked(FLAG, MERIT)

    with pytest.raises(error, match=refusal):
        change(year, unit, kind, title, because)


def test_equals_at_the_last_place_wait_for_somebody_to_decide(ranked):
    year = ranked({**MERIT, "number": "1", "conditions": {}}, given={**GIVEN, "u2": 15})

    tied = board(year, "merit")
    change(year, "u3", ByHand.ADDED, because="Có sáng kiến")

    assert (tied.chosen, tied.tied, tied.is_decided) == ((), ("u2", "u3"), False)
    assert (board(year, "merit").chosen, board(year, "merit").is_decided) == (("u3",), True)


def test_a_ballot_goes_to_a_second_round_and_then_to_the_chair(ranked):
    year = ranked(VOTED, vote=VOTE)

    assert board(year, "voted").candidates == ("u2", "u3", "u4", "u1", "u5")
    vote(year, paper({"u2": 2, "u3": 2, "u4": 1}))
    second = board(year, "voted")
    vote(year, paper({"u2": 3, "u3": 2}))
    third = board(year, "voted")

    assert (second.candidates, second.chosen, second.is_decided) == (("u2", "u3"), (), False)
    assert (third.chosen, third.is_decided, why(year, "voted")) == (("u2",), True, {})


def test_equals_that_have_passed_are_the_chairs_to_decide_and_the_reason_stands(ranked):
    year = ranked({**VOTED, "vote": {**VOTE, "pass_mark": "at least 2/5"}})
    vote(year, paper({"u4": 2, "u3": 2}, invalid=1))
    tied = board(year, "voted")

    with pytest.raises(NotAllowed, match="Choose exactly 1 of these: Đơn vị 3; Đơn vị 4"):
        decide(year, "u2")
    decide(year, "u4")

    assert (tied.tied, tied.is_decided) == (("u3", "u4"), False)
    assert board(year, "voted").chosen == ("u4",)
    assert why(year, "voted") == {
        "u2": "not elected: 0 of 5 votes",
        "u4": "the chair's decision among equals: Thành tích nổi bật",
    }
    with pytest.raises(NotAllowed, match="no equals"):
        decide(year, "u3")


@pytest.mark.parametrize(
    ("room", "faults"),
    [
        (paper({"u2": 6}), ["Đơn vị 2: more votes than there are valid slips",
                            "all votes together are more than the valid slips have places for"]),
        (paper({"u2": 1}, issued=6), ["more slips were issued than members are present"]),
        (Room(5, Slips(5, 3, 1, 0), {"u2": 3}), ["slips issued are not valid, invalid and not returned ones together"]),
        (paper({"u2": 3}, issued=3, present=3), ["too few are present: the vote does not count"]),
        (paper({"u9": 1}), ["u9 is no candidate of this round"]),
    ],
    ids=["above the valid slips", "above those present", "slips do not add up", "no quorum", "a stranger"],
)  # fmt: skip
def test_totals_that_cannot_be_true_are_refused_with_all_that_is_wrong(ranked, room, faults):
    year = ranked(VOTED, vote=VOTE)

    with pytest.raises(CountRefused) as refused:
        vote(year, room)

    assert [str(fault) for fault in refused.value.faults] == faults
    assert board(year, "voted").rounds == []


def test_hands_are_recorded_by_unit(ranked):
    year = ranked({**HANDS, "vote": {**VOTE, "on_itself": "false"}})

    with pytest.raises(CountRefused) as refused:
        vote(year, Room(5, hands={"u3": ["u1", "u2", "u3"], "u2": ["u3", "u8"]}))
    vote(year, Room(5, hands={"u3": ["u1", "u2", "u4"], "u2": ["u3", "u5"]}))

    assert [str(fault) for fault in refused.value.faults] == [
        "u8 is no member: it has no vote",
        "Đơn vị 3: it voted for more candidates than there are places",
        "Đơn vị 3: it cannot have voted for itself",
    ]
    found = board(year, "voted")
    assert (found.rounds[0].hands, found.chosen) == ({"u3": ["u1", "u2", "u4"], "u2": ["u3", "u5"]}, ("u3",))
    assert why(year, "voted") == {"u2": "not elected: 2 of 5 votes", "u3": "elected with 3 of 5 votes"}


def test_a_round_that_was_typed_wrong_is_dropped_for_a_reason_and_recorded_anew(ranked):
    year = ranked(VOTED, vote=VOTE)
    vote(year, paper({"u2": 1, "u3": 4}))

    with pytest.raises(NotAllowed, match="No round"):
        vote(year, paper({"u2": 5}))
    with year.open() as (work, cycle):
        votes.drop_round(work, cycle, title="voted", because="Nhập nhầm dòng", now=WHEN)
    vote(year, paper({"u2": 4, "u3": 1}))

    assert board(year, "voted").chosen == ("u2",)


def test_once_the_vote_has_begun_nobody_is_added_and_who_was_elected_may_still_be_excluded(ranked):
    year = ranked(VOTED, vote=VOTE)
    vote(year, paper({"u2": 4, "u3": 1}))

    with pytest.raises(NotAllowed, match="The vote has begun"):
        change(year, "u5", ByHand.ADDED, "voted")
    change(year, "u2", ByHand.EXCLUDED, "voted", "Bị khởi tố")

    assert (board(year, "voted").chosen, why(year, "voted")) == (
        (),
        {"u2": "excluded: Bị khởi tố", "u3": "not elected: 1 of 5 votes"},
    )


def test_who_won_the_flag_by_vote_is_not_proposed_for_the_certificate_and_before_it_the_first_is_not(ranked):
    certificate = {"code": "merit", "name": "Bằng khen", "number": "1", "conditions": {"not_with": ["voted"]}}
    year = ranked(VOTED, certificate, vote=VOTE)
    before = board(year, "merit").chosen
    vote(year, paper({"u2": 1, "u3": 4}))

    assert (before, board(year, "merit").chosen) == (("u3",), ("u2",))


def test_the_citys_answer_stands_beside_what_was_proposed_and_nothing_is_changed_any_more(ranked):
    year = ranked(FLAG, MERIT)

    answer(year, {"flag": ["u2"], "merit": ["u4"]})

    assert {line.unit: line.granted for line in board(year, "merit").lines if line.granted is not None} == {
        "u4": True, "u1": False,
    }  # fmt: skip
    with pytest.raises(NotAllowed, match="The city has answered with decision 12/QĐ-UBND"):
        change(year, "u1", ByHand.WITHDRAWN)
    with pytest.raises(NotAllowed, match="was answered with decision 12/QĐ-UBND"):
        answer(year, {"merit": []}, "13/QĐ-UBND")
    with pytest.raises(NotAllowed, match="say why"):
        answer(year, {"flag": ["u2"], "merit": ["u4", "u1"]})
    answer(year, {"flag": ["u2"], "merit": ["u4", "u1"]}, because="Đọc nhầm phụ lục")
    assert board(year, "merit").line("u1").granted is True


def test_the_city_may_grant_to_who_was_not_proposed(ranked):
    year = ranked(ALONE)

    answer(year, {"merit": ["u5"]})

    line = board(year, "merit").line("u5")
    assert (line.chosen, line.granted) == (False, True)


@pytest.mark.parametrize(
    ("granted", "number", "day", "refusal"),
    [
        ({"voted": ["u2"]}, "1/QĐ", 9, 'has not decided on "Cờ thi đua" yet'),
        ({}, "1/QĐ", 9, "Give the number of the decision"),
        ({"voted": ["u2"]}, "  ", 9, "Give the number of the decision"),
        ({"voted": ["u2"]}, "1/QĐ", 11, "still to come"),
    ],
    ids=["not voted yet", "no title", "no number", "a day to come"],
)
def test_an_answer_to_what_was_not_asked_is_refused(ranked, granted, number, day, refusal):
    year = ranked(VOTED, vote=VOTE)

    with pytest.raises(NotAllowed, match=refusal):
        answer(year, granted, number, date(2030, 12, day))


def test_every_act_is_on_record_in_words(ranked):
    year = ranked({**VOTED, "vote": {**VOTE, "pass_mark": "at least 2/5"}}, ALONE)
    change(year, "u4", ByHand.WITHDRAWN)
    take_back(year, "u4")
    vote(year, paper({"u4": 2, "u3": 2}, invalid=1))
    decide(year, "u4")
    answer(year, {"voted": ["u4"]})

    with year.open() as (work, cycle):
        names = names_of(work.session, cycle)
        acts = (Act.TITLE, Act.VOTE, Act.CHAIR, Act.CITY_ANSWER)
        told = {
            entry.act: [str(each) for each in details(entry, names)]
            for entry in trail(work.session, cycle)
            if entry.act in acts
        }
        assert check_trail(work.session, cycle).fault is None
    assert told == {
        Act.TITLE: ["taken back: withdrawn from the proposal", "because: Nhầm"],
        Act.VOTE: ["round 1: present 5; votes: Đơn vị 2 0; Đơn vị 3 2; Đơn vị 4 2; Đơn vị 1 0; Đơn vị 5 0"],
        Act.CHAIR: ["chosen: Đơn vị 4", "because: Thành tích nổi bật"],
        Act.CITY_ANSWER: ["decision 12/QĐ-UBND: granted to Đơn vị 4"],
    }


def test_a_plan_without_titles_keeps_its_digest_and_one_with_them_freezes_them(base):
    plain = plan(3)
    assert {"titles", "vote"} & plain.model_dump().keys() == set()
    year = cycle_of(base, plan(3, titles=[FLAG]))
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.sign(unit)

    with pytest.raises(NotAllowed, match="titles"):
        year.apply(plan(3, titles=[FLAG, MERIT]), "2030-03-04 09:00")
    told = year.apply(plan(3, titles=[{**FLAG, "number": "2"}, MERIT], vote=VOTE), "2030-03-04 09:00", because="Hội đồng đổi")

    assert [each for each in told if "itle" in each or "vote" in each] == [
        'The title "Cờ thi đua" changes.', "Title: Bằng khen.", "The rules of the vote change.",
        "Parts of the plan that differ: titles, vote.",
    ]  # fmt: skip
