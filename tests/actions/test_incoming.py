"""What becomes of a mail that comes in: every one is kept, and what is in doubt waits for a person."""

from datetime import datetime
from unicodedata import normalize

import pytest
from sqlmodel import Session, col, select

from bloc import files
from bloc.actions.incoming import Desk, Raw, take, under_way
from bloc.db import Database, unit_of_work
from bloc.enums import CycleMode, DepositState, IncomingState, ObligationState, Stage
from bloc.language import Message
from bloc.settings import Settings
from models import AuditEntry, Deposit, Incoming, Notice
from tests.factories import Year, cycle_of, on, plan, plan_data, report, reports_asked, sheet, sheets_asked
from tests.mails import MAILBOX, PDF, SERVER, letter, sent, token_address
from tests.places import kept

pytestmark = pytest.mark.either

SETTINGS = Settings(_env_file=None, upload_limit=1_000_000, imap_address=MAILBOX, imap_authserv=SERVER)
U2 = "u2@b.example.vn"


def receive(
    base: Database, data: bytes, when: str = "2030-05-20 09:00", arrived: str | None = None, settings: Settings = SETTINGS,
    **raw: object,
) -> Incoming:  # fmt: skip
    wall: datetime = on(when)
    with unit_of_work(base) as work:
        desk = Desk(work, under_way(work.session, None), settings, wall)
        return take(desk, Raw(data, on(arrived) if arrived else wall, len(data), **raw))  # type: ignore[arg-type]


def said(row: Incoming) -> list[str]:
    return [str(Message.from_json(line)) for line in row.outcome]


asked, scoring = kept(reports_asked), kept(sheets_asked)


def test_a_report_sent_to_the_address_with_its_token_is_handed_in_and_answered(asked, base):
    data = letter(U2, token_address(asked.obligation("u2")), [("Báo cáo.docx", report())])

    row = receive(base, data)

    (deposit,) = asked.rows(Deposit)
    assert (row.state, row.sender, row.subject, row.cycle_id) == (IncomingState.DEPOSITED, U2, "Gửi báo cáo", asked.cycle.id)
    assert said(row) == ['"Báo cáo.docx" was received, receipt 1, Đơn vị 2: Báo cáo sơ kết']
    assert (deposit.state, deposit.file_name) == (DepositState.ACCEPTED, "Báo cáo.docx")
    assert asked.obligation("u2").state is ObligationState.ACCEPTED
    assert asked.notices("receipt") == ["reports/u2/receipt/1/u2@b.example.vn"]
    with Session(base.engine) as session:
        assert files.read(session, row.sha256) == data


def test_on_record_the_office_of_the_contact_has_handed_it_in(asked, base):
    receive(base, letter(f"Ai do <{U2.upper()}>", token_address(asked.obligation("u2")), [("a.pdf", PDF)]))

    assert [(row.by, row.about) for row in asked.rows(AuditEntry) if row.act == "deposit"] == [("Chuyên viên 2", "reports/u2")]


def test_the_same_bytes_again_are_the_same_mail(asked, base):
    data = letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)])

    first, again = receive(base, data), receive(base, data, "2030-05-21 09:00")

    assert (again.id, again.received_at) == (first.id, on("2030-05-20 09:00"))
    assert (len(asked.rows(Incoming)), len(asked.rows(Deposit))) == (1, 1)


def test_who_sent_in_time_is_in_time_though_the_mailbox_is_read_later(asked, base):
    data = letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)])

    receive(base, data, "2030-06-07 00:10", arrived="2030-06-06 23:58")

    (deposit,) = asked.rows(Deposit)
    assert (deposit.late_seconds, deposit.received_at) == (0, on("2030-06-06 23:58"))


def test_a_clock_of_the_mail_server_that_is_ahead_dates_nothing_in_the_future(asked, base):
    receive(base, letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)]), arrived="2031-01-01 09:00")

    assert [row.received_at for row in asked.rows(Deposit)] == [on("2030-05-20 09:00")]


