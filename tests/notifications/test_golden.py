"""Every message as it is read, in both languages, as text and as HTML, held against the files in ``golden/``.

To write them anew: ``BLOC_GOLDEN=write .venv/bin/python -m pytest tests/notifications/test_golden.py``; then look at what
``git diff`` shows. HTML stands there without its styles, which ``golden/styled.html`` has, of one letter.
"""

import os
import re
from pathlib import Path

import pytest

from notifications.render import letter
from notifications.templating import WRITTEN_IN
from tests.notifications.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("BLOC_GOLDEN") == "write"
STYLES = re.compile(r' style="[^"]*"|<style>.*?</style>\n?', re.DOTALL)


@pytest.mark.parametrize("language", WRITTEN_IN)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_message_reads_as_it_did(name: str, language: str) -> None:
    drafts, envelope = SAMPLES[name]

    written = letter(drafts, language, envelope)

    files = {".txt": f"{written.subject}\n\n{written.text}", ".html": bare(written.html)}
    assert files == {suffix: kept(f"{language}/{name}{suffix}", text) for suffix, text in files.items()}


def test_a_letter_has_its_styles() -> None:
    drafts, envelope = SAMPLES["digest"]

    html = letter(drafts, "vi", envelope).html

    assert html == kept("styled.html", html)


def test_nothing_is_kept_of_messages_that_are_no_more() -> None:
    files = {str(path.relative_to(GOLDEN).with_suffix("")) for path in GOLDEN.rglob("*.*")}

    assert files == {f"{language}/{name}" for language in WRITTEN_IN for name in SAMPLES} | {"styled"}


def kept(name: str, text: str) -> str:
    path = GOLDEN / name
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def bare(html: str) -> str:
    return re.sub(r"\n\s*\n+", "\n", STYLES.sub("", html))
