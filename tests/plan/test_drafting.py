"""A drafted plan passes its own check, whatever the bloc and its units are called."""

from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bloc.enums import ContactRole, MemberRole
from bloc.errors import PlanRefused
from bloc.language import use
from bloc.plan.checks import plan_of
from bloc.plan.drafting import Answers, draft_plan, proposed_code
from bloc.plan.fields import Line
from bloc.plan.reading import read_source
from bloc.plan.schema import Bloc, Contact, Policies, Unit

TODAY = date(2030, 1, 7)
ODD = [
    'Sở "A"',
    "Sở: B",
    "# Sở C",
    "* Sở D",
    "Sở & <E> 'F'",
    "- {x: [y]}",
    "{{ name }} {% if %}",
    "no",
    "2030-01-31",
    "12",
    "\\ back \\n slash",
    "Đơn vị 🏅",
    "| > ! % @ `",
    "Sở\u00a0G\ufeff\u200b\ufffe",
]


def answers(*names, bloc="Khối B", deputy=True, **parts):
    roles = [MemberRole.LEADER, MemberRole.DEPUTY if deputy else MemberRole.MEMBER]
    units = [Unit(code=f"u{i}", name=name, role=role) for i, (name, role) in enumerate(zip(names, roles, strict=False), 1)]
    units += [Unit(code=f"u{i}", name=name) for i, name in enumerate(names[2:], 3)]
    secretary = Contact(unit="u1", role=ContactRole.SECRETARY, name="Chuyên viên", email="gv@example.vn")
    given = {"contacts": {"u1": "u1@example.vn"}, "midyear": date(2030, 6, 6), "year_end": date(2030, 12, 6), **parts}
    head = Bloc(code="b", name=bloc, council=f"Hội đồng {bloc}"[:200], place=bloc)
    return Answers(bloc=head, year=2030, units=tuple(units), secretary=secretary, **given)


def drafted(*names, **parts):
    return plan_of(read_source("plan.yaml", draft_plan(answers(*names, **parts), TODAY).encode()))


@pytest.mark.parametrize("count", [2, 7, 20])
def test_a_plan_of_any_number_of_units_is_drafted(count):
    plan = drafted(*(f"Đơn vị {i}" for i in range(count)))

    assert [unit.name for unit in plan.units] == [f"Đơn vị {i}" for i in range(count)]
    assert [(contact.unit, contact.role) for contact in plan.contacts] == [("u1", "secretary"), ("u1", "contact")]
    assert plan.policies == Policies()
    assert plan.criteria.example is True
    assert {activity.quarter for activity in plan.activities} == {1, 2, 3, 4}


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_written_as_it_is(name):
    plan = drafted(name, "Đơn vị 2", bloc=name)

    assert (plan.bloc.name, plan.bloc.place, plan.units[0].name) == (name, name, name)
    assert plan.activity("year-end-reports").title.endswith(f" về {name}")


def as_line(text):
    """Return what is read of a text where a line belongs; None if it is none."""
    try:
        return TypeAdapter(Line).validate_python(text)
    except ValidationError:
        return None


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40).map(as_line).filter(bool))
def test_any_line_is_a_name(name):
    text = draft_plan(answers(name, f"2 {name}", bloc=name), TODAY)

    assert yaml.safe_load(text)["units"][1]["name"] == f"2 {name}"


def test_a_date_is_written_with_its_phrase_and_opens_a_month_before():
    plan = drafted("A", "B")

    reports, sheets = plan.activity("midyear-reports"), plan.activity("year-end-sheets")
    assert (reports.opens, reports.deadline.phrase) == (date(2030, 5, 7), "đến hết ngày 06/6/2030")
    assert (plan.last_day(reports), plan.last_day(sheets)) == (date(2030, 6, 6), date(2030, 12, 6))


def test_without_dates_everything_is_to_be_dated():
    plan = drafted("A", "B", midyear=None, year_end=None)

    assert [activity.code for activity in plan.activities if activity.deadline or activity.opens] == []


@pytest.mark.parametrize("day", [date(2030, 1, 1), date(2030, 12, 31)], ids=str)
def test_any_day_of_the_year_can_be_a_deadline(day):
    assert drafted("A", "B", midyear=day, year_end=day).activity("midyear-reports").deadline.by == day


def test_a_bloc_without_a_deputy_asks_nothing_of_one():
    with_one, without = drafted("A", "B"), drafted("A", "B", deputy=False)

    theirs = [activity.code for activity in with_one.activities if activity.actors == "deputy"]
    assert theirs == ["midyear-reports-compilation", "year-end-reports-compilation"]
    assert [a.code for a in with_one.activities if a.code not in theirs] == [a.code for a in without.activities]


def test_every_policy_is_written_out_with_its_choices_in_vietnamese_whoever_asks():
    use("en")
    text = draft_plan(answers("A", "B"), TODAY)

    assert set(yaml.safe_load(text)["policies"]) == set(Policies.model_fields)
    assert "  # Khi bằng điểm. shared: đồng hạng | cross-mean: " in text
    assert [line for line in text.splitlines() if "\t" in line or line != line.rstrip()] == []


def test_answers_that_do_not_go_together_are_refused():
    two = Unit(code="u9", name="C", role=MemberRole.LEADER)
    made = answers("A", "B")

    with pytest.raises(PlanRefused, match="exactly one leader"):
        draft_plan(Answers(**{**vars(made), "units": (*made.units, two)}), TODAY)


@pytest.mark.parametrize(
    ("name", "taken", "code"),
    [
        ("Đơn vị số 3", (), "don-vi-so-3"),
        ("Sở Nội vụ", (), "so-noi-vu"),
        ("Sở Nông nghiệp và Phát triển nông thôn", (), "snnvptnt"),
        ("Sở Nội vụ", ("so-noi-vu",), "snv"),
        ("Sở Nội vụ", ("so-noi-vu", "snv"), "dv1"),
        ("局", (), "dv1"),
        ("局", ("dv1",), "dv2"),
        ("ỦY BAN", (), "uy-ban"),
        ("---", ("a",), "dv1"),
    ],
    ids=str,
)
def test_a_code_is_proposed_from_the_name(name, taken, code):
    assert proposed_code(name, taken) == code
