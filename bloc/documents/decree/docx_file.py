"""An empty .docx in the Decree's page and styles, and its bytes: the same contents give the same bytes everywhere."""

import io
import zipfile
from datetime import datetime
from functools import cache
from typing import Any

from bloc.documents.archive import entry
from bloc.documents.decree.measures import FONT, LOOKS, Align, Look, Page, Part

DATED = datetime(1980, 1, 1)  # noqa: DTZ001 - a document of the same contents is the same whenever it was made
USED = ("Normal", "Default Paragraph Font", "Normal Table", "No List", "Table Grid")
UNUSED = ("stylesWithEffects", "thumbnail", "customXml", "numbering", "webSettings")  # relationships
FONT_OF = ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs")


def new_file(page: Page) -> Any:
    """Return an empty document with the styles of all parts; ``page`` is its first section's."""
    from docx import Document  # heavy, and wanted only where a document is made

    return Document(io.BytesIO(_empty(page)))


@cache  # to put the styles together takes longer than to write a document
def _empty(page: Page) -> bytes:
    from docx import Document

    document = Document()
    _slim(document)
    _set_plain(document.styles["Normal"])
    for part, look in LOOKS.items():
        _add_style(document.styles, part, look)
    set_page(document.sections[0], page)
    about = document.core_properties
    about.author = about.last_modified_by = about.comments = about.title = ""
    about.created = about.modified = DATED
    about.revision, about.language = 1, "vi-VN"
    return bytes_of(document)


def _slim(document: Any) -> None:
    """Take out of the library's empty file what no document of ours uses: a picture, a second set of styles, other styles."""
    for part in (document.part, document.part.package):
        for name in [name for name, each in part.rels.items() if each.reltype.rsplit("/", 1)[-1] in UNUSED]:
            del part.rels[name]
    for style in list(document.styles):
        if style.name not in USED:
            style.delete()


def bytes_of(document: Any) -> bytes:
    """Return a document as a file. Its parts are stored as they are: what packing gives depends on the library's version."""
    written, target = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as dated, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as undated:
        for name in dated.namelist():
            undated.writestr(entry(name), dated.read(name))
    return target.getvalue()


def set_page(section: Any, page: Page) -> None:
    """Give a section its paper and margins, and the number of each page but its first, centred in the top margin."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section.orientation = WD_ORIENT.LANDSCAPE if page.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(page.width), Mm(page.height)
    section.top_margin, section.bottom_margin = Mm(page.top), Mm(page.bottom)
    section.left_margin, section.right_margin = Mm(page.left), Mm(page.right)
    section.header_distance = section.footer_distance = Mm(page.header)
    section.different_first_page_header_footer = True
    line = section.header.paragraphs[0]
    line.style = Part.PAGE_NUMBER
    _add_page_number(line)


def _add_page_number(line: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", None, "separate", "1", "end"):
        run = line.add_run()
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind is None:
            code = OxmlElement("w:instrText")
            code.text = "PAGE"
            run._r.append(code)
        else:
            run.text = kind


def _set_plain(style: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style.font.name, style.font.size = FONT, Pt(LOOKS[Part.BODY].size)
    for each in FONT_OF:
        style.element.rPr.rFonts.set(qn(each), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.rPr.append(language)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1.0


def _add_style(styles: Any, part: Part, look: Look) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    lies = {
        Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
        Align.CENTRE: WD_ALIGN_PARAGRAPH.CENTER,
        Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
        Align.JUSTIFIED: WD_ALIGN_PARAGRAPH.JUSTIFY,
    }
    style = styles.add_style(part, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles["Normal"]
    style.font.size, style.font.bold, style.font.italic = Pt(look.size), look.bold, look.italic
    lines = style.paragraph_format
    lines.alignment, lines.first_line_indent = lies[look.align], Mm(look.first_line)
    lines.space_after, lines.line_spacing, lines.keep_with_next = Pt(look.after), look.spacing, look.with_next
    lines.widow_control = True
