"""The README's tables, against the code."""

import re
from pathlib import Path

import yaml

from bloc.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_the_table_of_jobs_is_what_prefect_is_told():
    jobs = []
    for entry in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]:
        module, _, function = entry["entrypoint"].rpartition(".")
        source = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        name = re.search(rf'@flow\(name="([^"]+)"[^\n]*\)\nasync def {function}\b', source)
        when = [schedule["cron"] for schedule in entry.get("schedules", ())]
        when += [f"event `{event}" for trigger in entry.get("triggers", ()) for event in trigger["expect"]]
        jobs.append([f"{name and name.group(1)}/{entry['name']}", ", ".join(when)])

    assert [row[:2] for row in rows("Jobs")] == jobs


def test_the_table_of_settings_is_the_settings():
    settings = [
        [f"BLOC_{name.upper()}", "" if field.default is None else str(field.default), field.description]
        for name, field in Settings.model_fields.items()
    ]

    assert rows("Configuration") == settings


def test_the_files_that_the_readme_names_exist():
    links = re.findall(r"\]\((?!http)([^)]+)\)", README) + re.findall(r"`((?:bloc|docs|plans|tests|flows)/[\w/.-]+)`", README)

    assert links != []
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_that_the_readme_names_exist():
    from typer.main import get_command

    from bloc.cli.app import app

    known = set(get_command(app).commands)
    named = {word for word in re.findall(r"`bloc ([a-z]+)", README)}

    assert named - known == set()
