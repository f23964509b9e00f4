import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from html.parser import HTMLParser
from unicodedata import normalize

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from bloc import language
from bloc.enums import ActivityKind, DirectMail, NoticeKind, Tone
from bloc.errors import Fault
from bloc.language import say
from notifications import messages, templating
from notifications.envelope import Envelope
from notifications.messages import About, Draft, Line
from notifications.render import Rendered, letter, render
from notifications.templating import WRITTEN_IN
from tests.notifications.samples import READ, REPORT, SAMPLES, UNITS

MOMENT = datetime(2024, 6, 3, 0, 30, tzinfo=UTC)
LINE_BREAKS = ["\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
VOID = {"meta", "br"}
TAGS = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)
OF_THE_MACHINE = r"\d{4}-\d{2}-\d{2}|None|True|False|[{}]|score-sheets"
ENGLISH = r"consultation|courteous|urgent|firm|[dD]ay\b|deadline|[Pp]lease|message|overdue|[Tt]he\b"

RANKING = """\
  Hạng   Điểm  Đơn vị
     1  92,50  Cục Thuế (đồng hạng)
     1  92,50  Cục Hải quan (đồng hạng)
     3   9,00  Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở
               Sở Sở Sở Sở Sở
"""

FIRST_OF_MANY = """\
  Hạng    Điểm  Tự chấm  Chấm chéo  Đơn vị
     1  930,50    963,5     946,00  Sở Khoa học, Công nghệ và Truyền thông
                                    số 1
"""


def test_the_receipt_of_a_sheet_says_the_totals_that_were_read(about: Callable[..., About]) -> None:
    it = about(activity="Gửi bảng chấm điểm", kind=ActivityKind.SCORE_SHEETS)
    totals = [("Cục Thuế", 92_750), ("Sở Y tế", 90_000), ("Sở Xây dựng", 89_500)]

    written = render(
        messages.receipt(
            about=it, number=13, received_at=datetime(2024, 6, 5, tzinfo=UTC), file_name="a.xlsx", sha256="5d" * 32, version=1,
            totals=totals,
        ),
        "vi",
    )  # fmt: skip

    assert (
        "Tổng điểm ghi nhận từ bảng chấm điểm:\n\n- Tự chấm: 92,75 điểm;\n- Sở Y tế: 90 điểm;\n- Sở Xây dựng: 89,5 điểm.\n"
    ) in written.text


@pytest.mark.parametrize("marked", ["5d" * 32, None], ids=["there is one", "there is none"])
def test_a_refusal_says_how_to_get_the_marked_copy(about: Callable[..., About], marked: str | None) -> None:
    written = render(messages.refusal(about=about(), file_name="a.xlsx", faults=[], marked=marked), "vi")

    assert ("để nhận bản này, sửa trực tiếp và gửi lại." in " ".join(written.text.split())) is bool(marked)


@pytest.mark.parametrize("counts", [True, False], ids=["one accepted before", "none before"])
def test_a_refusal_says_whether_an_earlier_file_still_counts(about: Callable[..., About], counts: bool) -> None:
    fault = Fault("Tự chấm!D5", say("Ô có công thức."))

    written = render(messages.refusal(about=about(), file_name="a.xlsx", faults=[fault], still_counts=counts), "vi")

    said = "báo cáo đã được tiếp nhận trước đó của Quý đơn vị vẫn có giá trị."
    assert (said in " ".join(written.text.split())) is counts


def test_the_ranking_is_a_table_in_which_ties_are_named(about: Callable[..., About]) -> None:
    tied = [Line(1, name, Fraction(1295, 14)) for name in ("Cục Thuế", "Cục Hải quan")]
    ranking = [*tied, Line(3, "Sở " * 25, Fraction(9))]

    written = render(
        messages.result(about=about(), version=2, rank=3, score=Fraction(9), ranking=ranking, sheets=len(ranking)), "vi"
    )

    assert RANKING in written.text