@pytest.mark.parametrize("header", ["Cc", "Delivered_To", "X_Original_To"])
def test_the_token_is_found_wherever_the_address_stands(asked, base, header):
    data = letter(U2, "secretary@b.example.vn", [("a.pdf", PDF)], **{header: token_address(asked.obligation("u2"))})

    assert receive(base, data).state is IncomingState.DEPOSITED


def test_a_file_of_the_wrong_kind_is_refused_and_the_answer_says_what_is_asked_for(asked, base):
    row = receive(base, letter(U2, token_address(asked.obligation("u2")), [("Báo cáo.xlsx", b"PK no workbook")]))

    assert row.state is IncomingState.DEPOSITED
    assert said(row) == ['"Báo cáo.xlsx" was refused (faults: 1), Đơn vị 2: Báo cáo sơ kết']
    assert asked.notices("refusal") == ["reports/u2/refusal/1/u2@b.example.vn"]


def test_of_a_report_and_its_signed_print_both_are_kept_and_the_print_counts(asked, base):
    sent_files = [("Báo cáo.PDF", PDF), ("báo cáo.docx", report())]

    receive(base, letter(U2, token_address(asked.obligation("u2")), sent_files))

    assert [(row.version, row.file_name) for row in asked.rows(Deposit)] == [(1, "báo cáo.docx"), (2, "Báo cáo.PDF")]


def test_a_score_sheet_is_known_by_what_it_says_of_itself_and_who_sends_it(scoring, base):
    row = receive(base, letter(U2, MAILBOX, [("Bảng chấm điểm.xlsx", sheet(scoring.cycle, "u2"))]), "2030-11-20 09:00")

    assert said(row) == ['"Bảng chấm điểm.xlsx" was received, receipt 1, Đơn vị 2: Gửi bảng chấm điểm']
    assert scoring.obligation("u2", "sheets").state is ObligationState.ACCEPTED


def test_the_signed_print_beside_a_score_sheet_is_left_with_the_mail(scoring, base):
    to = token_address(scoring.obligation("u2", "sheets"))

    row = receive(base, letter(U2, to, [("ky.pdf", PDF), ("a.xlsx", sheet(scoring.cycle, "u2"))]), "2030-11-20 09:00")

    assert said(row) == [
        '"a.xlsx" was received, receipt 1, Đơn vị 2: Gửi bảng chấm điểm',
        '"ky.pdf" is kept with the mail and was not handed in.',
    ]
    assert len(scoring.rows(Deposit)) == 1


def test_one_person_of_two_units_may_send_the_sheets_of_both_in_one_mail(base):
    contacts = plan_data()["contacts"]
    year = cycle_of(base, plan(contacts=[*contacts[:3], {**contacts[3], "email": U2}]))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")

    receive(base, letter(U2, MAILBOX, [(f"{u}.xlsx", sheet(year.cycle, u)) for u in ("u3", "u2")]), "2030-11-20 09:00")

    assert [year.obligation(unit, "sheets").state.value for unit in ("u1", "u2", "u3")] == ["open", "accepted", "accepted"]


