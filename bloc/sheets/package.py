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
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from bloc.language import Message, say
from bloc.sheets.layout import Sheet, plain

MAX_FILE = 10_000_000  # bytes
MAX_PARTS = 500
MAX_TABS = 100
MAX_BYTES = 50_000_000  # of all parts, unpacked; a sheet for 20 units has some 200,000
MAX_XML = 10_000_000  # bytes of all parts that are parsed, unpacked
MAX_ROWS = 2_000
MAX_COLUMNS = 256
MAX_CELLS = 50_000  # with content, in one sheet
ZIP, OLE = b"PK", b"\xd0\xcf\x11\xe0"  # how files begin; OLE: a workbook of Excel 97-2003, and an encrypted one
BOMS_UTF16 = b"\xff\xfe", b"\xfe\xff"
UNREADABLE = (  # what junk raises
    *(BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, ElementTree.ParseError),
)
ENCRYPTED = 1  # in the flags of a zip's entry
# The parts that are looked into besides the sheets; of what else calamine reads (texts, styles) the size is enough.
LOOKED_INTO = (
    *("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"),
    *("content.xml", "META-INF/manifest.xml"),
)
READ = frozenset(sheet.casefold() for sheet in (Sheet.SELF, Sheet.CROSS, Sheet.MARKS))
_FIRST_TAG = re.compile(rb"<[A-Za-z]")
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]{1,3}[0-9]{1,7}:)?([A-Z]{1,3})([0-9]{1,7})"/>')
_FULL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')  # a cell that is not closed at once: with a content
_BEFORE = re.compile(rb'r="([A-Z]{1,3}[0-9]{1,7})"[^<>]*>\s*$')  # the end of a cell in which nothing has come yet
_FORMAT, _FORMAT_ID = re.compile(rb"<numFmt [^>]*>"), re.compile(rb'numFmtId="([0-9]+)"')
_XF, _CELL = re.compile(rb"<xf [^>]*>"), re.compile(rb"<c [^>]*>")
_REFERENCE, _STYLE = re.compile(rb' r="([A-Z]{1,3}[0-9]{1,7})"'), re.compile(rb' s="([0-9]+)"')
STYLES = "xl/styles.xml"
PERCENT = frozenset({b"9", b"10"})  # the numbers of the formats "0%" and "0.00%" (ECMA-376, part 1, 18.8.30)
LOOK_BACK = 120  # bytes from a formula to where its cell begins
SMALLEST_CELL = 8  # bytes


