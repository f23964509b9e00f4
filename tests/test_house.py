"""Rules of the house that a machine can hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from bloc.plan import read_plan

ROOT = Path(__file__).parent.parent
CODE = sorted(path for folder in ("bloc", "flows", "models", "notifications") for path in (ROOT / folder).rglob("*.py"))
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
PUBLIC = [p for p in CODE if {"rules", "sheets", "documents", "actions"} & set(p.relative_to(ROOT).parts)]


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [ROOT / name for name in filter(None, names.split("\0"))]


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Return what the shipped plans call their blocs, places and units."""
    plans = [read_plan(path) for path in sorted((ROOT / "plans").glob("*.yaml"))]
    assert len(plans) >= 3
    called = [name for plan in plans for name in (plan.bloc.place, plan.bloc.name, plan.bloc.code)]
    return called + [name for plan in plans for unit in plan.units for name in (unit.name, unit.code)]


@pytest.mark.parametrize("path", [*CODE, *TEMPLATES, ROOT / "prefect.yaml"], ids=lambda p: str(p.relative_to(ROOT)))
def test_no_code_names_a_year_a_city_or_a_unit(path, names):
    text = re.sub(r"\b(Decree|Law|Circular|PEP|issue|Nghị định) [\w/.-]+", "", path.read_text(encoding="utf-8"))

    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)] == []
    if path.suffix != ".py":
        assert re.findall(r"\b20[0-9]{2}\b", text) == []
    else:
        assert years_outside_docstrings(text) == []


def years_outside_docstrings(text: str) -> list[object]:
    """Return the constants that hold a year; examples in docstrings and comments may, for they decide nothing."""
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    texts = [value for value in constants if isinstance(value, str) and YEAR.search(value.replace(EXAMPLE, ""))]
    return texts + [value for value in constants if isinstance(value, int) and 2010 <= value < 2100]


YEAR = re.compile(r"\b20[0-9]{2}\b")
EXAMPLE = "2030-01-31"  # how a date is written, in the words of a refusal


def refusals_in(path: Path) -> list[str]:
    """Return the texts of what is raised in a file."""
    raised = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)]
    inside = [part for node in raised for part in ast.walk(node)]
    return [part.value for part in inside if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_what_is_refused_is_worded_for_every_door():
    doors = {"cli", "engine", "replay"}  # those that are themselves a command's
    for_commands = "queries.py"  # it names years
    shared = [p for p in CODE if not doors & set(p.relative_to(ROOT).parts) and p.name != for_commands]

    said = [text for path in shared for text in refusals_in(path)]

    assert "Please say why: it stands on record." in said
    assert [text for text in said if re.search(r"`bloc |--[a-z]", text)] == []


def test_functions_and_files_keep_to_the_sizes_of_the_house():
    functions, files = {}, {}
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        files[path.name] = text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions[f"{path.name}:{node.name}"] = (node.end_lineno or 0) - node.lineno + 1

    assert {name: size for name, size in functions.items() if size > 60 and name != "0001_first_tables.py:upgrade"} == {}
    assert {name: size for name, size in files.items() if size > 500} == {}


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: str(p.relative_to(ROOT)))
def test_public_functions_say_what_they_do(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]

    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_no_file_names_an_index_a_machine_or_a_host_of_packages():
    forbidden = re.compile(r"(?<!emit-)index-url\s*[= ]\s*\S|pypi\.org|pythonhosted|/root/|/home/\w|/Users/")

    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        found += [str(path) for line in text.splitlines() if forbidden.search(line) and path.name != "test_house.py"]

    assert found == []


def test_the_locks_pin_every_package_with_a_hash():
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]

        assert pins != []
        assert [pin for pin in pins if "==" not in pin or not pin.endswith("\\")] == []
