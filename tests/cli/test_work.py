import json

import pytest
from sqlmodel import Session, select

from bloc.cli.app import COMMANDS
from bloc.enums import Act, CycleMode, Stage
from flows.door import database
from models import AuditEntry, Deposit, Response, Wakeup
from tests.cli.conftest import Said
from tests.factories import cycle_of, on, plan, report, sheet

pytestmark = pytest.mark.process

WHO = ("--unit", "u2", "--activity", "reports")
NO_DATABASE = "bloc: The database cannot be used (BLOC_DATABASE_URL): "


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

    lines, marked = said.err.splitlines(), tmp_path / "Bảng điểm-can-sua-1.xlsx"
    assert (said.status, said.out) == (1, f"The marked copy, to be corrected and sent back: {marked}\n")
    assert marked.exists()
    assert len(lines) == 3
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

    assert bloc("deposit", *WHO, file) == Said(1, "", f"bloc: {file} cannot be read: there is no such file or folder\n")


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


SIGNED = ("respond", "--unit", "u2", "--activity", "covenant", "--as", "signed", "--signatory", "Giám đốc")


def test_the_scan_of_what_was_signed_comes_with_the_signature(bloc, replayed, tmp_path):
    replayed.advance(Stage.SIGNING, "2030-02-18 07:00")
    replayed.reach("2030-02-20 09:00")
    scan = tmp_path / "Giao ước.pdf"
    scan.write_bytes(b"%PDF-1.7 scanned %%EOF")

    said = bloc(*SIGNED, "--scan", scan)

    (kept,) = replayed.rows(Deposit)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("Recorded.\nReceived: receipt 1, version 1, 9:00 on Wednesday 20/02/2030.\nSHA-256 ")
    assert [row.signatory for row in replayed.rows(Response)] == ["Giám đốc"]
    assert (kept.file_name, kept.obligation_id) == ("Giao ước.pdf", replayed.obligation("u2", "covenant").id)


def test_a_scan_that_is_none_is_refused_while_the_signature_stands(bloc, replayed, tmp_path):
    replayed.advance(Stage.SIGNING, "2030-02-18 07:00")
    scan = tmp_path / "a.txt"
    scan.write_text("text")

    said = bloc(*SIGNED, "--scan", scan)

    assert (said.status, said.out) == (1, "Recorded.\n")
    assert said.err.endswith("Refused: please mend the 1 places above and send it again.\n")
    assert [row.signatory for row in replayed.rows(Response)] == ["Giám đốc"]


def test_without_its_scan_or_with_one_of_no_signature_nothing_is_recorded(bloc, replayed, tmp_path):
    replayed.advance(Stage.SIGNING, "2030-02-18 07:00")
    nowhere, scan = tmp_path / "nope.pdf", tmp_path / "a.pdf"
    scan.write_bytes(b"%PDF-1.7 scanned %%EOF")

    said = [
        bloc(*SIGNED, "--scan", nowhere),
        bloc("respond", "--unit", "u2", "--activity", "opinions", "--as", "agreed", "--scan", scan),
    ]

    assert said == [
        Said(1, "", f"bloc: {nowhere} cannot be read: there is no such file or folder\n"),
        Said(1, "", "bloc: Only what was signed has a scan.\n"),
    ]
    assert (replayed.rows(Response), replayed.rows(Deposit)) == ([], [])


def test_a_closing_is_taken_back_once_for_a_reason_and_the_scoring_waits_again(bloc, base):
    year = cycle_of(base, plan(policies={"missing_sheet": "received"}), mode=CycleMode.REPLAY)
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.reach("2030-12-09 09:00")
    bloc("close", "--because", "Hết hạn")
    reopen = ("reopen", "--because", "Đơn vị 3 sắp gửi", "--by", "Thư ký")

    said = [bloc("reopen", "--because", " "), bloc(*reopen), bloc(*reopen)]

    none = "There is no closing to take back: no result was made without some sheets, or it is published."
    assert said == [
        Said(1, "", "bloc: To reopen the scoring needs its reason.\n"),
        Said(0, "The scoring is open again; version 1 of the result is withdrawn.\n"),
        Said(1, "", f"bloc: {none}\n"),
    ]
    (entry,) = [row for row in year.rows(AuditEntry) if row.act is Act.REOPENING]
    assert (entry.by, entry.because, entry.after) == ("Thư ký", "Đơn vị 3 sắp gửi", {"version": 1})
    assert bloc("publish", "--provisional").status == 1
    assert bloc("close", "--because", "Vẫn thiếu") == Said(0, "Version 2 of the result is made.\n")


