from datetime import date

import pytest

from bloc import queries
from bloc.actions.timings import timings
from bloc.enums import Stage
from tests.factories import on, report

pytestmark = pytest.mark.replay


def told(year, moment):
    with year.open() as (work, cycle):
        return {(each.activity, each.unit): each for each in timings(work.session, cycle, queries.plan_of(cycle), on(moment))}


def test_what_came_was_extended_and_waived_is_told_as_it_stood_at_a_moment(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", report(), "2030-06-06 09:00")
    year.deposit("u1", report("Bản sau"), "2030-06-08 09:00")
    year.extend("u2", "2030-06-10", "2030-06-03 09:00")
    year.waive("u3", "2030-06-04 09:00")
    year.deposit("u2", report(), "2030-06-12 09:00")

    later, before = told(year, "2030-06-30 09:00"), told(year, "2030-06-03 08:00")

    assert [code for _, code in later] == ["u1", "u2", "u3"]
    assert {code: (each.received_at, each.days_late) for (_, code), each in later.items()} == {
        "u1": (on("2030-06-06 09:00"), 0), "u2": (on("2030-06-12 09:00"), 2), "u3": (None, 0),
    }  # fmt: skip
    assert {code: (each.extended_until, each.extended_because) for (_, code), each in later.items()} == {
        "u1": (None, None), "u2": (date(2030, 6, 10), "Bão"), "u3": (None, None),
    }  # fmt: skip
    assert [each.waived_because for each in later.values()] == [None, None, "Sáp nhập"]
    assert {(each.received_at, each.extended_until, each.waived_because) for each in before.values()} == {(None, None, None)}


def test_a_version_that_was_returned_does_not_count(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", report(), "2030-06-05 09:00")
    year.give_back("u1", "2030-06-05 10:00")

    assert told(year, "2030-06-30 09:00")["Báo cáo sơ kết", "u1"].received_at is None


def test_a_version_that_was_returned_later_stood_until_then(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", report(), "2030-06-05 09:00")
    year.give_back("u1", "2030-06-05 11:00")

    assert told(year, "2030-06-05 10:00")["Báo cáo sơ kết", "u1"].received_at == on("2030-06-05 09:00")


def test_what_has_not_opened_is_left_out(year):
    assert {activity for activity, _ in told(year, "2030-11-17 09:00")} == {"Báo cáo sơ kết"}
    assert {activity for activity, _ in told(year, "2030-11-18 09:00")} == {"Báo cáo sơ kết", "Gửi bảng chấm điểm"}
