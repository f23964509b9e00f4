import hashlib
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bloc.actions.audit import trail
from bloc.documents.preview import office
from tests.documents.pdfs import pdf_of
from tests.factories import reports_asked, sheets_asked
from tests.places import kept


@kept
def reported(base):
    """Return the year of a bloc of three in which u2 has sent a report of two pages, as .pdf."""
    year = reports_asked(base)
    year.deposit("u2", pdf_of(2), "2030-06-05 09:00", name="Báo cáo.pdf")
    return year


def last_entry(year):
    with year.open() as (work, cycle):
        return trail(work.session, cycle)[-1]


def test_the_dossier_is_written_with_its_hash_and_what_is_missing_and_stands_on_record(bloc, reported):
    said = bloc("dossier", "b-2030", "--to", "ho-so.zip", "--by", "Thư ký")

    digest = hashlib.sha256(Path("ho-so.zip").read_bytes()).hexdigest()
    last = last_entry(reported)
    assert said.status == 0
    assert said.out.splitlines()[:2] == ["Written: ho-so.zip", f"SHA-256: {digest}"]
    assert "Missing: Submission letter - not drafted yet" in said.out
    assert "5-minh-chung/01-bao-cao-so-ket-u2.pdf" in zipfile.ZipFile("ho-so.zip").namelist()
    assert (last.by, last.about, last.after["dossier"]) == ("Thư ký", "dossier", digest)


def test_without_a_name_it_is_called_by_its_year(bloc, reported):
    assert bloc("dossier").out.startswith("Written: ho-so-b-2030.zip")


def test_a_folder_that_is_not_there_is_said_and_nothing_is_put_on_record(bloc, reported):
    said = bloc("dossier", "--to", "nowhere/ho-so.zip")

    assert said.status == 1
    assert "there is no such folder" in said.err
    assert last_entry(reported).about != "dossier"


@pytest.mark.office
@pytest.mark.skipif(office() is None, reason="LibreOffice is not installed")
def test_all_of_it_is_one_pdf_as_well(bloc, reported):
    said = bloc("dossier", "--pdf", "ho-so.pdf")

    assert "Written: ho-so.pdf" in said.out
    assert Path("ho-so.pdf").read_bytes().startswith(b"%PDF-")


def test_without_libreoffice_the_archive_is_there_and_the_pdf_is_said_to_be_missing(bloc, reported, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    said = bloc("dossier", "--pdf", "ho-so.pdf")

    assert Path("ho-so-b-2030.zip").is_file()
    assert "there is no merged .pdf, only the archive" in said.err
    assert not Path("ho-so.pdf").exists()


def test_a_units_gains_are_a_workbook_once_they_are_published(bloc, base):
    year = sheets_asked(base)
    for unit, _ in year.units():
        year.send_sheet(unit, "2030-12-03 09:00", {"u1": 20})
    year.aggregate("2030-12-09 09:00")
    before = bloc("result", "--unit", "u1", "--xlsx", "u1.xlsx")
    year.publish("2030-12-10 09:00")

    after = bloc("result", "--unit", "u1", "--xlsx", "u1.xlsx")

    rows = [[cell.value for cell in row] for row in load_workbook("u1.xlsx").active.iter_rows(min_row=6)]
    assert (before.status, after.out) == (1, "Written: u1.xlsx\n")
    assert rows[0] == ["I", "Nhóm", 30, 21, 14.33, 6.67]
