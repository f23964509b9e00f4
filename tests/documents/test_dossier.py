"""The dossier as files: the archive, its table of contents, and the one .pdf."""

import hashlib
import io
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from pypdf import PdfReader

from bloc.documents.archive import SUMS, changed, unpack
from bloc.documents.decree.letterhead import Letterhead
from bloc.documents.dossier import CONTENTS, Chapter, Dossier, Missing, Part, write
from bloc.documents.pdfs import merged, readable
from bloc.documents.preview import office
from bloc.language import say
from tests.documents.pdfs import pdf_of
from tests.factories import report

HEAD = Letterhead("Hội đồng", "Khối <A> & B", "Nơi này", "", 2030)
DRAFT = say("draft")


def part(chapter: Chapter, stem: str, data: bytes, ending: str = ".pdf", title: str = "Minutes") -> Part:
    return Part(chapter, say("{document}: {unit}", document=say(title), unit=f"Sở | *{stem}*"), DRAFT, stem, ending, data)


PARTS = (
    part(Chapter.SUBMISSION, "to-trinh", pdf_of(2), title="Submission letter"),
    part(Chapter.ACHIEVEMENTS, "bao-cao", pdf_of(3)),
    part(Chapter.ACHIEVEMENTS, "bao-cao-2", pdf_of(4)),
)
DOSSIER = Dossier(HEAD, PARTS, [Missing(Chapter.MINUTES, say("Minutes"), say("not drafted yet"))])
BROKEN = {
    "no .pdf": b"%PDF-1.7 nothing else",
    "empty": b"",
    "cut off": pdf_of(1)[:150],
    "no pages": pdf_of(0),
    "locked": pdf_of(1, password="x"),
    "a loop": pdf_of(1).replace(b"/Type /Page\n", b"/Type /Pages\n/Kids [ 4 0 R ]\n"),
}


def opened(archive: bytes):
    return Document(io.BytesIO(unpack(archive)[CONTENTS]))


def rows(document) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


def test_the_archive_holds_every_part_by_chapter_with_its_sums_and_opens_with_any_program():
    archive = write(DOSSIER, pdf=False).archive

    entries = unpack(archive)
    assert list(entries) == [
        CONTENTS, "1-to-trinh/01-to-trinh.pdf", "4-bao-cao-cua-don-vi/02-bao-cao.pdf", "4-bao-cao-cua-don-vi/03-bao-cao-2.pdf",
        SUMS,
    ]  # fmt: skip
    assert changed(entries) == []
    assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None


def test_the_table_of_contents_has_pages_and_hash_of_each_and_what_is_missing_in_vietnamese():
    said = rows(opened(write(DOSSIER, pdf=False).archive))

    line = next(row for row in said if row[0] == "1" and len(row) == 4)
    assert line[1:3] == ["Tờ trình đề nghị khen thưởng: Sở | *to-trinh* (dự thảo)", "2"]
    assert line[3] == f"1-to-trinh/01-to-trinh.pdf {hashlib.sha256(PARTS[0].data).hexdigest()}"
    assert [row[2] for row in said if len(row) == 4 and row[0] in "123"] == ["2", "3", "4"]
    assert said[-1] == ["1", "Biên bản", "chưa được dự thảo"]
    assert "Tổng số: 03 tài liệu, 09 trang." in [line.text for line in opened(write(DOSSIER, pdf=False).archive).paragraphs]


def test_a_whole_dossier_says_that_nothing_is_missing():
    document = opened(write(replace(DOSSIER, missing=[]), pdf=False).archive)

    assert "Không có." in [line.text for line in document.paragraphs]


def test_the_same_parts_give_the_same_bytes_and_other_parts_give_others():
    assert write(DOSSIER, pdf=False) == write(DOSSIER, pdf=False)
    assert write(DOSSIER, pdf=False).archive != write(replace(DOSSIER, parts=PARTS[1:]), pdf=False).archive


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_stays_in_the_archive_and_is_named_as_not_merged(data):
    parts = (*PARTS[:2], part(Chapter.EVIDENCE, "hong", data), replace(PARTS[2], chapter=Chapter.EVIDENCE))

    written = write(replace(DOSSIER, parts=parts), pdf=False)

    name = "5-minh-chung/03-hong.pdf"
    document = opened(written.archive)
    assert unpack(written.archive)[name] == data
    assert list(written.left_out) == [name]
    assert [row[2] for row in rows(document) if len(row) == 4 and row[0] in "1234"] == ["2", "3", "-", "4"]
    assert f"- {name}" in [line.text for line in document.paragraphs]


def test_files_put_together_are_the_same_bytes_again_whatever_they_say_of_when_they_were_written():
    dated = pdf_of(2).replace(b"/Producer", b"/CreationDate (D:20300101) /Producer")
    chapters = [[("I", [("A", readable({"a": data})["a"].data)])] for data in (pdf_of(2), dated)]

    assert merged(chapters[0]) == merged(chapters[1])


@pytest.mark.office
@pytest.mark.skipif(office() is None, reason="LibreOffice is not installed")
def test_all_of_it_is_one_pdf_with_bookmarks_that_runs_nothing():
    parts = (
        PARTS[0], part(Chapter.MINUTES, "bien-ban", report("Nội dung"), ".docx"),
        part(Chapter.ACHIEVEMENTS, "bao-cao", pdf_of(2, javascript="app.alert(1)"), title="Year-end report of the bloc"),
        part(Chapter.EVIDENCE, "hong", BROKEN["no .pdf"]), part(Chapter.EVIDENCE, "anh", b"no picture", ".png"),
        part(Chapter.EVIDENCE, "van-ban", report()[:2000], ".docx"),
    )  # fmt: skip

    first = write(replace(DOSSIER, parts=parts), pdf=True)

    assert first.pdf is not None
    whole = PdfReader(io.BytesIO(first.pdf))
    first_page = len(whole.pages) - 5  # after the table of contents
    assert [(title, max(page - first_page, -1)) for title, page in bookmarks(whole)] == [
        ("Mục lục", -1), ("I. Tờ trình đề nghị khen thưởng", 0), ("Tờ trình đề nghị khen thưởng: Sở | *to-trinh*", 0),
        ("II. Biên bản", 2), ("Biên bản: Sở | *bien-ban*", 2),
        ("IV. Báo cáo thành tích của các đơn vị", 3), ("Báo cáo tổng kết của Khối: Sở | *bao-cao*", 3),
    ]  # fmt: skip
    assert "MỤC LỤC" in whole.pages[0].extract_text()
    assert "Nội dung" in whole.pages[first_page + 2].extract_text()
    assert list(first.left_out) == ["5-minh-chung/04-hong.pdf", "5-minh-chung/05-anh.png", "5-minh-chung/06-van-ban.docx"]
    assert [word for word in (b"app.alert", b"/JavaScript", b"/OpenAction") if word in first.pdf] == []


def bookmarks(whole: PdfReader) -> list[tuple[str, int]]:
    flat = [each for one in whole.outline for each in (one if isinstance(one, list) else [one])]
    return [(each.title, whole.get_destination_page_number(each)) for each in flat]
