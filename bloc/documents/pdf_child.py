"""The process in which a .pdf from outside is read: it can use little, and be lost without loss.

It is started by ``bloc.documents.pdfs`` and takes one request after another on its standard input: eight bytes of length, then
a pickle, from a parent whom it trusts. A file alone is cleaned: its pages come back without what would run or call on
something; a list of titles and cleaned files is merged. It answers with eight bytes of length and, for a file, eight of its
number of pages and the new file; nothing if it cannot be read. What it says is data: the parent does not trust it.
"""

import contextlib
import io
import pickle
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

MEMORY = 1024 * 1024 * 1024  # bytes of address space
SECONDS = 20  # of processor time for one file
MOST_PAGES = 5000
HARMLESS = ("/URI", "/GoTo")  # what a click may do
Chapter = tuple[str, Sequence[tuple[str, bytes]]]  # a heading, and titles and files below it


def main() -> None:
    """Serve until the parent closes the other end."""
    _give_up_rights()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while len(length := source.read(8)) == 8:
        request = source.read(int.from_bytes(length, "big"))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # at its end, SIGPROF ends the process
        answer = _answer(pickle.loads(request))  # noqa: S301 - from the parent
        signal.setitimer(signal.ITIMER_PROF, 0)
        target.write(len(answer).to_bytes(8, "big") + answer)
        target.flush()


def _answer(request: Any) -> bytes:
    try:
        writer = _cleaned(request) if isinstance(request, bytes) else _merged(request)
        target = io.BytesIO()
        writer.write(target)
        return len(writer.pages).to_bytes(8, "big") + target.getvalue()
    except BaseException:  # whatever such a file does to its reader: it is one that cannot be read
        return b""


def _cleaned(data: bytes) -> Any:
    """Return the pages of a file alone."""
    from pypdf import PdfReader, PdfWriter

    reader, writer = PdfReader(io.BytesIO(data)), _new(PdfWriter())
    if reader.is_encrypted or not 0 < len(reader.pages) <= MOST_PAGES:
        raise ValueError
    writer.append(reader, import_outline=False)
    for page in writer.pages:
        page.pop("/AA", None)
        for each in _annotations(page):
            each.pop("/AA", None)
            action = each.get("/A")
            if action is not None and action.get_object().get("/S") not in HARMLESS:
                del each["/A"]
    return writer


def _annotations(page: Any) -> Iterator[Any]:
    found = page.get("/Annots")
    for each in found.get_object() if found is not None else ():
        yield each.get_object()


def _merged(chapters: Sequence[Chapter]) -> Any:
    """Return all files as one, with a bookmark for each, below those of the headings."""
    from pypdf import PdfReader, PdfWriter

    writer = _new(PdfWriter())
    for heading, files in chapters:
        above = None
        for title, data in files:
            start = len(writer.pages)
            writer.append(PdfReader(io.BytesIO(data)), import_outline=False)
            if heading and above is None:
                above = writer.add_outline_item(heading, start)
            writer.add_outline_item(title, start, parent=above)
    return writer


def _new(writer: Any) -> Any:
    """Return a file that tells neither when nor by what it was written: of the same pages, the same bytes."""
    writer.metadata = None
    return writer


def _give_up_rights() -> None:
    """Take the limits on; where the system knows none of them (macOS, of memory), the others remain."""
    import resource  # not everywhere

    limits = {resource.RLIMIT_AS: MEMORY, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: 0}
    for limit, most in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))


if __name__ == "__main__":
    main()
