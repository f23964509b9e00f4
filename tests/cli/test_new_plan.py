import io
import sys
from datetime import date
from pathlib import Path
from unicodedata import normalize

import pytest

from bloc.cli.new_plan import likely_year
from bloc.plan import read_plan

GIVEN = (
    "--bloc", "Khối B", "--code", "b", "--council", "Hội đồng", "--place", "Nơi này", "--year", "2030",
    "--unit", "u1 = Đơn vị 1", "--unit", "u2 = Đơn vị 2", "--unit", "Đơn vị 3",
    "--leader", "u1", "--deputy", "2", "--secretary", "Chuyên viên", "--secretary-email", "gv@example.vn",
    "--contact", "u1 = u1@example.vn", "--contact", "u2=u2@example.vn",
    "--midyear", "06/6/2030", "--year-end", "2030-12-06", "--out", "b.yaml",
)  # fmt: skip
ANSWERS = [
    "Khối B", "b", "Hội đồng", "Nơi này", "2030", "u1 = Đơn vị 1", "u2 = Đơn vị 2", "Đơn vị 3", "", "u1", "2", "Chuyên viên",
    "gv@example.vn", "u1@example.vn", "u2@example.vn", "", "06/6/2030", "2030-12-06", "b.yaml",
]  # fmt: skip
AWAY = "Prefect is not running now; it shows the plan's days once it does.\n"


@pytest.fixture
def typing(monkeypatch):
    """Return what lets lines be typed at the terminal; after them the input ends."""

    def typing(*lines):
        text = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))

    return typing


def without(option):
    where = GIVEN.index(option)
    return GIVEN[:where] + GIVEN[where + 2 :]


def test_answers_and_options_make_the_same_plan_and_it_passes_the_check(bloc, typing):
    typing(*ANSWERS)
    asked = bloc("plan", "new")
    by_answers = Path("b.yaml").read_text(encoding="utf-8")
    typing()
    given = bloc("plan", "new", *GIVEN, "--force")

    assert (asked.status, asked.err, given.status, given.err) == (0, "", 0, "")
    assert Path("b.yaml").read_text(encoding="utf-8") == by_answers
    checked = bloc("plan", "check", "b.yaml").out.splitlines()
    assert checked[0] == "The plan b-2030 is in order: 3 units, 17 activities."
    assert [line.partition("CẦN ĐIỀN")[1] for line in checked[1:]] == ["CẦN ĐIỀN"] * len(checked[1:])
    assert given.out.splitlines() == [
        "  1. u1 = Đơn vị 1",
        "  2. u2 = Đơn vị 2",
        "  3. don-vi-3 = Đơn vị 3",
        "Written: b.yaml",
        "What comes next:",
        '  1. Open the file; fill in what is marked "CẦN ĐIỀN", above all your own criteria in place of the example.',
        "  2. bloc plan check b.yaml    names every fault by its line.",
        "  3. bloc plan apply b.yaml    begins the year.",
        "  4. bloc up    runs the service; bloc status says how the year stands.",
    ]


def test_an_empty_answer_is_the_default(bloc, typing):
    typing("Khối C", "", "Hội đồng", "Nơi này", "2030", "A", "B", "", "", "", "", "gv@example.vn", "", "", "", "", "")

    assert bloc("plan", "new").status == 0
    plan = read_plan(Path("khoi-c-2030.yaml"))
    assert [(unit.code, unit.role) for unit in plan.units] == [("a", "leader"), ("b", "member")]
    assert [(contact.unit, contact.name) for contact in plan.contacts] == [("a", "Chuyên viên giúp việc Trưởng khối")]
    assert [activity.code for activity in plan.activities if activity.deadline] == []


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("Khối B", "", "Please give an answer."),
        ("Khối B", "K" * 201, "is longer than 200 characters."),
        ("b", "Khối", '"Khối" is no code: use small letters without accents, digits and hyphens.'),
        ("Hội đồng", "\udcff", "has signs that are no text in UTF-8."),
        ("2030", "soon", '"soon" is no whole number.'),
        ("2030", "1066", '"1066" must be at least 1990.'),
        ("u2 = Đơn vị 2", "đơn vị 1", '"đơn vị 1" stands here a second time.'),
        ("u2 = Đơn vị 2", "u1 = Đơn vị 2", '"u1" stands here a second time.'),
        ("u2 = Đơn vị 2", "U2 = Đơn vị 2", '"U2" is no code: use small letters without accents, digits and hyphens.'),
        ("u2 = Đơn vị 2", "", "At least 2 are needed."),
        ("u1", "9", 'There is no unit "9" in this bloc; it has: u1, u2, don-vi-3'),
        ("2", "1", "That unit leads; please choose another, or 0 for none."),
        ("gv@example.vn", "nobody", '"nobody" is no e-mail address.'),
        ("u1@example.vn", "u1.example.vn", '"u1.example.vn" is no e-mail address.'),
        ("06/6/2030", "31/02/2030", '"31/02/2030" is no day; write day/month/year, or leave it empty.'),
        ("06/6/2030", "06/6/2029", "The day must lie between 01/01/2030 and 31/12/2030."),
        ("2030-12-06", "05/6/2030", "The day must lie between 06/6/2030 and 31/12/2031."),
        ("b.yaml", "nowhere/b.yaml", "nowhere/b.yaml cannot be written: there is no such folder"),
        ("b.yaml", ".", ". exists already; give another name, or --force to replace it."),
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_answer_is_said_at_once_and_asked_again(bloc, typing, good, bad, said):
    where = ANSWERS.index(good)
    typing(*ANSWERS[:where], bad, *ANSWERS[where:])

    told = bloc("plan", "new")

    assert (told.status, told.err) == (0, "")
    assert said in told.out
    assert read_plan(Path("b.yaml")).key == "b-2030"


