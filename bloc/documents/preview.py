"""Documents as .pdf, by LibreOffice where it is installed: to be looked at. What is issued is the .docx, or its signed copy."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from bloc.errors import BlocError
from bloc.language import say

PROGRAMS = ("soffice", "libreoffice")
PATIENCE = 60  # seconds for the program, and
A_FILE = 5  # seconds for each file
ONE_AT_A_TIME = Lock()  # it takes most of a machine


class NoPreview(BlocError):
    """LibreOffice is not installed, or did not do it in time."""


def office() -> str | None:
    """Return the program that converts; None where LibreOffice is not installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def as_pdf(documents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return documents (file name -> bytes) as .pdf, all in one run of the program, which has a profile of its own.

    Raises:
        NoPreview: it is not installed, it failed, or it took too long.
    """
    program = office()
    if program is None:
        raise NoPreview(say("LibreOffice is not installed here: there is no preview, only the .docx."))
    with ONE_AT_A_TIME, TemporaryDirectory() as folder:
        return _converted(program, Path(folder), documents)


def _converted(program: str, folder: Path, documents: Mapping[str, bytes]) -> dict[str, bytes]:
    names = {f"{number:04}.docx": name for number, name in enumerate(documents)}
    for plain, name in names.items():
        (folder / plain).write_bytes(documents[name])
    command = [
        program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
        "--convert-to", "pdf", "--outdir", str(folder / "out"), *(str(folder / plain) for plain in names),
    ]  # fmt: skip
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE + A_FILE * len(names))
        made = {name: (folder / "out" / plain).with_suffix(".pdf").read_bytes() for plain, name in names.items()}
    except (OSError, subprocess.SubprocessError) as error:
        raise NoPreview(say("LibreOffice could not make the preview. Please download the .docx.")) from error
    return {str(Path(name).with_suffix(".pdf")): data for name, data in made.items()}
