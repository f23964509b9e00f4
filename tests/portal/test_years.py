"""Several years of one bloc: former ones stay readable, and one changes between them on every page."""

import re

import pytest

from bloc import queries
from bloc.plan.rollover import draft_next
from models import Activity, Cycle, Obligation
from tests.factories import cycle_of
from tests.portal.conftest import OWN, SECRETARY


@pytest.fixture
def two_years(site):
    """Return the site after the next year's plan was applied, in which the deputy leads; and what the old year was before."""
    before = snapshot(site)
    with site.year.open() as (_, cycle):
        plan = queries.plan_of(cycle)
    rotating = plan.model_copy(update={"rotation": plan.rotation.model_validate({"leader": "deputy", "deputy": "list"})})
    cycle_of(site.year.base, draft_next(rotating, plan.year + 1).plan)
    return site, before


def snapshot(site):
    cycle = next(row for row in site.rows(Cycle) if row.key == "b-2030")
    rows = [row.model_dump() for table in (Activity, Obligation) for row in site.rows(table) if row.cycle_id == cycle.id]
    return cycle.model_dump(), sorted(rows, key=str)


def years_of(answer):
    nav = re.search(r'<nav class="inner years".*?</nav>', answer.text, re.DOTALL)
    return re.findall(r'href="([^"]+)"', nav[0]) if nav else []


def test_a_new_year_touches_nothing_of_the_old_one(two_years):
    site, before = two_years

    assert snapshot(site) == before


def test_a_unit_changes_between_the_years_of_its_bloc_on_every_page(two_years):
    visitor = two_years[0].visitor(OWN)

    for page in ("/years/b-2030/units/u3", "/years/b-2031/units/u3", "/years/b-2030/units/u3/result"):
        assert years_of(visitor.get(page)) == ["/years/b-2031/units/u3", "/years/b-2030/units/u3"]


def test_who_was_the_secretary_keeps_the_old_desk_and_has_the_new_year_as_a_unit(two_years):
    visitor = two_years[0].visitor(SECRETARY)

    assert visitor.get("/years/b-2030/desk").status_code == 200
    assert visitor.get("/years/b-2031/desk").status_code == 404


def test_the_new_leader_has_both_years(two_years):
    visitor = two_years[0].visitor("u2@b.example.vn")

    assert years_of(visitor.get("/years/b-2031/desk")) == ["/years/b-2031/desk", "/years/b-2030/units/u2"]
    assert years_of(visitor.get("/years/b-2030/units/u2")) == ["/years/b-2031/units/u2", "/years/b-2030/units/u2"]


def test_a_bloc_of_one_year_has_nothing_to_change_to(site):
    assert years_of(site.visitor(OWN).get("/years/b-2030/units/u3")) == []
