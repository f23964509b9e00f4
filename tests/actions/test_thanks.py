"""Thanks when all are in: once, to each, for each deadline."""

import pytest

from bloc.enums import ResponseKind, Stage
from models import Notice
from tests.factories import Year, cycle_of, plan, plan_data, report, reports_asked
from tests.places import kept

pytestmark = pytest.mark.either


UNITS = ("u1", "u2", "u3")
THANKED = [f"reports/{unit}/thanks/2030-06-06/{unit}@b.example.vn" for unit in UNITS]


year = kept(reports_asked)


def all_send(year: Year, units: tuple[str, ...] = UNITS, when: str = "2030-05-20 09:00") -> None:
    for unit in units:
        year.deposit(unit, report(), when)


def counted(year: Year) -> set[tuple[int, int]]:
    """Return of how many units, and of how many late ones, those thanked are told."""
    return {(row.values["members"], row.values["late"]) for row in year.rows(Notice) if row.kind == "thanks"}


def test_all_are_thanked_when_the_last_one_is_done_and_not_before(year):
    all_send(year, ("u1", "u2"))
    before = year.notices("thanks")
    year.deposit("u3", report(), "2030-06-10 09:00")

    assert (before, year.notices("thanks")) == ([], THANKED)
    assert counted(year) == {(3, 1)}


def test_a_file_that_is_refused_completes_nothing_and_a_second_version_thanks_nobody_again(year):
    all_send(year, ("u1", "u2"))
    year.deposit("u3", b"no document", "2030-05-20 09:00")
    refused = year.notices("thanks")
    all_send(year, ("u3",))
    year.deposit("u3", report("Bản mới"), "2030-05-21 09:00")

    assert (refused, year.notices("thanks")) == ([], THANKED)


def test_a_unit_whose_contact_is_another_one_by_now_is_not_thanked_again(year):
    all_send(year)
    *others, last = plan_data()["contacts"]
    year.apply(plan(contacts=[*others, last | {"email": "new@b.example.vn"}]), "2030-05-21 08:00")
    year.deposit("u3", report("Bản mới"), "2030-05-21 09:00")

    assert year.notices("receipt")[-1] == "reports/u3/receipt/2/new@b.example.vn"
    assert year.notices("thanks") == THANKED


def test_whoever_has_not_been_asked_yet_is_waited_for(year):
    year.apply(plan(size=4), "2030-05-20 08:00")
    all_send(year)
    before = year.notices("thanks")
    year.advance(Stage.MIDYEAR, "2030-05-21 07:00")
    year.deposit("u4", report(), "2030-05-21 09:00")

    assert before == []
    assert counted(year) == {(4, 0)}


def test_a_waiver_of_the_last_one_completes_it_and_that_unit_is_not_thanked(year):
    all_send(year, ("u1", "u2"))
    year.waive("u3", "2030-05-21 09:00")

    assert year.notices("thanks") == THANKED[:2]
    assert counted(year) == {(2, 0)}


def test_who_is_asked_alone_is_not_thanked_as_if_there_were_others(base):
    year = cycle_of(base, plan(activities={"reports": {"actors": "leader"}}))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    all_send(year, ("u1",))

    assert year.notices("thanks") == []


def test_a_report_that_was_returned_thanks_its_unit_anew_and_nobody_else(year):
    all_send(year)
    year.give_back("u2", "2030-05-21 09:00")
    year.deposit("u2", report("Bản mới"), "2030-05-22 09:00")

    assert year.notices("thanks") == sorted([*THANKED, "reports/u2/thanks/2030-06-06.1/u2@b.example.vn"])


def test_sheets_that_are_issued_again_are_thanked_for_again(base):
    year = cycle_of(base, plan())
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in UNITS:
        year.send_sheet(unit, "2030-12-02 09:00")
    year.apply(plan(size=2), "2030-12-02 10:00", "Sáp nhập")
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-12-03 09:00")

    assert year.notices("thanks") == sorted(
        f"sheets/{unit}/thanks/{deadline}/{unit}@b.example.vn"
        for unit, deadline in [*((unit, "2030-12-06") for unit in UNITS), ("u1", "2030-12-06.1"), ("u2", "2030-12-06.1")]
    )


def test_answers_without_a_file_are_thanked_for_too(year):
    year.advance(Stage.SIGNING, "2030-02-11 07:00")
    for unit in UNITS:
        year.respond(unit, "opinions", ResponseKind.AGREED, "2030-02-12 09:00")

    assert year.notices("thanks") == [f"opinions/{unit}/thanks/2030-02-15/{unit}@b.example.vn" for unit in UNITS]
