"""Workbooks changed at random: never a traceback, never a wrong number; read exactly as typed, or refused.

A few of each here; `make fuzz` tries thousands.
"""

import os
import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import MergedCell

from bloc.sheets import apart
from bloc.sheets.apart import read_apart
from bloc.sheets.read import read_sheet
from bloc.sheets.write import make_sheet, mark_sheet
from tests.sheets.hands import edited, fill, part_of, repacked

pytestmark = pytest.mark.process
TIMES = int(os.environ.get("BLOC_FUZZ", "25"))
often = settings(max_examples=TIMES, deadline=None, suppress_health_check=list(HealthCheck))
seldom = settings(often, max_examples=max(1, TIMES // 4))
PLAIN = re.compile(r"[-\u2212\u2013]?\d{1,6}([.,]\d{1,9})?", re.ASCII)
BLANK = " \u00a0\u2009\u200b\ufeff\n\t"
TAGS = [b"<c>", b"</c>", b"<v>", b"</row>", b"<f>", b'"', b"r=", b"&amp;", b"&#0;", b"<!--", b"]]>", b"\xff", b"", b"A1", b"t"]

typed_texts = st.text(st.sampled_from("0123456789,.-+eEđxX \u00a0\u200b\u200f\u202e٣９−–/%'=" + "\n"), max_size=8) | st.text(
    max_size=5
)
typed_numbers = st.floats() | st.integers(-(10**18), 10**18) | st.integers(-30, 120).map(lambda n: n / 4)


@pytest.fixture(scope="module", autouse=True)
def _no_child_left():
    """End without a child that waits."""
    yield
    apart._end_all()


@pytest.fixture(scope="module")
def whole(form, cells_of):
    return make_sheet(form, cells_of("heza"))


def meant(text):
    """Return the number that a text says for certain, told by other means than the reader's; None if there is none."""
    bare = text.strip("".join(BLANK)).replace("\u200b", "").replace("\ufeff", "").strip()
    if not PLAIN.fullmatch(bare):
        return None
    return Decimal(bare.replace(",", ".").replace("\u2212", "-").replace("\u2013", "-")) * 1000


def read(data, form, caplog):
    """Return a reading that no failure of ours is behind."""
    reading = read_apart(data, form)
    assert caplog.records == []
    return reading


@often
@given(change=st.data())
def test_bytes_changed_at_random_are_read_as_they_were_or_refused(form, cells_of, whole, caplog, change):
    data = bytearray(whole)
    for _ in range(change.draw(st.integers(1, 4))):
        at = change.draw(st.integers(0, len(data) - 1))
        length = change.draw(st.sampled_from([0, 1, 1, 4, 64, 5000]))
        data[at : at + length] = change.draw(st.binary(max_size=4) | st.just(bytes(data[at : at + 30])))

    reading = read(bytes(data), form, caplog)

    assert reading.faults or reading.points == cells_of("heza")


@often
@given(change=st.data())
def test_xml_changed_at_random_is_read_or_refused(form, whole, caplog, change):
    def spoil(parts):
        name = change.draw(
            st.sampled_from([part_of(whole, "Tự chấm"), part_of(whole, "Chấm chéo"), "xl/sharedStrings.xml", "xl/workbook.xml"])
        )
        part = parts[name]
        for _ in range(change.draw(st.integers(1, 3))):
            at = change.draw(st.integers(0, len(part) - 1))
            part = part[:at] + change.draw(st.sampled_from(TAGS)) + part[at + change.draw(st.integers(0, 9)) :]
        parts[name] = part

    reading = read(repacked(whole, spoil), form, caplog)

    mark_sheet(form, reading)
    steps = {points % form.criteria.step for points in reading.points.values()}
    assert reading.faults or (len(reading.points), steps) == (7 * 19, {0})


@often
@given(typed=st.lists(typed_texts, min_size=1, max_size=12), at=st.randoms(use_true_random=False))
def test_texts_typed_at_random_are_read_as_what_they_say_or_are_faults(form, cells_of, typed, at):
    cells = cells_of("heza")
    changed = dict(zip(at.sample(sorted(cells), len(typed)), typed, strict=True))

    reading = read_sheet(make_sheet(form, cells | changed), form)

    faulty = {(fault.place.unit, fault.place.criterion) for fault in reading.faults}
    assert faulty <= changed.keys()
    for cell, text in changed.items():
        assert cell in faulty or reading.points[cell] == meant(text)
    assert {cell: points for cell, points in reading.points.items() if cell not in changed} == {
        cell: points for cell, points in cells.items() if cell not in changed
    }


@seldom
@given(typed=st.lists(typed_numbers, min_size=1, max_size=12), at=st.randoms(use_true_random=False))
def test_numbers_typed_at_random_are_read_exactly_or_are_faults(form, cells_of, typed, at):
    cells = {cell: points for cell, points in cells_of("heza").items() if cell[0] == "heza"}
    changed = dict(zip(at.sample(sorted(cells), len(typed)), typed, strict=True))

    def type_them(book):
        fill(book, form, cells_of("heza"))
        rows = {row[0].value: row[0].row for row in book["Tự chấm"].iter_rows(min_row=7)}
        for (_, criterion), number in changed.items():
            book["Tự chấm"].cell(rows[criterion], 5, number)

    reading = read_sheet(edited(make_sheet(form), type_them), form)

    faulty = {(fault.place.unit, fault.place.criterion) for fault in reading.faults}
    for cell, number in changed.items():
        assert cell in faulty or abs(Decimal(number) * 1000 - reading.points[cell]) < Decimal("1e-6")


@seldom
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["row in", "row out", "column in", "column out", "erase"]), st.integers(1, 31)), max_size=5
    )
)
def test_sheets_moved_about_at_random_give_the_points_meant_or_faults(form, cells_of, moves):
    cells = cells_of("heza")

    def move(book):
        fill(book, form, cells)
        sheet = book["Chấm chéo"]
        for what, where in moves:
            match what:
                case "row in":
                    sheet.insert_rows(where)
                case "row out":
                    sheet.delete_rows(where)
                case "column in":
                    sheet.insert_cols(where % 11 + 1)
                case "column out":
                    sheet.delete_cols(where % 11 + 1)
                case "erase" if not isinstance(sheet.cell(where, where % 11 + 1), MergedCell):
                    sheet.cell(where, where % 11 + 1).value = None

    reading = read_sheet(edited(make_sheet(form), move), form)

    assert reading.points.items() <= cells.items()
    assert reading.faults or reading.points == cells
