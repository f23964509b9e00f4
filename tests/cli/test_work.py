import json

import pytest
from sqlmodel import Session, select

from bloc.cli.app import COMMANDS
from bloc.enums import Stage
from models import Wakeup
from tests.cli.conftest import Said
from tests.factories import cycle_of, on, plan, report, sheet

WHO = ("--unit", "u2", "--activity", "reports")


@pytest.fixture
def paper(tmp_path):
    file = tmp_path / "Báo cáo.docx"
    file.write_bytes(report())
    return file


def test_a_report_is_received(bloc, replayed, paper):
    replayed.reach("2030-05-20 09:05")

    said = bloc("deposit", *WHO, paper)

    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[0] == "Received: receipt 1, version 1, 9:05 on Monday 20/5/2030."
    assert said.out.splitlines()[1].startswith("SHA-256 ")
    assert bloc("deposit", *WHO, paper) == said  # the same bytes: the same receipt


def test_a_refused_file_ends_with_one_and_names_its_faults(bloc, replayed, tmp_path):
    file = tmp_path / "Bảng điểm.xlsx"
    file.write_bytes(sheet(replayed.cycle, "u2", {"u1": 26, "u2": 10.1}))

    said = bloc("deposit", "--unit", "u2", "--activity", "sheets", file)

    lines = said.err.splitlines()
    assert (said.status, said.out, len(lines)) == (1, "", 3)
    assert [line.partition("!")[0] for line in lines[:2]] == ["  - Tự chấm", "  - Chấm chéo"]
    assert lines[2] == "Refused: please mend the 2 places above and send it again."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--unit", "u9", "--activity", "reports"), 'There is no unit "u9" in this bloc; it has: u1, u2, u3'),
        (
            ("--unit", "u2", "--activity", "x"),
            'There is no activity "x" in this plan; it has: opinions, covenant, reports, exchange, sheets',
        ),
        ((*WHO, "--cycle", "nope"), 'There is no bloc\'s year called "nope"; `bloc status` names them all.'),
    ],
    ids=["unit", "activity", "year"],
)
def test_an_unknown_name_is_one_clear_line(bloc, replayed, paper, words, said):
    assert bloc("deposit", *words, paper) == Said(1, "", f"bloc: {said}\n")


def test_a_file_that_is_not_there_is_one_clear_line(bloc, replayed, tmp_path):
    file = tmp_path / "nope.docx"

    assert bloc("deposit", *WHO, file) == Said(1, "", f"bloc: {file} cannot be read: No such file or directory\n")


def test_a_file_name_that_is_no_text_is_taken(bloc, replayed, tmp_path):
    file = tmp_path / "\udcff.docx"
    file.write_bytes(report())

    assert bloc("deposit", *WHO, file).status == 0


def test_without_a_year_a_plan_is_asked_for(bloc, paper):
    assert bloc("deposit", *WHO, paper) == Said(
        1, "", "bloc: There is no bloc's year yet; apply a plan first: bloc plan apply FILE\n"
    )


def test_of_several_years_one_is_to_be_chosen(bloc, replayed, base, paper):
    cycle_of(base, plan(code="c"))

    assert bloc("deposit", *WHO, paper) == Said(
        1, "", "bloc: There is more than one bloc's year; choose one with --cycle: b-2030, c-2030\n"
    )
    assert bloc("deposit", *WHO, "--cycle", "b-2030", paper).status == 0


def test_an_answer_is_recorded_or_refused_in_one_line(bloc, replayed):
    replayed.advance(Stage.SIGNING, "2030-02-18 07:00")
    sign = ("respond", "--unit", "u2", "--activity", "covenant", "--as", "signed")

    assert bloc(*sign) == Said(1, "", "bloc: A signature needs the office of who signed.\n")
    assert bloc(*sign, "--signatory", "Giám đốc") == Said(0, "Recorded.\n")


def test_a_deadline_is_extended(bloc, replayed):
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    said = bloc("extend", *WHO, "--until", "14/06/2030", "--because", "Bão")

    assert said == Said(0, "u2 has until 14/6/2030: Bão\n")
    assert replayed.obligation("u2").due_at == on("2030-06-15")


@pytest.fixture
def complete(replayed):
    for unit in ("u1", "u2", "u3"):
        replayed.send_sheet(unit, "2030-12-02 09:00", {"u2": 5.25})
    return replayed


def test_the_aggregation_is_asked_for_and_what_a_lost_event_left_is_done(bloc, complete):
    said = [bloc("aggregate"), bloc("aggregate")]

    assert said == [
        Said(0, "Version 1 of the result is made.\n"),
        Said(0, "These sheets have been aggregated already.\n"),
    ]


