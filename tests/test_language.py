"""What people read: translations without a gap, days and numbers as Vietnamese offices write them."""

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bloc import language
from bloc.language import Message, clock_time, points, rounded, say, short_day, told_in, use, week_day

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "say": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]


@pytest.fixture
def vietnamese():
    use("vi")
    yield
    use("en")


def said() -> set[str]:
    texts: set[str] = set()
    for folder in ("bloc", "flows", "models", "notifications", "templates/portal"):
        for _, _, text, _, _ in extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS):
            texts.add(str(text))
    return texts


def translations() -> dict[str, str]:
    with (ROOT / "locale/vi/LC_MESSAGES/bloc.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="vi") if message.id}


def test_every_text_has_its_translation_and_none_is_left_over():
    assert {text for text, vietnamese in translations().items() if vietnamese} == said()


def test_a_translation_fills_in_the_same_names():
    named = re.compile(r"{(\w+)(?::\w+)?}")
    names = {text: (named.findall(text), named.findall(there)) for text, there in translations().items()}

    assert {text: pair for text, pair in names.items() if set(pair[0]) != set(pair[1])} == {}


def test_no_text_is_built_where_the_catalogue_cannot_see_it():
    built = re.compile(r"\b(?:say|_)\(\s*(?:f[\"']|[a-z_]+[,)])|{say\(")

    found = [path for folder in ("bloc", "flows") for path in (ROOT / folder).rglob("*.py") if path.name != "language.py"]

    assert [(path.name, match) for path in found for match in built.findall(path.read_text("utf-8"))] == []


def test_a_message_is_put_into_words_when_it_is_read_and_keeps_as_json(vietnamese):
    message = say("{step}: {title}", step=say("opened"), title="A")

    in_vietnamese = str(Message.from_json(message.to_json()))
    use("en")

    assert (in_vietnamese, str(message)) == ("bắt đầu: A", "opened: A")


def test_a_number_in_a_message_has_the_languages_comma(vietnamese):
    said = say("The file is larger than {limit} MB. Please send a smaller one.", limit=0.3)

    assert str(said) == "Tệp lớn hơn 0,3 MB. Đề nghị gửi tệp nhỏ hơn."
    assert told_in("en", str, said) == "The file is larger than 0.3 MB. Please send a smaller one."


def test_days_are_written_as_the_decree_asks(vietnamese):
    assert short_day(date(2024, 6, 7)) == "07/6/2024"
    assert short_day(date(2024, 2, 12)) == "12/02/2024"
    assert week_day(date(2024, 6, 6)) == "thứ Năm 06/6/2024"
    assert week_day(date(2024, 12, 8)) == "Chủ nhật 08/12/2024"


def test_a_moment_is_told_in_vietnamese_time(vietnamese):
    assert clock_time(datetime(2024, 6, 6, 16, 59, tzinfo=UTC)) == "23 giờ 59, thứ Năm 06/6/2024"


@pytest.mark.parametrize(
    ("score", "decimals", "shown"),
    [
        (Fraction(185, 2), 2, "92,50"),
        (Fraction(2675, 28), 2, "95,54"),
        (Fraction(1, 200), 2, "0,01"),
        (Fraction(-1, 200), 2, "-0,01"),
        (Fraction(-1, 1000), 2, "0,00"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(1999, 20), 1, "100,0"),
        (Fraction(1, 3), 4, "0,3333"),
    ],
    ids=str,
)
def test_only_the_display_rounds_half_up(vietnamese, score, decimals, shown):
    assert rounded(score, decimals) == shown


@pytest.mark.parametrize(
    ("thousandths", "shown"),
    [(9500, "9,5"), (9000, "9"), (0, "0"), (-500, "-0,5"), (125, "0,125"), (100_000, "100")],
    ids=str,
)
def test_points_are_shown_exactly_and_without_needless_noughts(vietnamese, thousandths, shown):
    assert points(thousandths) == shown


def test_the_languages_are_those_that_have_a_catalogue_and_english():
    catalogues = {path.parent.parent.name for path in (ROOT / "locale").glob("*/LC_MESSAGES/bloc.po")}

    assert set(language.LANGUAGES) == catalogues | {"en"}
