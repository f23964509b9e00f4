"""The mails of a year are those that plan and scenario call for: derived by tests/replay/oracle.py, found in the sink."""

from collections import Counter
from datetime import date

import pytest

from bloc.enums import NoticeState
from tests.replay.conftest import ODD
from tests.replay.oracle import Mail, Year
from tests.replay.playing import SHIPPED

pytestmark = pytest.mark.replay


@pytest.fixture(scope="session")
def called_for() -> Year:
    return Year(SHIPPED)


def test_the_list_derived_is_the_one_that_can_be_counted_by_hand(called_for):
    kinds = Counter(mail.kind for mail in called_for.mails)

    assert kinds == {
        "invitation": 42,  # seven units, six activities
        "reminder": 118,
        "overdue": 8,  # dv7, four times, to its contact and its head
        "extension": 1,
        "receipt": 22,  # 14 reports, 8 sheets
        "refusal": 2,
        "result-ready": 2,
        "result": 7,
    }


def test_every_reminder_of_one_unit_falls_on_its_day(called_for):
    mine = [mail for mail in called_for.mails if (mail.unit, mail.activity) == ("dv7", "year-end-sheets")]

    assert sorted((mail.day.isoformat(), mail.kind, mail.which, mail.to.split(".")[0]) for mail in mine) == [
        ("2024-11-04", "invitation", "2024-12-07", "dau-moi"),
        ("2024-11-18", "reminder", "-14/2024-12-07", "dau-moi"),
        ("2024-11-27", "reminder", "-7/2024-12-07", "dau-moi"),
        ("2024-12-03", "reminder", "-3/2024-12-07", "dau-moi"),
        ("2024-12-03", "reminder", "-3/2024-12-07", "phoi-hop"),
        ("2024-12-05", "reminder", "-1/2024-12-07", "dau-moi"),
        ("2024-12-05", "reminder", "-1/2024-12-07", "phoi-hop"),
        ("2024-12-06", "reminder", "+0/2024-12-07", "dau-moi"),
        ("2024-12-06", "reminder", "+0/2024-12-07", "phoi-hop"),
        ("2024-12-09", "overdue", "+1/2024-12-07", "dau-moi"),
        ("2024-12-09", "overdue", "+1/2024-12-07", "thu-truong"),
        ("2024-12-10", "receipt", "1", "dau-moi"),
    ]


@pytest.mark.parametrize("cycle", ODD)
def test_each_odd_bloc_gets_exactly_the_mails_that_its_year_calls_for(blocs, cycle):
    mails, wanted = blocs.house.mails(cycle), Year(ODD[cycle]).mails

    assert sorted((mails - wanted).elements()) == []
    assert sorted((wanted - mails).elements()) == []


def test_the_mails_of_the_smallest_bloc_written_out(blocs):
    a1, b2 = "a1@two.example.vn", "b2@two.example.vn"

    assert sorted(blocs.house.mails("two-2030").elements(), key=lambda mail: (mail.day, mail.to)) == [
        Mail(a1, "invitation", "sheets", "a1", "2031-01-03", date(2030, 12, 16)),
        Mail(b2, "invitation", "sheets", "b2", "2031-01-03", date(2030, 12, 16)),
        Mail(a1, "receipt", "sheets", "a1", "1", date(2030, 12, 20)),
        Mail(b2, "reminder", "sheets", "b2", "-3/2031-01-03", date(2030, 12, 30)),  # the 1st of January is a holiday
        Mail(b2, "reminder", "sheets", "b2", "+0/2031-01-03", date(2031, 1, 3)),
        Mail(a1, "result-ready", "", "", "1", date(2031, 1, 6)),  # nobody is the secretary
        Mail(b2, "overdue", "sheets", "b2", "+1/2031-01-03", date(2031, 1, 6)),
        Mail(b2, "receipt", "sheets", "b2", "1", date(2031, 1, 6)),
    ]


def test_a_unit_without_an_address_is_written_to_at_the_secretarys(blocs):
    mails = blocs.house.mails("three-2030")

    assert {mail.to for mail in mails if mail.unit == "u3"} == {"giup-viec@three.example.vn"}


def test_a_mailbox_that_does_not_exist_fails_that_mail_alone(blocs):
    gone = "three-2030/sheets/u2/reminder-1/2030-12-06/giam.doc@three.example.vn"

    assert blocs.house.notices(NoticeState.FAILED) == [gone]


def test_who_was_done_at_the_moment_of_the_reminder_gets_none(blocs):
    assert blocs.house.notices(NoticeState.CANCELLED) == [
        "three-2030/draft/u2/reminder-5/2030-01-18/chung@three.example.vn",
    ]


def test_a_year_without_dates_mails_nothing(blocs):
    assert blocs.house.mails("undated-2030") == Counter()
