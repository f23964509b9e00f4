import io
import re
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bloc.actions.audit import check_trail
from bloc.enums import Act
from models import AuditEntry, Deposit
from tests.factories import report, sheet
from tests.portal.conftest import OTHER, OWN, SECRETARY, SHEET_NAME

YEAR = "/years/b-2030/units/{}"


def task(site, unit="u4", activity="sheets") -> str:
    return f"/obligations/{site.year.obligation(unit, activity).id}"


def send(site, visitor, path, data, name="Bảng chấm điểm.xlsx"):
    return visitor.post(f"{path}/file", files={"file": (name, data)})


def lines(text: str) -> list[str]:
    """Return what a reader sees, a line each."""
    return [line for line in (" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in text.splitlines()) if line]


def test_a_units_year_says_by_quarter_what_is_owed_and_how_long_is_left(site):
    shown = lines(site.visitor(OWN, language="vi").get(YEAR.format("u3")).text)

    start = shown.index("Quý I")
    assert shown[start : start + 14] == [
        "Quý I",
        "Góp ý dự thảo giao ước đến hết thứ Sáu 15/02/2030",
        "✓ Đã hoàn thành",
        "Ký giao ước thi đua đến hết thứ Năm 28/02/2030",
        "✓ Đã hoàn thành",
        "Quý II",
        "Báo cáo sơ kết đến hết thứ Năm 06/6/2030 · Biên nhận số 1",
        "✓ Đã hoàn thành",
        "Quý III",
        "Trao đổi kinh nghiệm",
        "· Chưa ấn định thời gian",
        "Quý IV",
        "Gửi bảng chấm điểm đến hết thứ Sáu 06/12/2030 - còn 02 ngày",
        "◔ Sắp đến hạn",
    ]
    assert "Đã hoàn thành 3 trên 5 việc của năm." in shown


def test_who_signs_in_begins_with_their_one_role(site):
    starts = {address: site.visitor(address).get("/").headers["location"] for address in (OWN, SECRETARY)}

    assert starts == {OWN: YEAR.format("u3"), SECRETARY: "/years/b-2030/desk"}


def test_a_sheet_that_is_sent_has_a_receipt_with_its_totals(site):
    visitor, path = site.visitor(OTHER), task(site)

    answer = send(site, visitor, path, sheet(site.year.cycle, "u4", {"u1": 12.5}))
    receipt = visitor.get(answer.headers["location"])
    again = send(site, visitor, path, sheet(site.year.cycle, "u4", {"u1": 12.5}))

    shown = lines(receipt.text)
    assert (answer.status_code, "Received" in shown, "Receipt number 2" in shown) == (303, True, True)
    assert [line for line in shown if line.startswith("Đơn vị")][-4:] == [
        "Đơn vị 1 13.5", "Đơn vị 2 11", "Đơn vị 3 11", "Đơn vị 4 11",
    ]  # fmt: skip
    assert again.headers["location"] == answer.headers["location"]


def test_who_sent_it_and_from_where_is_on_record(site):
    send(site, site.visitor(OTHER), task(site), sheet(site.year.cycle, "u4"))

    with site.year.open() as (work, cycle):
        entry = max(work.session.exec(select(AuditEntry).where(AuditEntry.cycle_id == cycle.id)), key=lambda row: row.number)
        said = (entry.act, entry.by, entry.client)
        before = check_trail(work.session, cycle).fault
        entry.client = "192.0.2.1"
        after = check_trail(work.session, cycle).fault

    assert said == (Act.DEPOSIT, "Chuyên viên 4, Đơn vị 4", "testclient")
    assert (before, str(after)) == (None, f"entry {entry.number} is not as it was written")


def test_a_refused_sheet_comes_back_with_every_fault_and_its_marked_copy(site):
    visitor, book = site.visitor(OTHER), load_workbook(io.BytesIO(sheet(site.year.cycle, "u4", {"u1": 99})))
    out = io.BytesIO()
    book.save(out)

    answer = send(site, visitor, task(site), out.getvalue())
    page = visitor.get(answer.headers["location"])
    marked = visitor.get(f"{answer.headers['location']}/marked")

    (deposit,) = (row for row in site.year.rows(Deposit) if row.file_name == "Bảng chấm điểm.xlsx")
    faults = re.findall(r'<li><a href="#file">([^<]+)</a></li>', page.text)
    assert (len(faults), len(deposit.faults)) == (1, 1)
    assert 'id="file"' in page.text and "There is a problem" not in page.text
    assert marked.headers["content-disposition"] == "attachment; filename*=UTF-8''bang-cham-diem-u4-can-sua-1.xlsx"
    assert len(load_workbook(io.BytesIO(marked.content)).sheetnames) >= 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "Choose a file to send."),
        ({"file": ("a.docx", b"")}, "The file is empty."),
        ({"file": ("a.docx", b"0" * 300_001)}, "larger than 0.3 MB"),
    ],
    ids=["none", "empty", "too large"],
)
def test_what_is_wrong_with_a_form_is_said_at_its_field(site, files, said):
    answer = site.visitor(OWN).post(f"{task(site, 'u3', 'reports')}/file", files=files or None)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert '<li><a href="#file">' in answer.text
    assert 'aria-describedby="file-hint file-fault" aria-invalid="true"' in answer.text
    assert "<title>Error: " in answer.text


def test_a_file_goes_back_as_it_came_as_an_attachment_of_a_type_of_ours(site):
    visitor, sent = site.visitor(OWN), max(site.year.rows(Deposit), key=lambda row: row.received_at)

    answer = visitor.get(f"/deposits/{sent.id}/file")

    assert answer.content == b"no workbook"
    assert answer.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(SHEET_NAME)}"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ['a"\r\nX: y.html', "../../etc/passwd", "C:\\x\\bao-cao.svg"], ids=["a header", "a path", "a drive"]
)
def test_the_name_of_a_file_is_never_trusted(site, name):
    visitor = site.visitor(OWN)
    sent = site.year.deposit("u3", report("khác"), "2030-12-03 09:00", name=name)

    answer = visitor.get(f"/deposits/{sent.id}/file")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%-]+", answer.headers["content-disposition"])
    assert "/" not in answer.headers["content-disposition"] and "x" not in answer.headers


def test_the_empty_workbook_can_be_taken_filled_in_and_sent(site):
    visitor = site.visitor(OTHER)

    answer = visitor.get(f"{task(site)}/workbook")

    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''bang-cham-diem-u4-2030.xlsx"
    assert len(load_workbook(io.BytesIO(answer.content)).sheetnames) >= 2


def test_a_report_has_no_workbook(site):
    assert site.visitor(OTHER).get(f"{task(site, activity='reports')}/workbook").status_code == 404
