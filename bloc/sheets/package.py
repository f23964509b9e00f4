"""Look into a file before it is parsed: whether it is a workbook, and of a size that a score sheet can have.

calamine lays a sheet out as a full rectangle, so that one cell in the last corner asks for gigabytes (python-calamine#130):
what is too large is refused here, by counting, before calamine sees it.
"""

import functools
import re
import struct
import zlib
from io import BytesIO
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from bloc.errors import Fault
from bloc.language import Message, say

MAX_PARTS = 500
MAX_BYTES = 50_000_000  # of all parts, unpacked; a sheet for 20 units has some 100,000
MAX_ROWS = 2_000
MAX_COLUMNS = 256
MAX_CONTENTS = 20_000  # values and formulas in one part
MAX_TEXT = 4_000  # characters in one cell; a text that is shared takes its memory again in every cell that shows it
TEXTS = ("c", "si", "comment", "threadedComment", "p")  # what begins a text of its own
OLE = b"\xd0\xcf\x11\xe0"  # how an encrypted workbook, and one of Excel 97-2003, begins
ENCRYPTED = 1  # in the flags of a zip's entry
CHUNK = 65_536  # bytes


class _Refused(Exception):
    def __init__(self, message: Message) -> None:
        self.message = message


def package_faults(data: bytes) -> tuple[Fault, ...]:
    """Return what forbids to parse ``data`` as a score workbook: nothing, or one fault without a place."""
    try:
        _check(data)
    except _Refused as refused:
        return (Fault("", refused.message),)
    except (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError):
        return (Fault("", say("The file is damaged or is not an Excel workbook (.xlsx).")),)
    return ()


def _check(data: bytes) -> None:
    if not data:
        raise _Refused(say("The file is empty."))
    if data.startswith(OLE):
        raise _Refused(say("The file is protected by a password or is an old .xls: save it as .xlsx without a password."))
    with ZipFile(BytesIO(data)) as package:
        _check_directory(package)
        for info in package.infolist():
            _check_part(package, info.filename)


def _check_directory(package: ZipFile) -> None:
    parts = package.infolist()
    names = [part.filename.lower() for part in parts]
    if not any(name.startswith("xl/workbook") for name in names):
        raise _Refused(say("The file is not an Excel workbook (.xlsx)."))
    if len(names) != len(set(names)) or any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadZipFile
    if any("vbaproject" in name for name in names):
        raise _Refused(say("The workbook contains macros: save it as .xlsx."))
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise _Refused(say("The file is protected by a password or is an old .xls: save it as .xlsx without a password."))
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_BYTES:
        raise _Refused(say("The file is larger than a score sheet can be."))


def _check_part(package: ZipFile, name: str) -> None:
    """Read a part to its end, which holds its declared size and checksum true; follow it, if it is XML."""
    is_xml = name.lower().endswith((".xml", ".rels"))
    extent = _Extent()
    with package.open(name) as part:
        for chunk in iter(lambda: part.read(CHUNK), b""):
            if is_xml:
                extent.feed(chunk)
    if is_xml:
        extent.feed(b"", last=True)


class _Extent:
    """Follow a part's XML; refuse it as soon as the cells with content reach too far, are too many or too long."""

    def __init__(self) -> None:
        self._row = self._column = self._contents = self._text = 0
        self._parser = ParserCreate("utf-8", namespace_separator="}")
        self._parser.StartElementHandler = self._start
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(chunk, last)
        except ExpatError as error:
            raise BadZipFile from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition("}")[2]
        if tag in TEXTS:
            self._text = 0
        if tag == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
        elif tag == "c":
            self._go_to(attributes.get("r", ""))
        elif tag in ("v", "is", "f"):
            self._contents += 1
            self._stop_if(self._row > MAX_ROWS or self._column > MAX_COLUMNS or self._contents > MAX_CONTENTS)

    def _go_to(self, reference: str) -> None:
        """Go to the cell "E12", or, if it says nothing, to the next."""
        self._column += 1
        match = re.fullmatch("([A-Z]{1,3})([0-9]{1,7})", reference.upper())
        if match:
            self._row, self._column = int(match[2]), _column(match[1])

    def _characters(self, text: str) -> None:
        self._text += len(text)
        self._stop_if(self._text > MAX_TEXT)

    def _stop_if(self, too_large: bool) -> None:
        if too_large:
            raise _Refused(say("The file is larger than a score sheet can be."))

    def _doctype(self, *_: object) -> None:
        raise BadZipFile  # no workbook has one; it could only define entities that grow


def _column(letters: str) -> int:
    """Return the number of a column, counted from 1: 28 of "AB"."""
    return functools.reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, letters, 0)
