"""`bloc verify`, `bloc audit`, and the acts whose first door the command line is, each with who and why on record."""

import json

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from bloc.enums import CycleMode, Stage
from models import AuditEntry, Point
from tests.cli.conftest import Said
from tests.factories import Year, cycle_of, moved, plan, plan_text, report
from tests.places import kept

pytestmark = pytest.mark.replay

WHO = ("--unit", "u2", "--activity", "reports")
BY = ("--by", "Chuyên viên giúp việc Trưởng khối")
RECEIVED = {"policies": {"missing_sheet": "received"}}


@pytest.fixture
def owing(replayed: Year) -> Year:
    """Return a year in which reports are owed and u2 has sent its own."""
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    replayed.deposit("u2", report(), "2030-05-20 09:00")
    replayed.reach("2030-05-20 10:00")
    return replayed


def year_scored(base) -> Year:
    """Return a year in which the sheets of u1 and u2 are in and the deadline has passed."""
    year = cycle_of(base, plan(**RECEIVED), mode=CycleMode.REPLAY)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-11-20 09:00")
    year.reach("2030-12-09 09:00")
    return year


scored = kept(year_scored)


def last_entry(year):
    return max(year.rows(AuditEntry), key=lambda row: row.number)


def test_a_report_is_returned_with_its_reason(bloc, owing):
    said = bloc("return", *WHO, "--because", "Thiếu số liệu", *BY)

    assert said == Said(0, "Returned: receipt 1, version 1.\n")
    assert (last_entry(owing).by, last_entry(owing).because) == (BY[1], "Thiếu số liệu")


def test_a_return_after_the_deadline_names_the_way_to_another(bloc, owing):
    owing.reach("2030-06-10 09:00")

    assert bloc("return", *WHO, "--because", "Thiếu").out.splitlines()[1] == (
        "Its last day has passed; `bloc extend` gives Đơn vị 2 another."
    )


def test_a_unit_is_released(bloc, owing):
    said = bloc("waive", "--unit", "u3", "--activity", "reports", "--because", "Sáp nhập", *BY)

    assert said == Said(0, "Đơn vị 3 is released from it: Sáp nhập\n")
    assert (last_entry(owing).act, last_entry(owing).about) == ("waiver", "reports/u3")


@pytest.mark.parametrize("command", ["return", "waive", "extend"])
def test_a_reason_must_be_given(bloc, owing, command):
    until = ("--until", "2030-07-01") if command == "extend" else ()

    assert bloc(command, *WHO, *until) == Said(2, "", f"bloc: --because is missing. See: bloc {command} --help\n")


def test_the_scoring_is_closed_without_a_sheet_once(bloc, scored):
    first, second = bloc("close", *BY), bloc("close")

    assert (first.out, second.out) == (
        "Version 1 of the result is made.\n", "These sheets have been aggregated already.\n",
    )  # fmt: skip
    assert [row.act for row in sorted(scored.rows(AuditEntry), key=lambda row: row.number)][-2:] == ["closing", "result"]


def test_who_acts_is_by_default_the_name_of_the_login(bloc, owing, monkeypatch):
    monkeypatch.setenv("LOGNAME", "chuyen-vien")

    bloc("return", *WHO, "--because", "Thiếu")

    assert last_entry(owing).by == "chuyen-vien"


def test_every_version_is_verified_and_a_difference_ends_with_one(bloc, scored, base):
    bloc("close")
    scored.send_sheet("u3", "2030-12-10 09:00")
    scored.aggregate("2030-12-10 10:00")
    before = bloc("verify")
    with Session(base.engine) as session:
        session.execute(update(Point).where(Point.thousandths == 10_000).values(thousandths=10_250))
        session.commit()

    after = bloc("verify", "--version", "1")

    assert before == Said(0, "Version 1: identical.\nVersion 2: identical.\n")
    assert after == Said(1, "", "Version 1 DIFFERS: u1's sheet gives u1 10 for I.1; kept is 10.25.\n")


def test_a_bundle_is_written_and_verified_where_no_database_is(bloc, scored, tmp_path, monkeypatch):
    bloc("close")
    written = bloc("bundle", "--out", "goi.zip")
    monkeypatch.setenv("BLOC_DATABASE_URL", "sqlite:////nowhere/at/all.db")

    whole = bloc("verify", "goi.zip")
    (tmp_path / "goi.zip").write_bytes((tmp_path / "goi.zip").read_bytes()[:-1])
    cut = bloc("verify", "goi.zip")

    sum_ = f"SHA-256: {written.out.split()[-1]}\n"
    assert written == Said(0, f"Written: goi.zip\n{sum_}")
    assert whole == Said(0, f"goi.zip: whole, and its result is the one that its sheets make.\n{sum_}")
    assert cut == Said(1, "", "goi.zip DIFFERS: the file is damaged, or no bundle.\n")


