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
        "invitation": 44,  # seven units, six activities; the conference's convener, twice: it is postponed
        "reminder": 127,  # 118 by the ladder; dv3's two that came back, to its deputy contact; the convener's 7
        "undeliverable": 1,
        "overdue": 5,  # dv7's contact: once for its signature, on 07, 11 and 17/6 for its report, once for its sheet
        "escalation": 7,  # dv7's head each time; on 17/6 the secretary and the deputy leader's contact too
        "extension": 1,
        "receipt": 22,  # 14 reports, 8 sheets
        "refusal": 2,
        "thanks": 42,  # six times all are in
        "weekly": 13,  # on which days: below
        "result-ready": 2,
        "result": 7,
        "conference": 7,
        "conference-reminder": 7,  # on 10/12 the five who had not answered; on 11/12 nobody, just told; on 17/12 dv7's two
        "postponed": 7,
    }


def test_the_secretary_is_written_to_on_those_mondays_on_which_there_is_something_to_say(called_for):
    assert sorted(mail.which[5:] for mail in called_for.mails if mail.kind == "weekly") == [
        "01-22", "01-29",  # the consultations are due on 02/02
        "03-11", "03-18", "03-25",  # the signatures are due on 22/3; dv7 is late
        "05-27", "06-03", "06-10", "06-17",  # the reports are due on 06/6; dv7 is late until the 18th
        "11-25", "12-02", "12-09",  # reports and sheets are due on 07/12; dv7 is late, dv5 has until the 12th
        "12-16",  # the result waits to be published, at 9 o'clock
    ]  # fmt: skip


def test_so_many_mails_carry_so_many_notices(called_for):
    together = Counter(
        (min(mail.day for mail in post).isoformat(), len(post)) for post in called_for.posts.elements() if len(post) > 1
    )

    assert together == {
        ("2024-01-24", 2): 7,  # both consultations, to seven contacts
        ("2024-01-30", 2): 6,  # to contact and deputy contact of the three who owe both
        ("2024-11-18", 2): 8,  # report and sheet; dv3's again, to its deputy contact
        ("2024-11-27", 2): 3,  # dv5, dv6, dv7
        ("2024-12-03", 2): 2,  # dv5's two; the next day its sheet is given more time
    }
    assert sum(called_for.posts.values()) == sum(called_for.mails.values()) - 26 == 268


def test_the_timeline_says_what_left_together(year):
    said = year.said["hai-phong-2024"]

    together = [line.strip() for line in said if "what fell together" in line]
    assert together == [
        "07:30  in one mail each what fell together, 7 mails: dv3, dv4, dv5, dv6, dv7, heza, nnptnt",
        "07:30  in one mail each what fell together, 6 mails: dv4 ×2, dv5 ×2, dv7 ×2",
        "07:30  in one mail each what fell together, 7 mails: dv3, dv4, dv5, dv6, dv7, heza, nnptnt",
        "09:00  in one mail each what fell together, 1 mails: dv3",
        "07:30  in one mail each what fell together, 3 mails: dv5, dv6, dv7",
        "07:30  in one mail each what fell together, 2 mails: dv5 ×2",
    ]


def test_what_a_very_late_report_brings_about(called_for):
    mine = [mail for mail in called_for.mails if (mail.unit, mail.activity) == ("dv7", "midyear-reports")]

    assert sorted(
        (mail.day.isoformat(), mail.kind, mail.to.partition("@")[0]) for mail in mine if mail.day > date(2024, 6, 6)
    ) == [
        ("2024-06-07", "escalation", "thu-truong.dv7"),
        ("2024-06-07", "overdue", "dau-moi.dv7"),
        ("2024-06-11", "escalation", "thu-truong.dv7"),
        ("2024-06-11", "overdue", "dau-moi.dv7"),
        ("2024-06-17", "escalation", "dau-moi.nnptnt"),
        ("2024-06-17", "escalation", "giup-viec.heza"),
        ("2024-06-17", "escalation", "thu-truong.dv7"),
        ("2024-06-17", "overdue", "dau-moi.dv7"),
        ("2024-06-18", "receipt", "dau-moi.dv7"),
        ("2024-06-18", "thanks", "dau-moi.dv7"),
    ]


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
        ("2024-12-09", "escalation", "+1/2024-12-07", "thu-truong"),
        ("2024-12-09", "overdue", "+1/2024-12-07", "dau-moi"),
        ("2024-12-10", "receipt", "1", "dau-moi"),
        ("2024-12-11", "thanks", "2024-12-07", "dau-moi"),  # dv5 has sent the last one
    ]


