"""Files that come back, built by script: honest ones in the ways that people type, faulty ones, and hostile ones.

Each is a function from a form (and the points meant) to bytes; beside the faulty and the hostile stands what is said of them.
"""

import io
import random
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook, load_workbook

from bloc.rules.criteria import Criteria
from bloc.sheets.form import Cell, Form
from bloc.sheets.write import make_sheet
from tests.sheets.hands import as_number, edited, fill, part_of, repacked, replaced

Cells = Mapping[Cell, int]
Honest = Callable[[Form, Cells], bytes]
SELF, CROSS = "Tự chấm", "Chấm chéo"


# -- honest: each is read exactly


def by_hand(typed: Callable[[int], Any] = as_number, then: Callable[[Workbook], object] = lambda book: None) -> Honest:
    """Return what has a person fill the sheet in, each number typed so, and then do something with the book."""

    def build(form: Form, cells: Cells) -> bytes:
        def work(book: Workbook) -> None:
            fill(book, form, cells, typed)
            then(book)

        return edited(make_sheet(form), work)

    return build


def text(form: str = "{}", point: str = ",") -> Callable[[int], str]:
    """Return what types a number as a text."""
    return lambda thousandths: form.format(f"{thousandths / 1000:g}".replace(".", point))


def packed(change: Callable[[bytes], bytes]) -> Honest:
    """Return what changes the package of a sheet filled in by us."""
    return lambda form, cells: change(make_sheet(form, cells))


def with_parts(**parts: bytes) -> Callable[[bytes], bytes]:
    """Return what adds parts to a package; "__" stands for "/"."""
    return lambda data: repacked(
        data, lambda all_: all_.update({name.replace("__", "/"): part for name, part in parts.items()})
    )


def _insert_rows(book: Workbook) -> None:
    book[CROSS].insert_rows(1, 2)
    book[CROSS].insert_rows(14)
    book[CROSS]["B14"] = "Ghi chú của đơn vị"


def _swap_columns(book: Workbook) -> None:
    for row in range(5, 32):
        left, right = book[CROSS].cell(row, 5), book[CROSS].cell(row, 6)
        left.value, right.value = right.value, left.value


def _sort_by_names(book: Workbook) -> None:
    """Put the columns in another order as Excel sorts them: what is hidden, the row of codes, stays where it is."""
    for row in (5, *range(7, 32)):
        left, right = book[CROSS].cell(row, 5), book[CROSS].cell(row, 6)
        left.value, right.value = right.value, left.value


def _sort_without_codes(book: Workbook) -> None:
    """Sort rows by the titles while the column of codes is hidden: Excel leaves it as it is."""
    sheet = book[SELF]
    for column in range(2, 8):
        upper, lower = sheet.cell(8, column), sheet.cell(9, column)
        upper.value, lower.value = lower.value, upper.value


def _shuffle_rows(book: Workbook) -> None:
    """Put the criteria in another order, as sorting by a column does."""
    sheet = book[CROSS]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=8, max_row=13)]
    random.Random(7).shuffle(rows)
    for number, values in enumerate(rows, 8):
        for column, value in enumerate(values, 1):
            sheet.cell(number, column, value)


def _decompose(book: Workbook) -> None:
    for name in (SELF, CROSS):
        for row in book[name].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and not cell.value.startswith("="):
                    cell.value = unicodedata.normalize("NFD", cell.value)
        book[name].title = unicodedata.normalize("NFD", name)


def _hide(book: Workbook) -> None:
    book[CROSS].row_dimensions[9].hidden = book[SELF].row_dimensions[12].hidden = True
    book[CROSS].column_dimensions["F"].hidden = True


def _reorder(book: Workbook) -> None:
    book.move_sheet("_bloc", -3)
    book.move_sheet(CROSS, -1)


def _add_sheets(book: Workbook) -> None:
    book.create_sheet("Ghi chú", 0)["A1"] = "I.1"
    book.create_sheet("Tự chấm (2)")["E8"] = 99