def test_a_deadline_is_extended(bloc, replayed):
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    said = bloc("extend", *WHO, "--until", "14/06/2030", "--because", "Bão")

    assert said == Said(0, "Đơn vị 2 has until 14/6/2030: Bão\n")
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

    assert bloc("aggregate") == Said(1, "", "bloc: Score sheets are still missing: Đơn vị 1; Đơn vị 3.\n")


def test_a_result_is_published(bloc, complete):
    complete.aggregate()

    assert [bloc("publish"), bloc("publish")] == [
        Said(0, "Version 1 of the result is published.\n"),
        Said(0, "Version 1 of the result has been published already.\n"),
    ]


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


def test_how_well_a_result_stands_is_told_in_sentences_and_tables(bloc, complete, monkeypatch):
    complete.aggregate()
    monkeypatch.setenv("COLUMNS", "200")

    out = bloc("result", "--robustness").out

    assert out.splitlines()[:4] == [
        "Ranking 2030, version 1: final",
        "",
        "- The first place stays the same whichever score sheet is left out.",
        "- Equal in score from rank 1 on, and in cross-scores too: Đơn vị 1; Đơn vị 3.",
    ]
    assert [head in out for head in ("Ranks without one scorer", "Leniency", "gained and lost")] == [True] * 3


def test_where_a_unit_gained_and_lost_is_told_once_the_result_is_published(bloc, complete, monkeypatch):
    complete.aggregate()
    monkeypatch.setenv("COLUMNS", "120")

    before = bloc("result", "--unit", "u2")
    bloc("publish")
    after = bloc("result", "--unit", "u2").out

    assert before == Said(1, "", "bloc: No result is published yet.\n")
    assert after.splitlines()[0].strip() == "Đơn vị 2"
    assert [word in after for word in ("I. Nhóm", "Mean of all units", "-", "Đơn vị 1")] == [True, True, True, False]


def test_the_charts_are_written_for_pages_and_for_documents(bloc, complete, tmp_path):
    complete.aggregate()
    (tmp_path / "charts").mkdir()

    said = bloc("result", "--charts", "charts").out

    names = sorted(path.name for path in (tmp_path / "charts").iterdir())
    assert names == sorted(f"{chart}.{kind}" for chart in ("dots", "heat", "peers") for kind in ("png", "svg"))
    assert len(said.splitlines()) == len(names)


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
        assert bloc(*words) == Said(1, "", f"bloc: {nowhere} cannot be written: there is no such folder\n")


@pytest.mark.parametrize(
    ("path", "why"),
    [(".", "it is a folder, not a file"), ("/dev/full", "the disk is full"), ("b" * 300, "the name is too long")],
    ids=["a folder", "a full disk", "a long name"],
)
def test_why_nothing_can_be_written_is_said_in_words(bloc, replayed, path, why):
    assert bloc("sheet", "make", "--unit", "u2", "--out", path) == Said(1, "", f"bloc: {path} cannot be written: {why}\n")


