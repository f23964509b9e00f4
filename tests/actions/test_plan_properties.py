"""What holds of any two plans: applied twice is applied once; A and then B is B, for everything not yet done.

A few here; `make fuzz` tries a hundred of each.
"""

import os
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from bloc import queries
from bloc.db import Database
from bloc.enums import ActivityState, ObligationState, Stage
from bloc.plan import Plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from models import Activity, Contact, Membership, Role, Unit
from tests.factories import Year, cycle_of, on, plan_text

pytestmark = [pytest.mark.replay, pytest.mark.either]

MIDDLE = "2030-05-20 09:00"  # between what is over and what is to come
MORNING = "2030-05-21 07:30"
CODES = ("u1", "u2", "u3", "u4")
LADDERS = [[{"before": "3"}, {"after": "1"}], [{"before": "14"}, {"before": "1", "to": ["contact", "head"]}], []]
DEADLINES = {
    "opinions": ["2030-02-15", "2030-02-22"],
    "reports": ["2030-06-06", "2030-06-20", "2030-05-31"],
    "exchange": ["2030-08-30", "2030-06-03"],
    "sheets": ["2030-12-06", "2030-12-08"],
}
numbers = count()


@st.composite
def plans(draw: Any) -> dict[str, Any]:
    """Draw a valid plan file's tree for a bloc that is named later."""
    members = ["u1", *draw(st.lists(st.sampled_from(CODES[1:]), unique=True, min_size=1))]
    deputy = draw(st.sampled_from([None, *members[1:]]))
    units = [
        {"code": code, "name": draw(st.sampled_from(["Sở {}", "Ban {}"])).format(code),
         "role": "leader" if code == "u1" else "deputy" if code == deputy else "member"}
        for code in members
    ]  # fmt: skip
    kept = draw(st.lists(st.sampled_from(list(DEADLINES)), unique=True))
    drawn = {code: draw(_activity(code, members)) if code in kept else None for code in DEADLINES}
    policies = {"missing_sheet": draw(st.sampled_from(["wait", "received"])), "day_off": draw(st.sampled_from(DAYS_OFF))}
    return {"units": units, "contacts": draw(_people(members)), "activities": drawn | {"covenant": None}, "policies": policies}


DAYS_OFF = ["as-written", "working-day-after"]


@st.composite
def _activity(draw: Any, code: str, members: list[str]) -> dict[str, Any]:
    day = draw(st.sampled_from([*DEADLINES[code], None]))
    given_day = {"deadline": {"phrase": "đến hết ngày", "by": day}} if day else {"deadline": None, "opens": None}
    if code == "exchange" and day:  # else it would open by its deadline; and what has begun stays begun, whatever is moved
        given_day["opens"] = "2030-05-27"
    if code == "sheets":
        return given_day
    actors = draw(st.sampled_from(["all", "members", [members[-1]]]))
    return {**given_day, "actors": actors, "ladder": draw(st.sampled_from(LADDERS))}


@st.composite
def _people(draw: Any, members: list[str]) -> list[dict[str, str]]:
    reached = draw(st.lists(st.sampled_from(members), unique=True))
    names, addresses = st.sampled_from(["Chuyên viên", "Văn thư"]), st.sampled_from(EMAILS)
    return [{"unit": unit, "name": draw(names), "email": draw(addresses).format(unit)} for unit in reached]


EMAILS = ["{}@example.vn", "{}.moi@example.vn", "chung@example.vn"]


def named(drawn: dict[str, Any], code: str) -> Plan:
    return plan_of(read_source("plan.yaml", plan_text(code=code, **drawn).encode()))


def begin(base: Database, drawn: dict[str, Any]) -> Year:
    return cycle_of(base, named(drawn, f"b{next(numbers)}"))