def test_a_matrix_of_many_units_stays_within_the_lines(about: Callable[..., About]) -> None:
    names = [f"Sở Khoa học, Công nghệ và Truyền thông số {n}" for n in range(1, 21)]
    ranking = [
        Line(n, name, Fraction(9305, 10), 963_500, Fraction(8514, 9), [(other, 930_500) for other in names if other != name])
        for n, name in enumerate(names, start=1)
    ]

    written = render(
        messages.result(about=about(), version=1, rank=1, score=ranking[0].score, ranking=ranking, sheets=len(ranking)), "vi"
    )

    assert FIRST_OF_MANY in written.text
    assert max(map(len, written.text.splitlines())) <= 76
    assert " ".join(written.text.split()).count(" chấm 930,5") == 20 * 19


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "dưới 01 phút"), (60, "01 phút"), (3_661, "01 giờ 01 phút"), (86_400, "01 ngày"), (97_500, "01 ngày 03 giờ")],
    ids=["a moment", "a minute", "an hour", "a day", "a day and hours"],
)
def test_lateness_is_put_into_words(about: Callable[..., About], seconds: int, words: str) -> None:
    late = messages.receipt(
        about=about(), number=1, received_at=MOMENT, file_name="a", sha256="b", version=1, late_seconds=seconds
    )

    assert f"(gửi muộn {words})" in render(late, "vi").text