def test_a_bundle_that_is_not_there_is_named(bloc, scored):
    assert bloc("verify", "none.zip") == Said(1, "", "bloc: none.zip cannot be used: there is no such file or folder\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "There is no result yet."), (("--version", "3"), "There is no version 3.")],
    ids=["none", "not that one"],
)
def test_there_is_nothing_to_verify(bloc, owing, words, said):
    assert bloc("verify", *words) == Said(1, "", f"bloc: {said}\n")


def test_the_trail_is_listed_in_words(bloc, owing):
    bloc("return", *WHO, "--because", "Thiếu số liệu", *BY)

    said = bloc("audit", "list")

    assert said.out.splitlines() == [
        "   1  8:00 on Wednesday 02/01/2030  bloc: plan applied",
        "   2  9:00 on Monday 20/5/2030  bloc: file received (Đơn vị 2; Báo cáo sơ kết)",
        "      version 1: accepted",
        "   3  10:00 on Monday 20/5/2030  Chuyên viên giúp việc Trưởng khối: report returned (Đơn vị 2; Báo cáo sơ kết)",
        "      because: Thiếu số liệu",
    ]


def test_an_extension_is_listed_with_its_last_day_before_and_after_and_a_closing_with_who_was_missing(bloc, base, owing):
    year_scored(base)  # the same year goes on by another plan
    owing.extend("u1", "2030-06-14", "2030-05-20 10:00")
    bloc("close")

    listed = bloc("audit", "list").out.splitlines()

    assert "      last day: 06/6/2030 before, 14/6/2030 after" in listed
    assert "      missing: Đơn vị 3" in listed


def test_the_trail_is_listed_for_machines_with_all_that_it_says(bloc, owing):
    bloc("return", *WHO, "--because", "Thiếu số liệu", *BY)

    entries = [json.loads(line) for line in bloc("audit", "list", "--json").out.splitlines()]

    assert [entry["number"] for entry in entries] == [1, 2, 3]
    assert (entries[2]["by"], entries[2]["act"], entries[2]["about"]) == (BY[1], "return", "reports/u2")
    assert (entries[2]["before"]["state"], entries[2]["after"]["state"]) == ("accepted", "returned")
    assert entries[2]["former"] == entries[1]["hash"]


def test_the_record_says_what_a_changed_plan_changed(bloc, owing):
    owing.apply(plan(activities=moved("reports", "2030-06-14")), because="Bão")

    assert bloc("audit", "list").out.splitlines()[-4:] == [
        "   3  10:00 on Monday 20/5/2030  Thư ký: plan applied",
        '      "Báo cáo sơ kết": the last day is moved from 06/6/2030 to 14/6/2030 (opens 06/5/2030).',
        "      Parts of the plan that differ: activities.",
        "      because: Bão",
    ]


def test_the_trail_is_verified(bloc, owing, base):
    head = last_entry(owing).hash
    whole, noted, other = (
        bloc("audit", "verify"),
        bloc("audit", "verify", "--head", head),
        bloc("audit", "verify", "--head", "0"),
    )
    with Session(base.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.number == 2)).one()
        session.add(entry.sqlmodel_update({"by": "khác"}))
        session.commit()

    broken = bloc("audit", "verify")

    assert whole == noted == Said(0, f"The audit trail is whole: 2 entries; the last has the hash {head}.\n")
    assert other == Said(1, "", "The audit trail is BROKEN: no entry has the hash that was noted.\n")
    assert broken == Said(1, "", "The audit trail is BROKEN: entry 2 is not as it was written.\n")


def test_a_plan_is_shown_without_being_applied(bloc, owing, tmp_path):
    file = tmp_path / "changed.yaml"
    file.write_text(plan_text(recipients=["Sở Nội vụ"]), encoding="utf-8")
    parts = "Parts of the plan that differ: recipients.\n"

    shown, applied, again = (
        bloc("plan", "apply", file, "--dry-run"),
        bloc("plan", "apply", file, *BY),
        bloc("plan", "apply", file),
    )

    assert shown == Said(0, f"{parts}This was only shown; nothing has been changed.\n")
    away = "Prefect is not running now; it shows the plan's days once it does.\n"
    assert (applied, again) == (Said(0, parts, away), Said(0, "Nothing changes: b-2030 is in step with the file.\n"))
    assert last_entry(owing).by == BY[1]


def test_what_is_typed_goes_on_record_on_one_line_and_without_signs_that_command_a_terminal(bloc, owing):
    odd = ("--because", "Thie\u0302\u0301u\n\x1b[31mso\u0302\u0301 lie\u0323\u0302u\udcff", "--by", "a\n   9  b: c")

    said = bloc("return", *WHO, *odd)

    assert said == Said(0, "Returned: receipt 1, version 1.\n")
    assert (last_entry(owing).by, last_entry(owing).because) == ("a 9 b: c", "Thiếu [31msố liệu")


def test_a_code_that_is_no_text_is_no_code(bloc, owing):
    said = bloc("return", "--unit", "u2", "--activity", "reports\udcff\udcff x", "--because", "x")

    assert said.err == (
        'bloc: There is no activity "reports x" in this plan; it has: opinions, covenant, reports, exchange, sheets\n'
    )
