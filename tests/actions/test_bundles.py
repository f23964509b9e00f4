from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bloc.actions.bundles import POINTS, RESULT, bundle, bundle_difference
from bloc.db import Database
from bloc.documents.archive import SUMS, pack, unpack
from bloc.enums import Stage
from models import Result
from tests.factories import Year, cycle_of, plan
from tests.places import kept

pytestmark = pytest.mark.either

ONLY_SHEETS = {"covenant": None, "opinions": None, "reports": None, "exchange": None}


@kept
def scored(base: Database) -> Year:
    """Return a year with two versions of its result, the first of two sheets of three."""
    year = cycle_of(base, plan(activities=ONLY_SHEETS, policies={"missing_sheet": "received"}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u1", "2030-11-20 09:00", {"u1": 11, "u2": 9})
    year.send_sheet("u2", "2030-11-20 09:00", {"u1": 12.25, "u2": 9})
    year.close("2030-12-09 09:00")
    year.aggregate("2030-12-09 09:00")
    year.send_sheet("u3", "2030-12-09 10:00", {"u1": 13, "u2": 9})
    year.aggregate("2030-12-09 11:00")
    return year


def bundles(year):
    with year.open() as (work, cycle):
        results = work.session.exec(select(Result).order_by(Result.version)).all()
        return [bundle(work.session, cycle, result) for result in results]


def changed_in_step(data, name, old, new):
    """Return an archive in which an entry was changed by who then made the sums fit."""
    entries = {each: entry for each, entry in unpack(data).items() if each != SUMS}
    assert old in entries[name]
    return pack({**entries, name: entries[name].replace(old, new, 1)})


def test_each_version_is_whole_and_verified_without_a_database(scored):
    assert [bundle_difference(data) for data in bundles(scored)] == [None, None]


def test_the_same_data_give_the_same_bytes(scored):
    assert bundles(scored) == bundles(scored)


def test_a_bundle_has_the_sheets_that_its_version_counted_and_no_other(scored):
    first, second = (sorted(unpack(data)) for data in bundles(scored))

    always = ["DOC-TRUOC.txt", "SHA256SUMS", "diem.csv", "ke-hoach.json", "ket-qua.json", "tinh-lai.xlsx"]
    assert first == sorted([*always, "bang-cham-diem/u1.xlsx", "bang-cham-diem/u2.xlsx"])
    assert second == sorted([*first, "bang-cham-diem/u3.xlsx"])


def test_any_changed_byte_is_found(scored):
    data = bundles(scored)[0]
    step = 97  # bytes; every byte of the directory at the end, and every 97th before
    places = [*range(0, len(data) - 1_200, step), *range(len(data) - 1_200, len(data))]

    unseen = [at for at in places if bundle_difference(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) is None]

    assert unseen == []


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive"], ids=["empty", "begun", "text"])
def test_what_is_no_bundle_is_said_to_be_none(data):
    assert str(bundle_difference(data)) == "the file is damaged, or no bundle"


def test_bytes_after_the_end_are_found(scored):
    assert str(bundle_difference(bundles(scored)[0] + b"\n")) == "the archive is not as it was written"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (POINTS, b"u2,u1,I.1,12250", b"u2,u1,I.1,12500", "u2's sheet gives u1 12.25 for I.1; kept is 12.5"),
        (RESULT, b'"rank": 1', b'"rank": 2', "u1 has rank 1 with 101/8; kept is rank 2 with 101/8"),
        (RESULT, b'"provisional"', b'"final"', "it says 2 of 3 sheets; there are 2 of 3"),
        (RESULT, b'"standings"', b'"lines"', "what is in it cannot be read"),
    ],
    ids=["a point", "a rank", "the state", "a name"],
)
def test_who_makes_the_sums_fit_is_found_by_the_result(scored, name, old, new, said):
    assert str(bundle_difference(changed_in_step(bundles(scored)[0], name, old, new))) == said


def test_the_workbook_reckons_in_formulas_and_has_their_values_saved(scored):
    made = unpack(bundles(scored)[1])["tinh-lai.xlsx"]

    formulas, values = (load_workbook(BytesIO(made), data_only=saved)["Tính lại"] for saved in (False, True))

    assert [cell.value for cell in values[2]][:2] == ["u1", "Đơn vị 1"]
    assert [cell.value for cell in values[2]][2:] == [12, 13.25, 14, 39.25, pytest.approx(39.25 / 3), 13.625, 1]
    assert all(str(cell.value).startswith("=") for cell in formulas[2][2:])