class Outline(HTMLParser):
    """Reads HTML strictly: what is opened is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += [tag] * (tag not in VOID)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += [data] * (self.open[-1:] != ["style"])


def shown(html: str) -> str:
    return " ".join(" ".join(Outline(html).said).split())


@pytest.mark.parametrize("of", WRITTEN_IN)
def test_every_message_renders_in_every_form_and_nothing_of_the_machine_shows(
    drafts: Callable[..., list[Draft]], of: str
) -> None:
    found = drafts(kinds=ActivityKind if of == "vi" else (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS))
    strange = f"{OF_THE_MACHINE}|{ENGLISH}" if of == "vi" else OF_THE_MACHINE

    assert {draft.kind for draft in found} == {*NoticeKind, *DirectMail}
    for draft in found:
        written = render(draft, of)
        for said in (written.subject, written.text, TAGS.sub(" ", written.html)):
            assert not re.search(strange, said.replace("(BLOC_OPERATOR)", "")), (draft.kind, said)
        assert not re.search(r"\n\n\n|[ \t]\n| ,|\( |\.\.| \.(?!docx|pdf)|;;", written.text), written.text
        assert written.text.startswith("Kính gửi: " if of == "vi" else "To: ")
        assert ("\n\nTrân trọng./.\n\n" if of == "vi" else "\n\nYours faithfully,\n\n") in written.text
        assert max(map(len, written.text.splitlines())) <= 76


@pytest.mark.parametrize("of", WRITTEN_IN)
def test_there_are_words_for_every_kind_of_activity(of: str) -> None:
    found = vars(templating.plain(of).globals["words"])

    assert {name: set(ActivityKind) - set(found[name]) for name in ("asked", "awaited", "done", "act")} == {
        "asked": set(), "awaited": set(), "done": set(), "act": set()
    }  # fmt: skip


@pytest.mark.parametrize("of", WRITTEN_IN)
@pytest.mark.parametrize("name", SAMPLES)
def test_html_says_what_the_text_says_and_fetches_nothing(name: str, of: str) -> None:
    drafts, envelope = SAMPLES[name]

    written = letter(drafts, of, envelope)
    page, said = Outline(written.html), words(shown(written.html))

    assert words(written.text) - said - words("by answering this message trả lời trực tiếp thư này") == set()
    ours = ("-", *(((meeting := drafts[0].values.get("meeting")) and [meeting["link"] or "-"]) or []))
    assert [link for link in page.links if not link.startswith(("mailto:", *ours))] == []
    assert f'<html lang="{of}">' in written.html
    assert not re.search(r"<img|<script|url\(|flex", written.html)
    assert all(link.startswith(ours) for link in re.findall(r"http[^\"<]*", written.html))


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


ON_NO_DEADLINE = ("result", "objection", "document", "weekly", "undeliv", "held", "alarm")
ON_A_MEETING = ("conference", "conference-on-a-day", "conference-reminder", "postponed", "postponed-place", "called-off")
TO_ONE_UNIT = [name for name in SAMPLES if not name.startswith(ON_NO_DEADLINE) and name not in ON_A_MEETING]


@pytest.mark.parametrize("name", ON_A_MEETING)
def test_the_subject_of_a_conference_says_which_and_when(name: str) -> None:
    drafts, envelope = SAMPLES[name]

    subject = letter(drafts, "vi", envelope).subject

    assert drafts[0].values["unit"] in subject
    assert re.search(r"thứ Sáu \d\d/6/2024.* - .*: Hội nghị tổng kết$", subject)


@pytest.mark.parametrize("name", TO_ONE_UNIT)
def test_a_subject_says_who_what_and_by_when(name: str) -> None:
    drafts, envelope = SAMPLES[name]

    subject = letter(drafts, "vi", envelope).subject

    several = len({draft.values["unit"] for draft in drafts}) > 1
    assert drafts[0].values["bloc_name" if several else "unit"] in subject
    assert re.search(r"hết thứ \w+ \d\d/\d/2024", subject)
    assert len(drafts) > 1 or drafts[0].values["activity_name"] in subject


@pytest.mark.parametrize("name", ["objections-open", "objection", "objection-reminder"])
def test_the_subject_of_a_mail_about_objections_says_to_whom_and_until_when(name: str) -> None:
    (draft,), envelope = SAMPLES[name]

    subject = letter([draft], "vi", envelope).subject

    assert draft.values["unit"] in subject
    assert "hết thứ Sáu 20/12/2024" in subject or "còn 01 ngày" in subject


@pytest.mark.parametrize("of", WRITTEN_IN)
@pytest.mark.parametrize("name", ["objections-open", "objection", "objection-reminder", "objection-answer"])
def test_a_mail_about_objections_leads_to_the_page_where_they_are_raised_and_answered(name: str, of: str) -> None:
    (draft,), envelope = SAMPLES[name]

    written = letter([draft], of, replace(envelope, portal="https://thidua.example.vn/"))

    page = f"https://thidua.example.vn{draft.values['page']}"
    assert [link for link in Outline(written.html).links if link.startswith("http")] == [page]
    assert page in written.text


def test_a_letter_has_one_action_and_a_digest_one_for_each_thing() -> None:
    assert {name: letter(*SAMPLES[name][:1], "vi", SAMPLES[name][1]).html.count('class="link"') for name in ACTIONS} == ACTIONS


ACTIONS = {"invitation": 1, "reminder": 1, "escalation": 1, "escalation-secretary": 0, "receipt": 0, "weekly": 0, "digest": 3}


def test_the_link_goes_to_the_mailbox_with_the_token_of_its_own_obligation() -> None:
    drafts, envelope = SAMPLES["digest"]

    links = [link for link in Outline(letter(drafts, "vi", envelope).html).links if "?subject=" in link]

    tokens = [
        f"nop%2B{int(draft.values['obligation'].replace('-', ''), 16):032x}@example.vn" for draft in (drafts[1], drafts[0])
    ]
    assert [link.partition("?")[0] for link in links] == ["mailto:thidua@example.vn", *(f"mailto:{token}" for token in tokens)]
    assert links[1].endswith(
        "?subject=G%E1%BB%ADi%20b%C3%A1o%20c%C3%A1o%3A%20B%C3%A1o%20c%C3%A1o%20s%C6%A1%20k%E1%BA%BFt%206%20th%C3%A1ng%20%C4%91%E1%BA%A7u%20n%C4%83m"
    )


def test_a_unit_answers_an_invitation_on_its_page_or_by_a_mail_where_there_is_none() -> None:
    drafts, envelope = SAMPLES["conference"]

    pages = [Outline(letter(drafts, "vi", replace(envelope, portal=portal)).html).links for portal in ("https://a.vn", None)]

    assert "https://a.vn/attendances/00000000-0000-0000-0000-00000000000f" in pages[0]
    assert [link.partition("?")[0] for link in pages[1] if "?subject" in link] == ["mailto:thidua@example.vn"]


def test_whoever_runs_the_year_is_not_told_to_ask_themselves() -> None:
    drafts, envelope = SAMPLES["escalation-secretary"]

    assert "thidua@example.vn" not in letter(drafts, "vi", envelope).text


DEAR = {
    "digest": UNITS[0],
    "digest-units": f"{UNITS[0]}; {UNITS[1]}",
    "digest-deputy": UNITS[0],
    "digest-urging": "Chuyên viên giúp việc Trưởng khối",
    "digest-urging-deputy": "Phó Trưởng Khối thi đua các cơ quan Quản lý kinh tế thành phố",
    "digest-head": f"Lãnh đạo {UNITS[0]}",
}
LEADS = ("digest-units", "digest-head")  # to somebody who is a unit's head


@pytest.mark.parametrize("name", DEAR)
def test_a_digest_addresses_who_reads_it_and_no_unit_that_is_only_urged(name: str) -> None:
    written = letter(SAMPLES[name][0], "vi", SAMPLES[name][1])

    said = " ".join(written.text.split())
    assert f"Kính gửi: {DEAR[name]} " in said
    assert ("chỉ đạo" in said + written.subject) is (name in LEADS)


def test_a_digest_to_the_deputy_leader_says_in_its_foot_why_that_is() -> None:
    said = " ".join(letter(SAMPLES["digest-urging-deputy"][0], "vi", SAMPLES["digest-urging-deputy"][1]).text.split())

    foot = said.partition("--- ")[2]
    assert foot.startswith("Thư này được gửi tự động đến người liên hệ của đơn vị Phó Trưởng Khối thi đua")
    assert f"gộp các việc đã quá hạn của {UNITS[0]}; {UNITS[1]}, để thực hiện kế hoạch" in foot


@pytest.mark.parametrize(
    ("name", "desk"),
    [("escalation-deputy", "thidua@example.vn"), ("escalation", f"nop%2B{REPORT.hex}@example.vn")],
    ids=["the deputy leader owes nothing", "a head's unit owes it"],
)
def test_who_owes_nothing_is_not_sent_to_where_it_is_handed_in(name: str, desk: str) -> None:
    drafts, envelope = SAMPLES[name]

    links = Outline(letter(drafts, "vi", replace(envelope, inbox=READ.inbox)).html).links

    assert [link.partition("?")[0] for link in links if "?subject=" in link] == [f"mailto:{desk}"]


@pytest.mark.parametrize(("name", "for_good"), [("undeliverable", True), ("undeliverable-once", False)])
def test_only_of_an_address_that_is_marked_it_is_said_that_nothing_more_goes_there(name: str, for_good: bool) -> None:
    said = " ".join(letter(SAMPLES[name][0], "vi", SAMPLES[name][1]).text.split())

    assert (f"Từ nay, thư gửi {UNITS[0]}" in said, "trong kế hoạch" in said) == (for_good, for_good)


@pytest.mark.parametrize("of", WRITTEN_IN)
def test_an_alarm_advises_what_its_cause_asks_for_and_nothing_else(of: str) -> None:
    todo = say("Please look at it: {what}", what="`bloc inbox list`")
    draft = messages.alarm(installation="example.vn", what=say("A mail waits."), todo=todo, since=None)

    said = render(draft, of)

    assert "`bloc inbox list`" in said.text
    assert "bloc up" not in said.text + said.html


@pytest.mark.parametrize("tone", Tone)
def test_each_tone_has_words_of_its_own(about: Callable[..., About], tone: Tone) -> None:
    said = {each: render(messages.reminder(about=about(), days_left=3, tone=each), "vi") for each in Tone}

    assert [each for each in Tone if said[each].subject == said[tone].subject] == [tone]
    assert [each for each in Tone if said[each].text == said[tone].text] == [tone]


def test_what_the_secretary_adds_stands_near_the_top(about: Callable[..., About]) -> None:
    draft = messages.invitation(about=about())
    draft.values["remark"] = "Gửi kèm <phụ lục>."

    written = render(draft, "vi")

    said = written.text.split("\n\n")[1]
    assert said == "> Lời nhắn của Chuyên viên giúp việc Trưởng khối: Gửi kèm <phụ lục>."
    assert "Gửi kèm &lt;phụ lục&gt;." in written.html


def test_a_template_that_says_more_than_its_message_is_refused(about: Callable[..., About]) -> None:
    draft = messages.extension(about=about(), old_last_day=date(2024, 6, 5), because="đơn vị sáp nhập")
    del draft.values["because"]

    with pytest.raises(UndefinedError, match="because"):
        render(draft, "vi")


def test_rendering_leaves_the_callers_language_alone(about: Callable[..., About]) -> None:
    language.use("en")

    written = render(messages.invitation(about=about()), "vi")

    assert "thứ Năm 06/6/2024" in written.subject
    assert language.week_day(date(2024, 6, 6)) == "Thursday 06/6/2024"


def test_what_letters_remember_is_told_apart_by_the_language_in_use() -> None:
    until = templating.plain("en").globals["words"].until  # type: ignore[attr-defined]
    said = {}
    for each in ("vi", "en"):
        language.use(each)
        said[each] = "Thursday" in until("2024-06-06")

    assert said == {"vi": False, "en": True}


def test_a_language_without_templates_reads_vietnamese(about: Callable[..., About]) -> None:
    assert render(messages.invitation(about=about()), "fr") == render(messages.invitation(about=about()), "vi")


@pytest.mark.parametrize("sign", LINE_BREAKS, ids=repr)
def test_no_field_can_add_a_line_to_a_letter(drafts: Callable[..., list[Draft]], sign: str) -> None:
    evil, plain = f"A{sign}Bcc: thief@example.vn", "A Bcc: thief@example.vn"

    assert everything(drafts, evil) == everything(drafts, plain)


def everything(drafts: Callable[..., list[Draft]], text: str) -> list[Rendered]:
    fields = ("bloc_name", "unit", "sender", "activity", "secretary", "phrase")
    found = drafts(text, [ActivityKind.SCORE_SHEETS], **dict.fromkeys(fields, text))
    return [render(draft, "vi") for draft in found[: len(found) // 2]]


def test_no_field_is_markup_and_all_is_composed(drafts: Callable[..., list[Draft]]) -> None:
    text = normalize("NFD", "Sở <b>A</b> & \"B\" 'C' {{ year }} {% x %} 👩‍💻")

    for written in everything(drafts, text):
        assert "<b>" not in written.html and "Sở <b>A</b> & \"B\" 'C' {{ year }} {% x %} 👩‍💻" in shown(written.html)
        assert normalize("NFC", str(written)) == str(written)


@pytest.mark.parametrize("language", WRITTEN_IN)
def test_where_the_portal_has_an_address_a_reminder_leads_to_the_page_of_what_is_owed(
    about: Callable[..., About], language: str
) -> None:
    task = uuid.UUID(int=7)
    reminder = messages.reminder(about=about(obligation=str(task)), days_left=3, tone=Tone.COURTEOUS)
    envelope = Envelope(
        mail_id=uuid.UUID(int=1), identities=("a",), cycle="b", sender="bloc@example.vn", name="C", address="c@example.vn",
        moment=MOMENT, portal="https://thidua.example.vn/",
    )  # fmt: skip

    written = render(reminder, language, envelope)

    page = f"https://thidua.example.vn/obligations/{task}"
    assert [link for link in Outline(written.html).links if link.startswith("http")] == [page]
    assert page in written.text
    assert "http" not in render(reminder, language, replace(envelope, portal=None)).text


def test_what_a_template_has_set_in_markup_opens_no_way_for_the_same_signs_from_a_person():
    parts = templating.html("vi").globals
    trusted, said = Markup("<b>Ai</b>"), "<b>Ai</b>"

    letters = [parts["signed"](name, "Trưởng khối") for name in (trusted, said, trusted, said)]
    facts = [parts["facts"](((name, name),)) for name in (trusted, said)]

    assert ["&lt;b&gt;" in letter for letter in letters] == [False, True, False, True]
    assert ["&lt;b&gt;" in table for table in facts] == [False, True]