def _erase_totals(book: Workbook) -> None:
    for name in (SELF, CROSS):
        for row in book[name].iter_rows(min_row=7):
            for cell in row[4:]:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    cell.value = None


def _overwrite_totals(book: Workbook) -> None:
    book[SELF]["E7"], book[CROSS]["F31"] = 1, "100,5"


def _blanks_around_codes(book: Workbook) -> None:
    for name in (SELF, CROSS):
        for row in range(7, 31):
            cell = book[name].cell(row, 1)
            cell.value = f" {cell.value}\u00a0"


def _lose_codes(book: Workbook) -> None:
    for cell in book[CROSS][6][4:]:
        cell.value = None


def _unprotect(book: Workbook) -> None:
    for sheet in book:
        sheet.protection.disable()
        sheet.conditional_formatting = type(sheet.conditional_formatting)()
        sheet.data_validations.dataValidation = []


def _rename_tabs(book: Workbook) -> None:
    for name, other in ((SELF, "TỰ CHẤM "), (CROSS, "chấm CHÉO")):
        book[name].title = "!"  # openpyxl takes a name that differs in its letters alone for one that is taken
        book["!"].title = other


def _explain(book: Workbook) -> None:
    book[SELF]["F8"], book[SELF]["G9"], book[SELF]["F10"] = "x" * 32_000, "=SUM(A1)", "\u200f🙂 اختبار"


