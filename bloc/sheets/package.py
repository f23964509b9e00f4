"""Look into a file before it is parsed: what it is, and whether it is of a size that a score sheet can have.

calamine lays a sheet out as a full rectangle, so that one cell in the last corner asks for gigabytes (python-calamine#130):
what is too large is refused here, by counting, before calamine sees it. What counting does not find meets the limits of the
process apart in which a sheet is read (bloc.sheets.apart).
"""

import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from bloc.language import Message, say

MAX_FILE = 10_000_000  # bytes
MAX_PARTS = 500
MAX_BYTES = 50_000_000  # of all parts, unpacked; a sheet for 20 units has some 200,000
MAX_XML = 10_000_000  # bytes of all parts that are parsed, unpacked
MAX_ROWS = 2_000
MAX_COLUMNS = 256
MAX_CELLS = 50_000  # with content, in one sheet
ZIP, OLE = b"PK", b"\xd0\xcf\x11\xe0"  # how files begin; OLE: a workbook of Excel 97-2003, and an encrypted one
ENCRYPTED = 1  # in the flags of a zip's entry
# A cell that is not closed at once, so that has a content; its column, its row, and whether a formula comes first in it.
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>\s*(<f)?')


class Format(StrEnum):
    """The kinds of workbook that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"


class Refused(Exception):
    """A file is not read at all; ``message`` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Package:
    """What a look from outside tells: the kind of file; for an .xlsx, which cells hold formulas, by the sheets' names."""

    format: Format
    formulas: Mapping[str, frozenset[str]] = field(default_factory=dict)
    linked: bool = False  # it refers to other files


def damaged() -> Message:
    """Return what is said of a file that nothing can be made of."""
    return say("The file is damaged or is not an Excel workbook (.xlsx).")


def too_large() -> Message:
    """Return what is said of a file that goes beyond every score sheet."""
    return say("The file is larger than a score sheet can be.")


