"""Write docs/images/document-*.png anew: first pages of three documents of the shipped year, as LibreOffice prints them.

    .venv/bin/python docs/document_pictures.py

The year is replayed through the actions. Needs LibreOffice and poppler.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bloc.documents.preview import as_pdf  # noqa: E402
from bloc.replay.drafts import draft_documents  # noqa: E402
from tests.replay.playing import SHIPPED, house  # noqa: E402 - the tests are no package that is installed

PICTURES = {"ke-hoach-nam": "plan", "bao-cao-so-ket": "midyear-report", "phu-luc-ket-qua": "result-annex"}
DOTS = 70  # an inch


def main() -> None:
    """Replay, draft, print."""
    with tempfile.TemporaryDirectory() as name, house(Path(name) / "home") as home:
        home.play(SHIPPED)
        folder = draft_documents(home.base, home.settings, SHIPPED.stem)
        picked = {file.name: file.read_bytes() for file in folder.glob("*.docx") if file.stem[3:] in PICTURES}
        write(as_pdf(picked), Path(name))


def write(printed: dict[str, bytes], folder: Path) -> None:
    """Write the first page of each .pdf as a picture."""
    for file, data in printed.items():
        source, target = folder / file, ROOT / "docs" / "images" / f"document-{PICTURES[Path(file).stem[3:]]}"
        source.write_bytes(data)
        subprocess.run(["pdftoppm", "-singlefile", "-r", str(DOTS), "-png", source, target], check=True)
        print(target.with_suffix(".png"))


if __name__ == "__main__":
    main()
