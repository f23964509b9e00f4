"""A marked text in its frame, laid out as Decree 30/2020/NĐ-CP, Annex I, has it: the one source of every document's look."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from docx.enum.text import WD_BREAK

from bloc.documents.decree.docx_file import bytes_of, new_file
from bloc.documents.decree.letterhead import BLANK, LEADER, Letterhead
from bloc.documents.decree.markup import Annex, Block, Cut, Marked, NewPage, Paragraph, Picture, Signature, Signers, Table
from bloc.documents.decree.measures import (
    LANDSCAPE,
    LEFT_SHARE,
    LOOKS,
    MOTTO,
    MOTTO_RULE,
    PORTRAIT,
    RULE,
    SIGNING_ROOM,
    STATE,
    Page,
    Part,
    width_of,
)
from bloc.documents.decree.tables import add_grid, add_table
from bloc.documents.decree.writing import add_leader, add_line, add_room, add_rule, add_runs

CUT, CUT_WIDTH = "- ", 3.1  # mm, with some room
Pictures = Callable[[str], bytes]  # a chart as .png, by its name
CAPTION = 20  # mm that it takes at most
AS_ABOVE = "Như trên"  # those whom it is addressed to


def lay_out(marked: Marked, head: Letterhead, pictures: Pictures | None = None) -> bytes:
    """Return a .docx: the same text in the same frame gives the same bytes. Without ``pictures``, it has none.

    The text's head may say: ``type`` (KẾ HOẠCH), ``subject``, ``about`` (V/v, on letters), ``to`` (Kính gửi, each its line),
    ``annex`` (Phụ lục) with ``goes with`` (Kèm theo), ``page: landscape``, ``date: none``, ``letterhead: none``.
    """
    page = LANDSCAPE if marked.first("page") == "landscape" else PORTRAIT
    if marked.head.get("to") and head.recipients:
        head = replace(head, recipients=[AS_ABOVE, *head.recipients])
    document = new_file(page)
    if marked.first("annex"):
        _add_annex(document, marked)
    elif marked.first("letterhead") != "none":
        _add_letterhead(document, marked, head, page)
        _add_title(document, marked, page)
        _add_addressees(document, marked.head.get("to", ()))
    _add_blocks(document, marked.blocks, head, page, pictures)
    return bytes_of(document)


def _add_letterhead(document: Any, marked: Marked, head: Letterhead, page: Page) -> None:
    left, right = add_grid(document, [page.text * LEFT_SHARE, page.text * (1 - LEFT_SHARE)])
    add_line(left, Part.PARENT, head.parent)
    add_line(left, Part.ISSUER, head.issuer)
    add_rule(
        left, page.text * LEFT_SHARE, _rule_below(head.issuer, page.text * LEFT_SHARE, LOOKS[Part.ISSUER].size, upper=True)
    )
    add_line(right, Part.STATE, STATE)
    add_line(right, Part.MOTTO, MOTTO)
    add_rule(right, page.text * (1 - LEFT_SHARE), MOTTO_RULE)
    dated = marked.first("date") != "none"
    if not (head.symbol or dated):
        return
    left, right = add_grid(document, [page.text * LEFT_SHARE, page.text * (1 - LEFT_SHARE)])
    add_line(left, Part.NUMBER, head.number_line if head.symbol else "")
    if marked.first("about"):
        add_line(left, Part.ABOUT, f"V/v {marked.first('about')}")
    add_line(right, Part.PLACE_AND_DATE, head.place_and_date if dated else "")


def _add_title(document: Any, marked: Marked, page: Page) -> None:
    add_room(document, LOOKS[Part.TYPE].size * 0.8)
    if not marked.first("type"):
        return
    add_line(document, Part.TYPE, marked.first("type"))
    for line in marked.head.get("subject", ()):
        add_line(document, Part.SUBJECT, line)
    last = (marked.head.get("subject") or marked.head["type"])[-1]
    add_rule(document, page.text, _rule_below(last, page.text, LOOKS[Part.SUBJECT].size))
    add_room(document, LOOKS[Part.SUBJECT].size * 0.6)


def _add_annex(document: Any, marked: Marked) -> None:
    add_line(document, Part.ANNEX, marked.first("annex"))
    for line in marked.head.get("subject", ()):
        add_line(document, Part.ANNEX_TITLE, line)
    add_line(document, Part.GOES_WITH, f"({marked.first('goes with')})")


def _rule_below(text: str, room: float, size: float, *, upper: bool = False) -> float:
    """Return how long the rule below a text is: a share of its line, which is full where the text takes more than one."""
    return RULE * min(width_of(text.upper() if upper else text, size), room)


def _add_addressees(document: Any, named: Sequence[str]) -> None:
    if len(named) == 1:
        add_line(document, Part.ADDRESSEE, f"Kính gửi: {named[0]}")
        return
    for number, each in enumerate(named):
        end = "." if number == len(named) - 1 else ";"
        if number == 0:
            add_line(document, Part.ADDRESSEES, "Kính gửi:", indent=30)
        add_line(document, Part.ADDRESSEES, f"- {each}{end}", indent=45, hanging=3)
    if named:
        add_room(document, LOOKS[Part.ADDRESSEES].size * 0.6)


def _add_blocks(document: Any, blocks: Sequence[Block], head: Letterhead, page: Page, pictures: Pictures | None) -> None:
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        match block:
            case Paragraph():
                _add_paragraph(document, block, following, page)
            case Table():
                add_table(document, block, page)
            case Signature():
                _add_signature(document, head, page)
            case Signers():
                _add_signers(document, block, page)
            case Cut():
                add_line(document, Part.CENTRED, CUT * int(page.text / CUT_WIDTH))
            case NewPage():
                document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
            case Annex():
                _begin_annex(document, block)
            case Picture() if pictures is not None:
                _add_picture(document, block, pictures(block.name), page)


def _add_paragraph(document: Any, block: Paragraph, following: Block | None, page: Page) -> None:
    line = document.add_paragraph()
    line._p.style = block.part
    add_runs(line, block.text)
    if any(LEADER in piece.text or BLANK * 2 in piece.text for piece in block.text):
        add_leader(line, page.text)
    if block.part is Part.BASIS:
        last = not (isinstance(following, Paragraph) and following.part is Part.BASIS)
        line.add_run("." if last else ";")
    if isinstance(following, Signature | Signers | Table):  # no signature stands alone on a page, no table without its name
        line.paragraph_format.keep_with_next = True


def _begin_annex(document: Any, block: Annex) -> None:
    parts = (Part.ANNEX, Part.ANNEX_TITLE, Part.GOES_WITH)
    for number, (part, text) in enumerate(zip(parts, block.lines, strict=False)):
        line = add_line(document, part, text)
        line.paragraph_format.page_break_before = number == 0


def _add_picture(document: Any, block: Picture, data: bytes, page: Page) -> None:
    """Add a picture as wide as the text, or as high as the page has room, with its caption."""
    from docx.image.image import Image
    from docx.shared import Mm

    seen = Image.from_blob(data)
    room = page.height - page.top - page.bottom - CAPTION
    width = min(page.text, room * seen.px_width / seen.px_height)
    line = document.add_paragraph()
    line._p.style = Part.CENTRED
    line.paragraph_format.keep_with_next = True
    shape = line.add_run().add_picture(io.BytesIO(data), width=Mm(width))
    shape._inline.docPr.set("descr", block.caption)  # for those who cannot see it
    add_line(document, Part.GOES_WITH, block.caption)


def _add_signature(document: Any, head: Letterhead, page: Page) -> None:
    add_room(document, 6, with_next=True)
    left, right = add_grid(document, [page.text * 0.48, page.text * 0.52])
    if head.recipients:
        add_line(left, Part.RECIPIENTS, "Nơi nhận:")
    *others, filed = head.recipients or ("",)
    for each in others:
        add_line(left, Part.RECIPIENT, f"- {each};", hanging=2)
    if filed:
        add_line(left, Part.RECIPIENT, f"- {filed}.", hanging=2)
    _sign(right, head.signing, head.signer)


def _sign(cell: Any, titles: Sequence[str], name: str) -> None:
    for title in titles:
        add_line(cell, Part.SIGNING, title)
    add_room(cell, SIGNING_ROOM)
    add_line(cell, Part.SIGNER, name)


def _add_signers(document: Any, block: Signers, page: Page) -> None:
    add_room(document, 6, with_next=True)
    pairs = [block.titles[start : start + 2] for start in range(0, len(block.titles), 2)]
    for pair in pairs:
        cells = add_grid(document, [page.text / 2, page.text / 2])
        for cell, title in zip(cells, pair, strict=False):
            _sign(cell, [title], "")