def test_an_aggregation_that_must_wait_says_for_whom(bloc, replayed):
    replayed.send_sheet("u2", "2030-12-02 09:00")

    assert bloc("aggregate") == Said(1, "", "bloc: Score sheets are still missing: u1, u3.\n")


def test_a_result_is_published(bloc, complete):
    complete.aggregate()

    assert bloc("publish") == Said(0, "Version 1 of the result is published.\n")


def test_a_result_as_json_has_exact_scores(bloc, complete):
    complete.aggregate()

    assert json.loads(bloc("result", "--json").out) == {
        "year": 2030, "version": 1, "state": "final", "sheets": 3, "members": 3,
        "standings": [
            {"unit": "u1", "rank": 1, "tied": True, "score": "11", "shown": "11.00"},
            {"unit": "u3", "rank": 1, "tied": True, "score": "11", "shown": "11.00"},
            {"unit": "u2", "rank": 3, "tied": False, "score": "25/4", "shown": "6.25"},
        ],
    }  # fmt: skip


def test_a_result_as_csv_has_the_matrix_of_totals(bloc, complete):
    complete.aggregate()

    assert bloc("result", "--csv") == Said(
        0,
        "unit,self_total,by_u1,by_u2,by_u3,score_exact,score_2dp,rank\n"
        "u1,11,11,11,11,11,11.00,1\n"
        "u3,11,11,11,11,11,11.00,1\n"
        "u2,6.25,6.25,6.25,6.25,25/4,6.25,3\n",
    )


def test_a_result_for_people_names_the_units(bloc, complete):
    complete.aggregate()

    assert [name in bloc("result").out for name in ("Đơn vị 1", "Đơn vị 2", "6.25")] == [True, True, True]


def test_without_a_result_there_is_none_to_show(bloc, replayed):
    assert bloc("result") == Said(1, "", "bloc: There is no result yet; `bloc status` says what is missing.\n")


def test_a_workbook_is_written_and_comes_back_with_what_is_missing(bloc, replayed, tmp_path):
    made = bloc("sheet", "make", "--unit", "u2")
    sent = bloc("deposit", "--unit", "u2", "--activity", "sheets", "bang-cham-diem-b-2030-u2.xlsx")

    assert made == Said(0, "Written: bang-cham-diem-b-2030-u2.xlsx\n")
    assert sent.err.splitlines()[-1] == "Refused: please mend the 6 places above and send it again."


def test_where_nothing_can_be_written_one_line_says_so(bloc, complete, tmp_path):
    complete.aggregate()
    nowhere = tmp_path / "nope" / "a.xlsx"

    for words in (("sheet", "make", "--unit", "u2", "--out", nowhere), ("result", "--xlsx", nowhere)):
        assert bloc(*words) == Said(1, "", f"bloc: [Errno 2] No such file or directory: '{nowhere}'\n")


def test_what_a_command_did_wakes_a_run_though_prefect_is_away(bloc, replayed, paper, base):
    for unit in ("u1", "u2"):
        replayed.send_sheet(unit, "2030-12-02 09:00")
    paper.write_bytes(sheet(replayed.cycle, "u3"))

    said = bloc("deposit", "--unit", "u3", "--activity", "sheets", paper)

    with Session(base.engine) as session:
        woken = {row.kind.value: row.state.value for row in session.exec(select(Wakeup))}
    assert (said.status, woken) == (0, {"aggregation": "pending", "delivery": "idle"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BLOC_PREFECT_PORT", "abc", "bloc: BLOC_PREFECT_PORT=abc: "),
        ("BLOC_LANGUAGE", "xx", "bloc: BLOC_LANGUAGE=xx: "),
        ("BLOC_DATABASE_URL", "nonsense", "bloc: The database cannot be used (BLOC_DATABASE_URL): "),
        ("BLOC_DATABASE_URL", "sqlite:////dev", "bloc: The database cannot be used (BLOC_DATABASE_URL): "),
        ("BLOC_DATABASE_URL", "sqlite:////dev/null/a/b.db", "bloc: [Errno 20] Not a directory: "),
    ],
    ids=["port", "language", "no URL", "a folder for a database", "no folder for the database"],
)
def test_a_setting_that_cannot_be_is_one_line_with_its_name(bloc, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)

    ended = bloc("status")

    assert (ended.status, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert ended.err.startswith(said)


def test_an_unknown_command_is_said_with_the_usage(bloc):
    ended = bloc("nonsense")

    assert (ended.status, ended.out) == (2, "")
    assert ended.err.splitlines()[-1] == "Error: No such command 'nonsense'."


def test_the_help_names_every_command(bloc):
    ended = bloc("--help")

    assert [name for name in COMMANDS if f"\n  {name} " not in ended.out] == []
