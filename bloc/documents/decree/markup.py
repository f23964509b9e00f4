"""Marked text to the parts of a document. Every line is one part; what it begins with says which.

    type: KẾ HOẠCH                  head: names and values, up to a line of three hyphens
    subject: ...
    ---
    ~ Căn cứ ...                    a legal basis; ";" and the last "." are set by the layout
    # I. MỤC ĐÍCH                   heading; ## 1. and ### a) below it
    ^ centred and bold              !  a note, in italics
    Anything else is a paragraph, with *bold* and _italic_ in it.
    |: 8 46r 46c                    a table: the shares of its columns, and how each lies (c centred, r to the right)
    | TT | Đơn vị | Điểm            its head, and then a row a line; |* is a bold row
    @signature                      recipients and signature;  @signers A | B  signatures side by side, two a line
    @cut                            a line to cut along;  @page  what follows begins a new page
    @annex Phụ lục | TÊN | (Kèm ...)   an annex of the same document, on a new page: its lines above what follows
    @picture peers | Biểu đồ        a chart of the year, by its name, with what stands below it

"⋯" draws dots up to the right margin.

A backslash takes the next sign as it is: `plain` puts one before each sign that would mean something.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bloc.documents.decree.letterhead import BLANK, LEADER
from bloc.documents.decree.measures import Align, Part
from bloc.language import on_one_line

SPECIAL = re.compile(r"([\\*_|#~^!@])")
PIECE = re.compile(r"\\(.)|([*_])|([^\\*_]+)")
BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")
COLUMN = re.compile(r"(\d+)([cr]?)")
MARKS: Mapping[str, Part] = {
    "### ": Part.SMALL_HEADING,
    "## ": Part.SUBHEADING,
    "# ": Part.HEADING,
    "~ ": Part.BASIS,
    "^ ": Part.CENTRED,
    "! ": Part.NOTE,
}
ALIGNS = {"": Align.LEFT, "c": Align.CENTRE, "r": Align.RIGHT}
HEAD_ENDS = "---"


class BadMarkup(ValueError):
    """A line means nothing; ``line`` is its text."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Run:
    """A piece of a line, written alike."""

    text: str
    bold: bool = False
    italic: bool = False


Text = tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """A line of a part."""

    part: Part
    text: Text


@dataclass(frozen=True)
class Column:
    """A column of a table: its share of the width, and how what is in it lies."""

    share: int
    align: Align


@dataclass
class Table:
    """A table; its first row is the head, and is repeated on each page. A bold row is one of ``bold``, counted from 0."""

    columns: Sequence[Column]
    rows: list[tuple[Text, ...]] = field(default_factory=list)
    bold: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Signature:
    """The place for who issues the document, beside the list of who gets it."""


@dataclass(frozen=True)
class Signers:
    """Places for several signatures, two side by side: what stands above each."""

    titles: Sequence[str]


@dataclass(frozen=True)
class Cut:
    """A line to cut along."""


@dataclass(frozen=True)
class NewPage:
    """What follows begins a new page."""


@dataclass(frozen=True)
class Annex:
    """The beginning of an annex within the document, on a new page: its lines, in the order of the Decree."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Picture:
    """A chart, by its name, and what stands below it."""

    name: str
    caption: str


Block = Paragraph | Table | Signature | Signers | Cut | NewPage | Annex | Picture


@dataclass(frozen=True)
class Marked:
    """A text that was read: its head, by name (one that stands twice has two values), and its parts in order."""

    head: Mapping[str, Sequence[str]]
    blocks: Sequence[Block]

    def first(self, name: str) -> str:
        """Return a value of the head; "" if it has none."""
        return next(iter(self.head.get(name, ())), "")


def plain(text: str) -> str:
    """Return a value as it may stand anywhere in marked text, meaning nothing: on one line, composed."""
    return SPECIAL.sub(r"\\\1", on_one_line(text).replace(LEADER, BLANK))


def read(source: str) -> Marked:
    """Return the parts of a marked text.

    Raises:
        BadMarkup: a line of its head or a mark means nothing.
    """
    lines = [line.strip() for line in source.splitlines()]
    end = lines.index(HEAD_ENDS) if HEAD_ENDS in lines else -1
    head: dict[str, list[str]] = {}
    for line in filter(None, lines[: max(end, 0)]):
        name, colon, value = line.partition(":")
        if not colon:
            raise BadMarkup(line)
        if value.strip():
            head.setdefault(name.strip(), []).append(unmarked(value.strip()))
    return Marked(head, tuple(_blocks(line for line in lines[end + 1 :] if line)))


def unmarked(line: str) -> str:
    """Return what a line says, without its marks."""
    return "".join(run.text for run in runs(line))


def runs(line: str) -> Text:
    """Return a line's pieces: what stands between two asterisks is bold, between two underscores italic."""
    found: list[Run] = []
    bold = italic = False
    for taken, mark, words in PIECE.findall(line):
        if mark == "*":
            bold = not bold
        elif mark == "_":
            italic = not italic
        elif found and (found[-1].bold, found[-1].italic) == (bold, italic):
            found[-1] = Run(found[-1].text + (taken or words), bold, italic)
        else:
            found.append(Run(taken or words, bold, italic))
    return tuple(found)


def _blocks(lines: Iterator[str]) -> Iterator[Block]:
    table: Table | None = None
    for line in lines:
        if line.startswith("|:"):
            table = Table(_columns(line))
            yield table
        elif line.startswith("|") and table is not None:
            _add_row(table, line)
        else:
            table = None
            yield _block(line)


def _block(line: str) -> Block:
    if line.startswith("@"):
        return _directive(line)
    if line.startswith("|"):
        raise BadMarkup(line)
    mark = next((mark for mark in MARKS if line.startswith(mark)), "")
    return Paragraph(MARKS[mark] if mark else Part.BODY, runs(line.removeprefix(mark)))


def _directive(line: str) -> Block:
    name, _, rest = line.partition(" ")
    if name == "@signature":
        return Signature()
    if name == "@cut":
        return Cut()
    if name == "@page":
        return NewPage()
    if name == "@signers":
        return Signers([unmarked(cell) for cell in _cells(rest)])
    if name == "@annex":
        return Annex([unmarked(cell) for cell in _cells(rest) if cell])
    if name == "@picture":
        chart, *caption = (unmarked(cell) for cell in _cells(rest))
        return Picture(chart, " ".join(caption))
    raise BadMarkup(line)


def _columns(line: str) -> list[Column]:
    found = [COLUMN.fullmatch(each) for each in line.removeprefix("|:").split()]
    if not found or not all(found):
        raise BadMarkup(line)
    return [Column(int(each[1]), ALIGNS[each[2]]) for each in found if each]


def _add_row(table: Table, line: str) -> None:
    bold = line.startswith("|*")
    cells = _cells(line[2:] if bold else line[1:])
    if len(cells) != len(table.columns):
        raise BadMarkup(line)
    if bold:
        table.bold.add(len(table.rows))
    table.rows.append(tuple(runs(cell) for cell in cells))


def _cells(text: str) -> list[str]:
    """Return what stands between the bars; one that a backslash stands before is a sign like any other."""
    cells, start = [], 0
    for bar in BAR.finditer(text):
        cells.append(text[start : bar.end() - 1].strip())
        start = bar.end()
    return [*cells, text[start:].strip()]
