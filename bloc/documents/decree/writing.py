"""Lines, rules and room, in a document or in a cell of it."""

from typing import Any

from bloc.documents.decree.letterhead import LEADER
from bloc.documents.decree.markup import Text
from bloc.documents.decree.measures import LOOKS, Part

HAIR = 1.5  # pt: the height of a line that is only a rule


def add_line(place: Any, part: Part, text: str, *, indent: float = 0, hanging: float = 0) -> Any:
    """Add a line of a part, in capitals where it is written so; ``indent`` and ``hanging`` in mm."""
    from docx.shared import Mm

    line = _new(place)
    line._p.style = part  # by its id: to look it up by its name takes longer than all the rest
    if indent or hanging:
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(indent + hanging), Mm(-hanging)
    line.add_run(text.upper() if LOOKS[part].upper else text)
    return line


def add_runs(line: Any, text: Text) -> None:
    """Add a text's pieces to a line; what is marked goes against how the line is written."""
    for piece in text:
        run = line.add_run(piece.text.replace(LEADER, "\t"))
        if piece.bold:
            run.bold = True
        if piece.italic:
            run.italic = True


def add_leader(line: Any, width: float) -> None:
    """Let a line's dots end at ``width``, in mm; what is to be filled in by hand is not stretched."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Mm

    line.paragraph_format.tab_stops.add_tab_stop(Mm(width), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    line.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT


def add_rule(place: Any, room: float, length: float) -> None:
    """Add a rule of ``length``, in the middle of ``room``, both in mm."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    line = _new(place)
    side = max(0.0, (room - length) / 2)
    lines = line.paragraph_format
    lines.left_indent, lines.right_indent, lines.keep_with_next = Mm(side), Mm(side), True
    lines.line_spacing_rule, lines.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(HAIR)
    lines.space_after = Pt(3)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    line._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def add_room(place: Any, height: float, *, with_next: bool = False) -> None:
    """Add empty room, in points."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    lines = _new(place).paragraph_format
    lines.line_spacing_rule, lines.line_spacing, lines.keep_with_next = WD_LINE_SPACING.EXACTLY, Pt(height), with_next


def _new(place: Any) -> Any:
    """Return a new line; a cell begins with one, which is taken first."""
    lines = place.paragraphs
    fresh = hasattr(place, "_tc") and len(lines) == 1 and not lines[0].runs and lines[0]._p.pPr is None
    return lines[0] if fresh else place.add_paragraph()
