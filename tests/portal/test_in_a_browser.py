import re

import pytest

from models import Attendance, SheetDraft
from tests.engine.waiting import eventually
from tests.factories import on, sheet
from tests.portal.browsing import CHROMIUM, DESKTOP, PHONE, chromium, screen, served
from tests.portal.conference import invited
from tests.portal.conftest import OTHER, OWN, SECRETARY

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


def test_a_sheet_saves_itself_takes_what_is_pasted_and_is_handed_in_at_a_phone(browser, played, tmp_path):
    with served(played, tmp_path) as site, screen(browser, site, PHONE) as shown:
        visitor = site.visitor(OTHER, language="vi")
        shown.page.context.add_cookies(
            [{"name": c.name, "value": c.value, "url": shown.url} for c in visitor.client.cookies.jar]
        )
        shown.open(f"/obligations/{site.year.obligation('u4', 'sheets').id}/sheet")
        cell = shown.page.locator('[id="p/u4/I.1"]')
        pasted = (
            "const data = new DataTransfer(); data.setData('text', text); field.dispatchEvent("
            "new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))"
        )

        cell.evaluate(f"(field, text) => {{ {pasted} }}", "9,5\n30\n")
        wrong = shown.page.locator('[id="p/u4/I.2"]').get_attribute("aria-invalid")
        eventually(lambda: site.rows(SheetDraft))
        listed = shown.page.locator("#wrong a").inner_text()
        shown.page.locator('[id="p/u4/I.2"]').fill("5")
        for unit in ("1", "2", "3"):
            shown.press(f"Đơn vị {unit}")
            shown.page.locator(f'[id="p/u{unit}/I.1"]').fill("7")
            shown.page.locator(f'[id="p/u{unit}/I.2"]').fill("1")
        shown.press("Lưu và kiểm tra trước khi nộp")
        shown.press("Nộp bảng chấm điểm")

        assert (wrong, listed) == ("true", "I.2, Đơn vị 4: 30 vượt quá điểm tối đa 5.")
        assert shown.heading == "Đã nhận"
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert shown.complaints == []


def test_a_conference_day_on_a_phone_from_the_answer_to_the_quorum(browser, played, tmp_path):
    with served(played, tmp_path) as site, screen(browser, site, PHONE, script=False) as unit:
        mine = invited(site)
        as_reader(unit, site, OWN)
        unit.open(f"/attendances/{mine}")
        unit.page.get_by_label("Người dự", exact=True).fill("Phó Giám đốc")
        unit.page.get_by_label("Số người dự").fill("3")
        unit.press("Có dự hội nghị")
        answered = unit.page.locator(".tag").inner_text()
        fits = unit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        site.clock.moment = on("2030-12-20 08:20")
        with screen(browser, site, PHONE) as desk:
            as_reader(desk, site, SECRETARY)
            desk.open("/years/b-2030/conferences/meeting")
            ticked = [each.get_attribute("value") for each in desk.page.locator("[name=present]:checked").all()]
            for name in ("Đơn vị 1", "Đơn vị 2"):
                desk.page.get_by_role("checkbox", name=name).check()
            desk.press("Ghi nhận")
            said = desk.page.locator(".facts").inner_text()
            fits_too = desk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            complaints = unit.complaints + desk.complaints

        assert (answered, ticked) == ("✓\nCó dự", ["u3"])
        assert "Có mặt 3/4 đơn vị; yêu cầu ít nhất 3 đơn vị (tỷ lệ 2/3): đủ số đơn vị để tiến hành hội nghị." in said
        assert sum(row.present for row in site.rows(Attendance)) == 3
        assert (fits, fits_too, complaints) == (True, True, [])


def as_reader(shown, site, address):
    visitor = site.visitor(address, language="vi")
    shown.page.context.add_cookies([{"name": c.name, "value": c.value, "url": shown.url} for c in visitor.client.cookies.jar])
