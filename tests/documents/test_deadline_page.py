"""The result workbook's page on deadlines."""

from dataclasses import replace
from datetime import date

from bloc.documents.result_table import Timing
from bloc.documents.result_workbook import make_result_workbook, sheet_names
from tests.documents.test_result_workbook import opened, rows_from, table_of_2024, texts
from tests.factories import on

TIMINGS = (
    Timing("Báo cáo", "heza", date(2030, 6, 6), on("2030-06-06 16:05")),
    Timing("Báo cáo", "snnptnt", date(2030, 6, 6), on("2030-06-12 09:00"), date(2030, 6, 10), "Bão"),
    Timing("Bảng chấm điểm", "heza", date(2030, 12, 6), waived_because="=Sáp nhập"),
    Timing("Bảng chấm điểm", "snnptnt", date(2030, 2, 1), on("2030-02-02 00:00")),
)


def table():
    """Return the result of 2024 with what came when."""
    result = table_of_2024()
    codes = dict(zip(("heza", "snnptnt"), result.members, strict=False))
    return replace(result, timings=tuple(replace(timing, unit=codes[timing.unit]) for timing in TIMINGS))


def test_each_unit_stands_under_each_activity_with_its_days_and_the_reasons():
    names = list(table().members.values())

    assert rows_from(opened(table())["Thời hạn"], "Đơn vị")[:6] == [
        ["Báo cáo", None, None, None, None, None],
        [names[0], "06/6/2030", "–", "16 giờ 05, 06/6/2030", "–", ""],
        [names[1], "06/6/2030", "10/6/2030", "9 giờ 00, 12/6/2030", "02 ngày", "Gia hạn: Bão"],
        ["Bảng chấm điểm", None, None, None, None, None],
        [names[0], "06/12/2030", "–", "–", "–", "Miễn: =Sáp nhập"],
        [names[1], "01/02/2030", "–", "0 giờ 00, 02/02/2030", "01 ngày", ""],
    ]


def test_it_stands_after_the_matrix_and_has_no_number_in_it():
    book = opened(table())

    assert book.sheetnames[:3] == ["Xếp hạng", "Ma trận", "Thời hạn"]
    assert {cell.data_type for row in book["Thời hạn"] for cell in row} == {"s", "n"}
    assert [cell.value for row in book["Thời hạn"] for cell in row if cell.data_type == "n" and cell.value is not None] == []
    assert "THỜI HẠN VÀ GIA HẠN NĂM 2024" in texts(book["Thời hạn"])


def test_the_same_timings_give_the_same_bytes():
    assert make_result_workbook(table()) == make_result_workbook(table())


def test_a_unit_may_be_called_like_the_page():
    assert sheet_names(["thời hạn"]) == {"thời hạn": "thời hạn~2"}
