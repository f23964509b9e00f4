from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc.sheets.form import Form
from bloc.sheets.write import make_sheet

FILLED = "Đã điền đủ {} ô; ô tô đỏ là chưa hợp lệ"


def opened(data, **options):
    return load_workbook(BytesIO(data), **options)


def test_the_same_form_and_points_give_the_same_bytes(form, cells):
    assert make_sheet(form, cells) == make_sheet(form, dict(reversed(cells.items())))


def test_a_changed_point_changes_the_bytes(form, cells):
    assert make_sheet(form, cells) != make_sheet(form, cells | {("dv3", "I.1"): 1000})


def test_only_the_cells_for_points_can_be_typed_in(form):
    book = opened(make_sheet(form))

    unlocked = {name: [c.coordinate for r in book[name] for c in r if not c.protection.locked] for name in book.sheetnames[1:3]}

    assert {name: len(cells) for name, cells in unlocked.items()} == {"Tự chấm": 19 * 3, "Chấm chéo": 19 * 6}
    assert all(book[name].protection.sheet for name in unlocked)


def test_readers_that_do_not_recalculate_see_the_totals(form, cells):
    sheet = opened(make_sheet(form, cells), data_only=True)["Tự chấm"]

    totals = {row[0].value: row[4].value for row in sheet.iter_rows(min_row=7) if row[0].value in ("I", "V", "TỔNG CỘNG")}

    assert totals == {"I": 53.75, "V": 0, "TỔNG CỘNG": 92.75}


def test_totals_are_formulas_over_the_criteria_of_their_group(form):
    sheet = opened(make_sheet(form))["Chấm chéo"]

    assert [sheet["E7"].value, sheet["E14"].value, sheet["E31"].value] == [
        "=SUM(E8:E13)",
        "=SUM(E15:E19)",
        "=E7+E14+E20+E27+E29",
    ]


def test_each_criterion_takes_only_what_keeps_to_its_bounds_and_the_step(form):
    rules = opened(make_sheet(form))["Chấm chéo"].data_validations.dataValidation

    found = {str(rule.sqref): (rule.type, rule.formula1, rule.error) for rule in rules}

    assert len(found) == 19
    assert found["E30:J30"] == (
        "custom",
        "NOT(IF(ISBLANK(E30),FALSE,IF(ISNUMBER(E30),OR(E30<$C30,E30>$D30,ABS(E30/0.25-ROUND(E30/0.25,0))>0.000001),TRUE)))",
        "Điểm từ -5 đến 0; là bội số của 0,25.",
    )


def test_cells_turn_red_beyond_their_bounds(form):
    rules = opened(make_sheet(form))["Chấm chéo"].conditional_formatting

    assert [str(each.sqref) for each in rules] == ["E8:J13", "E15:J19", "E21:J26", "E28:J28", "E30:J30"]


def test_each_sheet_and_the_cover_say_how_many_cells_are_left(form, cells):
    some = {cell: points for cell, points in cells.items() if cell[1] != "V.1"}

    def said(data):
        book = opened(data, data_only=True)
        return [book["Tự chấm"]["A4"].value, book["Chấm chéo"]["A4"].value, *(book["Hướng dẫn"][f"B{n}"].value for n in (7, 8))]

    assert said(make_sheet(form, some)) == ["Còn 1 ô chưa chấm", "Còn 6 ô chưa chấm"] * 2
    assert said(make_sheet(form, cells)) == [FILLED.format(19), FILLED.format(114)] * 2
    assert opened(make_sheet(form))["Tự chấm"]["A4"].value.startswith("=IF(COUNTBLANK(E7:E30)=0,")


def test_each_criterion_is_explained_in_a_comment(form):
    sheet = opened(make_sheet(form))["Tự chấm"]

    assert sheet["B8"].comment.text == (
        "I.1. Hoàn thành các chỉ tiêu, nhiệm vụ kinh tế - xã hội được giao trong năm\nĐiểm từ 0 đến 25; là bội số của 0,25."
    )


def test_the_cover_says_until_when_to_whom_and_what_to_do_in_five_lines(form):
    sent = replace(form, last_day=date(2024, 12, 5), sender="Sở Nội vụ", address="thi.dua@example.vn")

    texts = [cell.value for row in opened(make_sheet(sent))["Hướng dẫn"].iter_rows() for cell in row if cell.value]

    assert texts[2:8] == [
        *("Đơn vị chấm điểm", "Ban Quản lý Khu kinh tế Hải Phòng"),
        *("Thời hạn gửi", "Đến hết thứ Năm 05/12/2024"),
        *("Gửi về", "Sở Nội vụ (thi.dua@example.vn)"),
    ]
    assert [text[:2] for text in texts[-5:]] == ["1.", "2.", "3.", "4.", "5."]


def test_a_name_that_looks_like_a_formula_stays_a_text(form):
    members = dict(form.members) | {"dv3": '=HYPERLINK("http://x","Sở")'}

    sheet = opened(make_sheet(replace(form, members=members)))["Chấm chéo"]

    assert (sheet["F5"].value, sheet["F5"].data_type) == ('=HYPERLINK("http://x","Sở")', "s")


def test_what_a_person_typed_wrong_is_written_back_as_typed(form):
    sheet = opened(make_sheet(form, {("heza", "I.1"): "=9,5đ", ("heza", "I.2"): 9500}))["Tự chấm"]

    assert [(cell.value, cell.data_type) for cell in (sheet["E8"], sheet["E9"], sheet["E10"])] == [
        ("=9,5đ", "s"),
        (9.5, "n"),
        (None, "n"),
    ]


def test_a_sheet_is_printed_on_a4_with_its_head_repeated_and_one_page_wide(form):
    sheet = opened(make_sheet(form))["Chấm chéo"]

    setup = sheet.page_setup
    assert (setup.paperSize, setup.orientation, setup.fitToWidth or 1, setup.fitToHeight) == (9, "landscape", 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$5:$6"
    assert sheet.freeze_panes == "E7"


def test_whole_points_are_shown_without_a_separator(form):
    sheet = opened(make_sheet(form))["Tự chấm"]

    assert sheet["E8"].number_format.endswith("General")


@pytest.mark.parametrize("count", [2, 3, 12, 20])
def test_a_bloc_of_any_size_has_a_column_for_each_other_unit(form, count):
    members = {f"u{number}": f"Sở số {number}" for number in range(count)}

    sheet = opened(make_sheet(Form("c", 2024, "Khối", "u1", members, form.criteria)))["Chấm chéo"]

    assert [cell.value for cell in sheet[6][4:]] == [code for code in members if code != "u1"]


def test_the_sheet_that_says_whose_it_is_cannot_be_unhidden_by_a_click(form):
    book = opened(make_sheet(form))

    assert book.sheetnames == ["Hướng dẫn", "Tự chấm", "Chấm chéo", "_bloc"]
    assert book["_bloc"].sheet_state == "veryHidden"
