import csv
import io
import re

import pytest

from bloc.enums import Decision, IncomingState, NoticeKind, NoticeState
from bloc.portal.routes.record import harmless
from models import AuditEntry, Deposit, Incoming, Notice
from notifications.references import reference
from tests.factories import plan, plan_data, sheet
from tests.portal.conftest import SECRETARY, SHEET_NAME, held
from tests.portal.test_unit_result import GIVEN, closed_without

MAILS, RECORD = "/years/b-2030/mails", "/years/b-2030/record"


def notice(site, part: str) -> Notice:
    return next(row for row in site.rows(Notice) if part in row.identity and row.state is NoticeState.QUEUED)


def first_to_come(visitor) -> str:
    page = visitor.get(MAILS).text.partition("Mails to come")[2]
    found = re.search(rf"{MAILS}/notices/(\w+)", page)
    assert found is not None
    return f"{MAILS}/notices/{found[1]}"


def test_a_mail_that_is_to_come_is_suppressed_with_a_reason_and_restored(site):
    visitor = site.visitor(SECRETARY)
    path = first_to_come(visitor)

    without = visitor.post(path, {"act": "suppress"})
    visitor.post(path, {"act": "suppress", "because": "Đã gọi điện"})
    suppressed = visitor.get(path).text
    visitor.post(path, {"act": "restore", "because": "Vẫn cần"})

    assert without.status_code == 422
    assert "Đã gọi điện" in suppressed
    decisions = [(row.after["decision"], row.because) for row in site.rows(AuditEntry) if row.act == "notice"]
    assert decisions == [(Decision.SUPPRESSED, "Đã gọi điện"), (Decision.RESTORED, "Vẫn cần")]


def test_words_are_added_to_a_mail_that_waits(site):
    waiting, visitor = notice(site, "u4@"), site.visitor(SECRETARY)
    path = f"{MAILS}/notices/{reference(waiting.identity)}"

    visitor.post(path, {"act": "edit", "because": "Theo chỉ đạo", "text": "Đề nghị gửi sớm."})

    assert "Đề nghị gửi sớm." in visitor.get(path).text


def test_a_reference_that_no_mail_has_is_told_so(site):
    answer = site.visitor(SECRETARY).get("/years/b-2030/mails/notices/00000000")

    assert (answer.status_code, "There is no such page" in answer.text) == (404, True)


def test_the_ledger_is_filtered_by_unit_and_kind(site):
    visitor = site.visitor(SECRETARY)

    both = visitor.get(f"{MAILS}/ledger?unit=u3&kind=refusal").text
    none = visitor.get(f"{MAILS}/ledger?unit=u4&kind=refusal").text

    assert ("Mails: 1" in both, "Mails: 0" in none) == (True, True)


def test_what_quotes_the_points_of_another_unit_is_withheld_until_the_own_sheet_counts(site):
    refusal = next(row for row in site.rows(Notice) if "u3@" in row.identity and row.kind == "refusal")
    path, visitor = f"{MAILS}/notices/{reference(refusal.identity)}", site.visitor(SECRETARY)

    before = [visitor.get(path).text, visitor.get(f"{path}/file").text]
    site.year.deposit("u1", sheet(site.year.cycle, "u1"), "2030-12-03 09:00", "sheets")
    after = visitor.get(path).text

    assert [SHEET_NAME in text for text in before] == [False, False]
    assert SHEET_NAME in after


@pytest.mark.parametrize(
    ("act", "state"),
    [("deposit", IncomingState.DEPOSITED), ("aside", IncomingState.SET_ASIDE)],
    ids=["its file is handed in", "it is set aside"],
)
def test_a_mail_that_is_held_waits_at_the_desk_until_it_is_decided_about(site, act, state):
    path, visitor = f"{MAILS}/incoming/{held(site)}", site.visitor(SECRETARY)
    sent = len(site.rows(Deposit))

    waiting = visitor.get(MAILS).text
    visitor.post(path, {"act": act, "because": "Đã xem", "unit": "u3", "activity": "reports"})

    assert path in waiting
    assert [row.state for row in site.rows(Incoming)] == [state]
    assert len(site.rows(Deposit)) - sent == (act == "deposit")
    assert path not in visitor.get(MAILS).text


def test_the_record_is_exported_as_a_table_that_excel_reads(site):
    visitor = site.visitor(SECRETARY)

    data = visitor.get(f"{RECORD}/file?act=deposit").content

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert data.startswith(b"\xef\xbb\xbf")
    assert rows[0] == ["No.", "When", "Done by", "Act", "About", "Details", "From address"]
    assert [row[3] for row in rows[1:]] == ["file received", "file received"]
    assert "The chain of all" in visitor.get(RECORD).text


def test_the_record_tells_in_words_which_parts_of_the_plan_changed_and_that_nobody_but_the_program_acted(site):
    site.year.apply(plan(4, contacts=plan_data(4)["contacts"], recipients=["Lưu: VT"]), "2030-12-03 10:00", by="bloc")

    pages = [site.visitor(SECRETARY, language="vi").get(f"{RECORD}?{asked}").text for asked in ("act=plan", "who=hệ thống")]

    assert ["Các phần của kế hoạch có thay đổi: đầu mối liên hệ, nơi nhận." in page for page in pages] == [True, True]
    assert ["<td>hệ thống</td>" in page for page in pages] == [True, True]
    assert ["<td>bloc</td>" in page for page in pages] == [False, False]


@pytest.mark.parametrize("text", ["=1+1", "+84", "-5", "@x"])
def test_no_text_of_the_table_is_a_formula(text):
    assert (harmless(text), harmless(f"a{text}")) == (f"'{text}", f"a{text}")


def test_a_result_that_others_read_is_withheld_from_the_secretary_without_a_sheet(site):
    closed_without(site, "u1")
    told = next(row for row in site.rows(Notice) if row.kind is NoticeKind.RESULT and "u4@" in row.identity)
    path, visitor = f"{MAILS}/notices/{reference(told.identity)}", site.visitor(SECRETARY)

    before = visitor.get(path).text
    site.year.send_sheet("u1", "2030-12-20 11:00", GIVEN)
    after = visitor.get(path).text

    assert ("11,00" in before, "waits until the score sheet of Đơn vị 1 counts" in before) == (False, True)
    assert "11,00" in after


def test_what_came_with_a_score_sheet_is_withheld_with_it(site):
    data = sheet(site.year.cycle, "u3")
    path = f"{MAILS}/incoming/{held(site, ('a.xlsx', data), ('b.xlsx', data))}"
    visitor = site.visitor(SECRETARY)

    before = visitor.get(path).text
    site.year.deposit("u1", sheet(site.year.cycle, "u1"), "2030-12-03 09:00", "sheets")
    after = visitor.get(path).text

    assert ("Kính gửi báo cáo." in before, f"{path}/file" in before, "waits until the score sheet" in before) == (
        False, False, True,
    )  # fmt: skip
    assert ("Kính gửi báo cáo." in after, f"{path}/file" in after) == (True, True)


def test_a_reference_that_stands_for_no_mail_is_no_page(site):
    assert site.visitor(SECRETARY).get(f"{MAILS}/notices/nothing").status_code == 404
