import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from unicodedata import normalize

import pytest

from bloc.enums import ActivityKind
from notifications import messages
from notifications.cleaning import one_line
from notifications.envelope import Envelope, File
from notifications.messages import About, Draft
from notifications.render import letter, message
from tests.notifications.samples import ENVELOPE, READ, REPORT, SAMPLES, SHEET_FILE, SHEETS

NAMES = {
    "decomposed": normalize("NFD", "Sở Nông nghiệp và Phát triển nông thôn"),
    "markup": "Sở <b>A</b> & \"B\" 'C' {{ year }} {% x %}",
    "very long": "Trung tâm Xúc tiến " * 25 + "hết",
    "one long word": "ạ" * 400,
    "long and ASCII": "Trung tam " * 50,
    "specials": 'Phòng (Hành chính), Tổ \\ "một"; <x@y.vn>, @,',
    "encoded already": "=?utf-8?b?QmNjOg==?= A",
    "emoji": "Đội 👩‍💻 🇻🇳",
}
LINE_BREAKS = ["\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]


def parsed(mail: bytes) -> EmailMessage:
    read = message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert [part.defects for part in read.walk() if part.defects] == []
    return read


def people(mail: EmailMessage, header: str) -> list[tuple[str, str]]:
    # Read the way that RFC 2047 says: the newer parser keeps the space between two encoded words of a name.
    raw = dict(mail.raw_items())[header].replace("\r\n", "\n")
    parts = [entry.rpartition("<") for entry in raw.split(",\n")]
    return [(str(make_header(decode_header(name.strip()))), address.rstrip(">")) for name, _, address in parts]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def sent(sample: str, language: str = "vi", **changes: object) -> EmailMessage:
    drafts, envelope = SAMPLES[sample]
    return parsed(message(drafts, language, replace(envelope, **changes)))


def addressed(name: str = "Chuyên viên", identity: str = "b-2024/reminder/dv2") -> Envelope:
    return replace(ENVELOPE, name=name, identities=(identity,), threads=())


def shape(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_field_survives_the_journey(drafts: Callable[..., list[Draft]], name: str) -> None:
    names = dict.fromkeys(("bloc_name", "unit", "sender", "activity", "secretary"), name.strip())
    file = File(f"{name}.xlsx", b"xlsx")
    envelope = replace(addressed(name=name), files=(file,), cycle="b-2024")

    for draft in drafts(name, [ActivityKind.SCORE_SHEETS], **names)[:6]:
        written, raw = letter([draft], "vi", envelope), message([draft], "vi", envelope)
        mail = parsed(raw)

        assert mail["Subject"] == written.subject
        assert people(mail, "To") == [(one_line(name), "dv2@example.vn")]
        assert people(mail, "From") == [(one_line(draft.values["bloc_name"]), "bloc@example.vn")]
        assert body(mail, "plain").replace("\r\n", "\n") == written.text
        assert body(mail, "html").replace("\r\n", "\n") == written.html
        attached = next(mail.iter_attachments())
        assert one_line(name).startswith(str(attached.get_filename()).removesuffix(".xlsx"))
        assert raw.isascii()
        assert max(map(len, raw.splitlines())) <= 998
        assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("sign", LINE_BREAKS, ids=repr)
def test_no_field_can_add_a_header(drafts: Callable[..., list[Draft]], sign: str) -> None:
    evil, plain = f"A{sign}Bcc: thief@example.vn", "A Bcc: thief@example.vn"
    fields = ("bloc_name", "unit", "sender", "activity", "secretary", "phrase")
    forged, honest = (drafts(text, [ActivityKind.REPORT], **dict.fromkeys(fields, text)) for text in (evil, plain))

    for one, other in zip(forged[:5], honest[:5], strict=True):
        mails = (message([d], "vi", replace(addressed(t, t), files=(File(t, b""),))) for d, t in ((one, evil), (other, plain)))
        assert next(mails) == next(mails)


@pytest.mark.parametrize("address", ["a@example.vn\r\nBcc: b@example.vn", "a b@example.vn", "a@example.vn>", "a"], ids=repr)
@pytest.mark.parametrize("field", ["address", "sender", "redirect", "inbox"])
def test_what_is_no_address_is_refused(about: Callable[..., About], field: str, address: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        message([messages.invitation(about=about())], "vi", replace(addressed(), **{field: address}))


def test_the_headers_say_what_it_is_and_whom_to_answer() -> None:
    mail = sent("reminder", identities=("b-2024/" + "x" * 120, "b-2024/y"))

    said = {name: str(mail[name]) for name in HEADERS}
    assert said == HEADERS
    assert people(mail, "From") == [("Khối thi đua các cơ quan Quản lý kinh tế thành phố", "bloc@example.vn")]
    assert people(mail, "Reply-To") == [("Chuyên viên giúp việc Trưởng khối", "thidua@example.vn")]
    assert people(mail, "List-Id") == [("Khối thi đua các cơ quan Quản lý kinh tế thành phố", "khoi-2024.example.vn")]


HEADERS = {
    "Date": "Mon, 03 Jun 2024 07:30:00 +0700",
    "Message-ID": "<00000000-0000-0000-0000-000000000007@example.vn>",
    "In-Reply-To": f"<{REPORT}@example.vn>",
    "References": f"<{REPORT}@example.vn>",
    "Auto-Submitted": "auto-generated",
    "Content-Language": "vi",
    "X-Bloc-Notice": "b-2024/" + "x" * 120 + " b-2024/y",
}


def test_english_mail_says_that_it_is_english() -> None:
    assert sent("reminder", "en")["Content-Language"] == "en"


def test_an_answer_reaches_the_secretary_and_the_mailbox_that_is_read() -> None:
    assert [address for _, address in people(sent("reminder-urgent"), "Reply-To")] == ["thidua@example.vn", READ.inbox]


def test_a_digest_belongs_to_several_threads_and_answers_to_it_carry_no_token() -> None:
    mail = sent("digest")

    assert mail["In-Reply-To"] == f"<{REPORT}@example.vn>"
    assert str(mail["References"]).split() == [f"<{REPORT}@example.vn>", f"<{SHEETS}@example.vn>"]
    assert [address for _, address in people(mail, "Reply-To")] == ["thidua@example.vn", "nop@example.vn"]


def test_without_a_secretary_there_is_no_reply_to(about: Callable[..., About]) -> None:
    draft = messages.invitation(about=about(secretary=None, secretary_address=None))

    assert "Reply-To" not in parsed(message([draft], "vi", addressed()))


def test_what_is_about_the_installation_belongs_to_no_list_and_no_thread() -> None:
    mail = sent("alarm")

    assert [name for name in ("List-Id", "In-Reply-To", "References", "Reply-To") if name in mail] == []
    assert people(mail, "To") == [("", "quantri@example.vn")]


def test_on_trial_all_mail_goes_to_one_address_and_says_to_whom_it_would_go() -> None:
    mail = sent("reminder", redirect="thu@example.vn")

    assert people(mail, "To") == [("Chuyên viên thi đua", "thu@example.vn")]
    assert str(mail["Subject"]).startswith("[dv2@example.vn] Nhắc gửi báo cáo")


@pytest.mark.parametrize("name", ["reminder", "invitation-sheets", "digest"])
def test_the_same_notice_is_the_same_bytes(name: str) -> None:
    drafts, envelope = SAMPLES[name]

    assert message(drafts, "vi", envelope) == message(drafts, "vi", envelope)


def test_text_and_html_are_to_choose_from_and_files_come_after_them() -> None:
    assert shape(sent("reminder")) == ["multipart/alternative", "text/plain", "text/html"]
    assert shape(sent("invitation-sheets")) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/calendar",
    ]  # fmt: skip


def test_files_keep_their_names_and_bytes() -> None:
    files = (
        SHEET_FILE,
        File("Báo cáo (bản ký).PDF", b"%PDF" * 99),
        File("ghi chú", b"\x00\r\n\xff"),
        File("é" * 200 + ".docx", b""),
    )

    found = list(sent("receipt", files=files).iter_attachments())

    assert [(part.get_filename(), part.get_content_type()) for part in found] == [
        (SHEET_FILE.name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("Báo cáo (bản ký).PDF", "application/pdf"),
        ("ghi chú", "application/octet-stream"),
        ("é" * 75 + ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ]
    assert [part.get_content() for part in found] == [file.data for file in files]


def test_no_sign_is_cut_in_two_between_encoded_words() -> None:
    raw = dict(sent("reminder", name="ế" * 100).raw_items())["To"]

    words = re.findall(r"=\?utf-8\?b\?\S+\?=", raw)
    assert len(words) > 3
    assert "".join(str(make_header(decode_header(word))) for word in words) == "ế" * 100
    assert max(map(len, words)) <= 75