def in_doubt(year: Year) -> dict[str, tuple[bytes, str]]:
    mine, others = token_address(year.obligation("u2")), token_address(year.obligation("u3"))
    nothing = MAILBOX.replace("@", f"+{'0' * 32}@")
    pdf, theirs = ("a.pdf", PDF), ("b.xlsx", sheet(year.cycle, "u3"))
    own = ("b.xlsx", sheet(year.cycle, "u2"))
    return {
        "from a stranger": (letter("x@strange.example", mine, [pdf]), "Its sender is no contact of a year under way."),
        "of another unit": (
            letter(U2, others, [pdf]), "It was sent to an address of Đơn vị 3, for which its sender does not act.",
        ),
        "a token of nothing": (
            letter(U2, nothing, [pdf]), "It was sent to an address with a token that means nothing in a year under way.",
        ),
        "several tokens": (letter(U2, f"{mine}, {others}", [pdf]), "It was sent to several addresses with tokens."),
        "no token": (
            letter(U2, MAILBOX, [pdf]),
            "It does not say for what its files are: there is no token in its address, and no score sheet in it.",
        ),
        "several files": (
            letter(U2, mine, [pdf, ("b.docx", report())]),
            "Several of its files can be the one that is asked for: a.pdf; b.docx",
        ),
        "an archive": (
            letter(U2, mine, [("tat-ca.zip", b"PK")]),
            "None of its files is of a kind that is asked for: .docx, .pdf or .xlsx.",
        ),
        "an empty file": (
            letter(U2, mine, [("a.pdf", b"")]), '"a.pdf" could not be handed in: The file is empty. Please send it again.',
        ),
        "too large a file": (
            letter(U2, mine, [("a.pdf", PDF.ljust(1_000_001))]),
            '"a.pdf" could not be handed in: The file is larger than 1 MB. Please send a smaller one.',
        ),
        "a machine's": (
            letter(U2, mine, [pdf], Auto_Submitted="auto-generated"),
            "A machine has sent it, with files; machines are not answered.",
        ),
        "forged": (
            letter(U2, mine, [pdf], Authentication_Results="mx.example.vn; spf=pass; dmarc=fail (p=none)"),
            "The mail server says that it does not come from its sender.",
        ),
        "from a server that is not theirs": (
            letter(U2, mine, [pdf], Authentication_Results="mx.example.vn; spf=softfail smtp.mailfrom=u2@b.example.vn"),
            "The mail server says that it does not come from its sender.",
        ),
        "vouched for by another server": (
            letter(U2, mine, [pdf], Authentication_Results="mx.strange.example; dmarc=pass header.from=b.example.vn"),
            "No mail server that is believed (BLOC_IMAP_AUTHSERV) says that it comes from its sender.",
        ),
        "from two": (letter(f"{U2}, u3@b.example.vn", mine, [pdf]), "Its sender is no contact of a year under way."),
        "another unit's sheet": (
            letter(U2, MAILBOX, [theirs]), "The score sheet in it is that of Đơn vị 3, for which its sender does not act.",
        ),
        "a sheet and a token that differ": (
            letter("u3@b.example.vn", mine, [theirs]),
            "The address that it was sent to and the score sheet in it name different units.",
        ),
        "two sheets of one unit": (
            letter(U2, MAILBOX, [own, ("c.xlsx", sheet(year.cycle, "u2", {"u1": 3}))]),
            "It brings more than one score sheet of the same unit.",
        ),
        "words alone": (letter(U2, mine), "Nothing is attached; perhaps somebody should read it."),
    }  # fmt: skip


def test_what_is_in_doubt_waits_for_a_person_and_changes_nothing(asked, base):
    asked.advance(Stage.YEAR_END, "2030-11-18 07:00")
    cases, before = in_doubt(asked), asked.notices()  # the units'

    rows = {name: receive(base, data, "2030-11-20 09:00") for name, (data, _) in cases.items()}

    assert {name: (row.state, said(row)) for name, row in rows.items()} == {
        name: (IncomingState.HELD, [why]) for name, (_, why) in cases.items()
    }
    assert (asked.rows(Deposit), [each for each in asked.notices() if not each.startswith("held/")]) == ([], before)


@pytest.mark.parametrize(
    ("found", "state"),
    [("spf=none", IncomingState.DEPOSITED), ("spf=softfail", IncomingState.HELD), ("dmarc=fail", IncomingState.HELD)],
)
def test_where_the_mail_server_takes_no_forged_mail_it_need_not_say_so(asked, base, found, state):
    settings = SETTINGS.model_copy(update={"imap_checks_senders": True})
    mail = letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)], Authentication_Results=f"{SERVER}; {found}")

    assert receive(base, mail, settings=settings).state is state


def test_without_a_server_that_is_believed_nothing_is_handed_in_by_itself(asked, base):
    data = letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)])

    row = receive(base, data, settings=SETTINGS.model_copy(update={"imap_authserv": None}))

    assert (row.state, asked.rows(Deposit)) == (IncomingState.HELD, [])