def look(year: Year) -> dict[str, Any]:
    """Return how a year stands, as its plan asks for it; what is over, and what hangs on it, is left out."""
    with year.open() as (work, cycle):
        session = work.session
        return {
            "members": [(unit.code, unit.name, role) for unit, role in _members(session, cycle.id)],
            "people": sorted(_roles(session, cycle.id)),
            "criteria": sorted((row.position, row.code, row.maximum) for row in queries.criteria(session, cycle.id)),
            "activities": [_told(row) for row in _to_come(session, cycle.id)],
            "owed": sorted(
                (each.activity.code, each.unit.code, each.obligation.due_at, str(each.obligation.next_step_at))
                for each in queries.owed(session, cycle.id)
                if each.obligation.state is ObligationState.OPEN
                and each.activity.due_at  # what has lost its date is owed by nobody until it is dated again
                and each.obligation.due_at > on(MIDDLE)
            ),
        }


def _members(session: Session, cycle_id: Any) -> list[Any]:
    found = select(Unit, Membership.role).join(Membership, queries.is_member(cycle_id))
    return list(session.exec(found.order_by(Membership.position)))


def _roles(session: Session, cycle_id: Any) -> list[tuple[str, ...]]:
    found = select(Unit.code, Role, Contact.email).join(Role, Role.unit_id == Unit.id).join(Contact)
    rows = session.exec(found.where(Role.cycle_id == cycle_id))
    return [(unit, role.role, role.name, role.language, email) for unit, role, email in rows]


def _to_come(session: Session, cycle_id: Any) -> list[Activity]:
    rows = session.exec(select(Activity).where(Activity.cycle_id == cycle_id).order_by(Activity.position))
    return [row for row in rows if row.state is not ActivityState.WITHDRAWN and not (row.due_at and row.due_at <= on(MORNING))]


def _told(row: Activity) -> tuple[object, ...]:
    return row.code, row.position, row.kind, row.name, row.phrase, row.last_day, row.opens_at, row.due_at, row.state


def run_through(year: Year) -> None:
    """Do what the daily jobs do, up to the middle of the year."""
    for day in ("2030-02-11", "2030-05-06"):
        for stage in Stage:
            year.advance(stage, f"{day} 07:00")


def next_morning(year: Year) -> None:
    for stage in Stage:
        year.advance(stage, MORNING)
    year.remind(MORNING)


TIMES = max(10, int(os.environ.get("BLOC_FUZZ", "0")) // 20)  # each leaves years in one database
a_few = settings(max_examples=TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@a_few
@given(drawn=plans())
def test_a_plan_applied_twice_changes_nothing(base, drawn):
    year = begin(base, drawn)
    run_through(year)
    before = year.cycle.model_dump(), look(year), year.notices()

    assert year.apply(named(drawn, year.key.removesuffix("-2030")), MIDDLE) == []

    assert (year.cycle.model_dump(), look(year), year.notices()) == before


@a_few
@given(first=plans(), second=plans())
def test_one_plan_and_then_another_is_the_other_from_new(base, first, second):
    changed, new = begin(base, first), begin(base, second)

    changed.apply(named(second, changed.key.removesuffix("-2030")))

    assert look(changed) == look(new)


@a_few
@given(first=plans(), second=plans())
def test_a_plan_changed_in_mid_year_is_from_the_next_morning_the_other_for_all_that_is_to_come(base, first, second):
    changed, new = begin(base, first), begin(base, second)
    run_through(changed)
    run_through(new)

    changed.apply(named(second, changed.key.removesuffix("-2030")), MIDDLE)
    for year in (changed, new):
        next_morning(year)

    assert look(changed) == look(new)


@a_few
@given(first=plans(), second=plans())
def test_a_plan_changed_and_changed_back_asks_for_what_it_asked_before(base, first, second):
    year = begin(base, first)
    run_through(year)
    next_morning(year)
    before = look(year)

    for drawn in (second, first):
        year.apply(named(drawn, year.key.removesuffix("-2030")), MORNING)
    next_morning(year)

    assert look(year) == before
