import re

import pytest

from bloc.enums import DepositState
from models import Deposit, Point, SheetDraft
from tests.factories import plan, plan_data
from tests.portal.conftest import OTHER, OWN

JSON = {"Accept": "application/json"}
UNITS = ("u4", "u1", "u2", "u3")
FULL = {f"p/{unit}/{code}": value for unit in UNITS for code, value in (("I.1", "9,5"), ("I.2", " 1 "))}


def path(site, unit="u4"):
    return f"/obligations/{site.year.obligation(unit, 'sheets').id}/sheet"


def save(site, visitor, fields, revision=0, **how):
    return visitor.post(path(site), {"revision": str(revision), **fields}, **how)


def value_of(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found and found[1]


def test_what_is_typed_is_read_as_a_workbook_is_and_said_with_what_is_left(site):
    visitor = site.visitor(OTHER)

    told = save(site, visitor, {"p/u1/I.1": "9,5", "p/u2/I.1": "30", "p/u3/I.1": "9.5đ"}, headers=JSON).json()
    page = visitor.get(path(site))

    assert (told["revision"], told["left"]) == (1, "5 cells are still empty.")
    assert told["wrong"] == {
        "p/u2/I.1": "I.1, Đơn vị 2: 30 exceeds the maximum of 25.",
        "p/u3/I.1": "I.1, Đơn vị 3: “9.5đ” is not a number; expected: 0 to 25.",
    }
    assert [value_of(page, f"p/{unit}/I.1") for unit in ("u1", "u2", "u3", "u4")] == ["9,5", "30", "9.5đ", ""]


def test_a_sheet_that_is_filled_in_is_looked_over_and_handed_in_as_any_other(site):
    visitor = site.visitor(OTHER)

    saved = save(site, visitor, FULL | {"then": "summary", "n/I.1/evidence": "Quyết định"})
    summary = visitor.get(saved.headers["location"])
    answer = visitor.post(f"{path(site)}/hand-in", {"revision": "1"})

    (sent,) = (row for row in site.year.rows(Deposit) if row.receipt == 2)
    assert (summary.status_code, ">10,5<" in summary.text) == (200, True)
    assert answer.headers["location"] == f"/deposits/{sent.id}"
    assert (sent.state, sent.file_name) == (DepositState.ACCEPTED, "bang-cham-diem-u4-2030.xlsx")
    assert sorted(point.thousandths for point in site.rows(Point)) == [1000] * 4 + [9500] * 4
    assert [(row.ended, row.points) for row in site.rows(SheetDraft)] == [(True, {})]
    assert "Quyết định" in visitor.get(path(site)).text


def test_what_is_wrong_or_missing_is_listed_with_links_to_the_cells_and_nothing_is_handed_in(site):
    visitor = site.visitor(OTHER)
    save(site, visitor, FULL | {"p/u1/I.1": "0,1", "p/u2/I.1": "", "p/u2/I.2": ""})

    page = visitor.get(f"{path(site)}/summary")

    listed = re.findall(r'<li><a href="#(p/[^"]+)">([^<]+)</a>', page.text)
    assert (page.status_code, listed) == (422, [
        ("p/u1/I.1", "I.1, Đơn vị 1: 0.1 is not a multiple of 0.25."),
        ("p/u2/I.1", "Đơn vị 2: no points yet in 2 cells (I.1, I.2)"),
    ])  # fmt: skip
    assert [row for row in site.year.rows(Deposit) if row.file_name.startswith("bang")] == []


def test_the_second_of_two_is_told_what_differs_and_nothing_is_written_over(site):
    first, second = site.visitor(OTHER), site.visitor(OTHER)
    save(site, first, {"p/u1/I.1": "5", "p/u2/I.1": "6"})

    by_script = save(site, second, {"p/u1/I.1": "7"}, headers=JSON)
    by_button = save(site, second, {"p/u1/I.1": "7", "p/u2/I.1": "6,0"})
    kept = site.rows(SheetDraft)[0].points
    save(site, second, {"p/u1/I.1": "7"}, revision=1)

    assert (by_script.status_code, by_button.status_code) == (409, 409)
    assert by_script.json()["overtaken"].startswith("Chuyên viên 4, Đơn vị 4 saved it at ")
    offered = re.findall(r'type="radio" id="[^"]+" name="([^"]+)" value="([^"]*)"', by_button.text)
    assert offered == [("p/u1/I.1", "5"), ("p/u1/I.1", "7")]
    assert kept == {"u1": {"I.1": 5000}, "u2": {"I.1": 6000}}
    assert site.rows(SheetDraft)[0].points == {"u1": {"I.1": 7000}, "u2": {"I.1": 6000}}


@pytest.mark.parametrize("act", ["hand-in", "anew"])
def test_a_draft_that_was_saved_meanwhile_is_neither_handed_in_nor_dropped(site, act):
    visitor = site.visitor(OTHER)
    save(site, visitor, FULL)
    save(site, visitor, {"p/u1/I.1": "0"}, revision=1)

    answer = visitor.post(f"{path(site)}/{act}", {"revision": "1"})

    assert answer.status_code == 409
    assert [(row.revision, row.points["u1"]["I.1"]) for row in site.rows(SheetDraft)] == [(2, 0)]
    assert [row for row in site.year.rows(Deposit) if row.receipt == 2] == []


@pytest.mark.parametrize("revision", [0, 1], ids=["before there was a draft", "of the draft that was dropped"])
def test_a_page_of_before_writes_nothing_over_a_sheet_that_was_begun_anew(site, revision):
    first, second = site.visitor(OTHER), site.visitor(OTHER)
    save(site, first, {"p/u1/I.1": "5"})
    second.post(f"{path(site)}/anew", {"revision": "1"})
    between = save(site, first, {"p/u1/I.1": "6"}, revision=revision, headers=JSON)
    save(site, second, {"p/u1/I.1": "7"}, revision=int(value_of(second.get(path(site)), "revision")))

    late = save(site, first, {"p/u1/I.1": "6"}, revision=revision, headers=JSON)

    assert (between.status_code, late.status_code) == (409, 409)
    assert [row.points for row in site.rows(SheetDraft)] == [{"u1": {"I.1": 7000}}]


def test_one_unit_alone_can_be_shown_and_saved_without_a_script(site):
    visitor = site.visitor(OTHER)
    save(site, visitor, FULL)

    page = visitor.get(f"{path(site)}?unit=u2")
    answer = save(site, visitor, {"p/u2/I.1": "1", "then": "u3"}, revision=1)

    assert set(re.findall(r'name="p/(\w+)/', page.text)) == {"u2"}
    assert answer.headers["location"].endswith("/sheet?unit=u3&note=draft-saved")
    assert {unit: given["I.1"] for unit, given in site.rows(SheetDraft)[0].points.items()} == {
        "u1": 9500, "u2": 1000, "u3": 9500, "u4": 9500,
    }  # fmt: skip


def test_a_report_has_no_sheet_to_fill_in(site):
    visitor, report = site.visitor(OWN), f"/obligations/{site.year.obligation('u3', 'reports').id}/sheet"

    read = [visitor.get(report + end) for end in ("", "/summary")]
    acts = [visitor.post(report + end) for end in ("", "/anew", "/hand-in")]

    assert [answer.status_code for answer in read + acts] == [404] * 5


def test_beside_the_cells_of_a_linked_criterion_stands_how_each_unit_kept_its_deadlines_and_nothing_is_filled_in(site):
    criteria = plan_data(4)["criteria"]
    criteria["groups"][0]["criteria"][1]["punctuality"] = ["reports"]
    site.year.apply(plan(4, criteria=criteria, contacts=[*plan_data(4)["contacts"]]), "2030-12-03 09:00")

    page = site.visitor(OTHER).get(path(site))

    beside = dict(re.findall(r'id="r/([^"]+)">([^<]+)</span>', page.text))
    never = "on time: 0 of 1; not sent, 181 days overdue"
    assert beside == {"u4/I.2": never, "u1/I.2": never, "u2/I.2": never, "u3/I.2": "on time: 1 of 1"}
    assert 'aria-describedby="r/u1/I.2"' in page.text
    assert [value_of(page, f"p/{unit}/I.2") for unit in UNITS] == [""] * 4
    assert "How deadlines were kept, as of" in page.text
