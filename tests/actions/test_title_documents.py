"""The papers of a vote: slips, count sheet, minutes of the count; and titles in minutes, submission letter and summaries."""

import os
from pathlib import Path

import pytest

from bloc.actions.documents import document_named, documents, issue, make, template_faults
from bloc.actions.votes import Room
from bloc.documents.templates import Templates
from bloc.documents.title_values import slips_by_page
from bloc.enums import ByHand, DocumentKind
from bloc.files import read
from tests.actions.test_documents import ISSUED, text_of
from tests.actions.test_titles import ALONE, GIVEN, HANDS, MERIT, VOTED, WHEN, answer, change, decide, paper, vote, year_ranked
from tests.places import kept_with

pytestmark = [pytest.mark.replay, pytest.mark.either]
GOLDEN = Path(__file__).parents[1] / "data" / "count-minutes.txt"
SECRET = {**VOTED, "vote": {"pass_mark": "at least 2/5", "tie": "chair"}}
OPEN = {**HANDS, "code": "open", "name": "Giấy khen", "vote": {"tie": "chair"}}

ranked = kept_with(year_ranked)


def drafted(year, *kinds: DocumentKind) -> list[str]:
    """Draft documents, and return the names of those of these kinds."""
    with year.open() as (work, cycle):
        make(work, cycle, WHEN, Templates(), kinds)
        return [row.name for row in documents(work.session, cycle) if row.kind in kinds]


def said(year, name: str) -> str:
    with year.open() as (work, cycle):
        return text_of(read(work.session, document_named(work.session, cycle, name).sha256))


@pytest.fixture
def voted(ranked):
    """Return a year in which a secret vote left equals to the chair, and hands were raised."""
    year = ranked(SECRET, OPEN, document=ISSUED["document"])
    vote(year, paper({"u4": 2, "u3": 2}, invalid=1))
    decide(year, "u4")
    vote(year, Room(4, hands={"u3": ["u1", "u2", "u4"], "u2": ["u3"]}), "open")
    return year


def test_the_minutes_of_the_count_say_all_that_was_counted_and_decided(voted):
    drafted(voted, DocumentKind.COUNT_MINUTES)

    text = said(voted, "bien-ban-kiem-phieu")

    if os.environ.get("BLOC_GOLDEN") == "write":
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_there_are_as_many_slips_as_members_and_none_once_the_vote_is_over(ranked):
    year = ranked(SECRET, OPEN)

    names = drafted(year, DocumentKind.BALLOT, DocumentKind.COUNT_SHEET)

    assert names == ["phieu-bau-voted", "bang-kiem-phieu-open", "bang-kiem-phieu-voted"]
    slips = said(year, "phieu-bau-voted")
    assert slips.count("PHIẾU BẦU") == 5
    assert slips.count("Đơn vị 4") == 5
    assert "đồng ý không quá 01 đơn vị" in slips
    assert "Các đơn vị giơ tay" in said(year, "bang-kiem-phieu-open")
    assert "Kiểm phiếu (mỗi phiếu một gạch)" in said(year, "bang-kiem-phieu-voted")


def test_the_slips_of_a_second_round_have_its_candidates_alone(ranked):
    year = ranked({**VOTED, "vote": {"pass_mark": "more than 1/2"}})
    vote(year, paper({"u2": 2, "u3": 2, "u4": 1}))
    drafted(year, DocumentKind.BALLOT)

    slips = said(year, "phieu-bau-voted")

    assert "Cờ thi đua năm 2030 (vòng 2)" in slips
    assert ("Đơn vị 3" in slips, "Đơn vị 4" in slips) == (True, False)


@pytest.mark.parametrize(("candidates", "a_page"), [(2, 2), (7, 2), (10, 1), (40, 1)])
def test_a_slip_is_never_parted(candidates, a_page):
    pages = slips_by_page(7, ["Đơn vị"] * candidates)

    assert [number for page in pages for number in page] == list(range(1, 8))
    assert max(map(len, pages)) >= a_page


def test_titles_stand_in_minutes_submission_and_summaries(ranked):
    year = ranked({"code": "flag", "name": "Cờ thi đua", "number": "1", "conditions": {"top_only": "true"}}, MERIT)
    change(year, "u1", ByHand.WITHDRAWN, because="Tự xin rút")
    change(year, "u3", ByHand.ADDED, because="Chậm do bão lũ")
    drafted(year, DocumentKind.MINUTES, DocumentKind.SUBMISSION, DocumentKind.ACHIEVEMENTS)

    letter, minutes = said(year, "to-trinh-khen-thuong"), said(year, "bien-ban-hoi-nghi")

    assert "1\nĐơn vị 2\n21,00\n1\nCờ thi đua\n2\nĐơn vị 3\n16,00\n2\nBằng khen\n3\nĐơn vị 4\n15,00\n3\nBằng khen" in letter
    assert "Đơn vị 1\n13,00\nđủ điều kiện\nkhông đề nghị (rút khỏi danh sách: Tự xin rút)" in minutes
    assert "Báo cáo sơ kết: gửi chậm 12 ngày\nđề nghị khen thưởng (bổ sung: Chậm do bão lũ)" in minutes
    assert "Danh hiệu, hình thức khen thưởng đề nghị\n- Bằng khen." in said(year, "tom-tat-thanh-tich-u4")
    assert "Không đề nghị." in said(year, "tom-tat-thanh-tich-u1")


def test_what_is_not_decided_yet_is_left_open(ranked):
    year = ranked(SECRET, {**ALONE, "name": "Bằng khen"}, given=GIVEN)
    drafted(year, DocumentKind.SUBMISSION, DocumentKind.COUNT_MINUTES, DocumentKind.ACHIEVEMENTS)

    assert "\n………\n\n\nCờ thi đua" in said(year, "to-trinh-khen-thuong")
    assert "Kết quả: \n" in said(year, "bien-ban-kiem-phieu")
    assert "khen thưởng đề nghị\n\n" in said(year, "tom-tat-thanh-tich-u2")


def test_the_sheet_that_was_drafted_is_issued_as_it_is_and_no_template_has_a_fault(voted):
    drafted(voted, DocumentKind.COUNT_MINUTES)
    answer(voted, {"voted": ["u4"]})

    with voted.open() as (work, cycle):
        row = issue(work, cycle, "bien-ban-kiem-phieu", number="05/BB-KTĐ", day=WHEN.date(), now=WHEN, templates=Templates())
        faults = template_faults(work.session, cycle, WHEN, Templates())
    assert row.number == "05/BB-KTĐ"
    assert {kind: found for kind, found in faults.items() if found} == {}
