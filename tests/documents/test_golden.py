"""Every kind of document as it is read, held against the files in ``golden/``: a line for each of its lines and rows.

To write them anew: ``BLOC_GOLDEN=write .venv/bin/python -m pytest tests/documents/test_golden.py``; then look at what
``git diff`` shows.
"""

import io
import os
from pathlib import Path

from docx import Document as Opened
from docx.table import Table

from bloc.actions.documents import all_files, document_named, make
from bloc.documents.kinds import KINDS
from bloc.documents.templates import Templates
from bloc.enums import DocumentKind, Stage
from bloc.files import read
from models import Document
from tests.factories import cycle_of, on, plan, report
from tests.places import kept, of_words

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("BLOC_GOLDEN") == "write"
PLAN = {
    "document": {
        "number": "02/KH-KTĐ", "date": "2030-01-07", "title": "Triển khai công tác thi đua năm 2030", "capacity": "TRƯỞNG KHỐI",
        "position": "GIÁM ĐỐC", "signer": "Nguyễn Văn A", "theme": "Đổi mới", "purpose": "Tạo động lực.",
        "requirements": "Thiết thực.", "assessment": "Điểm = bình quân.",
    },
    "titles": [{
        "code": "flag", "name": "Cờ thi đua", "number": "1", "decided_by": "secret-vote", "vote": {"pass_mark": "at least 2/3"},
    }],
    "recipients": ["UBND tỉnh", "Các đơn vị trong Khối", "Lưu: VT"],
    "legal_bases": [{"name": "Luật Thi đua, khen thưởng ngày 15/6/2022", "number": "06/2022/QH15", "date": "2022-06-15"}],
}  # fmt: skip
WHEN = on("2030-12-12 09:00")


def whole_year(base):
    """Return the year of a bloc of three, with a letter to who was late, in December: the result is made, all is drafted."""
    year = cycle_of(base, plan(3, **PLAN))
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.deposit("u2", report("Hai"), "2030-06-05 09:00")
    with year.open() as (work, cycle):
        make(work, cycle, on("2030-06-10 09:00"), Templates(), [DocumentKind.URGING])
    year.deposit("u3", report("Ba"), "2030-06-10 10:00")
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-03 09:00", {"u1": 20, "u2": 12.25, "u3": 12.25})
    year.aggregate("2030-12-09 09:00")
    with year.open() as (work, cycle):
        make(work, cycle, WHEN, Templates())
    return year


drafted = kept(whole_year)


def reads(data: bytes) -> str:
    """Return a document's lines; a row of a table is one line, bold is marked."""
    document, lines = Opened(io.BytesIO(data)), []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += [" | ".join(" / ".join(filter(None, (line.text for line in cell.paragraphs))) for cell in row.cells)
                      for row in block.rows]  # fmt: skip
        elif block._p.xpath(".//pic:pic"):
            lines.append("[picture]")
        else:
            lines.append(block.text)
    return "\n".join(line for line in lines if line.strip()) + "\n"


def kept_text(name: str, text: str) -> str:
    path = GOLDEN / f"{name}.txt"
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@of_words
def test_every_kind_reads_as_it_did(drafted):
    first = {row.kind: row.name for row in sorted(drafted.rows(Document), key=lambda row: row.name, reverse=True)}
    with drafted.open() as (work, cycle):
        found = {
            kind: reads(read(work.session, document_named(work.session, cycle, name).sha256)) for kind, name in first.items()
        }

    assert found.keys() == set(DocumentKind)
    assert {kind: text for kind, text in found.items() if text != kept_text(kind, text)} == {}


def test_nothing_is_kept_of_kinds_that_are_no_more():
    assert {path.stem for path in GOLDEN.iterdir()} == set(KINDS)


@of_words
def test_a_chart_that_shows_what_single_units_gave_stands_in_no_document_unless_the_plan_shows_the_matrix(base):
    found = {}
    for how in ("means", "matrix"):
        year = cycle_of(base, plan(3, code=how[:2], policies={"cross_scores_seen": how}, **PLAN))
        year.advance(Stage.YEAR_END, "2030-11-18 08:00")
        for unit in ("u1", "u2", "u3"):
            year.send_sheet(unit, "2030-12-03 09:00")
        year.aggregate("2030-12-09 09:00")
        with year.open() as (work, cycle):
            make(work, cycle, WHEN, Templates(), [DocumentKind.RESULT_ANNEX])
            (data,) = all_files(work.session, cycle).values()
        found[how] = [line for line in reads(data).splitlines() if line.startswith("Biểu đồ")]

    assert found == {
        "means": ["Biểu đồ 1. Điểm tự chấm và điểm chấm chéo bình quân"],
        "matrix": ["Biểu đồ 1. Điểm tự chấm và điểm chấm chéo bình quân", "Biểu đồ 2. Điểm từng đơn vị được chấm",
                   "Biểu đồ 3. Ma trận điểm chấm chéo"],
    }  # fmt: skip
