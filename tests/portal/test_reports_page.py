import io
import zipfile

import pytest
from openpyxl import load_workbook

from models import Deposit
from tests.factories import report
from tests.portal.conftest import DEPUTY, OTHER

REPORTS = "/years/b-2030/reports"


def test_the_deputy_gets_the_reports_as_one_archive_with_a_table_to_compile_from(site):
    site.year.deposit("u4", report("muộn"), "2030-06-10 09:00", name="../báo:cáo.docx")

    page = site.visitor(DEPUTY).get(REPORTS)
    answer = site.visitor(DEPUTY).get(f"{REPORTS}/archive?activity=reports")

    bundle = zipfile.ZipFile(io.BytesIO(answer.content))
    table = load_workbook(io.BytesIO(bundle.read("tong-hop-bao-cao.xlsx"))).active
    rows = [[cell.value for cell in row][1:7] for row in table.iter_rows(min_row=5)]
    assert "Đơn vị 4" in page.text and "sent late" in page.text
    assert bundle.namelist() == ["u3-Báo cáo.docx", "u4-báo_cáo.docx", "tong-hop-bao-cao.xlsx"]
    assert bundle.read("u3-Báo cáo.docx") == report()
    assert rows == [
        ["Đơn vị 1", "06/6/2030", "Quá hạn 181 ngày, chưa gửi", "", "", ""],
        ["Đơn vị 2", "06/6/2030", "Quá hạn 181 ngày, chưa gửi", "", "", ""],
        ["Đơn vị 3", "06/6/2030", "Đúng hạn", "1", "9 giờ 00, 20/5/2030", "u3-Báo cáo.docx"],
        ["Đơn vị 4", "06/6/2030", "Chậm 4 ngày", "2", "9 giờ 00, 10/6/2030", "u4-báo_cáo.docx"],
    ]


def test_a_score_sheet_is_no_report_by_its_id_nor_by_its_activity(site):
    sheet = site.year.send_sheet("u4", "2030-12-03 09:00")

    deputy = site.visitor(DEPUTY)
    answers = [deputy.get(f"/reports/{sheet.id}/file"), deputy.get(f"{REPORTS}/archive?activity=sheets")]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("who", [OTHER], ids=["another unit"])
def test_a_member_reads_no_other_units_report(site, who):
    (sent,) = (row for row in site.year.rows(Deposit) if row.receipt == 1)

    assert site.visitor(who).get(f"/reports/{sent.id}/file").status_code == 404


def test_the_deputy_reminds_those_whose_report_is_late_and_no_other_once_a_day(site):
    site.year.extend("u4", "2030-12-20", "2030-12-03 09:00")
    deputy = site.visitor(DEPUTY)

    first, second = (deputy.post(f"{REPORTS}/remind", {"activity": "reports"}) for _ in range(2))

    assert [answer.headers["location"].partition("=")[2] for answer in (first, second)] == ["reminded", "reminded-today"]
    assert [name.partition("/overdue")[0] for name in site.year.notices("overdue")] == ["reports/u1", "reports/u2"]