@pytest.mark.parametrize(
    ("option", "bad", "said"),
    [
        ("--year", "1066", '--year: "1066" must be at least 1990.'),
        ("--leader", "u9", '--leader: There is no unit "u9" in this bloc; it has: u1, u2, don-vi-3'),
        ("--secretary-email", "nobody", '--secretary-email: "nobody" is no e-mail address.'),
        ("--out", "nowhere/b.yaml", "--out: nowhere/b.yaml cannot be written: there is no such folder"),
        ("--midyear", "soon", '--midyear: "soon" is no day; write day/month/year, or leave it empty.'),
    ],
    ids=str,
)
def test_a_bad_option_is_refused_and_nothing_is_written(bloc, option, bad, said, tmp_path):
    assert bloc("plan", "new", *without(option), option, bad).err == f"bloc: {said}\n"
    assert list(tmp_path.glob("*.yaml")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--unit", "A"), "--unit: At least 2 are needed."),
        (("--unit", "A", "--unit", "a"), '--unit: "a" stands here a second time.'),
    ],
    ids=["one", "the same twice"],
)
def test_too_few_or_doubled_units_by_option_are_refused(bloc, words, said):
    head = GIVEN[: GIVEN.index("--unit")]

    told = bloc("plan", "new", *head, *words)

    assert (told.status, told.err) == (1, f"bloc: {said}\n")


def test_a_contact_of_no_unit_is_refused(bloc):
    told = bloc("plan", "new", *GIVEN, "--contact", "u9 = a@example.vn")

    assert told.err == 'bloc: --contact: There is no unit "u9" in this bloc; it has: u1, u2, don-vi-3\n'


def test_an_existing_file_is_kept_unless_told_to_replace_it(bloc):
    kept = Path("b.yaml")
    kept.write_text("mine", encoding="utf-8")

    refused = bloc("plan", "new", *GIVEN)

    assert refused.err == "bloc: --out: b.yaml exists already; give another name, or --force to replace it.\n"
    assert kept.read_text(encoding="utf-8") == "mine"
    assert bloc("plan", "new", *GIVEN, "--force").status == 0
    assert read_plan(kept).key == "b-2030"


@pytest.mark.parametrize("answered", range(0, len(ANSWERS) - 1, 3))
def test_where_the_answers_end_early_nothing_is_written(bloc, typing, answered, tmp_path):
    typing(*ANSWERS[:answered])

    told = bloc("plan", "new")

    assert (told.status, told.err) == (1, "bloc: The answers ended too early; nothing is written.\n")
    assert list(tmp_path.glob("*.yaml")) == []


def test_broken_off_nothing_is_written(bloc, monkeypatch, tmp_path):
    class Broken(io.StringIO):
        def readline(self, *_):
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Broken())

    told = bloc("plan", "new")

    assert (told.status, told.err) == (130, "\nBroken off; nothing is written.\n")
    assert list(tmp_path.glob("*.yaml")) == []


def test_a_deadline_on_a_day_off_is_taken_and_said(bloc, typing):
    typing(*["08/6/2030" if answer == "06/6/2030" else answer for answer in ANSWERS])

    said = bloc("plan", "new")

    assert "  Saturday 08/6/2030 is no working day; the policy day_off in the file says what follows.\n" in said.out
    assert "such as 05/12/2030 (" in said.out
    assert read_plan(Path("b.yaml")).activity("midyear-reports").deadline.by == date(2030, 6, 8)


def test_with_defaults_only_what_has_none_is_asked(bloc, typing):
    typing("Khối C", "Hội đồng", "Nơi này", "A", "B", "", "gv@example.vn")

    said = bloc("plan", "new", "--defaults", "--year", "2030")

    assert (said.status, said.err, read_plan(Path("khoi-c-2030.yaml")).key) == (0, "", "khoi-c-2030")


def test_the_new_plan_is_applied_and_status_speaks_of_it(bloc):
    bloc("plan", "new", *GIVEN)

    applied, status = bloc("plan", "apply", "b.yaml"), bloc("status")

    assert (applied.status, applied.err, applied.out.splitlines()[0]) == (0, AWAY, "The year b-2030 begins.")
    assert status.out.startswith("Khối B, year 2030 - ")


@pytest.mark.parametrize(("today", "year"), [(date(2030, 3, 1), 2030), (date(2030, 9, 30), 2030), (date(2030, 10, 1), 2031)])
def test_late_in_a_year_the_coming_one_is_planned(today, year):
    assert likely_year(today) == year


def test_letters_in_pieces_are_put_together(bloc):
    told = bloc("plan", "new", *without("--bloc"), "--bloc", normalize("NFD", "Khối Đầu tư"))

    assert (told.status, read_plan(Path("b.yaml")).bloc.name) == (0, "Khối Đầu tư")
    assert "Khối Đầu tư" in Path("b.yaml").read_text(encoding="utf-8")
