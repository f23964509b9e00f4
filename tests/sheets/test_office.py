"""The workbook in the hands of LibreOffice: opened, recalculated, saved in its own way, printed."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bloc.sheets.apart import read_apart
from bloc.sheets.findings import Reading
from bloc.sheets.form import Form
from bloc.sheets.layout import Note
from bloc.sheets.read import read_sheet
from bloc.sheets.write import make_sheet, mark_sheet
from tests.sheets.hands import edited, fill

FILLED = "Đã điền đủ {} ô; ô tô đỏ là chưa hợp lệ"

OFFICE, TEXT_OF = shutil.which("soffice"), shutil.which("pdftotext")
MISSING = "needs LibreOffice (soffice) and poppler (pdftotext)"
pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(not (OFFICE and TEXT_OF) and not os.environ.get("CI"), reason=MISSING),
]
NOTES = {("I.1", Note.EVIDENCE): "Báo cáo số 12/BC", ("V.1", Note.EXPLANATION): "=không"}
TIMEOUT = 120  # seconds
SIZES = (2, 7, 20)
LOOKED_AT = {
    "xlsx": ("ours", "typed", "marked", "one left"),
    "xls": ("ours", "typed"),
    "ods": ("ours", "typed"),
    "pdf": tuple(map(str, SIZES)),
}


@pytest.fixture(scope="module")
def saved(form, criteria, cells_of, tmp_path_factory) -> Callable[[str], dict[str, bytes]]:
    """Return what gives the files as LibreOffice, with a profile of its own, saves them: as "xlsx", "xls", "ods" or "pdf".

    It takes seconds to start, and so all that are looked at go through it at once.
    """
    profile, folder = tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("files")
    for name, data in _files(form, criteria, cells_of("heza")).items():
        (folder / f"{name}.xlsx").write_bytes(data)

    @cache
    def convert(to: str) -> dict[str, bytes]:
        target = tmp_path_factory.mktemp(to)
        command = [OFFICE or "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", to]
        files = [folder / f"{name}.xlsx" for name in LOOKED_AT[to]]
        subprocess.run([*command, "--outdir", target, *files], check=True, capture_output=True, timeout=TIMEOUT)
        return {path.stem: path.read_bytes() for path in target.iterdir()}

    return convert


def _files(form, criteria, cells):
    def forget(book):
        fill(book, form, cells)
        book["Chấm chéo"]["F8"] = None

    faulty = make_sheet(form, cells | {("dv3", "I.1"): "9,5đ", ("heza", "V.1"): None})
    return {
        "ours": make_sheet(form, cells, NOTES),
        "typed": edited(make_sheet(form, notes=NOTES), lambda book: fill(book, form, cells)),
        "marked": mark_sheet(form, read_sheet(faulty, form)),
        "one left": edited(make_sheet(form), forget),
        **{str(count): make_sheet(form_for(criteria, count), _some(form_for(criteria, count))) for count in SIZES},
    }


def form_for(criteria, count):
    members = {f"u{n}": f"Sở Nông nghiệp và Phát triển nông thôn số {n}" for n in range(count)}
    return Form("c", 2024, "Khối thi đua", "u0", members, criteria, sender="Sở Nội vụ")


def _some(form):
    return {(unit, each.code): each.minimum + 250 for unit in form.members for each in form.criteria}


def pages(data: bytes, folder: Path) -> list[str]:
    """Return the texts of a .pdf, a page each, in one line."""
    (folder / "x.pdf").write_bytes(data)
    command = [TEXT_OF or "pdftotext", "-layout", folder / "x.pdf", "-"]
    said = subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT).stdout.decode()
    return [" ".join(page.split()) for page in said.split("\f")[:-1]]


@pytest.mark.parametrize("to", ["xlsx", "xls", "ods"])
def test_what_libreoffice_opened_recalculated_and_saved_is_read_identically(form, cells, saved, to):
    assert [read_apart(saved(to)[name], form) for name in ("ours", "typed")] == [Reading(cells, notes=NOTES)] * 2


def test_the_marked_copy_survives_libreoffice(form, cells, saved):
    again = read_sheet(saved("xlsx")["marked"], form)

    assert [str(fault) for fault in again.faults] == [
        "Tự chấm!E30 · V.1 · Ban Quản lý Khu kinh tế Hải Phòng: there are no points yet; expected: -5 to 0.",
        "Chấm chéo!F8 · I.1 · Đơn vị thành viên số 3: “9,5đ” is not a number; expected: 0 to 25.",
    ]
    assert again.points == {cell: points for cell, points in cells.items() if cell not in (("dv3", "I.1"), ("heza", "V.1"))}


def test_formulas_count_and_add_up_when_they_are_calculated_anew(form, cells, saved, tmp_path):
    (tmp_path / "b.xlsx").write_bytes(saved("xlsx")["one left"])

    book = load_workbook(tmp_path / "b.xlsx", data_only=True)
    total = sum(points for (unit, code), points in cells.items() if unit == "dv3" and code != "I.1") / 1000
    assert [book[name]["A4"].value for name in ("Tự chấm", "Chấm chéo")] == [FILLED.format(19), "Còn 1 ô chưa chấm"]
    assert book["Hướng dẫn"]["B8"].value == "Còn 1 ô chưa chấm"
    assert (book["Tự chấm"]["E31"].value, book["Chấm chéo"]["F31"].value) == (92.75, total)


@pytest.mark.parametrize("count", LOOKED_AT["pdf"])
def test_the_print_says_everything_and_numbers_its_pages(criteria, saved, tmp_path, count):
    printed = pages(saved("pdf")[count], tmp_path)

    said = " ".join(printed)
    assert [re.findall(r"Trang (\d+)/(\d+)", page) for page in printed] == [
        [(str(number), str(len(printed)))] for number in range(1, len(printed) + 1)
    ]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in said
    assert "0,25" in said
    assert [each.code for each in criteria if f" {each.code} " not in said] == []
    assert "#" not in said
    assert "_bloc" not in said
