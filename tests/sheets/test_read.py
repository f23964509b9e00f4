import json
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.language import told_in
from bloc.rules.criteria import Criteria, Criterion, Group
from bloc.rules.punctuality import Kept, Punctuality
from bloc.sheets.findings import Reading
from bloc.sheets.form import Form
from bloc.sheets.layout import Note
from bloc.sheets.punctual import Records
from bloc.sheets.read import read_sheet
from bloc.sheets.typed import NotPoints, points_in, quick_points
from bloc.sheets.write import make_sheet
from tests.sheets.hands import edited, fill, replaced

UNITS = ["heza", "nnptnt", "dv3", "dv4", "dv5", "dv6", "dv7"]
WIDE = Criterion("I.1", "Tiêu chí", -1_000_000, 1_000_000)
NARROW = Criterion("I.1", "Tiêu chí", -5_000, 5_000)


def faults(reading):
    return [str(fault) for fault in reading.faults]


@pytest.mark.parametrize("unit", UNITS)
def test_what_was_written_is_read_back(form_of, cells_of, unit):
    form, cells = form_of(unit), cells_of(unit)

    assert read_sheet(make_sheet(form, cells), form) == Reading(cells, ())


def test_the_record_of_deadlines_on_a_sheet_of_its_own_is_not_read(form, cells):
    kept_well = Kept("Báo cáo", date(2024, 6, 6), Punctuality.LATE, 3, waived_because="<r>9</r>")
    records = Records(datetime(2024, 12, 1, tzinfo=UTC), {"III.4": {unit: [kept_well] for unit in form.members}})

    data = make_sheet(form, cells, records=records)

    assert data != make_sheet(form, cells)
    assert read_sheet(data, form) == Reading(cells, ())


def test_what_a_person_typed_in_another_program_is_read(form, cells):
    data = edited(make_sheet(form), lambda book: fill(book, form, cells))

    assert read_sheet(data, form) == Reading(cells, ())


@pytest.mark.parametrize("count", [2, 3, 20, 60])
def test_a_bloc_of_any_size_is_read_back(criteria, count):
    members = {f"u{number}": f"Sở số {number}" for number in range(count)}
    form = Form("c", 2025, "Khối", "u0", members, criteria)
    cells = {(unit, each.code): each.minimum + 250 * (len(unit) + int(unit[1:]) % 5) for unit in members for each in criteria}

    assert read_sheet(make_sheet(form, cells), form) == Reading(cells, ())


def test_rows_and_columns_are_found_wherever_they_were_moved(form, cells):
    def move(book):
        fill(book, form, cells)
        book["Chấm chéo"].insert_cols(5, 2)
        book["Chấm chéo"].insert_rows(1, 3)
        book["Chấm chéo"].insert_rows(15)
        book["Tự chấm"].move_range("A1:E40", rows=4, cols=3)
        book.move_sheet("_bloc", -3)
        book.create_sheet("Ghi chú", 0)["A1"] = "I.1"

    assert read_sheet(edited(make_sheet(form), move), form) == Reading(cells, ())


def test_columns_that_change_places_keep_their_units(form, cells):
    def swap(book):
        fill(book, form, cells)
        sheet = book["Chấm chéo"]
        for row in range(5, 31):
            left, right = sheet.cell(row, 5), sheet.cell(row, 6)
            left.value, right.value = right.value, left.value

    assert read_sheet(edited(make_sheet(form), swap), form).points == cells


def test_names_in_decomposed_letters_are_recognised(form, cells):
    def decompose(book):
        fill(book, form, cells)
        book["Chấm chéo"].title = unicodedata.normalize("NFD", "Chấm chéo")

    assert read_sheet(edited(make_sheet(form), decompose), form) == Reading(cells, ())


