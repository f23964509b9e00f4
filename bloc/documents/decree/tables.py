"""Tables with borders, and the grids without them that the letterhead and the signatures stand in."""

from collections.abc import Sequence
from typing import Any

from bloc.documents.decree.markup import Table
from bloc.documents.decree.measures import BETWEEN, CELL, Align, Page, Part
from bloc.documents.decree.writing import add_room, add_runs


def add_grid(document: Any, widths: Sequence[float]) -> Any:
    """Add a row of cells without borders or margins, kept on one page; return the cells. Widths in mm."""
    table = _new(document, widths, 1, margin=0)
    _keep_whole(table.rows[0])
    return table.rows[0].cells


def add_table(document: Any, source: Table, page: Page) -> None:
    """Add a table over the whole width; its head is repeated on each page, no row is divided between two."""
    shares = sum(column.share for column in source.columns)
    table = _new(document, [page.text * column.share / shares for column in source.columns], len(source.rows), margin=CELL)
    table._tbl.tblStyle_val = "TableGrid"
    for number, (row, texts) in enumerate(zip(table.rows, source.rows, strict=True)):
        _keep_whole(row, head=number == 0)
        for cell, text, column in zip(row.cells, texts, source.columns, strict=True):
            _fill(cell, text, column.align, head=number == 0, bold=number in source.bold)
    add_room(document, BETWEEN)


def _fill(cell: Any, text: Any, align: Align, *, head: bool, bold: bool) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    line = cell.paragraphs[0]
    line._p.style = Part.HEAD_CELL if head else Part.CELL
    line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(2)
    if not head:
        line.alignment = {Align.CENTRE: WD_ALIGN_PARAGRAPH.CENTER, Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT}.get(align)
    add_runs(line, text)
    if bold:
        for run in line.runs:
            run.bold = True
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER


def _new(document: Any, widths: Sequence[float], rows: int, *, margin: float) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    table = document.add_table(rows, len(widths))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    told, margins = table._tbl.tblPr, OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        each = OxmlElement(f"w:{side}")
        each.set(qn("w:w"), str(round(margin * 1440 / 25.4)))
        each.set(qn("w:type"), "dxa")
        margins.append(each)
    told.insert_element_before(margins, "w:tblLook")
    shift = OxmlElement("w:tblInd")
    shift.set(qn("w:w"), str(round(margin * 1440 / 25.4)))  # so its border stands at the margin
    shift.set(qn("w:type"), "dxa")
    told.insert_element_before(shift, "w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    return table


def _keep_whole(row: Any, *, head: bool = False) -> None:
    from docx.oxml import OxmlElement

    told = row._tr.get_or_add_trPr()
    told.append(OxmlElement("w:cantSplit"))
    if head:
        told.append(OxmlElement("w:tblHeader"))
