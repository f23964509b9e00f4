"""The preview goes on whatever its program does, and leaves nothing running."""

import os
import subprocess

import pytest

from bloc.documents import preview

HANGS = """#!/bin/sh
echo $$ > "{note}"
sleep 600 & sleep 600
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program in LibreOffice's place that hangs, with a child of its own."""
    file = tmp_path / "soffice"
    file.write_text(HANGS.format(note=tmp_path / "started"))
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(preview, "PATIENCE", 1)
    monkeypatch.setattr(preview, "A_FILE", 0)
    return tmp_path / "started"


def test_a_program_that_hangs_is_ended_with_all_that_it_has_started(program):
    made = preview.as_far_as_pdf({"a.docx": b"a", "b.docx": b"b"})

    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    running = [line.split() for line in listed.splitlines()]
    assert made == {}
    assert [state for group, state in running if group == program.read_text().strip() and "Z" not in state] == []


def test_a_preview_that_does_not_come_is_said_and_not_waited_for(program):
    with pytest.raises(preview.NoPreview):
        preview.as_pdf({"a.docx": b"a"})