def test_every_fault_is_named_by_its_cell_at_once(form, cells):
    wrong = {
        ("heza", "V.1"): None,
        ("nnptnt", "III.4"): 12_000,
        ("dv3", "V.1"): -6_000,
        ("dv4", "I.1"): "9,5đ",
        ("dv5", "II.1"): 1_100,
    }

    reading = read_sheet(make_sheet(form, cells | wrong), form)

    assert faults(reading) == [
        "Tự chấm!E30 · V.1 · Ban Quản lý Khu kinh tế Hải Phòng: there are no points yet; expected: -5 to 0.",
        "Chấm chéo!G8 · I.1 · Đơn vị thành viên số 4: “9,5đ” is not a number; expected: 0 to 25.",
        "Chấm chéo!H15 · II.1 · Đơn vị thành viên số 5: 1.1 is not a multiple of 0.25.",
        "Chấm chéo!E24 · III.4 · Sở Nông nghiệp và Phát triển nông thôn: 12 exceeds the maximum of 4.",
        "Chấm chéo!F30 · V.1 · Đơn vị thành viên số 3: -6 is below the minimum of -5.",
    ]
    assert reading.points == {cell: points for cell, points in cells.items() if cell not in wrong}
    assert reading.typed == {cell: content for cell, content in wrong.items() if content is not None}


def test_faults_are_told_in_vietnamese_too(form, cells):
    reading = read_sheet(make_sheet(form, cells | {("nnptnt", "III.4"): 12_500}), form)

    assert [told_in("vi", str, fault) for fault in reading.faults] == [
        "Chấm chéo!E24 · III.4 · Sở Nông nghiệp và Phát triển nông thôn: 12,5 vượt quá điểm tối đa 4."
    ]


def test_an_empty_form_lacks_every_point_and_nothing_else(form):
    reading = read_sheet(make_sheet(form), form)

    assert len(reading.faults) == 7 * 19
    assert {fault.message.text for fault in reading.faults} == {"there are no points yet; expected: {minimum} to {maximum}."}


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        *[("9,5", 9500), (" 9.5 ", 9500), ("9,5\u00a0", 9500), ("\u200b9", 9000), ("09,50", 9500)],
        *[("0.125", 125), ("\u22120,5", -500), ("-0", 0)],
        *[(9, 9000), (9.5, 9500), (0.1 + 0.2, 300), (-0.25, -250)],
    ],
)
def test_what_is_certain_is_read(typed, points):
    assert points_in(typed, WIDE, 1) == points


@pytest.mark.parametrize(
    "typed",
    [
        *["9.5đ", "x", "-", "–", "", " ", None, "8 9", "8-9", "8;9", "9,", ",5", "9,5,5", "1e2", "+9", "٩", "=9", "nan"],
        *["1.000", "1.250", "9,0005", 9.00001, float("nan"), float("inf"), 1e300],
        *[True, False, date(2024, 5, 9), datetime(2024, 5, 9, 3), timedelta(days=9)],  # noqa: DTZ001
    ],
)
def test_what_is_not_certain_is_refused(typed):
    with pytest.raises(NotPoints):
        points_in(typed, WIDE, 1)


@given(st.integers(-999_999, 999_999), st.sampled_from([",", "."]), st.sampled_from(["", " ", "\u00a0"]))
def test_a_typed_number_is_read_exactly_or_refused(number, separator, blank):
    whole, fraction = divmod(abs(number), 1000)
    typed = f"{blank}{'-' if number < 0 else ''}{whole}{separator}{fraction:03}{blank}"

    try:
        points = points_in(typed, WIDE, 1)
    except NotPoints:
        assert separator == "."
        assert whole != 0
    else:
        assert points == number


@given(st.text(st.sampled_from("0123456789,.- +eđ\u00a0٣"), max_size=7))
def test_no_text_is_read_as_another_number_than_it_says(typed):
    try:
        points = points_in(typed, WIDE, 1)
    except NotPoints:
        return
    assert Decimal(typed.strip().replace(",", ".")) * 1000 == points


@given(st.integers(-999_999, 999_999))
def test_a_number_from_a_spreadsheet_is_read_exactly(number):
    assert points_in(number / 1000, WIDE, 1) == number
    assert quick_points([number / 1000], WIDE, 1) == [number]


@given(st.floats(-2_000, 2_000) | st.floats() | st.integers(-9_999, 9_999).map(lambda number: number / 1000))
def test_the_quick_way_never_reads_what_the_careful_way_does_not(number):
    (quick,) = quick_points([number], NARROW, 250)

    assert quick is None or quick == points_in(number, NARROW, 250)


def test_a_date_that_excel_made_of_points_is_refused(form, cells):
    def type_a_date(book):
        fill(book, form, cells)
        book["Tự chấm"]["E9"] = datetime(2024, 5, 9)  # noqa: DTZ001

    assert faults(read_sheet(edited(make_sheet(form), type_a_date), form)) == [
        "Tự chấm!E9 · I.2 · Ban Quản lý Khu kinh tế Hải Phòng: a date stands here; "
        "format the cell as a number and type the points again."
    ]


