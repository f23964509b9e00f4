import io
import json
from unicodedata import normalize

import pytest
from openpyxl import load_workbook
from sqlmodel import Session, select

from bloc import files
from bloc.enums import ActivityState, DepositState, ObligationState, Stage
from bloc.errors import Fault, NotAllowed, NotFound
from models import Deposit, Notice, Point
from tests.factories import LIMIT, cycle_of, on, plan, plan_data, report, reports_asked
from tests.places import kept

pytestmark = pytest.mark.either

PDF = b"%PDF-1.7 ... %%EOF\n"


year = kept(reports_asked)


@pytest.mark.parametrize("data", [report(), PDF], ids=["docx", "pdf"])
def test_a_report_is_accepted_and_kept_as_it_came(year, base, data):
    sent = year.deposit("u2", data, "2030-05-20 09:00")

    owed = year.obligation("u2")
    assert (sent.state, sent.version, sent.receipt, sent.late_seconds) == (DepositState.ACCEPTED, 1, 1, 0)
    assert (sent.faults, sent.remarks, sent.file_name) == ([], [], "Báo cáo.docx")
    assert (owed.state, owed.accepted_at) == (ObligationState.ACCEPTED, on("2030-05-20 09:00"))
    assert year.notices("receipt") == ["reports/u2/receipt/1/u2@b.example.vn"]
    with Session(base.engine) as session:
        assert files.read(session, sent.sha256) == data


def test_a_file_of_another_type_is_refused_and_kept_and_the_report_stays_owed(year, base):
    sent = year.deposit("u2", b"<html>", "2030-05-20 09:00")

    assert (sent.state, sent.version, sent.receipt) == (DepositState.REFUSED, 1, None)
    assert [str(Fault.from_json(fault)) for fault in sent.faults] == [
        "The file is neither a .docx nor a .pdf. Please send the report as one of these."
    ]
    assert year.obligation("u2").state is ObligationState.OPEN
    assert year.notices("receipt", "refusal") == ["reports/u2/refusal/1/u2@b.example.vn"]
    with Session(base.engine) as session:
        assert files.read(session, sent.sha256) == b"<html>"


def test_identical_bytes_get_the_same_receipt_and_no_second_mail(year):
    first = year.deposit("u2", PDF, "2030-05-20 09:00")
    again = year.deposit("u2", PDF, "2030-06-20 09:00", name="other.pdf")

    assert again == first
    assert (len(year.rows(Deposit)), year.notices("receipt")) == (1, ["reports/u2/receipt/1/u2@b.example.vn"])


def test_identical_faulty_bytes_are_refused_once(year):
    first = year.deposit("u2", b"<html>", "2030-05-20 09:00")

    assert year.deposit("u2", b"<html>", "2030-05-21 09:00") == first
    assert year.notices("refusal") == ["reports/u2/refusal/1/u2@b.example.vn"]


def test_a_changed_file_is_a_new_version_and_the_first_one_says_when_it_was_met(year):
    year.deposit("u2", report("A"), "2030-05-20 09:00")
    second = year.deposit("u2", report("B"), "2030-05-21 09:00")

    assert (second.version, second.receipt) == (2, 2)
    assert year.obligation("u2").accepted_at == on("2030-05-20 09:00")
    assert len(year.notices("receipt")) == 2


def test_a_file_that_comes_back_after_another_one_is_a_version_of_its_own(year):
    sent = [year.deposit("u2", report(text), f"2030-05-2{day} 09:00") for day, text in enumerate("ABA")]

    assert [each.version for each in sent] == [1, 2, 3]
    assert sent[0].sha256 == sent[2].sha256 != sent[1].sha256


def test_an_accepted_report_stays_accepted_when_a_faulty_file_follows(year):
    year.deposit("u2", PDF, "2030-05-20 09:00")
    year.deposit("u2", b"<html>", "2030-05-21 09:00")

    assert year.obligation("u2").state is ObligationState.ACCEPTED


@pytest.mark.parametrize(
    ("when", "late"),
    [("2030-06-06 23:59:59", 0), ("2030-06-07 00:00:00", 1), ("2030-06-07 00:01:30", 91), ("2030-06-08 00:00:00", 86_401)],
    ids=["the last second", "the first moment too late", "a minute and a half", "a day"],
)
def test_what_comes_late_is_accepted_and_marked_by_how_much(year, when, late):
    sent = year.deposit("u2", PDF, when)

    notice = next(row for row in year.rows(Notice) if row.kind == "receipt")
    assert (sent.state, sent.late_seconds, notice.values["late_seconds"]) == (DepositState.ACCEPTED, late, late)


