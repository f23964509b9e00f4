"""The city looks on: how all blocs stand, what they have published, and nothing of single scorers or persons."""

import re

import pytest
from sqlalchemy import event

from bloc.actions import city_view
from bloc.actions.city import grant, revoke
from bloc.db import reading, unit_of_work
from bloc.errors import NotFound
from models import CityViewer
from tests.factories import cycle_of, on, plan, sheet
from tests.portal.conftest import CITY, NOW, OWN, SECRETARY


@pytest.fixture
def published(site):
    """Return the site with a published result of the bloc b."""
    for unit, _ in site.year.units():
        site.year.deposit(unit, sheet(site.year.cycle, unit, {"u2": 17, "u1": 13}), NOW, "sheets")
    site.year.aggregate(NOW)
    site.year.publish(NOW)
    return site


def words_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def test_the_city_sees_how_every_bloc_stands_with_those_that_are_late_first(site):
    site.clock.forward(days=4)

    shown = words_of(site.visitor(CITY).get("/city/2030"))

    assert "Blocs: 2. With something overdue: 2. With nothing left to do: 0. With a published result: 0." in shown
    assert shown.index("Khối B 4 units") < shown.index("Khối C 3 units")


def test_a_published_result_is_seen_with_ranks_and_scores_and_nothing_else(published):
    visitor = published.visitor(CITY)

    row, page = words_of(visitor.get("/city/2030")), visitor.get("/city/2030/blocs/b")

    assert "With a published result: 1." in row
    assert re.search(r"1 Đơn vị 2 18[.,]00 2 Đơn vị 1 14[.,]00", words_of(page))
    assert not re.search(r"Self|cross|Chuyên viên|@b\.example|Thư ký", words_of(page))


def test_what_is_not_published_is_not_shown(site):
    for unit, _ in site.year.units():
        site.year.deposit(unit, sheet(site.year.cycle, unit, {"u2": 17}), NOW, "sheets")
    site.year.aggregate(NOW)

    shown = words_of(site.visitor(CITY).get("/city/2030/blocs/b"))

    assert "No result is published yet." in shown
    assert "Đơn vị 2" not in shown


def test_the_city_begins_with_its_page_and_acts_nowhere(site):
    visitor = site.visitor(CITY)

    assert visitor.get("/").headers["location"] == "/city"
    assert visitor.get("/city").headers["location"] == "/city/2030"
    assert visitor.get("/years/b-2030/desk").status_code == 404
    assert visitor.get("/years/b-2030/result").status_code == 404


def test_who_looks_on_no_more_sees_nothing_from_the_next_page_on_and_stays_on_record(site):
    visitor = site.visitor(CITY)
    with unit_of_work(site.year.base, "Quản trị") as work:
        revoke(work, CITY, on(NOW))

    assert visitor.get("/city/2030").status_code == 404
    assert [(row.granted_by, row.ended_by) for row in site.rows(CityViewer)] == [("bloc", "Quản trị")]
    with unit_of_work(site.year.base) as work, pytest.raises(NotFound):
        revoke(work, CITY, on(NOW))


def test_a_view_is_granted_once_and_can_be_granted_again(site):
    with unit_of_work(site.year.base) as work:
        grant(work, CITY, "Sở Nội vụ", "en", on(NOW))
        revoke(work, CITY, on(NOW))
        grant(work, CITY, "Sở Nội vụ", "en", on(NOW))

    assert [row.ended_at is None for row in site.rows(CityViewer)] == [False, True]


def test_somebody_of_a_unit_who_looks_on_too_chooses_between_both(site):
    with unit_of_work(site.year.base) as work:
        grant(work, OWN, "Ban Thi đua", "vi", on(NOW))
    visitor = site.visitor(OWN)

    assert visitor.get("/").headers["location"] == "/seats"
    assert "/city" in visitor.get("/seats").text


def test_the_city_signs_in_by_mail_like_everybody(site):
    visitor = site.visitor()
    visitor.post("/sign-in", {"address": CITY})
    code = re.search(r"\b\d{6}\b", site.mails()[-1].get_body(("plain",)).get_content())[0]

    answer = visitor.post("/sign-in/code", {"code": code})

    assert answer.status_code == 303
    assert visitor.get("/city/2030").status_code == 200


def test_what_is_shown_takes_as_many_queries_for_many_blocs_as_for_few(site):
    few = queries_of(site)
    for number in range(6):
        cycle_of(site.year.base, plan(3, f"n{number}"))

    assert (queries_of(site), few <= 7) == (few, True)


def queries_of(site) -> int:
    counted = []
    count = lambda *args: counted.append(args[2])  # noqa: E731
    event.listen(site.year.base.engine, "before_cursor_execute", count)
    try:
        with reading(site.year.base) as session:
            city_view.city_view(session, 2030, on(NOW), replays=False)
    finally:
        event.remove(site.year.base.engine, "before_cursor_execute", count)
    return len(counted)


@pytest.mark.parametrize("year", ["1999", "x", "２０３０", "2030x", "9" * 40])
def test_a_year_that_no_bloc_has_is_not_there(site, year):
    visitor = site.visitor(CITY)

    assert {visitor.get(path).status_code for path in (f"/city/{year}", f"/city/{year}/blocs/b")} == {404}


def test_the_next_years_plan_is_drafted_on_a_page_and_given_as_a_file(site):
    visitor = site.visitor(SECRETARY)

    page, file = visitor.get("/years/b-2030/plan/next"), visitor.get("/years/b-2030/plan/next/file")

    assert "the last day is moved from 06/6/2030 to 06/6/2031" in page.text
    assert "b-2031.yaml" in file.headers["content-disposition"]
    assert "year: 2031" in file.text
