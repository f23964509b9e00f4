from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc.enums import NoticeKind
from models import Notice
from tests.factories import plan, plan_data
from tests.portal.conftest import HEAD, OTHER, OWN
from tests.portal.test_unit_pages import lines

PAGE, OTHER_PAGE = "/years/b-2030/units/u3/result", "/years/b-2030/units/u4/result"
GIVEN = {"u1": 20, "u2": 10, "u3": 5, "u4": 0}


def seen_as(site, how, senders=GIVEN, **policies):
    contacts = [*plan_data(4)["contacts"], {"unit": "u3", "role": "head", "name": "Giám đốc 3", "email": HEAD}]
    site.year.apply(
        plan(4, contacts=contacts, policies={"cross_scores_seen": how, **policies}), "2030-11-19 08:00", because="Thống nhất"
    )
    for unit in senders:
        site.year.send_sheet(unit, "2030-12-03 09:00", GIVEN)
    site.year.aggregate("2030-12-03 10:00")


def closed_without(site, unit):
    """Let the scoring be closed without a unit's sheet and published as provisional, with the whole matrix to be seen."""
    seen_as(site, "matrix", [each for each in GIVEN if each != unit], missing_sheet="received")
    site.year.close("2030-12-20 09:00")
    site.year.aggregate("2030-12-20 09:00")
    site.year.publish("2030-12-20 10:00", provisional=True)


def test_before_the_publication_there_is_no_result_to_be_seen(site):
    seen_as(site, "matrix")

    page = site.visitor(OWN).get(PAGE)

    assert "No result is published yet." in page.text
    assert "21.00" not in page.text


@pytest.mark.parametrize(
    ("how", "line", "matrix"),
    [
        ("nobody", "1 Đơn vị 1 21.00", False),
        ("means", "1 Đơn vị 1 21.00 21 21.00", False),
        ("matrix", "1 Đơn vị 1 21.00 21 21.00", True),
    ],
)
def test_a_unit_sees_of_the_result_what_the_plan_allows(site, how, line, matrix):
    seen_as(site, how)
    site.year.publish("2030-12-03 11:00")

    page = site.visitor(OWN).get(PAGE)

    shown = " ".join(lines(page.text))
    assert line in shown
    assert ("What each unit was given, by scorer" in shown, "(your unit)" in shown) == (matrix, True)
    gained = "Where your unit gained and lost" in shown, "I. Nhóm 30 6.00 9.75 -3.75" in shown
    assert gained == (how != "nobody",) * 2


def test_where_a_unit_gained_and_lost_is_a_workbook_too_as_far_as_the_plan_allows(site):
    seen_as(site, "means")
    before = site.visitor(OWN).get(f"{PAGE}/file")
    site.year.publish("2030-12-03 11:00")

    page, file = site.visitor(OWN).get(PAGE), site.visitor(OWN).get(f"{PAGE}/file")

    sheet = load_workbook(BytesIO(file.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert f'href="{PAGE}/file"' in page.text
    assert before.status_code == 409
    assert rows[1] == ["I", "Nhóm", 30, 6, 9.75, -3.75]
    assert sheet["A2"].value == "Đơn vị 3"


def test_what_the_plan_shows_to_nobody_is_in_no_workbook(site):
    seen_as(site, "nobody")
    site.year.publish("2030-12-03 11:00")

    answer = site.visitor(OWN).get(f"{PAGE}/file")

    assert answer.status_code == 409
    assert "spreadsheet" not in answer.headers["content-type"]


def test_of_a_provisional_result_a_unit_without_a_sheet_sees_nothing_that_its_own_could_follow(site):
    closed_without(site, "u3")

    own, other = (" ".join(lines(site.visitor(who).get(page).text)) for who, page in ((OWN, PAGE), (OTHER, OTHER_PAGE)))

    assert "3 Đơn vị 3 (your unit) 6.00" in own
    assert ("Self-score" in own, "What each unit was given" in own) == (False, False)
    assert ("Self-score" in other, "What each unit was given" in other) == (True, True)


def test_the_mail_about_it_tells_that_unit_no_more_than_its_page(site):
    closed_without(site, "u3")

    mails = {row.identity.split("/")[1]: row.values["ranking"][0] for row in site.rows(Notice) if row.kind is NoticeKind.RESULT}

    assert sorted(mails) == sorted(GIVEN)
    assert [unit for unit, line in mails.items() if not line["given"]] == ["u3"]
    assert (mails["u3"]["self_total"], mails["u4"]["self_total"]) == (None, 21000)