def test_one_file_that_cannot_be_handed_in_keeps_the_whole_mail_back(scoring, base):
    scoring.advance(Stage.MIDYEAR, "2030-11-18 07:00")
    files = [("a.xlsx", sheet(scoring.cycle, "u2")), ("b.pdf", b"")]

    row = receive(base, letter(U2, token_address(scoring.obligation("u2")), files), "2030-11-20 09:00")

    assert (row.state, scoring.rows(Deposit), scoring.notices("receipt")) == (IncomingState.HELD, [], [])


def test_an_answer_to_a_mail_about_several_reports_does_not_say_which_one_it_is(base):
    more = {"title": "Gửi báo cáo chuyên đề", "kind": "report", "quarter": "2", "source": "II", "opens": "2030-05-06"}
    due = {"deadline": {"phrase": "trước ngày 07/6/2030", "before": "2030-06-07"}}
    year = cycle_of(base, plan(activities={"topics": {**more, **due}}))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    both = [row for row in sent(year, "2030-05-06 08:00") if row.identity.endswith(f"/{U2}")]
    with unit_of_work(base) as work:
        for row in work.session.exec(select(Notice).where(col(Notice.id).in_([each.id for each in both]))):
            row.mail_id = both[0].mail_id  # they left together

    data = letter(U2, token_address(year.obligation("u2")), [("a.pdf", PDF)], In_Reply_To=f"<{both[0].mail_id}@example.vn>")

    assert len(both) == 2
    assert said(receive(base, data)) == ["It answers a mail about several reports: it does not say which one this is."]


ASIDE = {
    "an automatic reply": (letter(U2, Auto_Submitted="auto-replied"), "It is an automatic reply."),
    "out of office by its subject": (letter(U2, Subject="Trả lời tự động: Nhắc nộp báo cáo"), "It is an automatic reply."),
    "a mass mail": (letter("x@strange.example", Precedence="bulk"), "It is an automatic reply."),
    "a stranger's words": (
        letter("x@strange.example"), "Nothing is attached, and its sender is no contact of a year under way.",
    ),
    "words that the secretary has": (
        letter(U2, f"{MAILBOX}, secretary@b.example.vn"), "Nothing is attached; the secretary has it, too.",
    ),
    "our own": (letter("bloc@example.vn", MAILBOX, [("a.pdf", PDF)]), "It is a mail of our own."),
}  # fmt: skip


@pytest.mark.parametrize(("data", "why"), ASIDE.values(), ids=ASIDE)
def test_what_has_nothing_for_us_is_set_aside_and_never_answered(asked, base, data, why):
    before = asked.notices()

    row = receive(base, data)

    assert (row.state, said(row), asked.notices()) == (IncomingState.SET_ASIDE, [why], before)


def test_what_mail_programs_add_is_no_file_of_a_report(asked, base):
    to = token_address(asked.obligation("u2"))
    logo = b'Content-Type: image/png; name="logo.png"\nContent-ID: <logo>\nContent-Disposition: inline\n\nx\n'
    card = b'Content-Type: text/x-vcard; name="a.vcf"\nContent-Disposition: attachment\n\nx\n'
    when = b'Content-Type: text/calendar; name="a.ics"\n\nx\n'
    signature = b'Content-Type: application/pkcs7-signature; name="smime.p7s"\n\nx\n'
    body = b"".join(b"--x\n" + part for part in (b"Content-Type: text/plain\n\nKinh gui\n", logo, card, when, signature))
    head = f"From: {U2}\nTo: {to}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n".encode()

    row = receive(base, head + body + b"--x--\n")

    assert said(row) == ["Nothing is attached; perhaps somebody should read it."]


