"""Documents from a year's data: what is drafted, what makes a new version, how one is issued, signed and sent."""

import io
from datetime import date
from pathlib import Path

import pytest
from docx import Document as Opened

from bloc.actions.document_sending import documents_for, send
from bloc.actions.documents import all_files, document_named, documents, issue, make, take_scan, template_faults
from bloc.documents.kinds import KINDS
from bloc.documents.templates import SHIPPED, TemplateRefused, Templates
from bloc.enums import DocumentKind, DocumentState, NoticeKind, Stage
from bloc.errors import NotAllowed
from bloc.files import read
from models import Document, Notice
from tests.factories import Year, cycle_of, on, plan, report
from tests.places import kept, of_words

pytestmark = [pytest.mark.replay, pytest.mark.either]

WHEN = on("2030-06-12 09:00")
HOSTILE = 'Sở <b>A & B</b> "C" | *D* ' + "rất dài " * 20
ISSUED = {
    "document": {"number": "02/KH-KTĐ", "date": "2030-01-07", "title": "Kế hoạch", "capacity": "TRƯỞNG KHỐI"},
    "recipients": ["UBND tỉnh", {"name": "Sở Nội vụ", "email": "van-thu@noi-vu.example.vn"}, "Các đơn vị", "Lưu: VT"],
}


def in_june(base):
    """Return the year of a bloc of four in June: u2 has reported in time, u3 late, u4 not. Nothing is drafted."""
    found = cycle_of(base, plan(4, **ISSUED))
    found.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    found.deposit("u2", report("Hai"), "2030-06-05 09:00")
    found.deposit("u3", report("Ba"), "2030-06-10 09:00")
    return found


def drafted_in_june(base):
    """Return that year with all its documents drafted."""
    found = in_june(base)
    drafted(found)
    return found


empty = kept(in_june)
bloc = kept(drafted_in_june)


def drafted(year: Year, when=WHEN, templates: Templates | None = None, kinds=tuple(DocumentKind)):
    with year.open() as (work, cycle):
        return make(work, cycle, when, templates or Templates(), kinds)


def issued(year: Year, name: str, number: str | None, day: date = date(2030, 6, 12)):
    with year.open() as (work, cycle):
        return issue(work, cycle, name, number=number, day=day, now=WHEN, templates=Templates())


def text_of(data: bytes) -> str:
    document = Opened(io.BytesIO(data))
    lines = document.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    return "\n".join("".join(part.text or "" for part in line.iter() if part.tag.endswith("}t")) for line in lines)


def said(year: Year, name: str) -> str:
    with year.open() as (work, cycle):
        return text_of(read(work.session, document_named(work.session, cycle, name).sha256))


def test_every_kind_that_needs_no_result_is_drafted_and_a_second_time_nothing_is_new(empty):
    first = drafted(empty)
    again = drafted(empty)

    kinds = {row.kind for row in empty.rows(Document)}
    assert kinds == set(DocumentKind) - {kind for kind in DocumentKind if KINDS[kind].needs_result}
    assert (len(first.new), first.same, again.new, again.same) == (len(empty.rows(Document)), 0, [], len(first.new))


def test_what_has_changed_makes_a_new_version_of_that_document_alone(bloc):
    bloc.deposit("u4", report("Bốn"), "2030-06-12 10:00")
    made = drafted(bloc, on("2030-06-12 11:00"))

    assert set(made.new) == {"bao-cao-so-ket", "bao-cao-tong-ket", "phu-luc-thong-ke"}
    with bloc.open() as (work, cycle):
        assert document_named(work.session, cycle, "bao-cao-so-ket").version == 2


@of_words
def test_the_midyear_report_has_a_line_for_each_unit_and_says_who_was_late(bloc):
    text = said(bloc, "bao-cao-so-ket")

    assert (
        "Mới có 02/04 đơn vị gửi, trong đó 01 đơn vị gửi đúng thời hạn, 01 đơn vị gửi sau thời hạn; 02 đơn vị chưa gửi." in text
    )
    lines = ["Đơn vị 2\n06/6/2030\n9 giờ 00, 05/6/2030\nĐúng hạn", "Đơn vị 3\n06/6/2030\n9 giờ 00, 10/6/2030\nChậm 4 ngày",
             "Đơn vị 4\n06/6/2030\n\nQuá hạn, chưa gửi"]  # fmt: skip
    assert [line for line in lines if line not in text] == []
    assert "Kính gửi:\n- Ủy ban nhân dân ………………;\n- Các đơn vị thành viên trong Khối." in text


def test_who_owes_too_late_is_urged_and_nobody_else(bloc):
    urged = [row.name for row in bloc.rows(Document) if row.kind is DocumentKind.URGING]

    assert urged == ["don-doc-thuc-hien-reports-u4"]
    text = said(bloc, urged[0])
    assert "Kính gửi: Đơn vị 4" in text
    assert "V/v đôn đốc gửi báo cáo sơ kết" in text
    assert "Thời hạn: trước ngày 07/6/2030 (đến hết ngày 06/6/2030)." in text


