"""A scenario file is read, or refused with every fault by line and path; never a traceback. `make fuzz` tries thousands."""

import copy
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloc.errors import PlanRefused, ScenarioRefused
from bloc.replay.scenario import Script, read_scenario
from bloc.replay.schema import Act
from tests.plan.test_reading import mutate
from tests.replay.conftest import ODD
from tests.replay.playing import ROOT, SMALL, YEARS

TIMES = int(os.environ.get("BLOC_FUZZ", "30"))
HEAD = """\
plan: three.yaml
starts: 2030-01-07
ends: 2030-12-31
acts:
"""
FAULTS = [
    ("", ": must say what is done: one thing, and one only"),
    ("publish: {}, aggregate: {}", ": must say what is done: one thing, and one only"),
    ("dances: {}", ".dances: is no known key here; is it misspelt?"),
    ("publish: yes", ".publish: must be a group of keys"),
    ("publish: {now: true}", ".publish.now: is no known key here; is it misspelt?"),
    ("report: {units: u9, activity: reports}", '.report.units: there is no unit "u9" in the plan'),
    ("report: {units: [u2, u9], activity: reports}", '.report.units: there is no unit "u9" in the plan'),
    ("report: {units: [], activity: reports}", ".report.units: has too few entries; it needs at least 1"),
    ("report: {units: {u2: u3}, activity: reports}", ".report.units: must be a list"),
    ("report: {units: u2, activity: songs}", '.report.activity: there is no activity "songs" in the plan'),
    ("report: {units: u2, activity: draft}", '.report.activity: "draft" asks for no report'),
    ("report: {units: u2}", ".report.activity: is missing; please add it"),
    ("report: {units: u2, activity: reports, file: no.pdf}", '.report.file: there is no file "no.pdf" beside the scenario'),
    ("report: {units: u2, activity: reports, file: folder}", '.report.file: there is no file "folder" beside the scenario'),
    ("sheet: {unit: u9, points: three.csv}", '.sheet.unit: there is no unit "u9" in the plan'),
    ("sheet: {unit: u1}", '.sheet: needs one of "points", "marked" and "file"'),
    ("sheet: {unit: u1, points: three.csv, file: three.csv}", '.sheet: needs one of "points", "marked" and "file"'),
    ("sheet: {unit: u1, points: three.csv, marked: true}", '.sheet: needs one of "points", "marked" and "file"'),
    ("sheet: {unit: u1, file: three.csv, cells: {u1/I.1: 2}}", '.sheet.cells: goes with "points" or "marked", not with "file"'),
    ("sheet: {unit: u1, points: no.csv}", '.sheet.points: there is no file "no.csv" beside the scenario'),
    ("sheet: {unit: u1, points: folder}", '.sheet.points: there is no file "folder" beside the scenario'),
    ("sheet: {unit: u1, points: .}", '.sheet.points: there is no file "." beside the scenario'),
    (
        f"sheet: {{unit: u1, points: {400 * 'x'}}}",
        f'.sheet.points: there is no file "{400 * "x"}" beside the scenario',
    ),
    ("sheet: {unit: u1, points: no-column.csv}", '.sheet.points: "no-column.csv" has no column "criterion"'),
    ("sheet: {unit: u1, points: semicolons.csv}", '.sheet.points: "semicolons.csv" has no column "criterion"'),
    ("sheet: {unit: u1, points: empty.csv}", '.sheet.points: "empty.csv" has no column "criterion"'),
    ("sheet: {unit: u1, points: wide.csv}", '.sheet.points: "wide.csv" has more cells than columns in line 3'),
    *(
        (
            f"sheet: {{unit: u1, points: {name}.csv}}",
            f'.sheet.points: "{name}.csv" is no table: no .csv in UTF-8 with commas between its columns',
        )
        for name in ("quotes", "open", "latin", "binary")
    ),
    (
        "sheet: {unit: u1, points: three.csv, cells: {u9/I.1: 1}}",
        ".sheet.cells.u9/I.1: is no cell; write unit/criterion, as in u3/II.1",
    ),
    (
        "sheet: {unit: u1, points: three.csv, cells: {u1/I.9: 1}}",
        ".sheet.cells.u1/I.9: is no cell; write unit/criterion, as in u3/II.1",
    ),
    (
        "sheet: {unit: u1, points: three.csv, cells: {I.1: 1}}",
        ".sheet.cells.I.1: is no cell; write unit/criterion, as in u3/II.1",
    ),
    ("sheet: {unit: u1, points: three.csv, cells: [1]}", ".sheet.cells: cannot be read as what belongs here"),
    ("dates: {activity: reports}", ".dates.deadline: is missing; please add it"),
    (
        "dates: {activity: reports, deadline: {phrase: x}}",
        '.dates.deadline: needs one of "before" (trước ngày) and "by" (đến hết ngày)',
    ),
    (
        "dates: {activity: reports, deadline: {phrase: x, by: 2030-02-30}}",
        ".dates.deadline.by: is no date of the calendar; write year-month-day, as in 2030-01-31",
    ),
    ("dates: {activity: reports, deadline: {phrase: x, by: 2030-05-17}}", ".dates.deadline: closes before it opens"),
    (
        "dates: {activity: reports, opens: 2030-06-11, deadline: {phrase: x, before: 2030-06-11}}",
        ".dates.deadline: closes before it opens",
    ),
    (
        "dates: {activity: reports, deadline: {phrase: x, before: 0001-01-01}}",
        ".dates.deadline.before: lies in another year than the plan",
    ),
    (
        "dates: {activity: reports, opens: 2024-05-06, deadline: {phrase: x, by: 2030-06-10}}",
        ".dates.opens: lies in another year than the plan",
    ),
    (
        "extends: {unit: u2, activity: reports, until: 9999-12-31, because: x}",
        ".extends.until: lies in another year than the plan",
    ),
    (
        "extends: {unit: u2, activity: reports, until: soon, because: x}",
        ".extends.until: is no date; write year-month-day, as in 2030-01-31",
    ),
    ("extends: {unit: u2, activity: reports, until: 2030-06-12, because: ' '}", ".extends.because: is empty"),
    (
        "responds: {units: u2, activity: draft, kind: maybe}",
        ".responds.kind: is none of: 'agreed', 'commented', 'signed', 'done'",
    ),
    ("waives: {unit: u2, activity: reports}", ".waives.because: is missing; please add it"),
    ("waives: {unit: u9, activity: reports, because: x}", '.waives.unit: there is no unit "u9" in the plan'),
    ("returns: {unit: u2, activity: draft, because: x}", '.returns.activity: "draft" asks for no report'),
    ("returns: {unit: u2, activity: songs, because: x}", '.returns.activity: there is no activity "songs" in the plan'),
    ("close: {now: true}", ".close.now: is no known key here; is it misspelt?"),
    ("applies: {because: x}", ".applies.plan: is missing; please add it"),
    ("applies: {plan: no.yaml}", '.applies.plan: there is no file "no.yaml" beside the scenario'),
    ("applies: {plan: folder}", '.applies.plan: there is no file "folder" beside the scenario'),
    ("applies: {plan: two.yaml}", ".applies.plan: is the plan of another bloc or year: two-2030"),
    ("bounces: {address: a@example.vn}", ".bounces.reply: is missing; please add it"),
    ("mailbox: {address: nobody}", ".mailbox.address: is no e-mail address"),
    (
        "mailbox: {address: a@example.vn, reply: busy}",
        '.mailbox.reply: is no refusal of a mail server; write it as in "450 4.2.1 Mailbox busy"',
    ),
    (
        "mailbox: {address: a@example.vn, reply: 250 OK}",
        '.mailbox.reply: is no refusal of a mail server; write it as in "450 4.2.1 Mailbox busy"',
    ),
    (
        "objects: {unit: u2, scorer: u9, criterion: I.1, because: x}",
        '.objects.scorer: there is no unit "u9" in the plan',
    ),
    (
        "objects: {unit: u2, scorer: u1, criterion: I.9, because: x}",
        '.objects.criterion: there is no criterion "I.9" in the plan',
    ),
    (
        "objects: {unit: u2, scorer: u1, criterion: I.1, because: x, evidence: no.pdf}",
        '.objects.evidence: there is no file "no.pdf" beside the scenario',
    ),
    ("answers_objection: {number: 1, unit: u9, because: x}", '.answers_objection.unit: there is no unit "u9" in the plan'),
    ("events: {lost: perhaps}", ".events.lost: is neither true nor false"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("three.yaml", "three.csv", "two.yaml"):
        shutil.copy(SMALL / name, tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "no-column.csv").write_text("tiêu chí,u1,u2,u3\nI.1,1,1,1\n", "utf-8")
    (tmp_path / "semicolons.csv").write_text("criterion;u1;u2;u3\nI.1;1;1;1\n", "utf-8")
    (tmp_path / "strangers.csv").write_text("criterion,u1,dv4,u3,dv5\nI.1,1,1,1,1\nI.9,1,1,1,1\n", "utf-8")
    (tmp_path / "wide.csv").write_text("criterion,u1,u2,u3\nI.1,1,1,1\nI.2,1,1,1,1\n", "utf-8")
    (tmp_path / "quotes.csv").write_text('criterion,u1,u2,u3\nI.1,"1"x,1,1\n', "utf-8")
    (tmp_path / "open.csv").write_text('criterion,u1,u2,u3\nI.1,"1,1,1\n', "utf-8")
    (tmp_path / "latin.csv").write_bytes("criterion,u1,u2,u3\nI.1,1,1,đ\n".encode("cp1258"))
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "empty.csv").write_bytes(b"")
    return tmp_path


@pytest.fixture
def faults(folder: Path) -> Callable[[str], list[str]]:
    """Return what gives the faults of a scenario's text; none if it is a good one."""

    def of(text: str) -> list[str]:
        (folder / "year.yaml").write_text(text, "utf-8")
        try:
            read_scenario(folder / "year.yaml")
        except ScenarioRefused as refused:
            return [str(fault) for fault in refused.faults]
        return []

    return of


def test_the_page_on_scenarios_shows_every_verb_with_a_good_example():
    rows = re.findall(r"^\| `(\w+)` .*\| `(.+)` \|$", (ROOT / "docs" / "scenarios.md").read_text("utf-8"), re.MULTILINE)

    acts = [Act.model_validate({"at": "2030-01-31", **yaml.load(example, yaml.BaseLoader)}) for _, example in rows]

    assert [act.verb[0] for act in acts] == [verb for verb, _ in rows]
    assert {verb for verb, _ in rows} == set(Act.model_fields) - {"at"}


def test_the_shipped_scenarios_and_the_odd_ones_are_good():
    assert [read_scenario(path).plan.key for path in (*YEARS.values(), *ODD.values())] == [*YEARS, *ODD]


@pytest.mark.parametrize(("act", "told"), FAULTS, ids=[act[:60] or "nothing" for act, _ in FAULTS])
def test_every_fault_of_an_act_is_told_by_line_and_path(faults, act, told):
    inner = f", {act}" if act else ""

    first, *_ = faults(f"{HEAD}  - {{at: 2030-02-01, publish: {{}}}}\n  - {{at: 2030-05-06{inner}}}\n")

    assert first == f"year.yaml:6 acts[1]{told}"


@pytest.mark.parametrize(
    "moment",
    ["", "soon", "2030-02-30", "2030-05-06 25:00", "2030-05-06 9:00", "2030-05-06T09:00:00Z", "2030-05-06 09:00 +07:00",
     "20300506", "2030-W19-1", "06/5/2030", "0001-01-01 00:00", "٢٠٣٠-05-06", "[]", "{}"],
)  # fmt: skip
def test_what_is_no_moment_is_told(faults, moment):
    text = f"{HEAD}  - at: {moment}\n    publish: {{}}\n"

    told = ['year.yaml:5 acts[0].at: is no moment; write it as in "2030-01-31" or "2030-01-31 14:05"']

    assert faults(text) == (told if moment else ["year.yaml:5 acts[0].at: is missing; please add it"])


@pytest.mark.parametrize(
    ("moment", "read"),
    [
        ("2030-05-06", datetime(2030, 5, 6, 2, tzinfo=UTC)),
        ("2030-05-06 00:00", datetime(2030, 5, 5, 17, tzinfo=UTC)),
        ("2030-05-06T14:05", datetime(2030, 5, 6, 7, 5, tzinfo=UTC)),
    ],
    ids=["a day: nine in the morning", "midnight", "with a T"],
)
def test_a_moment_is_vietnams(folder, moment, read):
    (folder / "year.yaml").write_text(f"{HEAD}  - at: {moment}\n    publish: {{}}\n", "utf-8")

    assert read_scenario(folder / "year.yaml").acts[0].at == read


@pytest.mark.parametrize("moment", ["2030-01-06 23:59", "2031-01-01 00:00", "1999-05-06", "9999-12-31 23:59"])
def test_an_act_outside_the_scenarios_days_is_told(faults, moment):
    assert faults(f"{HEAD}  - {{at: {moment}, publish: {{}}}}\n") == [
        "year.yaml:5 acts[0].at: lies outside the scenario's days"
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("three.yaml", "none.yaml", ['year.yaml:1 plan: there is no file "none.yaml" beside the scenario']),
        ("three.yaml", "folder", ['year.yaml:1 plan: there is no file "folder" beside the scenario']),
        ("plan: three.yaml\n", "", ["year.yaml:1 plan: is missing; please add it"]),
        ("acts:\n", "act:\n", ["year.yaml:1 acts: is missing; please add it"]),
        ("acts:\n", "acts: none\n", ["year.yaml:4 acts: must be a list"]),
        ("ends: 2030-12-31", "ends: 2030-01-06", ["year.yaml:3 ends: ends before it begins"]),
        ("ends: 2030-12-31", "ends: 9999-12-31", ["year.yaml:3 ends: lies in another year than the plan"]),
        ("starts: 2030-01-07", "starts: 0001-01-01", ["year.yaml:2 starts: lies in another year than the plan"]),
        (
            "starts: 2030-01-07",
            "starts: 2030-01-07 09:00",
            ["year.yaml:2 starts: is no date; write year-month-day, as in 2030-01-31"],
        ),
        ("ends: 2030-12-31", "ends: 2030-12-31\nends: 2030-12-31", ["year.yaml:4 ends: stands here more than once"]),
    ],
    ids=["no plan", "a folder as plan", "plan left out", "acts misspelt", "acts no list", "ends early", "ends never",
         "starts with time", "starts at a moment", "twice"],
)  # fmt: skip
def test_every_fault_of_the_head_is_told(faults, old, new, told):
    assert faults(HEAD.replace(old, new).replace("acts:\n", "acts: []\n")) == told


