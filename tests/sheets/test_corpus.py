"""Every file of the corpus, read as the service reads it: in the process apart."""

import pytest

from bloc.sheets import apart
from bloc.sheets.apart import read_apart
from bloc.sheets.form import Form
from bloc.sheets.write import make_sheet
from tests.sheets.corpus import FAULTY, HONEST
from tests.sheets.hands import edited, fill
from tests.sheets.hostile import FILES

pytestmark = pytest.mark.process


@pytest.fixture(scope="module", autouse=True)
def _no_child_left():
    """End without a child that waits."""
    yield
    apart._end_all()


def test_the_corpus_is_large_enough():
    assert (len(HONEST) >= 30, len(FAULTY) >= 30, len(FILES) >= 45) == (True, True, True)


@pytest.mark.parametrize("count", range(2, 21))
def test_a_person_fills_in_the_workbook_of_a_bloc_of_any_size(criteria, count):
    members = {f"u{n}": f"Sở số {n}" for n in range(count)}
    form = Form("c", 2024, "Khối", f"u{count // 2}", members, criteria)
    given = {(unit, each.code): each.minimum + 250 * (len(unit) + n) for n, unit in enumerate(members) for each in criteria}
    cells = {
        cell: min(points, next(each.maximum for each in criteria if each.code == cell[1])) for cell, points in given.items()
    }

    reading = read_apart(edited(make_sheet(form), lambda book: fill(book, form, cells)), form)

    assert (reading.points, reading.faults) == (cells, ())


@pytest.mark.parametrize("name", HONEST)
def test_what_is_certain_is_read_exactly(form, cells, name):
    reading = read_apart(HONEST[name](form, cells), form)

    assert ([str(fault) for fault in reading.faults], reading.points) == ([], cells)


@pytest.mark.parametrize("name", FAULTY)
def test_what_is_not_certain_is_named_and_no_other_number_is_read(form, cells, name):
    build, said = FAULTY[name]

    reading = read_apart(build(form, cells), form)

    assert any(said in str(fault) for fault in reading.faults), [str(fault) for fault in reading.faults]
    assert reading.faults != ()
    assert {cell: value for cell, value in reading.points.items() if cells[cell] != value} == {}


@pytest.mark.parametrize("name", FILES)
def test_what_means_harm_ends_in_one_clear_refusal(form, name):
    build, said = FILES[name]

    reading = read_apart(build(form), form)

    least = {(unit, each.code): each.minimum for unit in form.members for each in form.criteria}
    assert [str(fault)[: len(said)] for fault in reading.faults[:1]] == [said]
    assert reading.points.items() <= least.items()
