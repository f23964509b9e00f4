"""The layout as it stands in the .docx, against Decree 30/2020/NĐ-CP, Annex I."""

import io
from datetime import date

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.text.paragraph import Paragraph

from bloc.documents.decree.layout import lay_out
from bloc.documents.decree.letterhead import Letterhead, long_day
from bloc.documents.decree.markup import plain, read
from bloc.documents.decree.measures import FONT

HEAD = Letterhead(
    "Hội đồng Thi đua", "Khối thi đua", "Nơi này", "KH-KTĐ", 2030, "09/KH-KTĐ", date(2030, 4, 9),
    ["TRƯỞNG KHỐI"], "Nguyễn Văn A", ["UBND", "Lưu: VT"],
)  # fmt: skip
TEXT = """type: KẾ HOẠCH
subject: Triển khai
to: Ủy ban nhân dân
---
~ Căn cứ một
~ Căn cứ hai
# I. MỤC ĐÍCH
Thân văn bản
|: 1c 4 2r
| TT | Đơn vị | Điểm
| 1 | {} | 9,00
@signature
"""


def opened(text: str = TEXT, head: Letterhead = HEAD):
    return Document(io.BytesIO(lay_out(read(text), head)))


def lines(document) -> list:
    """Return all lines in the order of the page: those of tables where the table stands."""
    found = document.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    return [Paragraph(line, document) for line in found]


def line(document, text: str):
    return next(each for each in lines(document) if each.text == text)


def test_the_page_is_a4_with_the_margins_of_the_decree_and_its_number_on_top_but_not_on_the_first():
    section = opened().sections[0]

    sizes = [round(each.mm) for each in (section.page_width, section.page_height)]
    margins = [
        round(each.mm) for each in (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    ]
    assert (sizes, margins) == ([210, 297], [20, 20, 30, 15])
    number = section.header.paragraphs[0]
    assert "PAGE" in number._p.xml
    assert number.style.paragraph_format.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert section.different_first_page_header_footer
    assert section.first_page_header.paragraphs[0].text == ""


@pytest.mark.parametrize(
    ("text", "size", "bold", "italic", "align"),
    [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Độc lập - Tự do - Hạnh phúc", 13, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("HỘI ĐỒNG THI ĐUA", 12, False, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("KHỐI THI ĐUA", 12, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Số: 09/KH-KTĐ", 13, False, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Nơi này, ngày 09 tháng 4 năm 2030", 13, False, True, WD_ALIGN_PARAGRAPH.CENTER),
        ("KẾ HOẠCH", 14, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Triển khai", 14, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Kính gửi: Ủy ban nhân dân", 14, False, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Căn cứ một;", 14, False, True, WD_ALIGN_PARAGRAPH.JUSTIFY),
        ("Căn cứ hai.", 14, False, True, WD_ALIGN_PARAGRAPH.JUSTIFY),
        ("I. MỤC ĐÍCH", 14, True, False, WD_ALIGN_PARAGRAPH.LEFT),
        ("Thân văn bản", 14, False, False, WD_ALIGN_PARAGRAPH.JUSTIFY),
        ("TRƯỞNG KHỐI", 14, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Nguyễn Văn A", 14, True, False, WD_ALIGN_PARAGRAPH.CENTER),
        ("Nơi nhận:", 12, True, True, WD_ALIGN_PARAGRAPH.LEFT),
        ("- UBND;", 11, False, False, WD_ALIGN_PARAGRAPH.LEFT),
        ("- Lưu: VT.", 11, False, False, WD_ALIGN_PARAGRAPH.LEFT),
    ],
)
def test_a_part_is_written_as_the_decree_says(text, size, bold, italic, align):
    style = line(opened(), text).style

    assert (style.font.size.pt, bool(style.font.bold), bool(style.font.italic)) == (size, bold, italic)
    assert style.paragraph_format.alignment == align
    assert style.base_style.font.name == FONT


def test_the_parts_stand_in_the_order_of_the_decree():
    said = [each.text for each in lines(opened()) if each.text]

    order = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Số: 09/KH-KTĐ", "KẾ HOẠCH", "Triển khai", "Kính gửi: Ủy ban nhân dân",
             "Căn cứ một;", "I. MỤC ĐÍCH", "Thân văn bản", "Nơi nhận:", "- Như trên;", "TRƯỞNG KHỐI"]  # fmt: skip
    assert [text for text in said if text in order] == order


def test_the_body_is_indented_and_its_paragraphs_stand_apart():
    lies = line(opened(), "Thân văn bản").style.paragraph_format

    assert (round(lies.first_line_indent.cm, 2), lies.space_after.pt, 1 <= lies.line_spacing <= 1.5) == (1.27, 6, True)


def test_a_draft_leaves_number_and_day_open():
    open_ = Letterhead("A", "B", "Nơi này", "KH-KTĐ", 2030)

    assert (open_.number_line, open_.place_and_date) == ("Số: ………/KH-KTĐ", "Nơi này, ngày … tháng … năm 2030")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2030, 2, 3), "ngày 03 tháng 02 năm 2030"),
        (date(2030, 3, 13), "ngày 13 tháng 3 năm 2030"),
        (date(2030, 12, 31), "ngày 31 tháng 12 năm 2030"),
    ],
)
def test_days_under_10_and_months_under_3_have_a_leading_nought(day, said):
    assert long_day(day, 2030) == said


def test_an_annex_lies_across_and_has_neither_letterhead_nor_date():
    document = opened("annex: Phụ lục I\nsubject: Kết quả\ngoes with: Kèm theo Báo cáo\npage: landscape\n---\nThân")

    assert document.sections[0].orientation == WD_ORIENT.LANDSCAPE
    assert [each.text for each in document.paragraphs] == ["Phụ lục I", "KẾT QUẢ", "(Kèm theo Báo cáo)", "Thân"]


def test_the_same_text_is_the_same_bytes_and_an_odd_name_is_itself():
    name = 'Sở <b>A & B</b> "C" | *D* ' + "rất dài " * 40
    text = TEXT.replace("{}", plain(name))

    document = opened(text)

    assert lay_out(read(text), HEAD) == lay_out(read(text), HEAD)
    assert document.tables[2].rows[1].cells[1].text == name.strip()
    assert lay_out(read(text), HEAD) != lay_out(read(text + "Thêm"), HEAD)
