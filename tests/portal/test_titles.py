"""The pages on titles: the secretary's acts, each with its refusals, and what a unit sees."""

import re

import pytest

from tests.factories import on, plan
from tests.portal.conftest import CITY, OWN, SECRETARY

FLAG = {"code": "flag", "name": "Cờ thi đua", "number": "1", "decided_by": "secret-vote", "vote": {"tie": "chair"}}
HANDS = {"code": "hands", "name": "Giấy khen", "number": "1", "decided_by": "open-vote"}
MERIT = {"code": "merit", "name": "Bằng khen", "number": "1", "conditions": {"not_with": ["flag"]}}
HOME = "/years/b-2030/titles"
ROOM = {"present": "4", "issued": "4", "valid": "4", "invalid": "0", "not_returned": "0"}


@pytest.fixture
def ranked(site):
    """Return the portal with a published ranking: u2, u3, u4, u1."""
    contacts = [each.model_dump(mode="json", exclude_none=True) for each in _plan_of(site).contacts]
    new = plan(4, contacts=contacts, titles=[FLAG, HANDS, MERIT])
    site.year.apply(new, "2030-12-04 09:00", because="Bổ sung danh hiệu")
    for unit in ("u1", "u2", "u3", "u4"):
        site.year.send_sheet(unit, "2030-12-04 10:00", {"u1": 3, "u2": 20, "u3": 15, "u4": 14})
    site.year.aggregate("2030-12-04 11:00")
    site.year.publish("2030-12-04 12:00")
    site.clock.moment = on("2030-12-10 09:00")
    return site


def _plan_of(site):
    from bloc import queries

    return queries.plan_of(site.year.cycle)


def rows(text: str, title: str) -> list[str]:
    """Return the lines of a title's first table, in words."""
    table = text.partition(f"<caption>{title}</caption>")[2].partition("</table>")[0]
    lines = [re.sub(r"<[^>]+>", " ", row) for row in table.split("<tr>")[2:]]
    return [" ".join(line.split()) for line in lines]


def test_before_there_is_a_result_and_without_titles_the_page_says_so(site):
    assert "The plan lists no titles." in site.visitor(SECRETARY).get(HOME).text


def test_the_page_shows_every_unit_with_its_reasons(ranked):
    text = ranked.visitor(SECRETARY).get(HOME).text

    assert rows(text, "Bằng khen") == [
        "1 Đơn vị 2 21.00 points – not proposed fails: it is proposed for another title: Cờ thi đua",
        "2 Đơn vị 3 16.00 points ✓ proposed to the city meets",
        "3 Đơn vị 4 15.00 points – not proposed meets; others have the places",
        "4 Đơn vị 1 4.00 points – not proposed meets; others have the places",
    ]
    assert f'href="{HOME}/flag/round"' in text


def test_a_ballot_and_hands_are_recorded_the_chair_decides_and_the_city_answers(ranked):
    visitor = ranked.visitor(SECRETARY)

    sent = [
        visitor.post(f"{HOME}/flag/round", {**ROOM, **votes("u2", "u3", "u4", "u1", u2=1, u3=3)}),
        visitor.post(f"{HOME}/flag/round/drop", {"because": "Nhầm dòng"}),
        visitor.post(f"{HOME}/flag/round", {**ROOM, **votes("u2", "u3", "u4", "u1", u2=3, u3=1)}),
        visitor.post(f"{HOME}/hands/round", {"present": "4", **{f"hand-u1-{voter}": "yes" for voter in ("u1", "u2", "u3")}}),
        visitor.post(f"{HOME}/merit/change", {"unit": "u3", "kind": "excluded", "because": "Bị kỷ luật"}),
        visitor.post("/years/b-2030/city-answer", {
            "number": "12/QĐ-UBND", "on": "2030-12-10", "about-flag": "yes", "about-merit": "yes", "granted-flag-u2": "yes",
        }),
    ]  # fmt: skip

    assert [answer.headers.get("location", answer.text).partition("?")[2] for answer in sent] == [
        "note=round-recorded", "note=round-dropped", "note=round-recorded", "note=round-recorded", "note=title-decided",
        "note=city-answered",
    ]  # fmt: skip
    text = visitor.get(HOME).text
    assert rows(text, "Cờ thi đua")[0] == "1 Đơn vị 2 21.00 points ✓ proposed to the city ✓ granted meets"
    assert rows(text, "Bằng khen")[1:3] == [
        "2 Đơn vị 3 16.00 points – not proposed excluded: Bị kỷ luật – fails: excluded: Bị kỷ luật",
        "3 Đơn vị 4 15.00 points ✓ proposed to the city ! not granted meets",
    ]
    assert "Đơn vị 2; Đơn vị 3; Đơn vị 1" in text
    assert f'href="{HOME}/flag/round/drop"' not in text


def votes(*candidates: str, **given: int) -> dict[str, str]:
    return {f"votes-{unit}": str(given.get(unit, 0)) for unit in candidates}


