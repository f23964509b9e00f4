"""The dossier of a year: what is in it by the state of each document, and what is missing."""

from datetime import date

import pytest

from bloc.actions.audit import check_trail, trail
from bloc.actions.documents import issue, make, take_scan
from bloc.actions.dossiers import chapter_of, dossier, put_on_record
from bloc.actions.objections import Evidence, raise_objection
from bloc.actions.record_words import details
from bloc.documents.dossier import Chapter, Written
from bloc.documents.kinds import KINDS
from bloc.documents.templates import Templates
from bloc.enums import Stage
from bloc.files import digest_of
from tests.documents.pdfs import pdf_of
from tests.factories import cycle_of, on, plan, report
from tests.places import kept, of_words

pytestmark = pytest.mark.either


NOW = on("2030-12-12 09:00")
REPORTS = {
    "year-end": {
        "title": "Gửi Báo cáo tổng kết", "short": "Báo cáo tổng kết", "kind": "report", "quarter": "4", "source": "II.2.4",
        "opens": "2030-11-18", "deadline": {"phrase": "trước ngày 08/12/2030", "before": "2030-12-08"},
    }
}  # fmt: skip
PLAN = {"document": {"number": "02/KH-KTĐ", "date": "2030-01-07", "title": "Kế hoạch", "capacity": "TRƯỞNG KHỐI"}}


def at_the_end(base):
    """Return the year of a bloc of three in December: all but u3 have sent their year-end report, and the result is made."""
    year = cycle_of(base, plan(3, activities=REPORTS, **PLAN))
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.deposit("u2", report("Sơ kết"), "2030-06-05 09:00")
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    year.deposit("u1", pdf_of(2), "2030-12-02 09:00", "year-end", "Báo cáo.pdf")
    year.deposit("u2", pdf_of(3), "2030-12-03 09:00", "year-end", "Báo cáo.PDF")
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-03 09:00")
    year.aggregate("2030-12-09 09:00")
    with year.open() as (work, cycle):
        make(work, cycle, NOW, Templates(), [kind for kind in KINDS if chapter_of(kind)])
        issue(work, cycle, "to-trinh-khen-thuong", number="12/TTr-KTĐ", day=date(2030, 12, 11), now=NOW, templates=Templates())
        issue(work, cycle, "bien-ban-hoi-nghi", number="13/BB-KTĐ", day=date(2030, 12, 11), now=NOW, templates=Templates())
        take_scan(work, cycle, "bien-ban-hoi-nghi", file_name="ký.pdf", data=pdf_of(4), limit=99_000, now=NOW)
    return year


ended = kept(at_the_end)


def found(year):
    with year.open() as (work, cycle):
        return dossier(work.session, cycle, NOW)


def names(dossier, chapter):
    return [name.partition("/")[2] for name, part in dossier.files.items() if part.chapter is chapter]


def lacking(dossier):
    return [f"{each.title}: {each.why}" for each in dossier.missing]


def test_it_holds_the_documents_by_their_state_and_what_the_units_sent_but_no_score_sheet(ended):
    held = found(ended)

    assert {chapter: names(held, chapter) for chapter in Chapter} == {
        Chapter.SUBMISSION: ["01-to-trinh-khen-thuong.docx"],
        Chapter.MINUTES: ["02-bien-ban-hoi-nghi.pdf"],
        Chapter.BLOC_REPORT: ["03-bao-cao-tong-ket.docx", "04-phu-luc-ket-qua.docx", "05-phu-luc-thong-ke.docx"],
        Chapter.ACHIEVEMENTS: [
            "06-bao-cao-tong-ket-u1.pdf", "07-tom-tat-thanh-tich-u1.docx", "08-bao-cao-tong-ket-u2.pdf",
            "09-tom-tat-thanh-tich-u2.docx", "10-tom-tat-thanh-tich-u3.docx",
        ],
        Chapter.EVIDENCE: ["11-bao-cao-so-ket-u2.docx"],
    }  # fmt: skip
    states = [str(part.state) for part in held.parts]
    assert states[:3] == ["No. 12/TTr-KTĐ of 11/12/2030, not signed", "No. 13/BB-KTĐ of 11/12/2030, signed copy", "draft"]


def test_evidence_sent_with_an_objection_is_in_it_by_its_unit_and_not_by_whose_points_it_contested(ended):
    shown = plan(3, activities=REPORTS, policies={"cross_scores_seen": "matrix"}, objections={"days": "3"}, **PLAN)
    ended.apply(shown, "2030-12-09 10:00", because="Công khai")
    ended.publish("2030-12-09 11:00")
    with ended.open() as (work, cycle):
        raise_objection(
            work, cycle, unit="u2", scorer="u1", criterion="I.1", because="Đủ", now=on("2030-12-10 09:00"), limit=99_000,
            evidence=Evidence("Minh chứng.PDF", pdf_of(1)),
        )  # fmt: skip

    held = found(ended)

    assert names(held, Chapter.EVIDENCE)[1:] == ["12-minh-chung-kien-nghi-1-u2.pdf"]
    part = held.parts[-1]
    assert (str(part.title), part.data) == ("Evidence with objection no. 1: Đơn vị 2", pdf_of(1))
    assert "received on 10/12/2030" in str(part.state)


@of_words
def test_what_is_missing_or_not_ready_is_named_with_its_reason(ended):
    said = lacking(found(ended))

    assert "Submission letter: issued, but there is no signed copy" in said
    assert "Year-end report of the bloc: only a draft: it is not issued yet" in said
    assert "Báo cáo tổng kết: Đơn vị 3: the unit has sent none" in said
    assert [each for each in said if "Minutes" in each or "Đơn vị 2: the unit" in each] == []


@of_words
def test_a_waived_report_is_missing_with_the_reason(ended):
    ended.waive("u3", "2030-12-10 09:00", "year-end", "Giải thể")

    assert "Báo cáo tổng kết: Đơn vị 3: the unit was released from it: Giải thể" in lacking(found(ended))


@of_words
def test_before_anything_is_drafted_or_asked_for_all_of_it_is_missing(base):
    held = found(cycle_of(base, plan(3, **PLAN)))

    assert held.parts == []
    assert {each.chapter for each in held.missing} == set(Chapter) - {Chapter.EVIDENCE}
    assert "Submission letter: not drafted yet" in lacking(held)
    assert "Result table: there is no result that can be shown yet" in lacking(held)


def test_that_it_was_made_is_on_record(ended):
    held = found(ended)

    with ended.open() as (work, cycle):
        put_on_record(work, cycle, held, Written(b"an archive", None, []), NOW)

    with ended.open() as (work, cycle):
        last = trail(work.session, cycle)[-1]
        assert check_trail(work.session, cycle).fault is None
    assert last.after == {"dossier": digest_of(b"an archive"), "parts": 11, "missing": len(held.missing)}
    assert "dossier put together: 11 files" in " ".join(map(str, details(last, {})))
