"""Files as .pdf, by LibreOffice where it is installed: to be looked at. What is issued is the .docx, or its signed copy."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from bloc.errors import BlocError
from bloc.language import say

PROGRAMS = ("soffice", "libreoffice")
PATIENCE = 60  # seconds for the program, and
A_FILE = 5  # seconds for each file
ENOUGH = 3  # runs that nothing comes of: it is then the program that does not work
ONE_AT_A_TIME = Lock()  # it takes most of a machine
KNOWN_TO_IT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME")  # fonts; no password of ours
PROFILE = Path("user") / "registrymodifications.xcu"
SETTINGS = Path(__file__).with_suffix(".xcu")  # what units send is opened, too: it runs nothing and fetches nothing


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
    with ONE_AT_A_TIME:
        made = _converted(program, documents)
    if made.keys() != documents.keys():
        raise NoPreview(say("LibreOffice could not make the preview. Please download the .docx."))
    return {str(Path(name).with_suffix(".pdf")): data for name, data in made.items()}


def as_far_as_pdf(given: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return as .pdf, by their own names, those files from outside that can be had so; none where LibreOffice is missing.

    A file that the program dies of, or hangs on, is left out, and the others are gone on with.
    """
    program, left, found, barren = office(), dict(given), dict[str, bytes](), 0
    while program and left and barren < ENOUGH:
        with ONE_AT_A_TIME:
            made = _converted(program, left)
        found |= made
        left = {name: data for name, data in left.items() if name not in made}
        left.pop(next(iter(left), ""), None)  # files are taken in order: the first that did not come out is to blame
        barren = 0 if made else barren + 1
    return found


def _converted(program: str, given: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what comes of one run; what does not come out is not in it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        plain = {f"{number:04}{Path(each).suffix.lower()}": each for number, each in enumerate(given)}
        for file, each in plain.items():
            (folder / file).write_bytes(given[each])
        profile = folder / "profile"
        (profile / PROFILE).parent.mkdir(parents=True)
        shutil.copy(SETTINGS, profile / PROFILE)
        command = [
            program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore",
            "--convert-to", "pdf", "--outdir", str(folder / "out"), *(str(folder / file) for file in plain),
        ]  # fmt: skip
        _run(command, PATIENCE + A_FILE * len(plain))
        made = {each: (folder / "out" / file).with_suffix(".pdf") for file, each in plain.items()}
        return {each: file.read_bytes() for each, file in made.items() if file.is_file()}


def _run(command: Sequence[str], seconds: float) -> None:
    """Run a program to its end, or for so long: then it is ended with all that it has started."""
    known = {name: os.environ[name] for name in KNOWN_TO_IT if name in os.environ}
    with suppress(OSError):
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=known,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