def test_a_draft_is_issued_under_the_clerks_number_and_not_drafted_again(bloc):
    row = issued(bloc, "bao-cao-so-ket", "09/BC-KTĐ")
    bloc.deposit("u4", report("Bốn"), "2030-06-12 10:00")
    made = drafted(bloc, on("2030-06-12 11:00"), kinds=[DocumentKind.MIDYEAR_REPORT, DocumentKind.YEAR_END_REPORT])

    assert (row.state, row.number, row.issued_on) == (DocumentState.ISSUED, "09/BC-KTĐ", date(2030, 6, 12))
    assert "Số: 09/BC-KTĐ" in said(bloc, "bao-cao-so-ket")
    assert "ngày 12 tháng 6 năm 2030" in said(bloc, "bao-cao-so-ket")
    assert made.new == ["bao-cao-tong-ket"]


@of_words
@pytest.mark.parametrize(
    ("name", "number", "why"),
    [
        ("ke-hoach-tong-ket", "9/KH-KTĐ", "leading nought"),
        ("ke-hoach-tong-ket", "09/BC-KTĐ", "written like 09/KH-KTĐ"),
        ("ke-hoach-tong-ket", None, "written like 09/KH-KTĐ"),
        ("ke-hoach-tong-ket", "08/KH-KTĐ", "another document"),
        ("giao-uoc-thi-dua", "09/KH-KTĐ", "bears no number"),
        ("ke-hoach-giao-luu", "10/KH-KTĐ", "issued already"),
    ],
)
def test_a_number_that_is_not_of_its_kind_or_is_taken_is_refused(bloc, name, number, why):
    issued(bloc, "ke-hoach-giao-luu", "08/KH-KTĐ")

    with pytest.raises(NotAllowed, match=why):
        issued(bloc, name, number)


def test_a_number_of_another_year_may_be_used_again(bloc):
    issued(bloc, "ke-hoach-giao-luu", "08/KH-KTĐ")

    assert issued(bloc, "ke-hoach-tong-ket", "08/KH-KTĐ", date(2031, 1, 6)).number_year == 2031


@of_words
def test_an_annex_names_number_and_day_of_what_it_goes_with(bloc):
    assert "Kèm theo Báo cáo số ………/BC-KTĐ ngày … tháng … năm 2030" in said(bloc, "phu-luc-thong-ke")

    issued(bloc, "bao-cao-tong-ket", "10/BC-KTĐ")
    drafted(bloc, kinds=[DocumentKind.STATISTICS])

    assert "Kèm theo Báo cáo số 10/BC-KTĐ ngày 12 tháng 6 năm 2030" in said(bloc, "phu-luc-thong-ke")


def test_the_signed_copy_is_what_people_get_and_the_units_are_sent_it_once(bloc):
    issued(bloc, "bao-cao-so-ket", "09/BC-KTĐ")
    with bloc.open() as (work, cycle):
        take_scan(work, cycle, "bao-cao-so-ket", file_name="ký.pdf", data=b"%PDF-1.7 x", limit=1000, now=WHEN)
        first = send(work, cycle, "bao-cao-so-ket", now=WHEN)
        again = send(work, cycle, "bao-cao-so-ket", now=WHEN)
        seen = [row.name for unit in ("u1", "u4") for row in documents_for(work.session, cycle, _unit(work, cycle, unit))]

    notices = [row for row in bloc.rows(Notice) if row.kind is NoticeKind.DOCUMENT]
    assert (first.queued, again.queued, first.by_clerk) == (5, 0, ["UBND tỉnh"])
    assert {file["name"] for row in notices for file in row.attachments} == {"bao-cao-so-ket.pdf"}
    assert {row.name for row in notices} == {"Sở Nội vụ", *(f"Chuyên viên {n}" for n in range(1, 5))}
    assert seen == ["bao-cao-so-ket"] * 2


def _unit(work, cycle, code):
    from bloc import queries

    return queries.unit_by_code(work.session, cycle, code)


def test_what_is_about_one_unit_is_sent_to_it_alone(bloc):
    issued(bloc, "don-doc-thuc-hien-reports-u4", "11/KTĐ")

    with bloc.open() as (work, cycle):
        assert send(work, cycle, "don-doc-thuc-hien-reports-u4", now=WHEN).queued == 1
        assert documents_for(work.session, cycle, _unit(work, cycle, "u3")) == []


@of_words
@pytest.mark.parametrize(
    ("name", "data"), [("a.exe", b"MZ"), ("a.pdf", b"<html>"), ("a.pdf", b""), ("a.pdf", b"%PDF-" + b"x" * 99)]
)
def test_a_signed_copy_that_is_none_is_refused(bloc, name, data):
    issued(bloc, "bao-cao-so-ket", "09/BC-KTĐ")

    with bloc.open() as (work, cycle), pytest.raises(NotAllowed):
        take_scan(work, cycle, "bao-cao-so-ket", file_name=name, data=data, limit=50, now=WHEN)


