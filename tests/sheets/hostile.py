"""Files that mean harm, or are no workbook at all, built by script: each with how the refusal begins that it ends in.

Sizes are those that were seen to hurt bare readers (python-calamine#130): a small zip of half a gigabyte, a cell in the last
corner of a sheet, a million texts.
"""

import io
import zipfile
from collections.abc import Callable, Mapping

from openpyxl import Workbook

from bloc.sheets.form import Form
from bloc.sheets.write import make_sheet
from tests.sheets.corpus import archive, ods, with_parts
from tests.sheets.hands import part_of, repacked, replaced, saved

Hostile = Callable[[Form], bytes]
LIMITS = "The file asks for more time or memory than a score sheet may"
DAMAGED = "The file is damaged or is not an Excel workbook"
LARGE = "The file is larger than a score sheet can be."
PASSWORD = "The file is protected by a password"
MACROS = "The workbook contains macros"
DOCUMENT = "The file is a Word or PowerPoint document"
STRANGE = "This is not the score workbook that was issued"
NOT_ONE = "The file is not a workbook"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BOOK, STRINGS = "xl/workbook.xml", "xl/sharedStrings.xml"


def just(data: bytes) -> Hostile:
    """Return what builds the same file for every form."""
    return lambda form: data


def ours(change: Callable[[bytes], bytes]) -> Hostile:
    """Return what changes the package of our sheet, filled in with what is least."""

    def build(form: Form) -> bytes:
        return change(make_sheet(form, {(unit, each.code): each.minimum for unit in form.members for each in form.criteria}))

    return build


def in_rows(rows: bytes, dimension: bytes = b"A1:A1", times: int = 1) -> Hostile:
    """Return what has these rows, so many times, for those of the self sheet, which says that it has another extent."""

    def change(data: bytes) -> bytes:
        sheet = b'<dimension ref="%b"/><sheetData>%b</sheetData>' % (dimension, rows * times)
        return replaced(part_of(data, "Tự chấm"), b"<dimension.*?</sheetData>", sheet)(data)

    return ours(change)


def part(name: str, start: bytes, piece: bytes, times: int, end: bytes) -> Hostile:
    """Return what replaces a whole part of our sheet by one that consists of a piece, many times."""
    return ours(lambda data: repacked(data, lambda parts: parts.update({name: start + piece * times + end})))


def ole(*streams: str) -> bytes:
    """Return what begins as a file of the old Office, with streams of these names."""
    return OLE + b"".join(stream.encode("utf-16-le").ljust(128, b"\0") for stream in streams)


def flagged(flag: int, method: int | None = None) -> Callable[[bytes], bytes]:
    """Return what sets a flag, or another method of compression, for every part in the directory of a zip."""

    def change(data: bytes) -> bytes:
        changed, at = bytearray(data), data.find(b"PK\x01\x02")
        while at >= 0:
            changed[at + 8] |= flag
            if method is not None:
                changed[at + 10] = method
            at = data.find(b"PK\x01\x02", at + 4)
        return bytes(changed)

    return change


