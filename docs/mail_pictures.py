"""Write docs/images/mail-*.png anew: two mails as a browser shows them.

    .venv/bin/python docs/mail_pictures.py

Needs Chromium. The mails are two of the samples that the tests hold against their golden files.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from notifications.render import letter  # noqa: E402 - the samples are the tests', which are no package that is installed
from tests.notifications.samples import SAMPLES  # noqa: E402

PICTURES = {"digest": ("digest", 2, 1300), "weekly": ("weekly", None, 1125)}  # of which sample, how much of it, pixels high
WIDTH = 640
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")


def main() -> None:
    """Render, and photograph."""
    for name, (sample, first, height) in PICTURES.items():
        drafts, envelope = SAMPLES[sample]
        with tempfile.TemporaryDirectory() as folder:
            page, picture = Path(folder) / "mail.html", ROOT / "docs" / "images" / f"mail-{name}.png"
            page.write_text(letter(drafts[::-1][:first], "vi", envelope).html, encoding="utf-8")
            look = (f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{height}", f"--screenshot={picture}")
            subprocess.run([*CHROMIUM, *look, page.as_uri()], check=True, capture_output=True, timeout=120)
        print(picture, picture.stat().st_size)


if __name__ == "__main__":
    main()
