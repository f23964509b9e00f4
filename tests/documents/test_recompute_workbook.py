"""The formulas are reckoned by LibreOffice, from a copy in which no value is saved beside them."""

import os
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bloc.documents.recompute_workbook import make_recompute_workbook
from bloc.enums import TieRule
from tests.documents.test_result_workbook import table_of_2024, table_without

OFFICE = shutil.which("soffice")
TABLES = {
    "shared": table_of_2024(),
    "cross": replace(table_of_2024(), ties=TieRule.CROSS_MEAN),
    "missing": table_without("dv4"),
}


def rows(data):
    sheet = load_workbook(BytesIO(data), data_only=True)["Tính lại"]
    return {row[0]: row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)}


@pytest.fixture(scope="module")
def reckoned(tmp_path_factory):
    """Return the rows of each table as LibreOffice reckons them, with a profile of its own."""
    if not OFFICE and not os.environ.get("CI"):
        pytest.skip("needs LibreOffice (soffice)")
    profile, files, target = (tmp_path_factory.mktemp(name) for name in ("profile", "files", "saved"))
    for name, table in TABLES.items():
        load_workbook(BytesIO(make_recompute_workbook(table))).save(files / f"{name}.xlsx")  # keeps no value of a formula
        assert rows((files / f"{name}.xlsx").read_bytes())["dv4"][-1] is None
    command = [OFFICE or "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", target, *files.iterdir()], check=True, capture_output=True, timeout=120)
    return {path.stem: rows(path.read_bytes()) for path in target.iterdir()}


@pytest.mark.office
def test_the_formulas_give_the_scores_and_ranks_of_the_result(reckoned):
    found = {unit: (row[-3], row[-1]) for unit, row in reckoned["shared"].items()}

    assert found == {line.unit: (pytest.approx(float(line.score)), line.rank) for line in TABLES["shared"].lines}


@pytest.mark.office
def test_the_formulas_decide_a_tie_as_the_plan_says(reckoned):
    ranks = {name: {unit: row[-1] for unit, row in reckoned[name].items()} for name in ("shared", "cross")}

    assert (ranks["shared"]["heza"], ranks["shared"]["dv5"]) == (4, 4)
    assert (ranks["cross"]["heza"], ranks["cross"]["dv5"]) == (4, 5)


@pytest.mark.office
def test_of_a_unit_without_a_sheet_the_formulas_take_all_for_cross_scores(reckoned):
    assert reckoned["missing"]["dv4"][-4:] == (573, 95.5, 95.5, 1)


def test_the_values_saved_beside_the_formulas_are_those_of_the_result():
    found = {unit: (row[-3], row[-1]) for unit, row in rows(make_recompute_workbook(TABLES["shared"])).items()}

    assert found == {line.unit: (pytest.approx(float(line.score)), line.rank) for line in TABLES["shared"].lines}


def test_the_same_table_gives_the_same_bytes():
    assert make_recompute_workbook(TABLES["shared"]) == make_recompute_workbook(table_of_2024())