class Refused(Exception):
    """A file is not read at all; ``message`` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Package:
    """What a look from outside tells of an .xlsx: of cells, by the sheets' names, which hold formulas; of others nothing.

    ``percents``: the cells that show a percentage. calamine tells of neither.
    """

    formulas: Mapping[str, frozenset[str]] = field(default_factory=dict)
    percents: Mapping[str, frozenset[str]] = field(default_factory=dict)
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
    except UNREADABLE as error:
        raise Refused(damaged()) from error


def _look_into_ole(data: bytes) -> Package:
    if _holds(data, "EncryptedPackage"):
        raise Refused(_password())
    if _holds(data, "_VBA_PROJECT"):
        raise Refused(_macros())
    if not (_holds(data, "Workbook") or _holds(data, "Book")):
        raise Refused(say("The file is not a workbook: fill in the workbook (.xlsx) that was issued."))
    return Package()


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
    text = start.decode("utf-16" if start.startswith(BOMS_UTF16) else "utf-8", "replace")  # Excel saves "Unicode text" so
    if sum(any(sign in line for sign in ";,\t") for line in text.splitlines()[:20]) > 1 and "\0" not in text:
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
    declared = {part.filename: part.file_size for part in parts}
    xml = sum(size for name, size in declared.items() if name.lower().endswith((".xml", ".rels")))
    if len(parts) > MAX_PARTS or sum(declared.values()) > MAX_BYTES or xml > MAX_XML:
        raise Refused(too_large())
    parsed = {name: package.read(name) for name in LOOKED_INTO if name in declared}  # which holds size and checksum true
    if any(b"<!DOCTYPE" in part for part in parsed.values()):
        raise Refused(damaged())  # no workbook has one; it could only define entities that grow
    if "xl/workbook.xml" in parsed:
        return _look_into_xlsx(package, parsed)
    return _look_into_ods(parsed)


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


def _look_into_xlsx(package: ZipFile, parts: Mapping[str, bytes]) -> Package:
    if b"macroEnabled" in parts.get("[Content_Types].xml", b""):
        raise Refused(_macros())
    names = package.namelist()
    tabs = {part: tab for part, tab in _tabs(parts).items() if plain(tab).casefold() in READ and part in names}
    sheets = {tab: package.read(part) for part, tab in tabs.items()}
    formulas = {tab: _formulas(xml) for tab, xml in sheets.items()}
    styles = _percent_styles(package.read(STYLES)) if STYLES in names else frozenset()
    percents = {tab: _styled(xml, styles) for tab, xml in sheets.items()} if styles else {}
    return Package(formulas, percents, linked=any(name.startswith("xl/externalLinks/") for name in names))


def _percent_styles(xml: bytes) -> frozenset[bytes]:
    """Return the numbers of the cell styles that show a percentage; in most workbooks there is none."""
    own = {found[1] for entry in _FORMAT.findall(xml) if b"%" in entry and (found := _FORMAT_ID.search(entry))}
    styles = _XF.findall(xml, xml.find(b"<cellXfs"), xml.find(b"</cellXfs>"))
    kinds = [found[1] if (found := _FORMAT_ID.search(style)) else b"" for style in styles]
    return frozenset(str(number).encode() for number, kind in enumerate(kinds) if kind in own | PERCENT)


def _styled(xml: bytes, styles: frozenset[bytes]) -> frozenset[str]:
    """Return the cells of a sheet that have one of the styles."""
    cells = ((_REFERENCE.search(cell), _STYLE.search(cell)) for cell in _CELL.findall(xml))
    return frozenset(where[1].decode() for where, style in cells if where and style and style[1] in styles)


def _look_into_ods(parts: Mapping[str, bytes]) -> Package:
    if b"opendocument.spreadsheet" not in parts.get("META-INF/manifest.xml", b""):
        raise Refused(say("The file is not a workbook: fill in the workbook (.xlsx) that was issued."))
    if b"encryption-data" in parts["META-INF/manifest.xml"]:
        raise Refused(_password())
    return Package()


def _formulas(xml: bytes) -> frozenset[str]:
    """Return the cells of a sheet that hold formulas; refuse it if its cells reach too far or are too many."""
    root = _FIRST_TAG.search(xml)
    if root is None or b"<!DOCTYPE" in xml[: root.start()]:
        raise Refused(damaged())
    _check_extent(xml)
    found, end = set(), xml.find(b"</sheetData>")
    at = xml.find(b"<f", 0, end)
    while at >= 0:
        if cell := _BEFORE.search(xml, xml.rfind(b"<c ", max(0, at - LOOK_BACK), at), at):
            found.add(cell[1].decode())
        at = xml.find(b"<f", at + 2, end)
    return frozenset(found)


def _check_extent(xml: bytes) -> None:
    """Refuse a sheet whose cells with a content reach too far or are too many; rows and cells that are only styled may.

    The cells are gone through only where the sheet itself says that it is large; of one that lies it is not asked.
    """
    if len(xml) > SMALLEST_CELL * MAX_CELLS and xml.count(b"<v>") + xml.count(b"<is>") > MAX_CELLS:
        raise Refused(too_large())
    said = _DIMENSION.search(xml)
    if said and not _is_far(*said.groups()):
        return
    if any(_is_far(column, row) for column, row in set(_FULL.findall(xml))):
        raise Refused(too_large())


def _is_far(column: bytes, row: bytes) -> bool:
    return int(row) > MAX_ROWS or _number_of(column) > MAX_COLUMNS


def _number_of(letters: bytes) -> int:
    """Return the number of a column, counted from 1: 28 of "AB"."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _tabs(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the names on the tabs by the parts that hold the sheets."""
    relations = ElementTree.fromstring(parts.get("xl/_rels/workbook.xml.rels", b"<r/>"))  # noqa: S314 - no DTD, and capped
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    book = ElementTree.fromstring(parts["xl/workbook.xml"])  # noqa: S314 - as above
    tabs = [each for each in book.iter() if each.tag.endswith("}sheet")]
    if len(tabs) > MAX_TABS:
        raise Refused(too_large())
    found = {targets.get(_relation_of(tab)): tab.get("name", "") for tab in tabs}
    return {_part_of(target): name for target, name in found.items() if target}


def _relation_of(tab: ElementTree.Element) -> str | None:
    """Return the id under which the part of a tab is found, in whichever of its two namespaces."""
    return next((value for name, value in tab.items() if name.endswith("}id")), None)


def _part_of(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
