import pytest

from bloc.documents.decree.markup import BadMarkup, Paragraph, Run, Signature, Signers, Table, plain, read
from bloc.documents.decree.measures import Part

HOSTILE = 'Sở A & B <b> "C" | *D* _E_ #F ~G ^H !I @K \\ ⋯'


def test_each_line_is_a_part_by_what_it_begins_with():
    text = "type: KẾ HOẠCH\nto: A\nto: B\n---\n~ Căn cứ\n# I. MỘT\n## 1. Hai\nBa *bốn* _năm_\n^ Sáu\n! Bảy\n@signature"

    marked = read(text)

    assert marked.head == {"type": ["KẾ HOẠCH"], "to": ["A", "B"]}
    assert [block.part for block in marked.blocks if isinstance(block, Paragraph)] == [
        Part.BASIS, Part.HEADING, Part.SUBHEADING, Part.BODY, Part.CENTRED, Part.NOTE,
    ]  # fmt: skip
    assert marked.blocks[3].text == (Run("Ba "), Run("bốn", bold=True), Run(" "), Run("năm", italic=True))
    assert isinstance(marked.blocks[-1], Signature)


@pytest.mark.parametrize("where", ["{}", "# {}", "type: {}\n---\n{}", "|: 1 1\n| {} | {}", "@signers {} | {}"])
def test_a_value_means_nothing_wherever_it_stands(where):
    marked = read(where.replace("{}", plain(HOSTILE)))

    block = marked.blocks[0]
    said = {
        Paragraph: lambda: "".join(run.text for run in block.text),
        Table: lambda: "".join(run.text for run in block.rows[0][1]),
        Signers: lambda: block.titles[1],
    }[type(block)]()
    assert said == HOSTILE.replace("⋯", "…")
    assert marked.first("type") in ("", HOSTILE.replace("⋯", "…"))


def test_a_value_typed_on_a_mac_is_composed_and_stays_on_one_line():
    assert plain("Sở\nNo\u0302ng nghie\u0323\u0302p\x00") == "Sở Nông nghiệp"


@pytest.mark.parametrize("text", ["| a", "|: 1 1\n| a", "|: x\n", "@nobody", "no colon\n---\n"])
def test_a_mark_that_means_nothing_is_refused(text):
    with pytest.raises(BadMarkup):
        read(text)
