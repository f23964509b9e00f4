from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc.sheets.form import Form
from bloc.sheets.write import make_sheet


def opened(data, **options):
    return load_workbook(BytesIO(data), **options)


def test_the_same_form_and_points_give_the_same_bytes(form, cells):
    assert make_sheet(form, cells) == make_sheet(form, dict(reversed(cells.items())))


def test_a_changed_point_changes_the_bytes(form, cells):
    assert make_sheet(form, cells) != make_sheet(form, cells | {("dv3", "I.1"): 1000})


def test_only_the_cells_for_points_can_be_typed_in(form):
    book = opened(make_sheet(form))

    unlocked = {name: [c.coordinate for r in book[name] for c in r if not c.protection.locked] for name in book.sheetnames[1:3]}

    assert {name: len(cells) for name, cells in unlocked.items()} == {"Tự chấm": 19, "Chấm chéo": 19 * 6}
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


def test_each_criterion_is_typed_within_its_bounds(form):
    rules = opened(make_sheet(form))["Chấm chéo"].data_validations.dataValidation

    bounds = {str(rule.sqref): (rule.type, rule.formula1, rule.formula2) for rule in rules}

    assert len(bounds) == 19
    assert bounds["E8:J8"] == ("decimal", "0", "25")
    assert bounds["E30:J30"] == ("decimal", "-5", "0")


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