NAMES = {
    "as a Mac writes it": normalize("NFD", "Báo cáo sơ kết.docx"),
    "with a path": "C:\\Tài liệu\\Báo cáo sơ kết.docx",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_vietnamese_names_of_files_arrive_as_they_were_written(asked, base, name):
    receive(base, letter(U2, token_address(asked.obligation("u2")), [(name, report())]))

    assert [row.file_name for row in asked.rows(Deposit)] == ["Báo cáo sơ kết.docx"]


@pytest.mark.parametrize(
    "parameter",
    [
        b'filename="=?UTF-8?B?QsOhbyBjw6FvLnBkZg==?="',
        b"filename*=utf-8''B%C3%A1o%20c%C3%A1o.pdf",
        b"filename*0*=utf-8''B%C3%A1o%20c; filename*1*=%C3%A1o.pdf",
    ],
    ids=["as Outlook writes it", "by RFC 2231", "by RFC 2231, in pieces"],
)
def test_names_are_read_in_each_encoding_that_is_in_use(asked, base, parameter):
    to = token_address(asked.obligation("u2")).encode()
    proof = f"Authentication-Results: {SERVER}; dmarc=pass header.from=b.example.vn\n".encode()
    head = proof + b"From: u2@b.example.vn\nTo: " + to + b"\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
    part = b"Content-Type: application/octet-stream\nContent-Disposition: attachment; " + parameter + b"\n\n" + PDF

    receive(base, head + part + b"\n--x--\n")

    assert [row.file_name for row in asked.rows(Deposit)] == ["Báo cáo.pdf"]


def test_a_mail_too_large_to_be_taken_is_held_by_its_head(asked, base):
    head = f"From: {U2}\r\nSubject: =?utf-8?q?B=C3=A1o?=\r\n\r\n".encode()

    row = receive(base, head, whole=False)

    assert (row.state, row.subject) == (IncomingState.HELD, "Báo")
    assert said(row) == ["The mail is too large (0 MB) to be taken; it lies in the mailbox."]


def hostile() -> dict[str, bytes]:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(900))
    return {
        "nothing": b"",
        "noughts": b"\0" * 5000,
        "no text": bytes(range(256)) * 40,
        "very deep": b"From: u2@b.example.vn\n" + deep,
        "mails in mails": b"Content-Type: message/rfc822\n\n" * 900,
        "parts without end": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n\n" * 50_000,
        "headers without end": b"X: y\n" * 100_000,
        "blank lines": b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 50_000,
        "headers within headers": b"From: u2@b.example.vn\nSubject: =?utf-8?q?a=0D=0ABcc:_x=40y.vn?=\n\nhi",
        "an unknown encoding": (
            b"From: =?nope?q?a?= <u2@b.example.vn>\nSubject: =?nope?b?!!?=\nContent-Type: text/plain; charset=nope\n\nhi"
        ),
        "bytes in a header": b"From: u2@b.example.vn\nSubject: \xff\xfe\xed\xa0\x80\n\nhi",
        "a broken base64": b"From: u2@b.example.vn\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n!!!!a",
        "winmail.dat": b'From: u2@b.example.vn\nContent-Type: application/ms-tnef; name="winmail.dat"\n\nx',
        "a boundary that is none": b"From: u2@b.example.vn\nContent-Type: multipart/mixed\n\nhi",
        "a broken report": (
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
            b"--x\nContent-Type: message/delivery-status\n\n"
        ),
    }


@pytest.mark.parametrize("data", hostile().values(), ids=hostile())
def test_whatever_comes_ends_in_a_row(asked, base, data):
    row = receive(base, data)

    assert row.state in (IncomingState.HELD, IncomingState.SET_ASIDE, IncomingState.BOUNCE)
    assert said(row) != []
    assert row.subject.isprintable()
    with Session(base.engine) as session:
        assert session.exec(select(Incoming.sha256)).all() == [row.sha256]
        assert files.read(session, row.sha256) == data


def test_mail_about_a_year_that_is_replayed_is_not_taken_by_the_post_of_today(base):
    year = cycle_of(base, plan(), mode=CycleMode.REPLAY)
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    row = receive(base, letter(U2, token_address(year.obligation("u2")), [("a.pdf", PDF)]))

    assert said(row) == ["Its sender is no contact of a year under way."]