def doubled(data: bytes) -> bytes:
    """Return a package in which a part stands twice, once in other letters."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("XL/Workbook.xml", b"<workbook/>")
    return file.getvalue()


def named(name: str) -> Callable[[bytes], bytes]:
    """Return what adds a part of that name."""
    return lambda data: repacked(data, lambda parts: parts.update({name: b"<x/>"}))


def understated(form: Form) -> bytes:
    """Return a package of 200 MB of XML whose directory says that it is small."""
    data = part(STRINGS, b"<sst>", b" ", 200_000_000, b"</sst>")(form)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        true = package.getinfo(STRINGS).file_size
    return data.replace(true.to_bytes(4, "little"), (4000).to_bytes(4, "little"))


def last_cell(also: str | None = None) -> bytes:
    """Return a workbook with only its last cell filled, and perhaps its first."""
    book = Workbook()
    book.active["XFD1048576"] = 1  # type: ignore[index]
    if also:
        book.active[also] = 1  # type: ignore[index]
    return saved(book)


def many_sheets(data: bytes) -> bytes:
    """Return a package whose workbook names ten thousand sheets, all of one part."""
    tabs = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n) for n in range(10, 10_010))
    return replaced(BOOK, b"</sheets>", tabs + b"</sheets>")(data)


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">%b]>'
LAUGHS = DOCTYPE % b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9))
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def with_prolog(name: str, prolog: bytes, where: bytes = b"", used: bytes = b"") -> Hostile:
    """Return what puts a prolog with entities before a part, and uses one of them."""
    with_it = replaced(name, rb"^<\?xml.*?\?>", prolog)
    return ours(lambda data: replaced(name, where, used)(with_it(data)) if where else with_it(data))


CELL = b'<c r="%b" t="n"><v>1</v></c>'
FILES: Mapping[str, tuple[Hostile, str]] = {
    # no workbook
    "empty": (just(b""), "The file is empty."),
    "a text": (just(b"points: 9\n" * 100), DAMAGED),
    "noughts": (just(bytes(4096)), DAMAGED),
    "a .csv": (just("Mã số;Điểm\nI.1;9,5\nI.2;8\n".encode()), "A .csv holds one table alone"),
    "a .csv with a byte order mark": (just("\ufeffMã số,Điểm\nI.1,9\n".encode()), "A .csv holds one table alone"),
    "a table as Unicode text": (just("Mã số\tĐiểm\nI.1\t9,5\nI.2\t8\n".encode("utf-16")), "A .csv holds one table alone"),
    "a .pdf": (just(b"%PDF-1.7\n...\n%%EOF"), "This is a .pdf"),
    "a page renamed": (just(b"<html><table><tr><td>9</td></tr></table></html>"), NOT_ONE),
    "an XML spreadsheet of 2003": (just(b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com"/>'), NOT_ONE),
    "rich text renamed": (just(b"{\\rtf1\\ansi 9}"), NOT_ONE),
    "a .docx renamed": (just(archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})), DOCUMENT),
    "a .pptx renamed": (just(archive({"ppt/presentation.xml": b"<p/>"})), DOCUMENT),
    "an .xlsb": (just(archive({"xl/workbook.bin": b"\x83\x01"})), "The file is an .xlsb"),
    "any zip": (just(archive({"a.txt": b"9"})), "The file is not an Excel workbook"),
    "an empty zip": (just(archive({})), "The file is not an Excel workbook"),
    "a zip of workbooks": (lambda form: archive({"bảng.xlsx": make_sheet(form)}), "The file is an archive (.zip)"),
    "a text of OpenDocument": (just(archive({"content.xml": b"<x/>", "META-INF/manifest.xml": b"opendocument.text"})), NOT_ONE),
    "an old .doc": (just(ole("WordDocument")), NOT_ONE),
    "an old .xls cut short": (just(ole("Workbook")), DAMAGED),
    # passwords and macros
    "with a password": (just(ole("EncryptionInfo", "EncryptedPackage")), PASSWORD),
    "with a password of zip": (ours(flagged(1)), PASSWORD),
    "OpenDocument with a password": (
        just(archive({"content.xml": b"?", "META-INF/manifest.xml": b"opendocument.spreadsheet encryption-data"})), PASSWORD,
    ),
    "macros": (ours(with_parts(**{"xl__vbaProject.bin": b"x"})), MACROS),
    "macros elsewhere": (ours(with_parts(**{"custom__VBAProject.bin": b"x"})), MACROS),
    "macros of Excel 4": (ours(with_parts(**{"xl__macrosheets__sheet1.xml": b"<x/>"})), MACROS),
    "of the type with macros": (ours(replaced("[Content_Types].xml", b"sheet.main", b"sheet.macroEnabled.main")), MACROS),
    "an old .xls with macros": (just(ole("Workbook", "_VBA_PROJECT")), MACROS),
    # packages that are not what they say
    "cut short": (ours(lambda data: data[: len(data) // 2]), DAMAGED),
    "without its directory": (ours(lambda data: data[: data.rfind(b"PK\x05\x06")]), DAMAGED),
    "spoilt in the middle": (ours(lambda data: data[:2000] + b"\xff" * 2000 + data[4000:]), DAMAGED),
    "a part twice": (ours(doubled), DAMAGED),
    "a path upwards": (ours(named("../../etc/cron.d/x.xml")), DAMAGED),
    "a path from the root": (ours(named("/etc/passwd.xml")), DAMAGED),
    "a path with backslashes": (ours(named("xl\\..\\..\\x.xml")), DAMAGED),
    "another compression": (ours(flagged(0, 14)), DAMAGED),
    "500 parts": (ours(with_parts(**{f"xl__media__{n}": b"" for n in range(501)})), LARGE),
    # bombs
    "a bomb of pictures": (part("xl/media/image1.png", b"", b"x", 51_000_000, b""), LARGE),
    "a bomb of XML": (part(STRINGS, b"<sst>", b"<si><t>a</t></si>", 10_000_000, b"</sst>"), LARGE),
    "a bomb that understates itself": (understated, ""),
    "entities that grow": (with_prolog("xl/worksheets/sheet2.xml", LAUGHS), DAMAGED),
    "entities that grow in texts": (with_prolog(STRINGS, LAUGHS, "<t>Mã số</t>".encode(), b"<t>&a8;</t>"), DAMAGED),
    "entities that grow in the workbook": (with_prolog(BOOK, LAUGHS), DAMAGED),
    "an entity from outside": (with_prolog("xl/worksheets/sheet3.xml", OUTSIDE), DAMAGED),
    "an entity behind a comment": (
        with_prolog("xl/worksheets/sheet2.xml", b"<!-- <a> -->" + OUTSIDE[21:], b"<v>0</v>", b"<v>&a;</v>"), "",
    ),
    "deep XML": (part("xl/worksheets/sheet2.xml", b"", b"<a>", 500_000, b""), ""),
    "broken XML": (in_rows(b'<row r="1"><c r="A1"><v>1</row>'), DAMAGED),
    # sheets beyond all measure
    "the last cell": (just(last_cell()), STRANGE),
    "the first and the last cell": (just(last_cell("A1")), STRANGE),
    "the last cell of ours": (in_rows(b'<row r="1048576">' + CELL % b"XFD1048576" + b"</row>", b"A1:XFD1048576"), LARGE),
    "the last cell, unsaid": (
        in_rows(b'<row r="1">%b</row><row r="1048576">%b</row>' % (CELL % b"A1", CELL % b"XFD1048576")), LIMITS,
    ),
    "the last row, unsaid": (in_rows(b'<row r="1048576"><c><v>1</v></c></row>'), LARGE),
    "the last column, unsaid": (in_rows(b'<row r="1">' + CELL % b"XFD1" + b"</row>"), LARGE),
    "unnumbered cells": (in_rows(b'<row r="1">' + b"<c><v>1</v></c>" * 300 + b"</row>"), LARGE),
    "cells without end": (in_rows(b'<row r="1"><c r="A1"><v>1</v></c></row>', times=250_000), LARGE),
    "a wide rectangle, unsaid": (
        in_rows(b'<row r="1">%b</row><row r="1000000">%b</row>' % (CELL % b"A1", CELL % b"AZ1000000")), LIMITS,
    ),
    "a million texts": (part(STRINGS, b"<sst>", b"<si><t>a</t></si>", 1_000_000, b"</sst>"), LARGE),
    "one text in many cells": (
        ours(lambda data: repacked(data, lambda parts: parts.update({
            STRINGS: b"<sst><si><t>" + b"x" * 4_000_000 + b"</t></si></sst>",
            part_of(data, "Tự chấm"): b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            + b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 1900))
            + b"</sheetData></worksheet>",
        }))), "",
    ),
    "ten thousand sheets": (ours(many_sheets), LARGE),
    "OpenDocument without end": (
        just(ods(
            '<table:table table:name="Tự chấm"><table:table-row table:number-rows-repeated="1000000"><table:table-cell '
            'table:number-columns-repeated="16000" office:value-type="float" office:value="1"/></table:table-row></table:table>'
        )), "",
    ),
    "OpenDocument cut short": (just(ods("")[:600]), DAMAGED),
}  # fmt: skip
