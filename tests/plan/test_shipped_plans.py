"""The shipped plans beside the governing document's: other sizes, other years, other answers, each as its comments say."""

import re
from datetime import date
from pathlib import Path

import pytest

from bloc.plan import Plan, read_plan
from bloc.plan.schema import Policies

FOLDER = Path(__file__).parents[2] / "plans"
PLANS = {file.stem: read_plan(file) for file in sorted(FOLDER.glob("*.yaml"))}
OTHERS = {key: plan for key, plan in PLANS.items() if key != "hai-phong-2024"}
every_other = pytest.mark.parametrize("plan", OTHERS.values(), ids=OTHERS)


def test_every_shipped_plan_is_called_by_its_key_and_has_its_scenario():
    assert {key: (plan.key, len(plan.units)) for key, plan in PLANS.items()} == {
        "dac-khu-quang-ninh-2028": ("dac-khu-quang-ninh-2028", 2),
        "hai-phong-2024": ("hai-phong-2024", 7),
        "lam-dong-2027": ("lam-dong-2027", 10),
    }
    assert {file.stem for file in (FOLDER / "scenarios").glob("*.yaml")} == set(PLANS)


@pytest.mark.parametrize(
    ("key", "last_days"),
    [
        (
            "lam-dong-2027",
            {
                "covenant-consultation": date(2027, 2, 11),
                "covenant-signing": date(2027, 3, 1),
                "emulation-drive": date(2027, 5, 4),
                "midyear-reports": date(2027, 6, 7),
                "bloc-midyear-report": date(2027, 7, 12),
                "cross-inspection": date(2027, 9, 6),
                "year-end-reports": date(2027, 11, 25),
                "year-end-sheets": date(2027, 12, 6),
            },
        ),
        (
            "dac-khu-quang-ninh-2028",
            {
                "covenant-signing": date(2028, 2, 29),
                "midyear-reports": date(2028, 6, 2),
                "year-end-sheets": date(2029, 1, 5),
            },
        ),
    ],
    ids=["to the next working day", "to the working day before"],
)
def test_last_days_on_days_off_move_as_the_plan_says(key, last_days):
    plan = PLANS[key]

    assert {activity.code: plan.last_day(activity) for activity in plan.activities if activity.deadline} == last_days
    assert all(plan.work_calendar.is_working_day(day) for day in last_days.values())


def test_every_question_that_a_plan_leaves_open_is_answered_in_two_ways_at_least():
    answers = {name: {str(getattr(plan.policies, name)) for plan in PLANS.values()} for name in Policies.model_fields}

    assert {name: len(given) for name, given in answers.items()} == {
        "rounding": 2,
        "ties": 3,
        "missing_sheet": 2,
        "cross_scores_seen": 3,
        "before": 2,
        "day_off": 3,
        "titles_by": 3,
    }


@every_other
def test_what_is_made_up_says_so_and_names_no_person(plan: Plan):
    assert plan.criteria.example
    assert plan.document.signer is None
    assert all(contact.email.endswith("@example.vn") for contact in plan.contacts)


@every_other
def test_its_legal_bases_are_in_force_in_its_year(plan: Plan):
    first, last = date(plan.year, 1, 1), date(plan.year, 12, 31)

    assert plan.legal_bases != ()
    assert [basis.name for basis in plan.legal_bases if (basis.since or basis.date) > first] == []
    assert [basis.name for basis in plan.legal_bases if basis.until and basis.until < last] == []


@every_other
def test_its_formula_is_that_of_its_number_of_units(plan: Plan):
    assert re.findall(r"\]/(\d+)", plan.document.assessment or "") == [str(len(plan.units))]


def test_the_score_sheet_of_the_ten_departments_has_a_thousand_points_and_bonus_and_penalty_apart():
    groups = PLANS["lam-dong-2027"].criteria.groups

    tops = [sum(leaf.max for leaf in group.criteria) // 1000 for group in groups]
    bottoms = [sum(leaf.min for leaf in group.criteria) // 1000 for group in groups]
    assert (tops, bottoms) == ([600, 200, 200, 30, 0], [0, 0, 0, 0, -50])
