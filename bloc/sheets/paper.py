"""How the pages of the score workbook look: type, colours, numbers, A4; and how many lines a text takes."""

import textwrap
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bloc.rules.criteria import THOUSANDTHS
from bloc.sheets.layout import Word

PAPER_A4 = 9
LINE_HEIGHT = 16.5  # points; heights are stated, for LibreOffice and merged cells do not find them themselves
WIDER = 1.12  # characters of regular type go into a column for one of bold type

_BORDER: dict[str, Any] = {"border": 1, "border_color": "#7F7F7F"}
# as many decimals as there are, none for a whole number; the prefix has LibreOffice write a comma, as Excel in Vietnam
_NUMBER = _BORDER | {"align": "center", "num_format": "[$-42A]General"}
_HEAD = _BORDER | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#D9E2F3"}
_TYPED = {"locked": False, "bg_color": "#FFF9DB"}
_CENTRED = {"align": "center", "text_wrap": True}
STYLES: Mapping[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14} | _CENTRED,
    "issuer": _CENTRED,
    "bold": {"bold": True} | _CENTRED,
    "motto": {"bold": True, "font_size": 13, "underline": 1} | _CENTRED,
    "italic": {"italic": True} | _CENTRED,
    "counter": {"italic": True, "align": "center", "font_color": "#9C0006"},
    "line": {"text_wrap": True},
    "label": _BORDER | {"bold": True, "indent": 1, "text_wrap": True, "bg_color": "#F2F2F2"},
    "text": _BORDER | {"text_wrap": True, "indent": 1},
    "link": _BORDER | {"indent": 1, "font_color": "#0563C1", "underline": 1},
    "head": _HEAD,
    "upright_head": _HEAD | {"rotation": 90},
    "unit_code": _BORDER | {"italic": True, "shrink": True, "font_size": 10, "align": "center"},
    "group": _BORDER | {"bold": True, "indent": 1, "text_wrap": True, "bg_color": "#F2F2F2"},
    "group_number": _NUMBER | {"bold": True, "bg_color": "#F2F2F2"},
    "number": _NUMBER,
    "input": _NUMBER | _TYPED,
    "faulty": _NUMBER | _TYPED | {"bg_color": "#F8B4A8"},
    "note": _BORDER | _TYPED | {"indent": 1, "text_wrap": True, "num_format": "@"},  # "@": "=..." typed here stays a text
    "total": _NUMBER | _HEAD,
}
RED: Mapping[str, Any] = {"bg_color": "#FF8080", "font_color": "#9C0006", "bold": True}
GREEN: Mapping[str, Any] = {"bg_color": "#D8EFD3"}

Styles = Mapping[str, Format]


def styles(book: Workbook) -> Styles:
    """Return the formats of a workbook, by name."""
    common: dict[str, Any] = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    return {name: book.add_format(common | style) for name, style in STYLES.items()}


def set_screen(sheet: Worksheet) -> None:
    """Lock all but the cells to be typed in: a help against slips, no guard, for anyone can lift it."""
    sheet.hide_gridlines(2)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def set_paper(sheet: Worksheet, *, landscape: bool) -> None:
    """Print on A4, one page wide, with page numbers."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(PAPER_A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)  # inches
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&C{Word.PAGE}")


def lines(text: str, width: float) -> int:
    """Return how many lines a text of bold type takes in a column of ``width`` characters."""
    return sum(len(textwrap.wrap(part, max(1, int(width)))) or 1 for part in text.splitlines() or [""])


def height(count: int) -> float:
    """Return the height, in points, of a row with that many lines."""
    return LINE_HEIGHT * count + 2


def as_number(thousandths: int) -> int | float:
    """Return points as the number that a cell holds: a whole one as an int."""
    return thousandths // THOUSANDTHS if thousandths % THOUSANDTHS == 0 else thousandths / THOUSANDTHS


def in_words(thousandths: int) -> str:
    """Return points as the form writes them, "0,25": by a comma whatever language is in use."""
    return f"{Decimal(thousandths) / THOUSANDTHS:f}".replace(".", ",")
