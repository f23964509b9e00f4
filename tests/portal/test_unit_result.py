import pytest

from tests.factories import plan, plan_data
from tests.portal.conftest import HEAD, OWN
from tests.portal.test_unit_pages import lines

PAGE = "/years/b-2030/units/u3/result"
GIVEN = {"u1": 20, "u2": 10, "u3": 5, "u4": 0}


def seen_as(site, how):
    contacts = [*plan_data(4)["contacts"], {"unit": "u3", "role": "head", "name": "Giám đốc 3", "email": HEAD}]
    site.year.apply(plan(4, contacts=contacts, policies={"cross_scores_seen": how}), "2030-11-19 08:00", because="Thống nhất")
    for unit in GIVEN:
        site.year.send_sheet(unit, "2030-12-03 09:00", GIVEN)
    site.year.aggregate("2030-12-03 10:00")


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