@pytest.mark.parametrize(
    ("unit", "activity", "data", "error", "said"),
    [
        ("u2", "reports", b"", NotAllowed, "The file is empty. Please send it again."),
        ("u2", "reports", PDF.ljust(LIMIT + 1), NotAllowed, "The file is larger than 1 MB. Please send a smaller one."),
        ("u2", "exchange", PDF, NotAllowed, '"Trao đổi kinh nghiệm" takes no file.'),
        ("u9", "reports", PDF, NotFound, 'There is no unit "u9" in this bloc; it has: u1, u2, u3'),
        (
            "u2", "report", PDF, NotFound,
            'There is no activity "report" in this plan; it has: opinions, covenant, reports, exchange, sheets',
        ),
    ],
    ids=["empty", "too large", "an activity that takes none", "unknown unit", "unknown activity"],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_and_nothing_is_kept(year, unit, activity, data, error, said):
    with pytest.raises(error) as refused:
        year.deposit(unit, data, "2030-05-20 09:00", activity)

    assert str(refused.value) == said
    assert year.rows(Deposit) == []


def test_a_file_of_just_the_largest_size_is_taken(year):
    assert year.deposit("u2", b"%PDF-" + b"%%EOF".rjust(LIMIT - 5), "2030-05-20 09:00").state is DepositState.ACCEPTED


def test_what_has_no_date_yet_takes_nothing(base):
    year = cycle_of(base, plan(activities={"reports": {"deadline": None}}))

    with pytest.raises(NotAllowed, match=r'^"Báo cáo sơ kết" has no date yet; it takes nothing so far\.$'):
        year.deposit("u2", PDF, "2030-05-20 09:00")


def test_of_whom_nothing_is_asked_nothing_is_taken(base):
    year = cycle_of(base, plan(activities={"reports": {"actors": ["u3"]}}))

    with pytest.raises(NotFound, match=r'^"Báo cáo sơ kết" asks nothing of Đơn vị 2 now\.$'):
        year.deposit("u2", PDF, "2030-04-20 09:00")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (normalize("NFD", "Báo cáo.docx"), "Báo cáo.docx"),
        ("a\r\nBcc: x\x00\u2028.pdf", "a  Bcc: x  .pdf"),
        ("\udcff.pdf", " .pdf"),
        ("ă" * 300 + ".docx", "ă" * 195 + ".docx"),
        ("", ""),
    ],
    ids=["decomposed, as on a Mac", "line breaks and a nought", "bytes that are no text", "very long", "none"],
)
def test_odd_file_names_are_kept_as_one_line(year, name, kept):
    assert year.deposit("u2", PDF, "2030-05-20 09:00", name=name).file_name == kept


def test_a_unit_without_a_contact_is_answered_at_the_secretary(base):
    year = cycle_of(base, plan(contacts=plan_data()["contacts"][:2]))
    year.deposit("u2", PDF, "2030-05-20 09:00")

    assert year.notices("receipt") == ["reports/u2/receipt/1/secretary@b.example.vn"]


NONE = {"unit": "u3", "name": "Chuyên viên 3", "email": "u3@a.example.vn"}
LENT = {"unit": "u2", "name": "Thư ký", "email": "secretary@a.example.vn"}


@pytest.mark.parametrize("contact", [NONE, LENT], ids=["who has no address", "whose address is the secretary's"])
def test_the_secretary_who_is_answered_in_a_units_stead_reads_none_of_its_points(base, contact):
    alone = cycle_of(base, plan(code="a", contacts=[*plan_data(code="a")["contacts"][:2], contact]))
    reached = cycle_of(base, plan(code="c"))
    for bloc in (alone, reached):
        bloc.advance(Stage.YEAR_END, "2030-11-18 07:00")
        bloc.send_sheet("u2", "2030-11-20 09:00", {"u1": 77, "u3": 77})

    says = [row.values for bloc in (alone, reached) for row in bloc.rows(Notice) if row.kind == "refusal"]

    assert ["77" in json.dumps(said["faults"]) for said in says] == [False, True]
    assert [(len(said["faults"]), said["count"]) for said in says] == [(1, 2), (2, 2)]  # one line stands for both
    assert [said["marked"] is None for said in says] == [True, False]


