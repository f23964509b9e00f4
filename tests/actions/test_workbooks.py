"""The workbooks that go with mails: the unit's own form with its invitation, its marked copy with a refusal."""

import io

import pytest
from openpyxl import load_workbook

from bloc import files
from bloc.enums import Stage
from models import Notice
from tests.factories import Year, cycle_of, plan, plan_data, sheet, sheets_asked
from tests.places import kept

pytestmark = pytest.mark.either


SECRETARY, *CONTACTS = plan_data()["contacts"]


year = kept(sheets_asked)


def attached(year: Year, kind: str) -> dict[str, list[str]]:
    """Return the names of the files that went with notices of a kind, by unit."""
    rows = [row for row in year.rows(Notice) if row.kind == kind]
    return {row.values["unit"]: [file["name"] for file in row.attachments] for row in rows}


def bytes_of(year: Year, kind: str) -> list[bytes]:
    found = [file["sha256"] for row in year.rows(Notice) if row.kind == kind for file in row.attachments]
    with year.open() as (work, _):
        return [files.read(work.session, sha256) for sha256 in found]


def test_who_is_asked_to_score_is_sent_the_units_own_workbook(year):
    assert attached(year, "invitation") == {f"Đơn vị {n}": [f"bang-cham-diem-u{n}-2030.xlsx"] for n in (1, 2, 3)}
    assert len(set(bytes_of(year, "invitation"))) == 3


def test_the_workbook_is_one_that_can_be_filled_in_and_sent(year):
    form = bytes_of(year, "invitation")[0]

    assert load_workbook(io.BytesIO(form)).sheetnames == load_workbook(io.BytesIO(sheet(year.cycle, "u1"))).sheetnames


def test_who_is_asked_for_a_report_is_sent_no_file(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert [row.attachments for row in year.rows(Notice) if "reports" in row.identity] == [[], [], []]


def test_sheets_that_are_issued_again_come_with_the_new_workbook(year):
    former = bytes_of(year, "invitation")
    year.apply(plan(size=2), "2030-11-20 09:00", "Sáp nhập")

    assert attached(year, "reissue") == {f"Đơn vị {n}": [f"bang-cham-diem-u{n}-2030.xlsx"] for n in (1, 2)}
    assert not set(bytes_of(year, "reissue")) & set(former)


def test_a_refused_sheet_comes_back_marked_to_the_unit_alone(base):
    year = cycle_of(base, plan(contacts=[SECRETARY, *CONTACTS[:2]]))  # u3 has nobody: its mail falls to the secretary
    for unit in ("u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00", {"u1": 99})

    assert attached(year, "refusal") == {"Đơn vị 2": ["bang-cham-diem-u2-2030-can-sua-1.xlsx"], "Đơn vị 3": []}


def test_where_the_units_own_address_takes_no_mail_its_points_go_to_nobody_else(base):
    year = cycle_of(base, plan())
    year.dead("u2@b.example.vn")
    year.send_sheet("u2", "2030-12-02 09:00", {"u1": 99})

    assert year.notices("refusal") == ["sheets/u2/refusal/1/secretary@b.example.vn"]
    assert attached(year, "refusal") == {"Đơn vị 2": []}
