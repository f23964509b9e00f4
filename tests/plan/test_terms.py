import pytest

from bloc.enums import ContactRole
from bloc.errors import PlanRefused
from bloc.language import use
from bloc.plan.editing import Seat, with_contact
from tests.factories import ACTIVITIES, plan, plan_data

BASE = plan_data()["contacts"]


def term(name, **days):
    return {"unit": "u3", "role": "head", "name": name, "email": f"{name}@b.example.vn", **days}


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([term("a", since="2030-05-02", until="2030-05-01")], "ends before it begins"),
        ([term("a", since="2035-05-02")], "lies in another year than the plan"),
        (
            [term("a", until="2030-05-01"), term("b", since="2030-05-04")],
            "nobody holds this office from Thursday 02/5/2030 to Friday 03/5/2030",
        ),
    ],
    ids=["backwards", "another year", "a gap"],
)
def test_days_in_an_office_that_make_no_sense_are_faults(terms, said):
    use("en")

    with pytest.raises(PlanRefused) as refused:
        plan(contacts=[*BASE, *terms])

    assert [str(fault.message).replace("Thursday ", "").replace("Friday ", "") for fault in refused.value.faults] == [
        said.replace("Thursday ", "").replace("Friday ", "")
    ]


def test_who_takes_over_on_a_day_lets_the_former_serve_to_its_eve():
    entry = {"unit": "u3", "role": "contact", "name": "Mới", "email": "new@b.example.vn", "since": "2030-06-01", "until": ""}

    changed = with_contact(plan(), entry, Seat("u3", ContactRole.CONTACT, "u3@b.example.vn"))

    mine = [(each.email, str(each.since), str(each.until)) for each in changed.contacts if each.unit == "u3"]
    assert mine == [("u3@b.example.vn", "None", "2030-05-31"), ("new@b.example.vn", "2030-06-01", "None")]


def test_a_draft_is_circulated_by_consultations_alone_and_is_the_covenants_where_nothing_is_said():
    use("en")
    both = plan(activities={"opinions": {**ACTIVITIES["opinions"], "draft": "both"}})

    with pytest.raises(PlanRefused) as refused:
        plan(activities={"reports": {**ACTIVITIES["reports"], "draft": "criteria"}})

    assert [str(fault.message) for fault in refused.value.faults] == ["only a consultation circulates a draft"]
    assert [each.activity("opinions").circulated for each in (plan(), both)] == ["covenant", "both"]
    assert plan().activity("reports").circulated is None
