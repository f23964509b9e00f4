from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc import files
from bloc.actions.punctuality import records_of
from bloc.actions.result_inputs import hash_of
from bloc.enums import Stage
from bloc.plan import Plan
from bloc.sheets import punctual
from bloc.sheets.layout import Sheet
from models import Notice
from tests.factories import Year, cycle_of, on, plan, plan_data, report, sheet

pytestmark = [pytest.mark.replay, pytest.mark.either]


def linked(to: object, **parts: object) -> Plan:
    criteria = plan_data()["criteria"]
    criteria["groups"][0]["criteria"][1]["punctuality"] = to
    return plan(criteria=criteria, **parts)


def reports_sent(base, to="true") -> Year:
    """u1 in time, u2 two days after the day that it was given, u3 not at all."""
    year = cycle_of(base, linked(to))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.extend("u2", "2030-06-10", "2030-06-03 09:00")
    year.deposit("u1", report(), "2030-06-06 09:00")
    year.deposit("u2", report(), "2030-06-12 09:00")
    return year


def told(year, when, criterion="I.2"):
    with year.open() as (work, cycle):
        found = records_of(work.session, cycle, on(when))
    return {unit: [str(said) for said in found.brief(criterion, unit)] for unit in ("u1", "u2", "u3")}


def test_those_who_score_see_what_was_in_time_what_was_late_and_what_never_came(base):
    year = reports_sent(base)

    assert told(year, "2030-11-20 09:00") == {
        "u1": ["on time: 1 of 1"],
        "u2": ["on time: 0 of 1", "late by 2 days"],
        "u3": ["on time: 0 of 1", "not sent, 167 days overdue"],
    }
    assert told(year, "2030-11-20 09:00", "I.1") == {"u1": [], "u2": [], "u3": []}
    year.waive("u3", "2030-11-20 10:00")
    assert told(year, "2030-11-20 11:00")["u3"] == ["nothing is over yet", "waived"]


def test_a_criterion_may_be_linked_to_some_activities_alone(base):
    assert told(reports_sent(base, ["reports"]), "2030-11-20 09:00")["u1"] == ["on time: 1 of 1"]


def test_the_workbook_that_goes_out_has_the_record_on_a_sheet_of_its_own_with_reasons_and_fills_in_no_points(base):
    year = reports_sent(base)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")

    (sent,) = (row for row in year.rows(Notice) if row.identity.startswith(f"{year.key}/sheets/u3/invitation"))
    with year.open() as (work, _):
        book = load_workbook(BytesIO(files.read(work.session, sent.attachments[0]["sha256"])))
    rows = [[cell for cell in row if cell] for row in book[Sheet.RECORD].iter_rows(values_only=True)]

    assert rows[1][0].startswith("Số liệu ghi nhận đến ")
    came = "9 giờ 00, thứ Tư 12/6/2030"
    assert ["Đơn vị 2", "Báo cáo sơ kết", "10/6/2030 (được gia hạn)", came, "chậm 2 ngày", "Bão"] in rows
    assert ["Đơn vị 3", "Báo cáo sơ kết", "06/6/2030", "-", "chưa gửi, quá hạn 165 ngày"] in rows
    given = [cell.value for row in book[Sheet.CROSS]["E8:F9"] for cell in row]
    assert given == [None] * 4


def test_without_a_link_the_workbook_has_no_such_sheet(base):
    year = cycle_of(base, plan())
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")

    kept = [row.attachments[0]["sha256"] for row in year.rows(Notice) if row.attachments]
    with year.open() as (work, _):
        data = [files.read(work.session, each) for each in kept]

    assert [Sheet.RECORD in load_workbook(BytesIO(each)).sheetnames for each in data] == [False] * 3


def test_the_link_changes_nothing_that_is_scored_or_signed(base):
    one, other = plan(), linked("true")

    assert (one.form(), one.scored(), one.agreed()) == (other.form(), other.scored(), other.agreed())
    assert hash_of(one.model_dump(mode="json"), {}) == hash_of(other.model_dump(mode="json"), {})
    old = plan().model_dump(mode="json")
    for leaf in old["criteria"]["groups"][0]["criteria"]:
        del leaf["punctuality"]  # as it was kept before there was such a key
    assert hash_of(old, {}) == hash_of(other.model_dump(mode="json"), {})


def test_a_plan_that_links_a_criterion_after_sheets_have_come_needs_no_reason_and_says_so(base):
    year = cycle_of(base, plan())
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    given = sheet(year.cycle, "u3")
    first = year.deposit("u3", given, "2030-11-20 09:00", "sheets", "a.xlsx")

    changes = year.apply(linked("true"), "2030-11-21 09:00")

    assert "Criterion I.2 is linked to punctuality: Báo cáo sơ kết, Gửi bảng chấm điểm." in changes
    assert year.deposit("u3", given, "2030-11-22 09:00", "sheets", "a.xlsx").id == first.id
    back = year.apply(plan(), "2030-11-23 09:00")
    assert "Criterion I.2 is no longer linked to punctuality." in back
    assert punctual.Records(on("2030-11-23 09:00"), {}).of("I.2", "u1") == ()