def test_a_home_that_is_a_file_is_one_clear_line(bloc, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.delenv("BLOC_DATABASE_URL")
    monkeypatch.setenv("BLOC_HOME", str(tmp_path / "file"))

    said = f"bloc: {tmp_path / 'file'} cannot be used: a file of that name is in the way\n"
    assert bloc("status") == Said(1, "", said)


def test_a_result_is_shown_in_one_form(bloc, complete):
    complete.aggregate()

    assert bloc("result", "--csv", "--json") == Said(
        1, "", "bloc: Please choose one of: --json, --csv, --xlsx, --robustness, --charts, --unit.\n"
    )


@pytest.mark.parametrize("width", [40, 50, 60, 80, 200])
def test_a_number_of_the_ranking_is_whole_on_every_terminal(bloc, complete, monkeypatch, width):
    complete.aggregate()
    monkeypatch.setenv("COLUMNS", str(width))

    out = bloc("result").out

    assert max(map(len, out.splitlines())) <= width
    assert "…" not in out
    assert (out.count("6.25"), out.count("11.00"), out.count("5.25")) == (3, 4, 0)


@pytest.fixture
def flows_apart(bloc):
    """Give up the database that the flows keep open for their process."""
    yield
    database().engine.dispose()


@pytest.mark.usefixtures("flows_apart")
def test_all_that_is_due_is_done_by_hand(bloc, replayed):
    for unit in ("u1", "u2", "u3"):
        replayed.send_sheet(unit, "2030-12-02 09:00")
    replayed.reach("2030-12-09 08:00")

    said = bloc("catch-up", "--cycle", replayed.key)

    assert (said.status, said.out.endswith(" things were done.\n")) == (0, True)
    assert bloc("result").out.startswith("Ranking 2030, version 1: final")


def test_what_a_command_did_wakes_a_run_though_prefect_is_away(bloc, replayed, paper, base):
    for unit in ("u1", "u2"):
        replayed.send_sheet(unit, "2030-12-02 09:00")
    paper.write_bytes(sheet(replayed.cycle, "u3"))

    said = bloc("deposit", "--unit", "u3", "--activity", "sheets", paper)

    with Session(base.engine) as session:
        woken = {row.kind.value: row.state.value for row in session.exec(select(Wakeup))}
    assert (said.status, woken) == (0, {"aggregation": "pending", "delivery": "idle"})
    assert said.err == "The service is not running now; what follows from this is done once it runs.\n"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BLOC_PREFECT_PORT", "abc", "bloc: BLOC_PREFECT_PORT=abc: is no whole number"),
        ("BLOC_LANGUAGE", "xx", "bloc: BLOC_LANGUAGE=xx: is none of: 'vi', 'en'"),
        ("BLOC_DATABASE_URL", "nonsense", NO_DATABASE + "it is no URL of a database that Bloc knows"),
        ("BLOC_DATABASE_URL", "sqlite:////dev", NO_DATABASE + "the file cannot be opened"),
        (
            "BLOC_DATABASE_URL",
            "sqlite:////dev/null/a/b.db",
            "bloc: /dev/null/a cannot be used: a part of the path is no folder",
        ),
        ("BLOC_UPLOAD_LIMIT", "-1", "bloc: BLOC_UPLOAD_LIMIT=-1: must be more than 0"),
        ("BLOC_SMTP_TIMEOUT", "x", "bloc: BLOC_SMTP_TIMEOUT=x: is no number"),
    ],
    ids=["port", "language", "no URL", "a folder for a database", "no folder for the database", "limit", "seconds"],
)
def test_a_setting_that_cannot_be_is_one_line_with_its_name(bloc, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)

    ended = bloc("status")

    assert ended == Said(1, "", f"{said}\n")


def test_a_file_that_is_no_database_is_one_clear_line(bloc, tmp_path, monkeypatch):
    (tmp_path / "text.db").write_text("text " * 1000)
    monkeypatch.setenv("BLOC_DATABASE_URL", f"sqlite:///{tmp_path / 'text.db'}")

    assert bloc("status") == Said(1, "", NO_DATABASE + "the file is no database\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nonsense", "There is no command nonsense. See: bloc --help"),
        ("plan nonsense", "There is no command nonsense. See: bloc plan --help"),
        ("status --nonsense", "There is no option --nonsense here. See: bloc status --help"),
        ("sheet make", "--unit is missing. See: bloc sheet make --help"),
        ("plan check", "FILE is missing. See: bloc plan check --help"),
        ("sheet make --unit", "--unit needs a value. See: bloc sheet --help"),
        ("result --json=1", "--json takes no value. See: bloc result --help"),
        ("status now then", "There are more words than the command takes: now then. See: bloc status --help"),
        (
            "respond --unit u1 --activity a --as no",
            "--as takes one of: agreed, commented, signed, done. See: bloc respond --help",
        ),
        (
            "extend --unit u1 --activity a --because b --until soon",
            "--until takes a day: year-month-day or day/month/year. See: bloc extend --help",
        ),
    ],
    ids=[
        "command", "command of a group", "option", "missing option", "missing argument", "no value", "a value for a flag",
        "too many words", "choice", "day",
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_command_line_is_one_sentence_and_its_help(bloc, words, said):
    assert bloc(*words.split()) == Said(2, "", f"bloc: {said}\n")


@pytest.mark.parametrize("words", [(), ("plan",), ("sheet",)], ids=["bloc", "plan", "sheet"])
def test_without_a_command_the_help_is_shown(bloc, words):
    ended = bloc(*words)

    assert ended.status == 2
    assert "Commands:" in ended.out + ended.err


def test_the_help_names_every_command(bloc):
    ended = bloc("--help")

    assert [name for name in COMMANDS if f"\n  {name} " not in ended.out] == []
