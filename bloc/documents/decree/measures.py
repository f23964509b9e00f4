"""Sizes, margins and distances of Decree 30/2020/NĐ-CP, Annex I. Where it gives a range, the choice is made here alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FONT = "Times New Roman"
STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True)
class Page:
    """A page in millimetres: A4 with its margins."""

    width: float = 210
    height: float = 297
    top: float = 20
    bottom: float = 20
    left: float = 30
    right: float = 15
    header: float = 10  # from the edge to the page number, in the top margin
    landscape: bool = False

    @property
    def text(self) -> float:
        """Return the width that is written on."""
        return self.width - self.left - self.right


PORTRAIT = Page()
LANDSCAPE = Page(width=297, height=210, left=20, right=20, landscape=True)  # turned: what was the left margin is on top
LEFT_SHARE = 0.42  # of the text's width: the issuer's half of the letterhead
FIRST_LINE = 12.7  # mm
BETWEEN = 6  # pt between paragraphs, at least
LINE_SPACING = 1.1  # 1 to 1.5
SIGNING_ROOM = 62  # pt for signature and seal
RULE = 0.4  # of the line above it: 1/3 to 1/2
MOTTO_RULE = 57.5  # mm: as long as the motto at its size
CELL = 1.9  # mm left and right of what stands in a table's cell


class Part(StrEnum):
    """What stands in a document, by how it is written."""

    BODY = "body"
    HEADING = "heading"  # I., II.
    SUBHEADING = "subheading"  # 1., 2.
    SMALL_HEADING = "small-heading"  # a), b)
    BASIS = "basis"
    CENTRED = "centred"
    NOTE = "note"
    ADDRESSEE = "addressee"
    ADDRESSEES = "addressees"
    STATE = "state"
    MOTTO = "motto"
    PARENT = "parent"
    ISSUER = "issuer"
    NUMBER = "number"
    ABOUT = "about"  # V/v
    PLACE_AND_DATE = "place-and-date"
    TYPE = "type"
    SUBJECT = "subject"
    ANNEX = "annex"
    ANNEX_TITLE = "annex-title"
    GOES_WITH = "goes-with"
    SIGNING = "signing"
    SIGNER = "signer"
    RECIPIENTS = "recipients"
    RECIPIENT = "recipient"
    HEAD_CELL = "head-cell"
    CELL = "cell"
    PAGE_NUMBER = "page-number"


class Align(StrEnum):
    """How lines lie between their margins."""

    LEFT = "left"
    CENTRE = "center"
    RIGHT = "right"
    JUSTIFIED = "both"


@dataclass(frozen=True)
class Look:
    """How a part is written: size in points, weight, slope, capitals; how its lines lie; its first line and what follows."""

    size: float
    bold: bool = False
    italic: bool = False
    upper: bool = False
    align: Align = Align.CENTRE
    first_line: float = 0  # mm
    after: float = 0  # pt
    spacing: float = 1
    with_next: bool = False


def _text(**changes: object) -> Look:
    said: dict[str, object] = {"size": 14, "align": Align.JUSTIFIED, "first_line": FIRST_LINE, "after": BETWEEN}
    return Look(**{**said, "spacing": LINE_SPACING, **changes})  # type: ignore[arg-type]


LOOKS: Mapping[Part, Look] = {
    Part.BODY: _text(),
    Part.HEADING: _text(bold=True, align=Align.LEFT, with_next=True),
    Part.SUBHEADING: _text(bold=True, align=Align.LEFT, with_next=True),
    Part.SMALL_HEADING: _text(bold=True, italic=True, align=Align.LEFT, with_next=True),
    Part.BASIS: _text(italic=True),
    Part.CENTRED: _text(bold=True, align=Align.CENTRE, first_line=0),
    Part.NOTE: _text(size=13, italic=True),
    Part.ADDRESSEE: Look(14, after=BETWEEN * 2),
    Part.ADDRESSEES: Look(14, align=Align.LEFT),
    Part.STATE: Look(12, bold=True, upper=True),
    Part.MOTTO: Look(13, bold=True),
    Part.PARENT: Look(12, upper=True),
    Part.ISSUER: Look(12, bold=True, upper=True),
    Part.NUMBER: Look(13),
    Part.ABOUT: Look(12),
    Part.PLACE_AND_DATE: Look(13, italic=True),
    Part.TYPE: Look(14, bold=True, upper=True, with_next=True),
    Part.SUBJECT: Look(14, bold=True, with_next=True),
    Part.ANNEX: Look(14, bold=True, with_next=True),
    Part.ANNEX_TITLE: Look(14, bold=True, upper=True, with_next=True),
    Part.GOES_WITH: Look(14, italic=True, after=BETWEEN * 2),
    Part.SIGNING: Look(14, bold=True, upper=True),
    Part.SIGNER: Look(14, bold=True),
    Part.RECIPIENTS: Look(12, bold=True, italic=True, align=Align.LEFT),
    Part.RECIPIENT: Look(11, align=Align.LEFT),
    Part.HEAD_CELL: Look(12, bold=True),
    Part.CELL: Look(12, align=Align.LEFT),
    Part.PAGE_NUMBER: Look(13),
}


def width_of(text: str, size: float) -> float:
    """Return about how wide a bold line of text is, in mm: enough to draw a rule of a share of it."""
    ems = (0.25 if sign == " " else 0.74 if sign.isupper() else 0.33 if sign in "-.,;:()" else 0.5 for sign in text)
    return sum(ems) * size * 25.4 / 72
