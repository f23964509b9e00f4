"""Documents as LibreOffice prints them: their text, their fonts, their pages, for blocs of any size."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bloc.actions.documents import all_files, make
from bloc.documents.preview import as_pdf, office
from bloc.documents.templates import Templates
from bloc.enums import DocumentKind, Stage
from tests.factories import cycle_of, on, plan
from tests.places import of_words

LACKS = next((name for name in ("pdftotext", "pdffonts", "pdfinfo") if shutil.which(name) is None), None)
pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(office() is None or LACKS is not None, reason="LibreOffice or poppler is not installed"),
]
KINDS = (DocumentKind.PLAN, DocumentKind.COVENANT, DocumentKind.MIDYEAR_REPORT, DocumentKind.RESULT_ANNEX)
PAGES = {  # at most, by the number of units: plan, covenant, mid-year report, result annex with its chart
    2: {"ke-hoach-nam": 4, "giao-uoc-thi-dua": 2, "bao-cao-so-ket": 3, "phu-luc-ket-qua": 2},
    7: {"ke-hoach-nam": 4, "giao-uoc-thi-dua": 3, "bao-cao-so-ket": 3, "phu-luc-ket-qua": 3},
    20: {"ke-hoach-nam": 4, "giao-uoc-thi-dua": 4, "bao-cao-so-ket": 4, "phu-luc-ket-qua": 3},
}


def asked(program: str, *args: object) -> str:
    return subprocess.run([program, *map(str, args)], capture_output=True, text=True, check=True).stdout


def printed(base, size: int, folder: Path) -> dict[str, Path]:
    """Return some documents of a bloc of ``size`` as .pdf, by their names."""
    document = {
        "number": "02/KH-KTĐ",
        "date": "2030-01-07",
        "title": "Kế hoạch",
        "capacity": "TRƯỞNG KHỐI",
        "signer": "Lê Thị Ẩn",
    }
    year = cycle_of(base, plan(size, document=document, recipients=["UBND tỉnh", "Các đơn vị trong Khối", "Lưu: VT"]))
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    for number in range(1, size + 1):
        year.send_sheet(f"u{number}", "2030-12-03 09:00", {f"u{number}": number % 20})
    year.aggregate("2030-12-09 09:00")
    with year.open() as (work, cycle):
        make(work, cycle, on("2030-12-12 09:00"), Templates(), KINDS)
        written = all_files(work.session, cycle)
    found = {}
    for name, data in as_pdf(written).items():
        path = folder / name
        path.write_bytes(data)
        found[path.stem[3:]] = path
    return found


@of_words
@pytest.mark.parametrize("size", PAGES)
def test_what_is_printed_has_the_text_the_fonts_and_the_pages_that_it_should(base, tmp_path, size):
    files = printed(base, size, tmp_path)

    pages = {name: int(re.search(r"Pages: +(\d+)", asked("pdfinfo", path))[1]) for name, path in files.items()}
    assert pages.keys() == PAGES[size].keys()
    assert {name: count for name, count in pages.items() if count > PAGES[size][name]} == {}
    fonts = {name: [line.split() for line in asked("pdffonts", path).splitlines()[2:]] for name, path in files.items()}
    assert [name for name, found in fonts.items() if not found or any(line[-5] != "yes" for line in found)] == []
    text = {name: " ".join(asked("pdftotext", "-layout", path, "-").split()) for name, path in files.items()}
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text["ke-hoach-nam"]
    assert "Lê Thị Ẩn" in text["ke-hoach-nam"]
    assert "TIÊU CHÍ CHẤM ĐIỂM THI ĐUA" in text["ke-hoach-nam"]
    assert [party for party in (f"Đơn vị {size}", f"ĐƠN VỊ {size}") if party not in text["giao-uoc-thi-dua"]] == []
    assert "Biểu đồ 1." in text["phu-luc-ket-qua"]
    assert re.search(r"Page size: +84\d[.\d]* x 59\d", asked("pdfinfo", files["phu-luc-ket-qua"]))
