"""The README's page on a bloc of one's own, against the commands."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The year of your own bloc")[2].partition("\n## ")[0]
LINES = [line.split("#")[0].strip() for line in PAGE.splitlines() if line.startswith("    bloc ")]


def test_the_commands_and_options_of_the_page_exist(bloc):
    said = {}
    for line in LINES:
        command = re.match(r"bloc((?: [a-z-]+)+?)(?= --| [A-Z\"]| my-|$)", line)[1].split()
        told = bloc(*command, "--help")
        said[line] = (told.status, [option for option in re.findall(r"--[a-z-]+", line) if option not in told.out])

    assert len(said) >= 11
    assert said == dict.fromkeys(said, (0, []))


def test_the_page_names_activities_that_a_new_plan_has():
    template = (ROOT / "templates" / "plan" / "plan.yaml").read_text(encoding="utf-8")
    named = re.findall(r"--activity (\S+)", PAGE)

    assert named != []
    assert [code for code in named if f"code: {code}\n" not in template] == []
