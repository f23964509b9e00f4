"""The replayed year ends with its documents, its dossier and a draft of the next plan in one folder."""

import io
import zipfile

import pytest
from docx import Document as Opened

from bloc.actions.audit import trail
from bloc.cli.plan import check
from bloc.documents.archive import changed, unpack
from bloc.documents.preview import office
from bloc.plan.rollover import MARK
from bloc.replay.drafts import draft_documents, draft_next_plan, put_dossier_together, said_of_next
from tests.factories import Year
from tests.replay.playing import SHIPPED, YEARS

pytestmark = [pytest.mark.replay, pytest.mark.parametrize("kind", ["sqlite"], indirect=True)]
KEY = SHIPPED.stem
SMALLEST = "two-2030"
LEFT = {"hai-phong-2024": 14, "lam-dong-2027": 9, "dac-khu-quang-ninh-2028": 8}  # lines of each next plan to be filled in


@pytest.fixture(scope="module")
def folder(year, tmp_path_factory):
    """Return the folder of the shipped year's documents, with its dossier."""
    settings = year.house.settings.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    made = draft_documents(year.house.base, settings, KEY)
    put_dossier_together(year.house.base, KEY, made)
    return made


def test_the_folder_holds_all_documents_the_letter_that_urged_and_the_dossier(year, folder):
    names = {path.name.partition("-")[2] for path in folder.glob("*.docx")}

    assert "don-doc-thuc-hien-midyear-reports-dv7.docx" in names
    assert "to-trinh-khen-thuong.docx" in names
    entries = unpack((folder / "ho-so.zip").read_bytes())
    assert changed(entries) == []
    assert {name.partition("/")[0] for name in entries if "/" in name} == {
        "1-to-trinh", "2-bien-ban", "3-bao-cao-cua-khoi", "4-bao-cao-cua-don-vi", "5-minh-chung"
    }  # fmt: skip
    assert sum("bao-cao-tong-ket-nam" in name for name in entries) == 7
    assert (folder / "ho-so.pdf").exists() == (office() is not None)


def test_a_dossier_put_together_again_as_it_was_is_on_record_once(blocs, tmp_path):
    base = blocs.house.base
    for _ in range(2):  # as when `make run` is asked for once more
        put_dossier_together(base, SMALLEST, tmp_path)

    with Year(base, SMALLEST).open() as (work, cycle):
        assert sum("dossier" in (entry.after or {}) for entry in trail(work.session, cycle)) == 1


def test_the_plan_brings_its_criteria_and_the_annexes_their_charts(folder):
    files = {path.name.partition("-")[2]: path.read_bytes() for path in folder.glob("*.docx")}

    pictures = {name: sum(part.startswith("word/media/") for part in zipfile.ZipFile(io.BytesIO(data)).namelist())
                for name, data in files.items()}  # fmt: skip
    assert {name: count for name, count in pictures.items() if count} == {"phu-luc-ket-qua.docx": 1, "phu-luc-thong-ke.docx": 1}
    rows = [[cell.text for cell in row.cells] for row in Opened(io.BytesIO(files["ke-hoach-nam.docx"])).tables[-1].rows]
    assert rows[0] == ["Mã", "Tiêu chí", "Điểm"]
    assert len(rows) > 20


@pytest.mark.parametrize("cycle", YEARS)
def test_a_year_ends_with_a_draft_of_the_next_plan_that_the_check_accepts_and_what_is_left_is_said(
    request, kind, cycle, tmp_path, capfd
):
    played = request.getfixturevalue("year" if YEARS[cycle] == SHIPPED else "others")
    bloc, _, year = cycle.rpartition("-")

    draft = draft_next_plan(played.house.base, cycle, tmp_path)
    check(draft.path)

    head, *left = capfd.readouterr().out.splitlines()
    assert draft.path.name == f"{bloc}-{int(year) + 1}.yaml"
    assert head.startswith(f"The plan {bloc}-{int(year) + 1} is in order: ")
    assert len([line for line in left if line.startswith(f"  {draft.path.name}:")]) == LEFT[cycle]
    assert list(map(str, said_of_next(draft)))[1:] == [
        f'`bloc plan check` accepts it, and lists what is left to the secretary: "{MARK}" stands in {LEFT[cycle]} lines.'
    ]


def test_a_draft_of_the_next_plan_that_may_be_filled_in_is_not_written_over(year, tmp_path):
    draft_next_plan(year.house.base, KEY, tmp_path).path.write_text("filled in", "utf-8")

    assert draft_next_plan(year.house.base, KEY, tmp_path).path.read_text("utf-8") == "filled in"
