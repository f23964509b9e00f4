"""docs/coverage.md: every place that it names is there, and it leaves out nothing of what the plan asks for."""

import re
from pathlib import Path

import typer
import yaml

from bloc.cli.app import app
from bloc.plan import read_plan
from bloc.portal.access import ACCESS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| I+\.", line)]
PLACES = re.findall(r"`(activity|page|command|flow|rule) ([^`]+)`", "\n".join(ROWS))


def named(kind: str) -> set[str]:
    return {name for what, name in PLACES if what == kind}


def test_every_activity_named_is_one_of_the_plan_and_none_of_sections_ii_and_iii_is_left_out():
    activities = read_plan(ROOT / "plans" / "hai-phong-2024.yaml").activities
    asked = {each.code for each in activities if re.search(r"\bI{2,3}\.", each.source)}

    assert named("activity") == asked


def test_every_page_named_is_one_of_the_portal():
    assert named("page") - ACCESS.keys() == set()


def test_every_command_named_is_one_that_can_be_run():
    assert {name for name in named("command") if not can_be_run(name)} == set()


def can_be_run(name: str) -> bool:
    found = typer.main.get_command(app)
    for part in name.split():
        found = found.get_command(None, part) if hasattr(found, "get_command") else None
    return found is not None


def test_every_flow_and_rule_named_is_there():
    deployed = {
        each["entrypoint"] for each in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    }

    assert named("flow") - deployed == set()
    assert {name for name in named("rule") if not (ROOT / name).is_file()} == set()


def test_every_sentence_has_a_place_and_none_waits_for_one():
    assert [row for row in ROWS if "`" not in row or "waits for" in row] == []