def test_a_formula_without_a_saved_value_has_no_points(form, cells):
    def type_a_formula(book):
        fill(book, form, cells)
        book["Tự chấm"]["E9"] = "=4+4"

    assert faults(read_sheet(edited(make_sheet(form), type_a_formula), form)) == [
        "Tự chấm!E9 · I.2 · Ban Quản lý Khu kinh tế Hải Phòng: a formula stands here without a number that it came to: "
        "type the points themselves."
    ]


def test_a_formula_with_a_saved_value_is_read_as_its_author_saw_it_and_remarked_on(form, cells):
    data = replaced("xl/worksheets/sheet2.xml", rb'(<c r="E9"[^>]*>)<v>', rb"\1<f>4+4</f><v>")(make_sheet(form, cells))

    reading = read_sheet(data, form)

    assert (reading.points, reading.faults) == (cells, ())
    assert [str(remark) for remark in reading.remarks] == [
        "Tự chấm!E9 · I.2 · Ban Quản lý Khu kinh tế Hải Phòng: a formula stands here; the number that it came to, 8.75, counts."
    ]


@pytest.mark.parametrize("shown_as", ["0%", "0.00%", '0.0" "%'], ids=["whole", "two decimals", "of one's own"])
def test_a_percentage_is_no_number_of_points(form, cells, shown_as):
    def type_a_percentage(book):
        fill(book, form, cells)
        book["Chấm chéo"]["E8"], book["Chấm chéo"]["E8"].number_format = 0.25, shown_as
        book["Chấm chéo"]["A1"].number_format = shown_as

    reading = read_sheet(edited(make_sheet(form), type_a_percentage), form)

    assert faults(reading) == [
        "Chấm chéo!E8 · I.1 · Sở Nông nghiệp và Phát triển nông thôn: 25% is a percentage: type the points as a plain number."
    ]
    assert [text for text in reading.typed.values() if isinstance(text, str)] == ["25%"]


def test_numbers_typed_as_texts_are_read_and_listed(form, cells):
    def type_texts(book):
        fill(book, form, cells)
        book["Tự chấm"]["E9"], book["Chấm chéo"]["E8"] = " 8,75", "21\u00a0"

    reading = read_sheet(edited(make_sheet(form), type_texts), form)

    assert (reading.points, reading.faults) == (cells, ())
    assert [str(remark) for remark in reading.remarks] == [
        "Tự chấm!E9 · I.2 · Ban Quản lý Khu kinh tế Hải Phòng: the text “ 8,75” is read as 8.75.",
        "Chấm chéo!E8 · I.1 · Sở Nông nghiệp và Phát triển nông thôn: the text “21\u00a0” is read as 21.",
    ]


def test_of_many_remarks_of_a_kind_the_first_are_listed_and_the_rest_are_counted(form, cells):
    def type_texts(book):
        fill(book, form, cells, lambda points: str(points / 1000))

    reading = read_sheet(edited(make_sheet(form), type_texts), form)

    assert (reading.points, reading.faults) == (cells, ())
    assert [str(remark) for remark in reading.remarks if not remark.place.cell] == [
        "Tự chấm: the same is true of 9 more cells.",
        "Chấm chéo: the same is true of 104 more cells.",
    ]


def test_cells_merged_over_one_another_are_told_from_empty_ones(form, cells):
    def merge(book):
        fill(book, form, cells)
        book["Chấm chéo"].merge_cells("E8:F8")

    assert faults(read_sheet(edited(make_sheet(form), merge), form)) == [
        "Chấm chéo!F8 · I.1 · Đơn vị thành viên số 3: this cell is merged with E8: split them and type the points of each."
    ]


def test_signs_that_nobody_sees_are_named(form, cells):
    reading = read_sheet(make_sheet(form, cells | {("heza", "I.2"): "\u202e5,8"}), form)

    assert faults(reading) == [
        "Tự chấm!E9 · I.2 · Ban Quản lý Khu kinh tế Hải Phòng: “⟨U+202E⟩5,8” is not a number; expected: 0 to 10."
    ]