def stored(data: bytes) -> bytes:
    """Return a package with nothing compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return file.getvalue()


def with_formulas(form: Form, cells: Cells) -> bytes:
    """Return a sheet whose points are formulas with the values that their author saw."""
    data = make_sheet(form, cells)
    return replaced(part_of(data, SELF), rb'(<c r="E(?:9|10)"[^>]*>)<v>', rb"\1<f>1+2</f><v>")(data)


def as_ods(form: Form, cells: Cells, number: Callable[[int], str] | None = None, extra: str = "") -> bytes:
    """Return the filled-in sheet as an OpenDocument spreadsheet, with its points as numbers or as texts."""
    book = load_workbook(io.BytesIO(by_hand()(form, cells)))
    tables = "".join(_table(sheet.title, sheet.iter_rows(values_only=True), number) for sheet in book)
    return ods(tables + extra)


def ods(tables: str) -> bytes:
    """Return an OpenDocument spreadsheet of these tables."""
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = f"<office:document-content{spaces}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return archive({
        "mimetype": kind.encode(),
        "content.xml": f"{content}</office:document-content>".encode(),
        "META-INF/manifest.xml": manifest.encode(),
    })  # fmt: skip


def _table(name: str, rows: Any, number: Callable[[int], str] | None) -> str:
    def cell(value: object) -> str:
        if value is None or (isinstance(value, str) and value.startswith("=")):
            return "<table:table-cell/>"
        if isinstance(value, str) or number:
            said = value if isinstance(value, str) else number(round(float(str(value)) * 1000))  # type: ignore[misc]
            return f'<table:table-cell office:value-type="string"><text:p>{escape(said)}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{escape(name)}">{lines}</table:table>'


def archive(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return file.getvalue()


HONEST: Mapping[str, Honest] = {
    "as we fill it in": make_sheet,
    "typed as numbers": by_hand(),
    "with commas": by_hand(text()),
    "with points": by_hand(text("{}", ".")),
    "with blanks around": by_hand(text("  {} ")),
    "with no-break spaces": by_hand(text("\u00a0{}\u00a0")),
    "with a thin space": by_hand(text("{}\u2009")),
    "with signs of no width": by_hand(text("\u200b{}\ufeff")),
    "with a proper minus": by_hand(lambda points: text()(points).replace("-", "\u2212")),
    "with a dash for minus": by_hand(lambda points: text()(points).replace("-", "–")),
    "with noughts at the end": by_hand(lambda points: f"{points / 1000:.2f}".replace(".", ",")),
    "with a nought in front": by_hand(lambda points: f"{points / 1000:05.2f}".replace(".", ",")),
    "with a line break": by_hand(text("{}\n")),
    "with binary noise": by_hand(lambda points: points / 1000 + 1e-12),
    "whole numbers as integers": by_hand(lambda points: points // 1000 if points % 1000 == 0 else points / 1000),
    "decomposed letters": by_hand(then=_decompose),
    "columns inserted": by_hand(then=lambda book: book[CROSS].insert_cols(5, 2)),
    "rows inserted": by_hand(then=_insert_rows),
    "columns swapped": by_hand(then=_swap_columns),
    "rows in another order": by_hand(then=_shuffle_rows),
    "moved as a whole": by_hand(then=lambda book: book[SELF].move_range("A1:G40", rows=4, cols=3)),
    "hidden rows and columns": by_hand(then=_hide),
    "sheets reordered": by_hand(then=_reorder),
    "sheets added": by_hand(then=_add_sheets),
    "tabs in other letters": by_hand(then=_rename_tabs),
    "totals erased": by_hand(then=_erase_totals),
    "totals overwritten": by_hand(then=_overwrite_totals),
    "blanks around codes": by_hand(then=_blanks_around_codes),
    "codes of units lost": by_hand(then=_lose_codes),
    "protection lifted": by_hand(then=_unprotect),
    "long and odd evidence": by_hand(then=_explain),
    "a cover removed": by_hand(then=lambda book: book.remove(book["Hướng dẫn"])),
    "formulas with values": with_formulas,
    "nothing compressed": packed(stored),
    "a picture pasted in": packed(with_parts(xl__media__image1=random.Random(1).randbytes(200_000))),
    "something embedded": packed(with_parts(xl__embeddings__x=zlib.compress(bytes(6_000_000)) * 100)),
    "links to other files": packed(with_parts(**{"xl__externalLinks__externalLink1.xml": b"<externalLink/>"})),
    "styled far away": packed(
        replaced("xl/worksheets/sheet2.xml", b"</sheetData>", rb'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>')
    ),
    "a unit renamed since": lambda form, cells: make_sheet(
        replace(form, members={code: f"{name} (cũ)" for code, name in form.members.items()}), cells
    ),
    "OpenDocument": as_ods,
    "OpenDocument with texts": lambda form, cells: as_ods(form, cells, text()),
}


# -- faulty: a cell or the whole sheet is not what it should be, and that is said


def typing(value: Any, cell: str = "E9", sheet: str = SELF) -> Honest:
    """Return what has a person fill the sheet in and type one thing wrong."""
    return by_hand(then=lambda book: book[sheet].__setitem__(cell, value))


def raw(content: bytes, cell: str = "E9") -> Honest:
    """Return what puts something into a cell that no program of ours would write."""

    def build(form: Form, cells: Cells) -> bytes:
        data = make_sheet(form, cells)
        return replaced(part_of(data, SELF), rb'<c r="%b"( s="\d+")[^>]*>.*?</c>' % cell.encode(), content)(data)

    return build


def made_for(**changes: Any) -> Honest:
    """Return what fills in a sheet that was made for something else."""

    def build(form: Form, _: Cells) -> bytes:
        other = replace(form, **changes)
        return make_sheet(other, {(unit, each.code): each.minimum for unit in other.members for each in other.criteria})

    return build


def changed_criteria(form: Form, cells: Cells) -> bytes:
    """Return a sheet made from criteria with another maximum."""
    first = form.criteria.groups[0]
    leaf = replace(first.criteria[0], maximum=first.criteria[0].maximum + 1000)
    groups = (replace(first, criteria=(leaf, *first.criteria[1:])), *form.criteria.groups[1:])
    return make_sheet(replace(form, criteria=Criteria(form.criteria.step, groups)), cells)


def of_another_unit(form: Form, cells: Cells) -> bytes:
    """Return the sheet of the last of the others."""
    return make_sheet(replace(form, unit=form.others[-1]), cells)


NOT_A_NUMBER = "is not a number"
FAULTY: Mapping[str, tuple[Honest, str]] = {
    "an empty cell": (typing(None), "there are no points yet"),
    "a blank": (typing(" "), "there are no points yet"),
    "a dash": (typing("-"), NOT_A_NUMBER),
    "an x": (typing("x"), NOT_A_NUMBER),
    "two numbers": (typing("8 9"), NOT_A_NUMBER),
    "a range": (typing("8-9"), NOT_A_NUMBER),
    "a unit of measure": (typing("9,5đ"), NOT_A_NUMBER),
    "perhaps a thousand": (typing("1.250"), NOT_A_NUMBER),
    "a word": (typing("mười"), NOT_A_NUMBER),
    "wide digits": (typing("９"), NOT_A_NUMBER),
    "Arabic digits": (typing("٩"), NOT_A_NUMBER),
    "right to left": (typing("\u202e5,8"), "⟨U+202E⟩5,8” is not a number"),
    "a mark of direction": (typing("\u200f9"), NOT_A_NUMBER),
    "NaN as a text": (typing("NaN"), NOT_A_NUMBER),
    "a formula as a text": (typing("'=4+4"), NOT_A_NUMBER),
    "an exponent": (typing("1e1"), NOT_A_NUMBER),
    "true": (typing(True), NOT_A_NUMBER),
    "a date": (typing(datetime(2024, 5, 9)), "a date stands here"),  # noqa: DTZ001
    "too much": (typing(10.25), "exceeds the maximum of 10."),
    "negative": (typing(-0.25), "is below the minimum of 0."),
    "between the steps": (typing(9.6), "is not a multiple of 0.25."),
    "very little more": (typing(9.2500001), "is not a multiple of 0.25."),
    "1e308": (typing(1e308), NOT_A_NUMBER),
    "NaN": (raw(rb'<c r="E9"\1><v>NaN</v></c>'), ""),
    "infinite": (raw(rb'<c r="E9"\1><v>1e999</v></c>'), ""),
    "an error": (raw(rb'<c r="E9"\1 t="e"><v>#DIV/0!</v></c>'), "there are no points yet"),
    "a formula without a value": (typing("=4+4"), "a formula stands here without a number"),
    "merged over inputs": (by_hand(then=lambda book: book[CROSS].merge_cells("E8:F9")), "this cell is merged with E8"),
    "a row deleted": (by_hand(then=lambda book: book[CROSS].delete_rows(9)), "The row of the criterion I.2 is missing."),
    "a row doubled": (typing("I.3", "A9", CROSS), "The criterion I.3 has more than one row."),
    "a column deleted": (by_hand(then=lambda book: book[CROSS].delete_cols(6)), "is missing."),
    "columns sorted by names": (by_hand(then=_sort_by_names), "put every name and its points back"),
    "rows sorted without their codes": (by_hand(then=_sort_without_codes), "I.1 bears the title “Tham mưu"),
    "a sheet deleted": (by_hand(then=lambda book: book.remove(book[CROSS])), "The sheet is missing."),
    "no sheet of marks": (by_hand(then=lambda book: book.remove(book["_bloc"])), "It cannot be told whose sheet this is"),
    "a sheet twice": (by_hand(then=lambda book: book.create_sheet(SELF + " ")), "More than one sheet is called “Tự chấm”"),
    "no codes": (by_hand(then=lambda book: book[CROSS].delete_cols(1)), "No criterion's code is found"),
    "another unit's": (of_another_unit, "This is the sheet of"),
    "last year's": (made_for(year=2023), "This is the sheet of"),
    "another bloc's": (made_for(cycle="other"), "This sheet belongs to another bloc (other)."),
    "other criteria": (changed_criteria, "The criteria have changed"),
    "an altered digest": (typing("0" * 64, "B5", "_bloc"), "The hidden sheet that says whose sheet this is has been altered"),
}  # fmt: skip
