import json
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc.enums import Stage
from tests.cli.conftest import Said
from tests.factories import sheet

pytestmark = pytest.mark.process
REMARK = "  (Chấm chéo: all other units are given the same points in every criterion.)\n"
FAULT = "Tự chấm!E9 · I.2 · Đơn vị 2: “x” is not a number; expected: 0 to 5."


@pytest.fixture
def faulty(replayed, tmp_path):
    """Return the file of a sheet of u2 with one fault."""
    book = load_workbook(BytesIO(sheet(replayed.cycle, "u2")))
    book["Tự chấm"]["E9"] = "x"
    book.save(tmp_path / "bang.xlsx")
    return tmp_path / "bang.xlsx"


@pytest.fixture
def good(replayed, tmp_path):
    """Return the file of a good sheet of u2."""
    file = tmp_path / "tot.xlsx"
    file.write_bytes(sheet(replayed.cycle, "u2", {"u2": 12.5}))
    return file


def test_a_sheet_is_made_with_the_deadline_of_its_unit(bloc, replayed, tmp_path):
    replayed.advance(Stage.YEAR_END, "2030-11-18 07:00")
    replayed.extend("u2", "2030-12-12", "2030-11-20 09:00", "sheets")

    said = [bloc("sheet", "make", "--unit", unit, "--out", f"{unit}.xlsx") for unit in ("u1", "u2")]

    days = [load_workbook(tmp_path / f"{unit}.xlsx")["Hướng dẫn"]["B5"].value for unit in ("u1", "u2")]
    assert said == [Said(0, "Written: u1.xlsx\n"), Said(0, "Written: u2.xlsx\n")]
    assert days == ["Đến hết thứ Sáu 06/12/2030", "Đến hết thứ Năm 12/12/2030"]


def test_a_workbook_is_not_made_over_one_that_may_be_filled_in(bloc, replayed, tmp_path):
    made = [bloc("sheet", "make", "--unit", "u2", "--out", "bang.xlsx") for _ in range(2)]
    (tmp_path / "bang.xlsx").write_bytes(b"filled in")

    again = bloc("sheet", "make", "--unit", "u2", "--out", "bang.xlsx")

    assert made == [Said(0, "Written: bang.xlsx\n")] * 2
    assert again == Said(1, "", "bloc: bang.xlsx is there already and may be filled in; write to another file with --out.\n")
    assert (tmp_path / "bang.xlsx").read_bytes() == b"filled in"


def test_a_good_sheet_is_checked_and_its_totals_are_told(bloc, good):
    said = bloc("sheet", "check", good, "--unit", "u2")

    assert said == Said(0, f"{REMARK}It has no faults. The totals read:\n  Đơn vị 2: 13.5\n  Đơn vị 1: 11\n  Đơn vị 3: 11\n")


def test_a_faulty_sheet_is_checked_with_one_and_hands_nothing_in(bloc, faulty, replayed):
    said = bloc("sheet", "check", faulty, "--unit", "u2")

    assert said == Said(1, "", f"  - {FAULT}\nFaults: 1. It would be refused.\n")
    assert bloc("sheet", "mark", "--unit", "u2") == Said(1, "", "bloc: Đơn vị 2 has sent no score sheet yet.\n")


def test_machines_are_told_in_both_languages(bloc, faulty):
    said = bloc("sheet", "check", faulty, "--unit", "u2", "--json")

    told = json.loads(said.out)
    assert (said.status, said.err, told["accepted"], told["unit"], told["totals"]) == (1, "", False, "u2", {})
    assert told["faults"] == [
        {
            "place": "Tự chấm!E9 · I.2 · Đơn vị 2",
            "sheet": "Tự chấm",
            "cell": "E9",
            "criterion": "I.2",
            "unit": "u2",
            "vi": "“x” không phải là số hợp lệ; cần nhập điểm từ 0 đến 5.",
            "en": "“x” is not a number; expected: 0 to 5.",
        }
    ]


def test_the_marked_copy_of_a_file_is_written_beside_it_and_never_over_corrections(bloc, faulty, tmp_path):
    marked = tmp_path / "bang-can-sua.xlsx"

    assert bloc("sheet", "mark", faulty, "--unit", "u2") == Said(
        0, f"The marked copy, to be corrected and sent back: {marked}\n"
    )
    marked.write_bytes(b"corrected")
    assert bloc("sheet", "mark", faulty, "--unit", "u2") == Said(0, f"The marked copy is there already: {marked}\n")
    assert marked.read_bytes() == b"corrected"


def test_the_sheet_that_a_unit_sent_last_is_marked_and_the_copy_corrected_is_received(bloc, faulty, replayed, tmp_path):
    replayed.advance(Stage.YEAR_END, "2030-11-18 07:00")
    replayed.deposit("u2", faulty.read_bytes(), "2030-11-20 09:00", "sheets")
    too_early = bloc("sheet", "mark", "--unit", "u2", "--out", "sua.xlsx")
    replayed.send_sheet("u1", "2030-11-20 10:00")
    bloc("sheet", "mark", "--unit", "u2", "--out", "sua.xlsx")
    book = load_workbook(tmp_path / "sua.xlsx")
    book["Tự chấm"]["E9"] = 4.5
    book.save(tmp_path / "sua.xlsx")

    said = bloc("deposit", "--unit", "u2", "--activity", "sheets", "sua.xlsx")

    assert "waits until the score sheet of Đơn vị 1 counts" in too_early.err
    assert said.status == 0
    lines = [line for line in said.out.splitlines() if not line.startswith("  (")]
    assert lines[0].startswith("Received: receipt 2, version 2, ")
    assert lines[2:] == ["  Đơn vị 1: 11", "  Đơn vị 2: 14.5", "  Đơn vị 3: 11"]


def test_a_marked_copy_that_cannot_be_written_is_told_of_in_words(bloc, faulty):
    said = bloc("sheet", "mark", faulty, "--unit", "u2", "--out", "b" * 300)

    assert said == Said(1, "", f"bloc: {'b' * 300} cannot be written: the name is too long\n")


def test_of_a_good_sheet_there_is_nothing_to_mark(bloc, good, tmp_path):
    assert bloc("sheet", "mark", good, "--unit", "u2") == Said(0, "It has no faults: there is nothing to mark.\n")
    assert not (tmp_path / "tot-can-sua.xlsx").exists()
