"""The documents' pages: drafted, issued under the clerk's number, signed, sent; and the dossier that they end in."""

import io
import re
import zipfile
from datetime import date

import pytest

from bloc.actions.audit import trail
from bloc.actions.documents import document_named, issue, make
from bloc.documents.templates import Templates
from bloc.enums import DocumentKind
from models import Notice
from tests.documents.pdfs import pdf_of
from tests.factories import on
from tests.portal.conftest import NOW, OTHER, OWN, SECRETARY

PAGE, DOSSIER = "/years/b-2030/documents", "/years/b-2030/dossier"
ONE, OTHER_ONE = f"{PAGE}/ke-hoach-giao-luu", f"{PAGE}/ke-hoach-hoc-tap-kinh-nghiem"
MINE = "/years/b-2030/units/u3/documents"
DAY = {"on": "2030-12-04"}


def drafted(site, *kinds: DocumentKind) -> None:
    with site.year.open() as (work, cycle):
        make(work, cycle, on(NOW), Templates(), kinds or [DocumentKind.EXCHANGE_PLAN, DocumentKind.STUDY_PLAN])


def issued(site) -> None:
    drafted(site)
    with site.year.open() as (work, cycle):
        issue(work, cycle, "ke-hoach-giao-luu", number="09/KH-KTĐ", day=date(2030, 12, 4), now=on(NOW), templates=Templates())


def shown(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def row(site, name: str = "ke-hoach-giao-luu"):
    with site.year.open() as (work, cycle):
        return document_named(work.session, cycle, name)


def test_before_anything_is_drafted_the_page_says_so_and_then_lists_all_by_quarter(site):
    secretary = site.visitor(SECRETARY)

    before = secretary.get(PAGE)
    made = secretary.post(f"{PAGE}/make")
    again = secretary.post(f"{PAGE}/make")

    assert "No document has been drafted yet." in before.text
    assert [answer.headers["location"].partition("note=")[2] for answer in (made, again)] == [
        "documents-made",
        "documents-same",
    ]
    after = shown(secretary.get(PAGE))
    assert [
        word for word in ("Quarter I", "Quarter IV", "Urging letter", "Báo cáo sơ kết; Đơn vị 4") if word not in after
    ] == []
    assert "Draft all of them anew" in after


def test_a_draft_is_issued_and_its_page_then_asks_for_the_signed_copy(site):
    drafted(site)
    secretary = site.visitor(SECRETARY)

    answer = secretary.post(f"{ONE}/issue", {"number": "09/KH-KTĐ", **DAY})

    page = shown(secretary.get(answer.headers["location"]))
    assert "The document is issued. It is not changed any more." in page
    assert "09/KH-KTĐ" in page
    assert "Hand in the signed copy" in page
    assert "Issue it" not in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "9/KH-KTĐ", **DAY}, "one leading nought"),
        ({"number": "09/BC-KTĐ", **DAY}, "written like 09/KH-KTĐ"),
        ({"number": "", **DAY}, "written like 09/KH-KTĐ"),
        ({"number": "09/KH-KTĐ", **DAY}, "is that of another document of this year"),
        ({"number": "10/KH-KTĐ", "on": ""}, "Give the day that the document bears."),
        ({"number": "10/KH-KTĐ", "on": "31/02/2030"}, "Give the day that the document bears."),
    ],
)
def test_a_number_or_a_day_that_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(site, typed, said):
    issued(site)

    answer = site.visitor(SECRETARY).post(f"{OTHER_ONE}/issue", typed)

    assert answer.status_code == 422
    assert said in shown(answer)
    assert f'value="{typed["number"]}"' in answer.text
    assert row(site, "ke-hoach-hoc-tap-kinh-nghiem").state == "draft"


def test_the_signed_copy_takes_the_place_of_the_docx_and_is_sent_once(site):
    issued(site)
    secretary = site.visitor(SECRETARY)

    kept = secretary.post(f"{ONE}/scan", files={"file": ("ký.pdf", pdf_of(1), "application/pdf")})
    sent = [secretary.post(f"{ONE}/send").headers["location"].partition("note=")[2] for _ in range(2)]

    assert kept.headers["location"].endswith("note=document-signed")
    assert sent == ["document-sent", "document-had"]
    assert secretary.get(f"{ONE}/file").content == pdf_of(1)
    assert "Signed copy" in shown(secretary.get(PAGE))
    assert len([notice for notice in site.rows(Notice) if "ke-hoach-giao-luu" in notice.identity]) == 4


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "Choose a file to send."),
        (("ký.exe", b"MZ"), "The signed copy must be a .pdf or a .docx."),
        (("ký.pdf", b"<html>"), "The signed copy must be a .pdf or a .docx."),
    ],
)
def test_what_is_no_signed_copy_is_refused(site, file, said):
    issued(site)

    answer = site.visitor(SECRETARY).post(f"{ONE}/scan", files={"file": file or ("", b"")})

    assert answer.status_code == 422
    assert said in shown(answer)
    assert row(site).scan_sha256 is None


def test_a_unit_finds_what_was_sent_to_it_and_nothing_else(site):
    issued(site)
    secretary, own = site.visitor(SECRETARY), site.visitor(OWN)
    before = shown(own.get(MINE))
    secretary.post(f"{ONE}/send")

    page, file = own.get(MINE), own.get(f"{MINE}/ke-hoach-giao-luu")

    assert "Nothing has been sent yet." in before
    assert "09/KH-KTĐ" in page.text
    assert zipfile.ZipFile(io.BytesIO(file.content)).testzip() is None
    assert own.get(f"{MINE}/ke-hoach-hoc-tap-kinh-nghiem").status_code == 404
    assert site.visitor(OTHER).get(f"{MINE}/ke-hoach-giao-luu").status_code == 404


def test_the_dossiers_page_names_what_is_there_and_what_is_missing(site):
    drafted(site, DocumentKind.SUBMISSION)

    page = shown(site.visitor(SECRETARY).get(DOSSIER))

    assert "I. Submission letter" in page
    assert "01-to-trinh-khen-thuong.docx" in page
    assert "Submission letter ◔ Not ready only a draft: it is not issued yet 01-to-trinh-khen-thuong.docx" in page
    assert "Báo cáo sơ kết: Đơn vị 3 ✓ There received on 20/5/2030 02-bao-cao-so-ket-u3.docx" in page
    assert "Bảng" not in page


def test_the_dossier_is_taken_along_as_an_archive_and_that_is_on_record(site):
    secretary = site.visitor(SECRETARY)

    answer = secretary.post(DOSSIER, {"as": "zip"})

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].endswith("ho-so-b-2030.zip")
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == [
        "00-muc-luc.docx", "5-minh-chung/01-bao-cao-so-ket-u3.docx", "SHA256SUMS"
    ]  # fmt: skip
    with site.year.open() as (work, cycle):
        last = trail(work.session, cycle)[-1]
    assert (last.about, last.by) == ("dossier", "Thư ký, Đơn vị 1")


def test_neither_archive_nor_pdf_is_no_way_to_take_it_along(site):
    answer = site.visitor(SECRETARY).post(DOSSIER, {"as": "exe"})

    assert answer.status_code == 422
    assert "Choose the archive or the one .pdf." in shown(answer)
