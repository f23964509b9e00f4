import re

import pytest

from tests.engine.waiting import eventually
from tests.factories import sheet
from tests.portal.browsing import CHROMIUM, DESKTOP, PHONE, chromium, screen, served
from tests.portal.conftest import OTHER

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize(
    ("viewport", "script"), [(DESKTOP, True), (PHONE, False)], ids=["on a desktop", "on a phone without scripts"]
)
def test_a_unit_signs_in_by_the_mailed_code_sends_its_sheet_and_sees_the_receipt(browser, played, tmp_path, viewport, script):
    filled = tmp_path / "bang-cham-diem.xlsx"
    with served(played, tmp_path) as site, screen(browser, site, viewport, script=script) as shown:
        filled.write_bytes(sheet(site.year.cycle, "u4"))
        task = f"/obligations/{site.year.obligation('u4', 'sheets').id}"

        shown.open(task)
        shown.page.get_by_label("Địa chỉ thư điện tử").fill(OTHER)
        shown.press("Gửi liên kết và mã")
        assert eventually(site.mails)  # it is sent once the page was answered
        (mail,) = site.mails()
        code = re.search(r"\b\d{6}\b", mail.get_body(("plain",)).get_content())[0]
        shown.page.get_by_label("Mã gồm sáu chữ số").fill(code)
        shown.press("Đăng nhập")
        at_the_task = shown.page.url.removeprefix(shown.url)
        shown.page.get_by_label("Bảng chấm điểm đã điền").set_input_files(filled)
        shown.press("Gửi")

        assert at_the_task == task
        assert shown.heading == "Đã nhận"
        assert shown.page.locator(".confirmation strong").inner_text() == "2"
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert shown.complaints == []