def test_a_table_names_every_stranger_in_it(faults):
    assert faults(f"{HEAD}  - at: 2030-11-20\n    sheet:\n      unit: u1\n      points: strangers.csv\n") == [
        'year.yaml:8 acts[0].sheet.points: has a column "dv4", which is no unit of the plan',
        'year.yaml:8 acts[0].sheet.points: has a column "dv5", which is no unit of the plan',
        'year.yaml:8 acts[0].sheet.points: has a row "I.9", which is no criterion of the plan',
    ]


def test_all_faults_are_told_at_once_in_the_order_of_the_lines(faults):
    acts = "  - {at: 2031-05-06, publish: {}}\n  - {at: 2030-05-06, report: {units: u9, activity: songs, file: no.pdf}}\n"

    assert faults(HEAD + acts) == [
        "year.yaml:5 acts[0].at: lies outside the scenario's days",
        'year.yaml:6 acts[1].report.units: there is no unit "u9" in the plan',
        'year.yaml:6 acts[1].report.activity: there is no activity "songs" in the plan',
        'year.yaml:6 acts[1].report.file: there is no file "no.pdf" beside the scenario',
    ]


def test_dates_are_checked_in_the_order_in_which_they_happen(faults):
    later = "  - {at: 2030-02-20, dates: {activity: reports, deadline: {phrase: x, by: 2030-03-29}}}\n"
    sooner = "  - {at: 2030-02-10, dates: {activity: reports, opens: 2030-03-04, deadline: {phrase: x, by: 2030-03-22}}}\n"

    assert faults(HEAD + later + sooner) == []
    assert faults(HEAD + later) == ["year.yaml:5 acts[0].dates.deadline: closes before it opens"]