def test_the_chair_decides_among_equals_that_have_passed(ranked):
    contacts = [each.model_dump(mode="json", exclude_none=True) for each in _plan_of(ranked).contacts]
    eased = {**FLAG, "vote": {"tie": "chair", "pass_mark": "at least 1/2"}}
    ranked.year.apply(plan(4, contacts=contacts, titles=[eased, HANDS, MERIT]), "2030-12-05 09:00", because="Quy chế mới")
    visitor = ranked.visitor(SECRETARY)
    visitor.post(f"{HOME}/flag/round", {**ROOM, **votes("u2", "u3", "u4", "u1", u3=2, u4=2)})

    waiting = visitor.get(HOME).text
    none = visitor.post(f"{HOME}/flag/chair", {"because": "Có sáng kiến"})
    silent = visitor.post(f"{HOME}/flag/chair", {"chosen-u4": "yes"})
    done = visitor.post(f"{HOME}/flag/chair", {"chosen-u4": "yes", "because": "Có sáng kiến"})

    assert (waiting.count("equal votes, to be decided"), waiting.count("not elected")) == (2, 2)
    assert "Choose exactly 1 of these: Đơn vị 3; Đơn vị 4." in none.text
    assert (silent.status_code, "Please say why" in silent.text) == (422, True)
    assert done.headers["location"] == f"{HOME}?note=chair-recorded"
    assert "the chair&#39;s decision among equals: Có sáng kiến" in visitor.get(HOME).text


def test_a_count_that_cannot_be_true_is_shown_again_with_all_that_is_wrong(ranked):
    visitor = ranked.visitor(SECRETARY)

    wrong = visitor.post(f"{HOME}/flag/round", {**ROOM, "valid": "3", **votes("u2", "u3", "u4", "u1", u2=4)})
    empty = visitor.post(f"{HOME}/flag/round", {**ROOM, "valid": "", **votes("u2", "u3", "u4", "u1")})

    assert wrong.status_code == empty.status_code == 422
    for told in ("slips issued are not valid, invalid and not returned ones together",
                 "Đơn vị 2: more votes than there are valid slips"):  # fmt: skip
        assert told in wrong.text
    assert re.search(r'id="votes-u2"[^>]*value="4"', wrong.text)
    assert "Give a whole number." in empty.text


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/titles/merit/change", {"unit": "u3", "kind": "withdrawn"}, "Please say why: it stands on record."),
        ("/titles/merit/change", {"kind": "withdrawn", "because": "x"}, "Choose a unit."),
        ("/titles/merit/change", {"unit": "u3", "because": "x"}, "Choose what is decided."),
        ("/titles/merit/change", {"unit": "u3", "kind": "added", "because": "x"}, "Đơn vị 3 is proposed already."),
        ("/titles/merit/round", {"present": "4"}, "No round of this vote is to be held."),
        ("/titles/flag/chair", {"because": "x"}, "There are no equals here"),
        ("/titles/flag/round/drop", {"because": "x"}, "No round of this vote is recorded."),
        ("/city-answer", {"number": "1/QĐ", "on": "2030-12-10", "about-flag": "yes"}, "The bloc has not decided"),
    ],
)
def test_what_is_refused_says_why(ranked, path, fields, said):
    answer = ranked.visitor(SECRETARY).post(f"/years/b-2030{path}", fields)

    assert said in answer.text
    assert answer.status_code in (409, 422)


def test_a_unit_sees_who_is_proposed_once_that_is_decided_and_its_own_reasons(ranked):
    ranked.visitor(SECRETARY).post(f"{HOME}/flag/round", {**ROOM, **votes("u2", "u3", "u4", "u1", u2=4)})

    text = ranked.visitor(OWN).get("/years/b-2030/units/u3/result").text

    assert rows(text, "Who the bloc proposes to the city") == ["Cờ thi đua Đơn vị 2 meets –",
                                                               "Bằng khen Đơn vị 3 meets –"]  # fmt: skip
    assert ranked.visitor(OWN).get(HOME).status_code == 404


def test_the_city_sees_who_is_proposed_and_nobodys_reasons(ranked):
    ranked.visitor(SECRETARY).post(f"{HOME}/merit/change", {"unit": "u3", "kind": "excluded", "because": "Bị kỷ luật"})

    text = ranked.visitor(CITY).get("/city/2030/blocs/b").text

    assert rows(text, "Titles and commendations") == ["Bằng khen Đơn vị 4 –"]
    assert "Bị kỷ luật" not in text


def test_titles_that_rest_on_a_newer_result_are_not_shown_before_that_is_published(ranked):
    ranked.year.send_sheet("u4", "2030-12-05 10:00", {"u1": 3, "u2": 20, "u3": 15, "u4": 25})
    ranked.year.aggregate("2030-12-05 11:00")

    assert "Titles and commendations" not in ranked.visitor(OWN).get("/years/b-2030/units/u3/result").text
    assert "Titles and commendations" not in ranked.visitor(CITY).get("/city/2030/blocs/b").text
