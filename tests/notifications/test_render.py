import email.policy
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from fractions import Fraction
from unicodedata import normalize

import pytest
from jinja2 import UndefinedError

from bloc import language
from bloc.enums import ActivityKind, NoticeKind, Tone
from bloc.errors import Fault
from bloc.language import say
from notifications import messages
from notifications.envelope import Envelope
from notifications.messages import About, Draft, Line
from notifications.render import message, one_line, render

NOTICE = uuid.UUID(int=7)
MOMENT = datetime(2024, 6, 3, 0, 30, tzinfo=UTC)
NAMES = {
    "decomposed": normalize("NFD", "Sở Nông nghiệp và Phát triển nông thôn"),
    "markup": "Sở <b>A</b> & \"B\" 'C' {{ year }} {% x %}",
    "very long": "Trung tâm Xúc tiến " * 25 + "hết",
    "one long word": "ạ" * 400,
    "specials": 'Phòng (Hành chính), Tổ \\ "một"; <x@y.vn>, @,',
    "emoji": "Đội 👩‍💻 🇻🇳",
}
LINE_BREAKS = ["\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]

REMINDER = """\
Kính gửi: Sở Nông nghiệp và Phát triển nông thôn

Ban Quản lý Khu kinh tế Hải Phòng trân trọng nhắc Quý đơn vị gửi báo cáo
theo nội dung sau:

- Nội dung: Gửi Báo cáo Sơ kết công tác thi đua khen thưởng 6 tháng đầu năm
  và nhiệm vụ 6 tháng cuối năm 2024;
- Thời hạn: đến hết thứ Năm 06/6/2024 (kế hoạch ghi: “trước ngày
  07/6/2024”);
- Thời gian còn lại: 03 ngày;
- Cách thực hiện: gửi tệp văn bản (.docx hoặc .pdf) về Ban Quản lý Khu kinh
  tế Hải Phòng (thư điện tử: thidua@example.vn).

Tính đến thời điểm gửi thư này, Ban Quản lý Khu kinh tế Hải Phòng chưa nhận
được báo cáo của Quý đơn vị.

Trân trọng./.

Ban Quản lý Khu kinh tế Hải Phòng
Trưởng Khối thi đua các cơ quan Quản lý kinh tế thành phố

---
Thư này được gửi tự động đến người liên hệ của Sở Nông nghiệp và Phát triển
nông thôn, thành viên Khối thi đua các cơ quan Quản lý kinh tế thành phố, để
thực hiện kế hoạch công tác thi đua, khen thưởng năm 2024.
Khi cần trao đổi, đề nghị liên hệ Chuyên viên giúp việc Trưởng khối
(thidua@example.vn) hoặc trả lời trực tiếp thư này.
"""

RECEIPT = """\
Kính gửi: Cục Thuế

Ban Quản lý Khu kinh tế Hải Phòng xác nhận đã nhận bảng chấm điểm của Quý
đơn vị:

- Số biên nhận: 13;
- Nội dung: Gửi bảng chấm điểm;
- Thời điểm nhận: 3 giờ 05, thứ Bảy 08/6/2024;
- Thời hạn: đến hết thứ Năm 06/6/2024 (gửi muộn 01 ngày 03 giờ);
- Tên tệp: bảng & điểm.xlsx;
- Lần gửi thứ: 2;
- Mã kiểm tra tệp (SHA-256):
  5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d.

Một số điểm cần lưu ý, không ảnh hưởng đến việc tiếp nhận:

- Chấm chéo!D12: Ô có công thức.

Tệp gửi lần này thay thế các tệp đã gửi trước. Đề nghị Quý đơn vị lưu thư
này làm căn cứ đối chiếu.

Trân trọng./.

Ban Quản lý Khu kinh tế Hải Phòng
Trưởng Khối thi đua các cơ quan Quản lý kinh tế thành phố

---
Thư này được gửi tự động đến người liên hệ của Cục Thuế, thành viên Khối thi
đua các cơ quan Quản lý kinh tế thành phố, để thực hiện kế hoạch công tác
thi đua, khen thưởng năm 2024.
Khi cần trao đổi, đề nghị liên hệ Ban Quản lý Khu kinh tế Hải Phòng.
"""

RANKING = """\
  Hạng      Điểm   Đơn vị
     1     92,50   Cục Thuế (đồng hạng)
     1     92,50   Cục Hải quan (đồng hạng)
     3      9,00   Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở Sở
                   Sở Sở Sở Sở Sở Sở
"""

FIRST_OF_MANY = """\
  Hạng      Điểm  Tự chấm  Chấm chéo  Đơn vị
     1    930,50    963,5     946,00  Sở Khoa học, Công nghệ và Truyền thông
                                      số 1
"""


def parsed(mail: bytes) -> EmailMessage:
    read = message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def person(mail: EmailMessage, header: str) -> tuple[str, str]:
    # Read the way that RFC 2047 says: the newer parser keeps the space between two encoded words of a name.
    name, _, address = dict(mail.raw_items())[header].rpartition("<")
    return str(make_header(decode_header(name.replace("\r\n", "\n")))).strip(), address.rstrip(">")


def envelope(name: str = "Chuyên viên", address: str = "dv2@example.vn", identity: str = "b-2024/reminder/dv2") -> Envelope:
    return Envelope(NOTICE, (identity,), None, "bloc@example.vn", name, address, MOMENT)


def test_a_reminder_reads_so(about: Callable[..., About]) -> None:
    letter = render(messages.reminder(about=about(activity_name="Báo cáo sơ kết"), days_left=3, tone=Tone.COURTEOUS), "vi")

    assert letter.subject == (
        "Nhắc gửi báo cáo đến hết thứ Năm 06/6/2024 (còn 03 ngày) - Sở Nông nghiệp và Phát triển nông thôn: Báo cáo sơ kết"
    )
    assert letter.text == REMINDER


def test_a_receipt_for_a_late_sheet_reads_so(about: Callable[..., About]) -> None:
    it = about(unit="Cục Thuế", activity="Gửi bảng chấm điểm", kind=ActivityKind.SCORE_SHEETS, secretary_address=None)
    remarks = [Fault("Chấm chéo!D12", say("Ô có công thức."))]

    letter = render(
        messages.receipt(
            about=it, number=13, received_at=datetime(2024, 6, 7, 20, 5, tzinfo=UTC), file_name="bảng & điểm.xlsx",
            sha256="5d" * 32, version=2, late_seconds=97_500, remarks=remarks,
        ),
        "vi",
    )  # fmt: skip

    assert letter.subject == (
        "Biên nhận số 13: đã nhận bảng chấm điểm của Cục Thuế (hạn: hết thứ Năm 06/6/2024, gửi muộn): Gửi bảng chấm điểm"
    )
    assert letter.text == RECEIPT


def test_the_receipt_of_a_sheet_says_the_totals_that_were_read(about: Callable[..., About]) -> None:
    it = about(activity="Gửi bảng chấm điểm", kind=ActivityKind.SCORE_SHEETS)
    totals = [("Cục Thuế", 92_750), ("Sở Y tế", 90_000), ("Sở Xây dựng", 89_500)]

    letter = render(
        messages.receipt(
            about=it, number=13, received_at=datetime(2024, 6, 5, tzinfo=UTC), file_name="a.xlsx", sha256="5d" * 32, version=1,
            totals=totals,
        ),
        "vi",
    )  # fmt: skip

    assert (
        "Tổng điểm ghi nhận từ bảng chấm điểm:\n\n- Tự chấm: 92,75 điểm;\n- Sở Y tế: 90 điểm;\n- Sở Xây dựng: 89,5 điểm.\n"
    ) in letter.text


@pytest.mark.parametrize("marked", ["5d" * 32, None], ids=["there is one", "there is none"])
def test_a_refusal_says_how_to_get_the_marked_copy(about: Callable[..., About], marked: str | None) -> None:
    letter = render(messages.refusal(about=about(), file_name="a.xlsx", faults=[], marked=marked), "vi")

    assert ("để nhận bản này, sửa trực tiếp và gửi lại." in " ".join(letter.text.split())) is bool(marked)


@pytest.mark.parametrize("counts", [True, False], ids=["one accepted before", "none before"])
def test_a_refusal_says_whether_an_earlier_file_still_counts(about: Callable[..., About], counts: bool) -> None:
    fault = Fault("Tự chấm!D5", say("Ô có công thức."))

    letter = render(messages.refusal(about=about(), file_name="a.xlsx", faults=[fault], still_counts=counts), "vi")

    said = "báo cáo đã được tiếp nhận trước đó của Quý đơn vị vẫn có giá trị."
    assert (said in " ".join(letter.text.split())) is counts


def test_the_ranking_is_a_table_in_which_ties_are_named(about: Callable[..., About]) -> None:
    tied = [Line(1, name, Fraction(1295, 14)) for name in ("Cục Thuế", "Cục Hải quan")]
    ranking = [*tied, Line(3, "Sở " * 25, Fraction(9))]

    letter = render(
        messages.result(about=about(), version=2, rank=3, score=Fraction(9), ranking=ranking, sheets=len(ranking)), "vi"
    )

    assert RANKING in letter.text


def test_a_matrix_of_many_units_stays_within_the_lines(about: Callable[..., About]) -> None:
    names = [f"Sở Khoa học, Công nghệ và Truyền thông số {n}" for n in range(1, 21)]
    ranking = [
        Line(n, name, Fraction(9305, 10), 963_500, Fraction(8514, 9), [(other, 930_500) for other in names if other != name])
        for n, name in enumerate(names, start=1)
    ]

    letter = render(
        messages.result(about=about(), version=1, rank=1, score=ranking[0].score, ranking=ranking, sheets=len(ranking)), "vi"
    )

    assert FIRST_OF_MANY in letter.text
    assert max(map(len, letter.text.splitlines())) <= 76
    assert " ".join(letter.text.split()).count(" chấm 930,5") == 20 * 19


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


def test_every_message_renders_in_every_form_and_nothing_of_the_machine_shows(drafts: Callable[..., list[Draft]]) -> None:
    written = [render(draft, "vi") for draft in drafts()]

    assert {draft.kind for draft in drafts()} == set(NoticeKind)
    for letter in written:
        assert not re.search(r"\d{4}-\d{2}-\d{2}|None|True|False|[{}]|score-sheets|consultation|day\b", str(letter))
        assert not re.search(r"\n\n\n|[ \t]\n| ,|\( ", letter.text)
        assert letter.text.startswith("Kính gửi: ")
        assert "\n\nTrân trọng./.\n\n" in letter.text
        assert max(map(len, letter.text.splitlines())) <= 76


def test_a_template_that_says_more_than_its_message_is_refused(about: Callable[..., About]) -> None:
    draft = messages.extension(about=about(), old_last_day=date(2024, 6, 5), because="đơn vị sáp nhập")
    del draft.values["because"]

    with pytest.raises(UndefinedError, match="because"):
        render(draft, "vi")


def test_rendering_leaves_the_callers_language_alone(about: Callable[..., About]) -> None:
    language.use("en")

    letter = render(messages.invitation(about=about()), "en")

    assert "thứ Năm 06/6/2024" in letter.subject
    assert language.week_day(date(2024, 6, 6)) == "Thursday 06/6/2024"


@pytest.mark.parametrize("sign", LINE_BREAKS, ids=repr)
def test_no_field_can_add_a_line_to_a_letter_or_a_header_to_a_mail(drafts: Callable[..., list[Draft]], sign: str) -> None:
    evil, plain = f"A{sign}Bcc: thief@example.vn", "A Bcc: thief@example.vn"
    fields = ("bloc_name", "unit", "sender", "activity", "secretary", "phrase")
    forged, honest = (drafts(text, [ActivityKind.REPORT], **dict.fromkeys(fields, text)) for text in (evil, plain))

    for one, other in zip(forged[:13], honest[:13], strict=True):
        assert render(one, "vi") == render(other, "vi")
        assert message([one], "vi", envelope(evil, identity=evil)) == message([other], "vi", envelope(plain, identity=plain))


def test_an_address_with_a_line_break_is_refused(about: Callable[..., About]) -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        message([messages.invitation(about=about())], "vi", envelope(address="a@example.vn\r\nBcc: b@example.vn"))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_field_survives_the_journey(drafts: Callable[..., list[Draft]], name: str) -> None:
    names = dict.fromkeys(("bloc_name", "unit", "sender", "activity", "secretary"), name.strip())

    for draft in drafts(name, [ActivityKind.SCORE_SHEETS], **names)[:13]:
        letter, raw = render(draft, "vi"), message([draft], "vi", envelope(name=name))
        mail = parsed(raw)

        assert mail["Subject"] == letter.subject
        assert person(mail, "To") == (one_line(name), "dv2@example.vn")
        assert person(mail, "From") == (one_line(name), "bloc@example.vn")
        assert mail.get_content() == letter.text.replace("\n", "\r\n")
        assert max(map(len, raw.splitlines())) <= 998
        assert raw.isascii()


def test_the_headers_say_what_it_is_and_whom_to_answer(about: Callable[..., About]) -> None:
    mail = parsed(message([messages.invitation(about=about())], "vi", envelope(identity="b-2024/" + "x" * 120)))

    assert {name: str(mail[name]) for name in ("Date", "Message-ID", "Auto-Submitted", "X-Bloc-Notice")} == {
        "Date": "Mon, 03 Jun 2024 07:30:00 +0700",
        "Message-ID": f"<{NOTICE}@example.vn>",
        "Auto-Submitted": "auto-generated",
        "X-Bloc-Notice": "b-2024/" + "x" * 120,
    }
    assert mail["From"].addresses[0].addr_spec == "bloc@example.vn"
    assert mail["Reply-To"].addresses[0].addr_spec == "thidua@example.vn"


def test_without_a_secretary_there_is_no_reply_to(about: Callable[..., About]) -> None:
    mail = parsed(message([messages.invitation(about=about(secretary=None, secretary_address=None))], "vi", envelope()))

    assert "Reply-To" not in mail