def test_after_another_plan_is_applied_its_units_and_criteria_are_those_that_acts_name(faults, folder):
    text = (folder / "three.yaml").read_text("utf-8").replace("code: u3", "code: u4").replace("code: I.2", "code: I.3")
    (folder / "other.yaml").write_text(text, "utf-8")
    applied = "  - {at: 2030-11-20, applies: {plan: other.yaml, because: x}}\n"
    sooner, later = (
        f"  - {{at: {day}, sheet: {{unit: u4, points: three.csv, cells: {{u4/I.3: 1}}}}}}\n"
        for day in ("2030-11-19", "2030-11-21")
    )
    strangers = ['has a column "u3", which is no unit of the plan', 'has a row "I.2", which is no criterion of the plan']

    assert faults(HEAD + applied + sooner) == [
        'year.yaml:6 acts[1].sheet.unit: there is no unit "u4" in the plan',
        "year.yaml:6 acts[1].sheet.cells.u4/I.3: is no cell; write unit/criterion, as in u3/II.1",
    ]
    assert faults(HEAD + applied + later) == [f"year.yaml:6 acts[1].sheet.points: {stranger}" for stranger in strangers]


def test_a_plan_applied_belongs_to_the_scenario_that_a_begun_year_is_held_against(folder):
    shutil.copy(folder / "three.yaml", folder / "other.yaml")
    (folder / "year.yaml").write_text(HEAD + "  - {at: 2030-11-20, applies: {plan: other.yaml}}\n", "utf-8")
    before = read_scenario(folder / "year.yaml").digest

    changed = (folder / "other.yaml").read_text("utf-8").replace("max: 10", "max: 12")
    (folder / "other.yaml").write_text(changed, "utf-8")

    assert read_scenario(folder / "year.yaml").digest != before