def test_the_secretary_who_is_the_contact_of_the_own_unit_reads_its_faults(base):
    contacts = plan_data()["contacts"]
    year = cycle_of(base, plan(contacts=[contacts[0], {**contacts[1], "email": contacts[0]["email"]}, *contacts[2:]]))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u1", "2030-11-20 09:00", {"u2": 77})

    assert ["77" in json.dumps(row.values["faults"]) for row in year.rows(Notice) if row.kind == "refusal"] == [True]


def test_the_totals_of_a_sheet_are_told_to_its_unit_and_to_nobody_in_its_stead(base):
    alone = cycle_of(base, plan(code="a", contacts=plan_data(code="a")["contacts"][:2]))
    reached = cycle_of(base, plan(code="c"))
    for bloc in (alone, reached):
        bloc.advance(Stage.YEAR_END, "2030-11-18 07:00")
        bloc.send_sheet("u2", "2030-11-20 09:00", {"u2": 24.75})

    told = [row.values["totals"] for bloc in (alone, reached) for row in bloc.rows(Notice) if row.kind == "receipt"]

    assert told == [
        [],
        [
            {"unit": "Đơn vị 2", "points": 25_750},
            {"unit": "Đơn vị 1", "points": 11_000},
            {"unit": "Đơn vị 3", "points": 11_000},
        ],
    ]


def test_a_refused_sheet_is_kept_with_its_marked_copy_which_corrected_is_a_new_version(year):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u2", "2030-11-20 09:00", {"u1": 77})
    (mail,) = (row for row in year.rows(Notice) if row.kind == "refusal")
    with Session(year.base.engine) as session:
        book = load_workbook(io.BytesIO(files.read(session, mail.values["marked"])))
    book["Chấm chéo"]["E8"], corrected = 25, io.BytesIO()
    book.save(corrected)

    sent = year.deposit("u2", corrected.getvalue(), "2030-11-21 09:00", "sheets")

    assert (sent.state, sent.version) == (DepositState.ACCEPTED, 2)
    assert points(year) == [1000, 1000, 1000, 10_000, 10_000, 25_000]


def test_what_was_over_when_the_plan_came_is_taken_as_late(base):
    year = cycle_of(base, plan(), "2030-08-01 09:00")

    deposit = year.deposit("u2", PDF, "2030-08-02 09:00")

    assert (year.activity("reports").state, deposit.state) == (ActivityState.PAST, DepositState.ACCEPTED)
    assert deposit.late_seconds > 0


def test_blocs_number_their_own_receipts(base):
    years = [cycle_of(base, plan(code=code)) for code in ("a", "b")]

    assert [year.deposit("u2", PDF, "2030-05-20 09:00").receipt for year in years] == [1, 1]


def test_a_sheet_with_faults_gives_no_points_and_names_them_by_cell(year):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")

    sent = year.send_sheet("u2", "2030-11-20 09:00", {"u1": 26, "u2": 10.1})

    places = [fault["place"] for fault in sent.faults]
    assert sent.state is DepositState.REFUSED
    assert [place.partition("!")[0] for place in places] == ["Tự chấm", "Chấm chéo"]
    assert points(year) == []


def test_a_sheet_of_another_unit_is_refused(year):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    others = year.send_sheet("u1", "2030-11-20 09:00").sha256

    with Session(year.base.engine) as session:
        data = files.read(session, others)
    sent = year.deposit("u2", data, "2030-11-20 10:00", "sheets")

    assert [str(Fault.from_json(fault)) for fault in sent.faults] == [
        "This is the sheet of Đơn vị 1, year 2030; asked for is the sheet of Đơn vị 2, year 2030."
    ]


def test_an_accepted_sheet_gives_its_points_exactly(year):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")

    year.send_sheet("u2", "2030-11-20 09:00", {"u1": 24.75, "u3": 0})

    assert points(year) == [0, 1000, 1000, 1000, 10_000, 24_750]


def points(year):
    with Session(year.base.engine) as session:
        return sorted(session.exec(select(Point.thousandths)))