def test_evidence_and_explanations_are_read_as_they_were_written(form, cells):
    def explain(book):
        fill(book, form, cells)
        book["Tự chấm"]["F8"], book["Tự chấm"]["G30"] = "=Báo cáo số 12\nPhụ lục", 5
        book["Tự chấm"]["F10"], book["Tự chấm"]["G10"] = datetime(2024, 5, 9), 12.5  # noqa: DTZ001

    data = edited(make_sheet(form, notes={("I.2", Note.EVIDENCE): "Quyết định 7"}), explain)

    assert read_sheet(data, form).notes == {
        ("I.2", Note.EVIDENCE): "Quyết định 7",
        ("V.1", Note.EXPLANATION): "5",
        ("I.3", Note.EVIDENCE): "09/05/2024",
        ("I.3", Note.EXPLANATION): "12,5",
    }


def test_columns_without_their_codes_are_found_by_the_names_of_the_units(form, cells):
    def lose_the_codes(book):
        fill(book, form, cells)
        for row in book["Chấm chéo"]["A6:J6"]:
            for cell in row[4:]:
                cell.value = None

    assert read_sheet(edited(make_sheet(form), lose_the_codes), form) == Reading(cells, ())


def test_of_columns_whose_names_and_codes_disagree_nothing_is_read(form, cells):
    def sort_by_names(book):
        fill(book, form, cells)
        sheet = book["Chấm chéo"]
        for row in (5, *range(7, 31)):  # the row of codes is hidden, and stays
            left, right = sheet.cell(row, 6), sheet.cell(row, 7)
            left.value, right.value = right.value, left.value

    reading = read_sheet(edited(make_sheet(form), sort_by_names), form)

    assert faults(reading) == [
        f"Chấm chéo!{column}: The column of Đơn vị thành viên số {own} (code dv{own}) is headed Đơn vị thành viên số {other}: "
        "put every name and its points back where they were in the workbook that was issued."
        for column, own, other in (("F", 3, 4), ("G", 4, 3))
    ]
    assert reading.points == {cell: points for cell, points in cells.items() if cell[0] not in ("dv3", "dv4")}


def test_of_rows_whose_codes_and_titles_disagree_nothing_is_read(form, cells):
    def sort_without_codes(book):
        fill(book, form, cells)
        sheet = book["Chấm chéo"]
        for column in range(2, 11):
            upper, lower = sheet.cell(8, column), sheet.cell(9, column)
            upper.value, lower.value = lower.value, upper.value

    reading = read_sheet(edited(make_sheet(form), sort_without_codes), form)

    assert faults(reading) == [
        f"Chấm chéo!{cell}: The row of the criterion {own} bears the title “{other}”: put every code, its title and its "
        "points back where they were in the workbook that was issued."
        for cell, own, other in (
            ("A8", "I.1", "Tham mưu và quản lý nhà nước trên lĩnh v…"),
            ("A9", "I.2", "Hoàn thành các chỉ tiêu, nhiệm vụ kinh t…"),
        )
    ]
    assert reading.points == {
        (unit, code): points for (unit, code), points in cells.items() if unit == "heza" or code not in ("I.1", "I.2")
    }


def test_a_group_may_have_the_code_of_a_unit():
    criteria = Criteria(250, (Group("1", "Nhóm", (Criterion("2", "Tiêu chí", 0, 9_000),)),))
    form, cells = Form("c", 2024, "Khối", "1", {"1": "Sở A", "2": "Sở B"}, criteria), {("1", "2"): 1_000, ("2", "2"): 500}

    assert read_sheet(make_sheet(form, cells), form).points == cells


def test_missing_and_doubled_rows_and_columns_are_named(form, cells):
    def spoil(book):
        fill(book, form, cells)
        sheet = book["Chấm chéo"]
        sheet["A9"], sheet["A30"] = "I.3", None
        sheet["F6"], sheet["G6"] = "dv5", None

    assert faults(read_sheet(edited(make_sheet(form), spoil), form)) == [
        "Chấm chéo: The row of the criterion I.2 is missing.",
        "Chấm chéo!A10: The criterion I.3 has more than one row.",
        "Chấm chéo: The row of the criterion V.1 is missing.",
        "Chấm chéo: The column of Đơn vị thành viên số 3 (code dv3) is missing.",
        "Chấm chéo: The column of Đơn vị thành viên số 4 (code dv4) is missing.",
        "Chấm chéo!H: Đơn vị thành viên số 5 (code dv5) has more than one column.",
    ]