def test_a_plan_with_faults_is_told_as_a_plan(folder):
    text = (folder / "three.yaml").read_text("utf-8").replace("year: 2030", "year: soon")
    (folder / "three.yaml").write_text(text, "utf-8")
    (folder / "year.yaml").write_text(HEAD.replace("acts:\n", "acts: []\n"), "utf-8")

    with pytest.raises(PlanRefused) as refused:
        read_scenario(folder / "year.yaml")

    assert str(refused.value) == "The plan three.yaml cannot be used:\n  - three.yaml:3 year: is no whole number"


@pytest.mark.parametrize("name", ["none.yaml", "folder", "binary.csv", "three.csv"])
def test_what_is_no_scenario_at_all_is_refused(folder, name):
    with pytest.raises(ScenarioRefused) as refused:
        read_scenario(folder / name)

    assert len(refused.value.faults) == 1
    assert str(refused.value).startswith(f"The scenario {name} cannot be used:\n  - {name}:")


def scenario_or_faults(path: Path) -> Script | list[str]:
    try:
        return read_scenario(path)
    except (ScenarioRefused, PlanRefused) as refused:
        return [str(fault) for fault in refused.faults]


@pytest.mark.replay
@settings(deadline=None, max_examples=TIMES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_a_scenario_it_is_read_or_refused_with_its_faults(folder, data):
    tree: Any = yaml.load((SMALL / "three-year.yaml").read_text("utf-8"), yaml.BaseLoader)
    tree = copy.deepcopy(tree)
    for _ in range(data.draw(st.integers(1, 3), label="changes")):
        mutate(tree, data)
    (folder / "year.yaml").write_bytes(yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True).encode())

    outcome = scenario_or_faults(folder / "year.yaml")

    match outcome:
        case Script():
            assert len(outcome.digest) == 64
        case told:
            assert told
            assert all(fault.startswith(("year.yaml:", "three.")) for fault in told)


@settings(deadline=None, max_examples=TIMES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100) | st.text(st.sampled_from('criteonu123I.,"\n\r\t; \0'), max_size=60).map(str.encode))
def test_whatever_a_table_holds_it_is_read_or_refused(folder, content):
    (folder / "table.csv").write_bytes(content)
    (folder / "year.yaml").write_text(f"{HEAD}  - {{at: 2030-11-20, sheet: {{unit: u1, points: table.csv}}}}\n", "utf-8")

    outcome = scenario_or_faults(folder / "year.yaml")

    assert isinstance(outcome, Script) or all(fault.startswith("year.yaml:5 acts[0].sheet.points: ") for fault in outcome)