@of_words
def test_a_draft_is_neither_signed_nor_sent(bloc):
    with bloc.open() as (work, cycle):
        with pytest.raises(NotAllowed):
            send(work, cycle, "bao-cao-so-ket", now=WHEN)
        with pytest.raises(NotAllowed):
            take_scan(work, cycle, "bao-cao-so-ket", file_name="a.pdf", data=b"%PDF-", limit=50, now=WHEN)


@of_words
@pytest.mark.parametrize("size", [2, 7, 20])
def test_names_of_any_kind_and_blocs_of_any_size_are_right(base, size):
    units = [{"code": f"u{n}", "name": HOSTILE + str(n), "role": "leader" if n == 1 else "member"} for n in range(1, size + 1)]
    year = cycle_of(base, plan(size, units=units, **ISSUED))

    drafted(year)

    with year.open() as (work, cycle):
        files = all_files(work.session, cycle)
    assert len(files) == len(documents_of(year)) >= 10
    covenant = next(data for name, data in files.items() if "giao-uoc-thi-dua" in name)
    assert text_of(covenant).count(HOSTILE.strip()) == size
    assert f"{size:02} đơn vị" in text_of(covenant)


def documents_of(year: Year) -> list[str]:
    with year.open() as (work, cycle):
        return [row.name for row in documents(work.session, cycle)]


def own(tmp_path: Path, text: str, kind: str = "covenant") -> Templates:
    (tmp_path / f"{kind}.j2").write_text(text, encoding="utf-8")
    return Templates(tmp_path, "b")


def faults_of(year: Year, templates: Templates, kind: DocumentKind = DocumentKind.COVENANT) -> list[str]:
    with year.open() as (work, cycle):
        return [str(fault) for fault in template_faults(work.session, cycle, WHEN, templates)[kind]]


@of_words
def test_the_shipped_templates_are_in_order(bloc):
    with bloc.open() as (work, cycle):
        faults = template_faults(work.session, cycle, WHEN, Templates())

    assert faults == {kind: [] for kind in DocumentKind}
    assert sorted(path.stem for path in SHIPPED.glob("[!_]*.j2")) == sorted(DocumentKind)


@of_words
@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("type: A\n---\n{{ nmae }} {{ leader }}\n{{ nmae2 }}", ["line 3: there is no nmae", "line 4: there is no nmae2"]),
        ("---\n{% for unit in units %}\n{{ unit.nmae }}\n{% endfor %}", ["line 3: there is no nmae"]),
        ("---\n{% if %}", ["line 2: it cannot be read: Expected an expression, got 'end of statement block'"]),
        ("---\n\n@nothing", ["this line means nothing: @nothing"]),
        ("---\n{{ units.__class__ }}", ["line 2: there is no __class__"]),
        ("---\n{{ 'x' * 999999999 }}", ["line 2: it cannot be filled in"]),
    ],
    ids=["unknown names", "an unknown attribute", "a slip of the syntax", "a mark", "a way out of the sandbox", "a bomb"],
)
def test_a_faulty_template_is_named_by_its_line(bloc, tmp_path, text, faults):
    found = faults_of(bloc, own(tmp_path, text))

    assert [one.startswith(other) for one, other in zip(found, faults, strict=True)] == [True] * len(faults)


@of_words
def test_a_faulty_template_drafts_nothing(empty, tmp_path):
    with pytest.raises(TemplateRefused):
        drafted(empty, templates=own(tmp_path, "---\n{{ nmae }}"))

    assert empty.rows(Document) == []


@of_words
def test_a_template_of_the_blocs_own_stands_before_that_of_the_installation_and_that_before_the_shipped_one(bloc, tmp_path):
    templates = own(tmp_path, "type: CỦA HỆ THỐNG\n---\n{{ bloc }}")
    (tmp_path / "b").mkdir()
    own(tmp_path / "b", "type: CỦA KHỐI\n---\n{{ bloc }}")

    drafted(bloc, templates=templates, kinds=[DocumentKind.COVENANT, DocumentKind.PLAN])

    assert "CỦA KHỐI" in said(bloc, "giao-uoc-thi-dua")
    assert "KẾ HOẠCH" in said(bloc, "ke-hoach-nam")


@of_words
def test_a_template_that_comes_changes_and_goes_is_heeded_the_next_time(bloc, tmp_path):
    shown = [said(bloc, "giao-uoc-thi-dua")]
    for text in ("---\nMột: {{ bloc }}", "---\nHai: {{ bloc }}", None):
        templates = own(tmp_path, text or "")
        if text is None:
            templates.path(DocumentKind.COVENANT).unlink()
        drafted(bloc, templates=templates, kinds=[DocumentKind.COVENANT])
        shown.append(said(bloc, "giao-uoc-thi-dua"))

    assert [("Một: " in text, "Hai: " in text) for text in shown[1:3]] == [(True, False), (False, True)]
    assert shown[3] == shown[0]