@pytest.mark.parametrize("name", ["Tự chấm", "Chấm chéo"])
def test_a_missing_sheet_is_named_and_the_other_one_is_read(form, cells, name):
    def remove(book):
        fill(book, form, cells)
        del book[name]

    reading = read_sheet(edited(make_sheet(form), remove), form)

    assert faults(reading) == [f"{name}: The sheet is missing."]
    assert set(reading.points) == {cell for cell in cells if (cell[0] == "heza") != (name == "Tự chấm")}


def test_a_workbook_that_does_not_say_whose_it_is_is_refused(form, cells):
    def remove(book):
        fill(book, form, cells)
        del book["_bloc"]

    assert [fault.message.text.partition(":")[0] for fault in read_sheet(edited(make_sheet(form), remove), form).faults] == [
        "It cannot be told whose sheet this is"
    ]


def test_another_units_sheet_is_named_by_its_owner(form, form_of, cells_of):
    data = make_sheet(form_of("dv3"), cells_of("dv3"))

    assert faults(read_sheet(data, form)) == [
        "This is the sheet of Đơn vị thành viên số 3, year 2024; "
        "asked for is the sheet of Ban Quản lý Khu kinh tế Hải Phòng, year 2024."
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"year": 2023}, "This is the sheet of"),
        ({"cycle": "other"}, "This sheet belongs to another bloc"),
        ({"members": {"heza": "Ban", "dv3": "Sở"}}, "The members have changed"),
        ({"criteria": Criteria(500, (Group("I", "Nhóm", (WIDE,)),))}, "The criteria have changed"),
    ],
    ids=["last year's", "another bloc's", "other members", "other criteria"],
)
def test_a_sheet_made_for_something_else_has_one_fault(form, change, said):
    (fault,) = read_sheet(make_sheet(replace(form, **change)), form).faults

    assert str(fault).startswith(said)


def test_a_sheet_issued_before_a_unit_was_renamed_is_read(form, cells):
    renamed = replace(form, members={**form.members, "heza": "Ban mới", "dv3": "Sở mới"})

    reading = read_sheet(make_sheet(form, cells), renamed)

    assert (reading.points, reading.faults) == (cells, ())


def test_a_total_that_is_not_the_sum_is_a_remark_and_no_fault(form, cells):
    def overwrite(book):
        fill(book, form, cells)
        book["Tự chấm"]["E31"] = 99

    reading = read_sheet(edited(make_sheet(form), overwrite), form)

    assert [str(remark) for remark in reading.remarks] == [
        "Tự chấm!E31 · Ban Quản lý Khu kinh tế Hải Phòng: the sheet shows a total of 99; "
        "the points add up to 92.75, which counts."
    ]
    assert (reading.points, reading.faults) == (cells, ())


def test_an_altered_digest_is_told_of(form, cells):
    def alter(book):
        fill(book, form, cells)
        book["_bloc"]["B5"] = "0" * 64

    assert faults(read_sheet(edited(make_sheet(form), alter), form)) == [
        "The hidden sheet that says whose sheet this is has been altered: fill in the one issued."
    ]


def test_what_is_odd_about_the_points_together_is_remarked_on_and_refuses_nothing(form):
    given = {
        (unit, each.code): each.maximum if unit == "heza" else each.minimum for unit in form.members for each in form.criteria
    }

    reading = read_sheet(make_sheet(form, given), form)

    assert (reading.points, reading.faults) == (given, ())
    assert [str(remark) for remark in reading.remarks] == [
        "Tự chấm: the unit gives itself the maximum in every criterion.",
        "Chấm chéo: all other units are given the same points in every criterion.",
        "Tự chấm: the self-score is 110 points above the mean of what the others are given.",
    ]


def test_styled_but_empty_cells_far_away_do_no_harm(form, cells):
    far = rb'<row r="1048576" ht="12"><c r="XFD1048576" s="1"/></row></sheetData>'
    data = replaced("xl/worksheets/sheet2.xml", b"</sheetData>", far)(make_sheet(form, cells))

    assert read_sheet(data, form) == Reading(cells, ())


def test_a_reading_survives_the_way_between_two_processes(form, cells):
    wrong = {("heza", "V.1"): None, ("dv4", "I.1"): "9,5đ", ("dv5", "II.1"): 1_100}
    reading = read_sheet(make_sheet(form, cells | wrong, {("I.1", Note.EVIDENCE): "Báo cáo"}), form)

    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
