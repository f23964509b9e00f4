import pytest

from bloc.db import Database
from bloc.enums import DepositState, NoticeState, ObligationState, Stage
from bloc.errors import NotAllowed
from models import AuditEntry, Deposit, Notice
from tests.factories import Year, on, plan, report, reports_asked
from tests.places import kept

pytestmark = pytest.mark.either


@kept
def year(base: Database) -> Year:
    """Return the year in which u2 has sent its report, owed by Thursday 06/6."""
    year = reports_asked(base)
    year.deposit("u2", report(), "2030-05-20 09:00")
    return year


def test_a_returned_report_is_owed_again_and_its_unit_is_told_why(year):
    given_back = year.give_back("u2", "2030-05-22 09:00")

    owed = year.obligation("u2")
    told = next(row for row in year.rows(Notice) if row.kind == "returned")
    assert (given_back.state, given_back.returned_because, given_back.receipt) == (DepositState.RETURNED, "Thiếu số liệu", 1)
    assert (owed.state, owed.accepted_at, owed.next_step_at) == (ObligationState.OPEN, None, on("2030-06-03 07:30"))
    assert told.identity == "b-2030/reports/u2/returned/1/u2@b.example.vn"
    assert (told.values["because"], told.values["file_name"], told.values["number"]) == ("Thiếu số liệu", "Báo cáo.docx", 1)


def test_it_is_reminded_of_from_then_on_and_by_a_new_version_done(year):
    year.give_back("u2", "2030-06-03 09:00")

    assert year.remind("2030-06-03 10:00") == 2  # u1 and u3: for u2 the return stands for the steps up to its moment
    assert year.remind("2030-06-06 08:00") == 3
    year.deposit("u2", report("Bổ sung"), "2030-06-06 09:00")

    assert [(row.version, row.state) for row in sorted(year.rows(Deposit), key=lambda row: row.version)] == [
        (1, DepositState.RETURNED), (2, DepositState.ACCEPTED),
    ]  # fmt: skip
    assert year.obligation("u2").state is ObligationState.ACCEPTED
    year.tidied("2030-06-06 10:00")
    mine = [row for row in year.rows(Notice) if row.kind == "reminder" and "/u2/" in row.identity]
    assert [row.state for row in mine] == [NoticeState.CANCELLED]


def test_every_version_that_counted_is_given_back(year):
    year.deposit("u2", report("Hai"), "2030-05-21 09:00")

    year.give_back("u2", "2030-05-22 09:00")

    assert [row.state for row in year.rows(Deposit)] == [DepositState.RETURNED] * 2


def test_the_file_that_was_returned_is_not_taken_unchanged(year):
    year.give_back("u2", "2030-05-22 09:00")

    again = year.deposit("u2", report(), "2030-05-23 09:00")

    assert (again.version, again.state) == (2, DepositState.REFUSED)
    assert [fault["message"]["text"] for fault in again.faults] == [
        "This is the file that was returned, unchanged. The reason was: {because}"
    ]
    assert year.obligation("u2").state is ObligationState.OPEN


def test_no_version_that_was_returned_is_taken_unchanged_whatever_came_after_it(year):
    year.deposit("u2", report("Hai"), "2030-05-21 09:00")
    year.give_back("u2", "2030-05-22 09:00")
    year.deposit("u2", report("Ba"), "2030-05-23 09:00")

    again = year.deposit("u2", report(), "2030-05-24 09:00")

    assert (again.version, again.state) == (4, DepositState.REFUSED)
    assert year.obligation("u2").state is ObligationState.ACCEPTED  # by the third


def test_a_report_returned_after_its_deadline_is_late_and_may_be_extended(year):
    year.give_back("u2", "2030-06-10 09:00")

    assert year.remind("2030-06-10 10:00") == 2  # the others are overdue
    year.extend("u2", "2030-06-20", "2030-06-10 11:00")
    year.deposit("u2", report("Bổ sung"), "2030-06-19 09:00")

    assert max(year.rows(Deposit), key=lambda row: row.version).late_seconds == 0


@pytest.mark.parametrize(
    ("unit", "activity", "because", "said"),
    [
        ("u1", "reports", "Sai", "Đơn vị 1 has sent nothing that could be returned."),
        ("u2", "reports", " ", "A return needs its reason."),
        ("u2", "sheets", "Sai", 'Only a report can be returned; "Gửi bảng chấm điểm" is none.'),
    ],
    ids=["nothing sent", "no reason", "a score sheet"],
)
def test_what_cannot_be_returned_is_refused_and_leaves_no_trace(year, unit, activity, because, said):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u2", "2030-11-19 09:00")
    entries = len(year.rows(AuditEntry))

    with pytest.raises(NotAllowed) as refused:
        year.give_back(unit, "2030-11-20 09:00", activity, because)

    assert str(refused.value) == said
    assert len(year.rows(AuditEntry)) == entries
    assert DepositState.RETURNED not in {row.state for row in year.rows(Deposit)}


def test_a_return_twice_finds_nothing_to_return(year):
    year.give_back("u2", "2030-05-22 09:00")

    with pytest.raises(NotAllowed, match="nothing that could be returned"):
        year.give_back("u2", "2030-05-22 09:01")


def test_what_was_sent_after_a_waiver_and_returned_is_owed_like_any_other(year):
    year.waive("u3", "2030-05-07 09:00")
    year.deposit("u3", report(), "2030-05-08 09:00")
    year.give_back("u3", "2030-05-09 09:00")

    year.apply(plan(activities={"reports": None}), "2030-05-10 09:00")
    year.apply(plan(), "2030-05-13 09:00")

    owed = year.obligation("u3")
    assert (owed.state, owed.waived_because) == (ObligationState.OPEN, None)
