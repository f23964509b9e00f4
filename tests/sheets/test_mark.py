from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc.sheets.findings import Reading
from bloc.sheets.layout import Note
from bloc.sheets.read import read_sheet
from bloc.sheets.write import make_sheet, mark_sheet
from tests.sheets.hands import edited, fill

WRONG = {("heza", "V.1"): None, ("nnptnt", "III.4"): 12_000, ("dv4", "I.1"): "9,5đ", ("dv5", "II.1"): 1_100}
NOTES = {("I.1", Note.EVIDENCE): "Báo cáo số 12", ("V.1", Note.EXPLANATION): "=không vi phạm"}


@pytest.fixture
def sent(form, cells):
    """Return a sheet with faults, whose rows and columns a person moved about."""

    def move(book):
        fill(book, form, cells)
        sheet = book["Chấm chéo"]
        sheet["E24"], sheet["G8"], sheet["H15"], book["Tự chấm"]["E30"] = 12, "9,5đ", 1.1, None
        sheet.insert_rows(1, 3)
        sheet.insert_cols(5)

    return edited(make_sheet(form, notes=NOTES), move)


@pytest.fixture
def marked(form, sent):
    return mark_sheet(form, read_sheet(sent, form))


def test_the_marked_copy_says_all_that_the_unit_wrote(form, cells, sent, marked):
    reading = read_sheet(marked, form)

    assert reading.points == {cell: points for cell, points in cells.items() if cell not in WRONG}
    assert reading.typed == {cell: content for cell, content in WRONG.items() if content is not None}
    assert reading.notes == NOTES == read_sheet(sent, form).notes


def test_the_same_reading_gives_the_same_bytes(form, sent, marked):
    assert mark_sheet(form, read_sheet(sent, form)) == marked


def test_each_fault_is_listed_in_vietnamese_with_a_link_to_its_cell_in_the_copy(marked):
    sheet = load_workbook(BytesIO(marked)).worksheets[0]

    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]

    assert sheet.title == "Lỗi cần sửa"
    assert rows == [
        [1, "Tự chấm!E30", "V.1", "Ban Quản lý Khu kinh tế Hải Phòng", "Ô này chưa có điểm; cần nhập điểm từ -5 đến 0."],
        [
            *(2, "Chấm chéo!G8", "I.1", "Đơn vị thành viên số 4"),
            "“9,5đ” không phải là số hợp lệ; cần nhập điểm từ 0 đến 25.",
        ],
        [3, "Chấm chéo!H15", "II.1", "Đơn vị thành viên số 5", "1,1 không phải là bội số của 0,25."],
        [4, "Chấm chéo!E24", "III.4", "Sở Nông nghiệp và Phát triển nông thôn", "12 vượt quá điểm tối đa 4."],
    ]
    assert sheet["B6"].hyperlink.location == "'Chấm chéo'!G8"


def test_faulty_cells_and_no_others_are_coloured_and_have_a_comment(marked):
    book = load_workbook(BytesIO(marked))

    coloured = {
        f"{name}!{cell.coordinate}": cell.comment and cell.comment.text
        for name in ("Tự chấm", "Chấm chéo")
        for row in book[name].iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "FFF8B4A8"
    }

    assert coloured == {
        "Tự chấm!E30": "ô này chưa có điểm; cần nhập điểm từ -5 đến 0.",
        "Chấm chéo!E24": "12 vượt quá điểm tối đa 4.",
        "Chấm chéo!G8": "“9,5đ” không phải là số hợp lệ; cần nhập điểm từ 0 đến 25.",
        "Chấm chéo!H15": "1,1 không phải là bội số của 0,25.",
    }


@pytest.mark.parametrize("text", ["<r><t>&</t></r>", "<r></si><si>?</r>", "=cmd|'/c calc'!A1", "_x0041_", "a\x0bb", "{=1}"])
def test_what_looks_like_something_to_a_program_goes_back_as_the_text_it_is(form, cells, text):
    notes = {("I.1", Note.EVIDENCE): text}
    sent = make_sheet(form, cells | {("dv4", "I.1"): text}, notes)

    reading = read_sheet(mark_sheet(form, read_sheet(sent, form)), form)

    assert (reading.typed, reading.notes) == ({("dv4", "I.1"): text}, notes)


def test_the_marked_copy_corrected_by_hand_is_accepted(form, cells, marked):
    def correct(book):
        sheet = book["Chấm chéo"]
        for unit, criterion in WRONG:
            cell = {"heza": book["Tự chấm"]["E30"], "nnptnt": sheet["E24"], "dv4": sheet["G8"], "dv5": sheet["H15"]}[unit]
            cell.value = cells[unit, criterion] / 1000

    assert read_sheet(edited(marked, correct), form) == Reading(cells, notes=NOTES)


def test_of_a_file_that_is_no_sheet_of_the_units_there_is_a_fresh_one_and_the_reason(form, form_of, cells_of):
    strangers = read_sheet(make_sheet(form_of("dv3"), cells_of("dv3")), form)

    marked = mark_sheet(form, strangers)

    sheet = load_workbook(BytesIO(marked)).worksheets[0]
    assert [cell.value for cell in sheet[5]] == [
        *(1, "Cả tệp đã gửi", "", ""),
        "Đây là bảng chấm điểm của Đơn vị thành viên số 3, năm 2024; "
        "tệp cần gửi là bảng chấm điểm của Ban Quản lý Khu kinh tế Hải Phòng, năm 2024.",
    ]
    assert len(read_sheet(marked, form).faults) == 7 * 19
