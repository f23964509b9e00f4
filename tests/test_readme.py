"""The README's tables, against the code."""

import re
from pathlib import Path

from bloc.cli.app import COMMANDS
from bloc.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def code(text: object) -> str:
    return "" if text is None else f"`{text}`"


def test_the_table_of_settings_is_the_settings():
    settings = [
        [code(f"BLOC_{name.upper()}"), code(field.default), field.description] for name, field in Settings.model_fields.items()
    ]

    assert rows("Configuration") == settings


def test_the_files_that_the_readme_names_exist():
    links = re.findall(r"\]\((?!http)([^)]+)\)", README) + re.findall(r"`((?:bloc|docs|plans|tests|flows)/[\w/.-]+)`", README)

    assert links != []
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_that_the_readme_names_exist():
    named = set(re.findall(r"(?:`|^ {4})bloc ([a-z-]+)", README, re.MULTILINE))

    assert named - set(COMMANDS) == set()
