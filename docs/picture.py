"""Write docs/images/score-sheet.png anew: the cross-scores of a marked copy, as they are printed.

    .venv/bin/python docs/picture.py

Takes the first score sheet of the shipped scenario in which something is typed wrong. Needs LibreOffice and poppler.
"""

import subprocess
import tempfile
from pathlib import Path

from bloc.replay.papers import filled_sheet
from bloc.replay.scenario import read_scenario
from bloc.sheets.form import Form
from bloc.sheets.read import read_sheet
from bloc.sheets.write import mark_sheet

ROOT = Path(__file__).parent.parent
SCENARIO = next((ROOT / "plans" / "scenarios").glob("*.yaml"))
PICTURE = ROOT / "docs" / "images" / "score-sheet.png"
PAGE, DOTS, CROP = 5, 110, {"-x": 60, "-y": 60, "-W": 1170, "-H": 780}  # of the print; dots an inch; pixels


def main() -> None:
    """Fill in, mark, print, cut out."""
    script = read_scenario(SCENARIO)
    sent = next(act.sheet for act in script.acts if act.sheet and act.sheet.points and len(act.sheet.cells) > 1)
    plan = script.plan
    form = Form(plan.key, plan.year, plan.bloc.name, sent.unit, {u.code: u.name for u in plan.units}, plan.criteria.as_rules())
    reading = read_sheet(filled_sheet(form, script.folder / str(sent.points), sent.cells), form)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sheet.xlsx").write_bytes(mark_sheet(form, reading))
        profile = f"-env:UserInstallation=file://{folder}/profile"
        office = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, f"{folder}/sheet.xlsx"]
        subprocess.run(office, check=True, capture_output=True, timeout=120)
        crop = [str(part) for pair in CROP.items() for part in pair]
        page = ["-f", str(PAGE), "-l", str(PAGE), "-singlefile", "-r", str(DOTS), "-png"]
        PICTURE.parent.mkdir(exist_ok=True)
        subprocess.run(["pdftoppm", *page, *crop, f"{folder}/sheet.pdf", PICTURE.with_suffix("")], check=True)


if __name__ == "__main__":
    main()