def look_into(data: bytes) -> Package:
    """Return what ``data`` is, if it may be parsed as a score workbook.

    Raises:
        Refused: it may not.
    """
    if not data:
        raise Refused(say("The file is empty."))
    if len(data) > MAX_FILE:
        raise Refused(too_large())
    if data.startswith(OLE):
        return _look_into_ole(data)
    if not data.startswith(ZIP):
        raise Refused(_what_else(data))
    try:
        with ZipFile(BytesIO(data)) as package:
            return _look_into_zip(package)
    except (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise Refused(damaged()) from error
    except ElementTree.ParseError as error:
        raise Refused(damaged()) from error


def _look_into_ole(data: bytes) -> Package:
    if _holds(data, "EncryptedPackage"):
        raise Refused(_password())
    if _holds(data, "_VBA_PROJECT"):
        raise Refused(_macros())
    if not (_holds(data, "Workbook") or _holds(data, "Book")):
        raise Refused(say("The file is not a workbook: fill in the workbook (.xlsx) that was issued."))
    return Package(Format.XLS)


def _holds(data: bytes, stream: str) -> bool:
    """Return whether an OLE file has a stream of that name."""
    return stream.encode("utf-16-le") in data


def _password() -> Message:
    return say("The file is protected by a password: save it without one.")


def _macros() -> Message:
    return say("The workbook contains macros: save it as .xlsx.")


def _what_else(data: bytes) -> Message:
    """Return what to say of a file that is neither a zip nor of an old Office."""
    if data.startswith(b"%PDF-"):
        return say("This is a .pdf: send the workbook itself (.xlsx); the signed print may follow apart.")
    start = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith((b"<", b"{\\rtf")):
        return say("The file is not a workbook, whatever its name says: open it in Excel and save it as .xlsx.")
    lines = start.decode("utf-8", "replace").splitlines()[:20]
    if sum(any(sign in line for sign in ";,\t") for line in lines) > 1 and b"\x00" not in start:
        return say("A .csv holds one table alone, and not whose it is: send the whole workbook as .xlsx.")
    return damaged()


def _look_into_zip(package: ZipFile) -> Package:
    parts = package.infolist()
    names = [part.filename.lower() for part in parts]
    if len(names) != len(set(names)) or any(_is_a_trick(name) for name in names):
        raise BadZipFile
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadZipFile
    _check_kind(names)
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise Refused(_password())
    read = [part.filename for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    declared = {part.filename: part.file_size for part in parts}
    too_many = len(parts) > MAX_PARTS or sum(declared.values()) > MAX_BYTES
    if too_many or sum(declared[name] for name in read) > MAX_XML:
        raise Refused(too_large())
    # Each is read to its end, which holds its declared size and its checksum true.
    return _look_into_parts({name: package.read(name) for name in read})


def _is_a_trick(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/")


def _check_kind(names: Iterable[str]) -> None:
    """Refuse what is no workbook that is read, by the names of its parts."""
    for name in names:
        if "vbaproject" in name or name.startswith("xl/macrosheets/"):
            raise Refused(_macros())
    first = {name.partition("/")[0] for name in names}
    if "xl/workbook.bin" in names:
        raise Refused(say("The file is an .xlsb: save it as .xlsx."))
    if "xl/workbook.xml" not in names and "content.xml" not in names:
        if first & {"word", "ppt"}:
            raise Refused(say("The file is a Word or PowerPoint document: send the workbook (.xlsx)."))
        if any(name.endswith((".xlsx", ".xls", ".ods")) for name in names):
            raise Refused(say("The file is an archive (.zip): take the workbook out of it and send that."))
        raise Refused(say("The file is not an Excel workbook (.xlsx)."))


def _look_into_parts(parts: Mapping[str, bytes]) -> Package:
    if any(b"<!DOCTYPE" in xml or b"<!ENTITY" in xml for xml in parts.values()):
        raise Refused(damaged())  # no workbook has one; it could only define entities that grow
    if "xl/workbook.xml" not in parts:
        return _look_into_ods(parts)
    types = parts.get("[Content_Types].xml", b"")
    if b"macroEnabled" in types:
        raise Refused(_macros())
    names = _sheet_names(parts)
    sheets = {name: xml for name, xml in parts.items() if name.startswith("xl/worksheets/") and name.endswith(".xml")}
    formulas = {names.get(name, ""): _formulas(xml) for name, xml in sheets.items()}
    return Package(Format.XLSX, formulas, linked=any(name.startswith("xl/externalLinks/") for name in parts))


def _look_into_ods(parts: Mapping[str, bytes]) -> Package:
    if b"opendocument.spreadsheet" not in parts.get("META-INF/manifest.xml", b""):
        raise Refused(say("The file is not a workbook: fill in the workbook (.xlsx) that was issued."))
    if b"encryption-data" in parts["META-INF/manifest.xml"]:
        raise Refused(_password())
    return Package(Format.ODS)


def _formulas(xml: bytes) -> frozenset[str]:
    """Return the cells of a sheet that hold formulas; refuse it if its cells reach too far or are too many."""
    cells = _CELL.findall(xml)
    far = any(int(row) > MAX_ROWS for row in {row for _, row, _ in cells})
    wide = any(_number_of(column) > MAX_COLUMNS for column in {column for column, _, _ in cells})
    if far or wide or len(cells) > MAX_CELLS:
        raise Refused(too_large())
    return frozenset((column + row).decode() for column, row, formula in cells if formula)


def _number_of(letters: bytes) -> int:
    """Return the number of a column, counted from 1: 28 of "AB"."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _sheet_names(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the names on the tabs by the parts that hold the sheets."""
    relations = ElementTree.fromstring(parts.get("xl/_rels/workbook.xml.rels", b"<r/>"))  # noqa: S314 - no DTD, and capped
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    tabs = ElementTree.fromstring(parts["xl/workbook.xml"]).iter()  # noqa: S314 - as above
    found = {targets.get(_relation_of(tab)): tab.get("name", "") for tab in tabs if tab.tag.endswith("}sheet")}
    return {_part_of(target): name for target, name in found.items() if target}


def _relation_of(tab: ElementTree.Element) -> str | None:
    """Return the id under which the part of a tab is found, in whichever of its two namespaces."""
    return next((value for name, value in tab.items() if name.endswith("}id")), None)


def _part_of(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