@pytest.mark.parametrize("cycle", ODD)
def test_each_odd_bloc_gets_exactly_the_mails_that_its_year_calls_for(blocs, cycle):
    mails, wanted = blocs.house.mails(cycle), Year(ODD[cycle]).mails

    assert sorted((mails - wanted).elements()) == []
    assert sorted((wanted - mails).elements()) == []
    assert blocs.house.posts(cycle) == Year(ODD[cycle]).posts


def test_the_mails_of_the_smallest_bloc_written_out(blocs):
    a1, b2 = "a1@two.example.vn", "b2@two.example.vn"

    assert sorted(blocs.house.mails("two-2030").elements(), key=lambda mail: (mail.day, mail.to, mail.kind)) == [
        Mail(a1, "invitation", "sheets", "a1", "2031-01-03", date(2030, 12, 16)),
        Mail(b2, "invitation", "sheets", "b2", "2031-01-03", date(2030, 12, 16)),
        Mail(a1, "receipt", "sheets", "a1", "1", date(2030, 12, 20)),
        Mail(a1, "weekly", "", "", "2030-12-23", date(2030, 12, 23)),  # nobody is the secretary
        Mail(a1, "weekly", "", "", "2030-12-30", date(2030, 12, 30)),
        Mail(b2, "reminder", "sheets", "b2", "-3/2031-01-03", date(2030, 12, 30)),  # the 1st of January is a holiday
        Mail(b2, "reminder", "sheets", "b2", "+0/2031-01-03", date(2031, 1, 3)),
        Mail(a1, "result-ready", "", "", "1", date(2031, 1, 6)),
        Mail(a1, "thanks", "sheets", "a1", "2031-01-03", date(2031, 1, 6)),
        Mail(a1, "weekly", "", "", "2031-01-06", date(2031, 1, 6)),  # at 7:30; the last sheet came at 7:45
        Mail(b2, "overdue", "sheets", "b2", "+1/2031-01-03", date(2031, 1, 6)),
        Mail(b2, "receipt", "sheets", "b2", "1", date(2031, 1, 6)),
        Mail(b2, "thanks", "sheets", "b2", "2031-01-03", date(2031, 1, 6)),
        Mail(a1, "weekly", "", "", "2031-01-13", date(2031, 1, 13)),  # the result waits to be published, and is not
        Mail(a1, "weekly", "", "", "2031-01-20", date(2031, 1, 20)),
        Mail(a1, "weekly", "", "", "2031-01-28", date(2031, 1, 28)),  # a Tuesday: Tết lasts until the 27th
    ]


def test_a_unit_without_an_address_is_written_to_at_the_secretarys(blocs):
    mails = blocs.house.mails("three-2030")

    secretary, deputy = "giup-viec@three.example.vn", "chung@three.example.vn"  # whose unit urges those whose report is late
    assert {mail.to for mail in mails if mail.unit == "u3" and mail.kind != "escalation"} == {secretary}
    assert {mail.to for mail in mails if mail.unit == "u3" and mail.kind == "escalation"} == {secretary, deputy}


def test_a_mailbox_that_does_not_exist_fails_that_mail_alone(blocs):
    gone = "three-2030/sheets/u2/reminder-1/2030-12-06/giam.doc@three.example.vn"

    assert blocs.house.notices(NoticeState.FAILED) == [gone]


def test_who_was_done_at_the_moment_of_the_reminder_gets_none(blocs):
    assert blocs.house.notices(NoticeState.CANCELLED) == [
        "three-2030/draft/u2/reminder-5/2030-01-18/chung@three.example.vn",
    ]


def test_a_year_without_dates_mails_nothing(blocs):
    assert blocs.house.mails("undated-2030") == Counter()
