"""What a person does about mail that came in."""

import pytest

from bloc.enums import DepositState, Stage
from models import AuditEntry, Deposit, Incoming
from tests.cli.conftest import Said
from tests.factories import report, sheet
from tests.mails import MAILBOX, PDF, letter, report_of, sent, token_address

U2 = "u2@b.example.vn"


@pytest.fixture
def asked(replayed):
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    replayed.reach("2030-05-20 09:00")
    return replayed


@pytest.fixture
def held(asked, bloc, tmp_path):
    """Return the reference of a mail that waits: it has no token."""
    return take(bloc, tmp_path, letter(U2, MAILBOX, [("Báo cáo.docx", report()), ("a.png", b"x")])).out[:8]


def take(bloc, folder, data, name="a.eml") -> Said:
    (folder / name).write_bytes(data)
    return bloc("inbox", "read", name, "--cycle", "b-2030")


def test_a_mail_is_taken_from_a_file_as_if_it_had_come(asked, bloc, tmp_path):
    said = take(bloc, tmp_path, letter(U2, token_address(asked.obligation("u2")), [("Báo cáo.docx", report())]))

    (row,) = asked.rows(Incoming)
    assert said == Said(
        0,
        f"{row.sha256[:8]}  9:00 on Monday 20/5/2030  {U2}: Gửi báo cáo\n"
        '      handed in: "Báo cáo.docx" was received, receipt 1, Đơn vị 2: Báo cáo sơ kết\n',
    )


def test_a_bounce_is_taken_from_a_file(asked, bloc, tmp_path):
    mail = next(row for row in sent(asked, "2030-05-06 08:00") if row.identity.endswith(U2))

    said = take(bloc, tmp_path, report_of(mail, U2, "550 5.1.1 User unknown"))

    assert said.out.splitlines()[1] == f"      report of the post: Mail to {U2} did not arrive: 550 5.1.1 User unknown"
    assert bloc("inbox", "works", U2, "--because", "Đã khôi phục") == Said(0, f"{U2} is written to again.\n")


def test_those_that_wait_are_listed_and_all_on_request(asked, bloc, tmp_path, held):
    take(bloc, tmp_path, letter(U2, Auto_Submitted="auto-replied"))

    assert [len(bloc("inbox", "list", *words).out.splitlines()) for words in ([], ["--all"])] == [2, 4]


def test_before_any_mail_the_lists_say_so(bloc, replayed):
    assert [bloc("inbox", "list", *words).out for words in ([], ["--all"])] == [
        "No mail waits for you.\n",
        "No mail has come in.\n",
    ]


def test_a_mail_is_shown_with_its_text_and_its_files_and_can_be_saved(bloc, held, tmp_path):
    shown = bloc("inbox", "show", held).out.splitlines()
    bloc("inbox", "show", held, "--save", "copy.eml")

    files = [f"File: Báo cáo.docx ({len(report())} bytes)", "File: a.png (1 bytes)"]
    assert shown[2:] == [f"To: {MAILBOX}", *files, "", "Kính gửi Thư ký."]
    assert (tmp_path / "copy.eml").read_bytes() == (tmp_path / "a.eml").read_bytes()


def test_a_person_hands_in_what_waits_as_of_when_it_came(asked, bloc, held):
    asked.reach("2030-06-08 09:00")

    said = bloc("inbox", "deposit", held, "--unit", "u2", "--activity", "reports", "--because", "Đã gọi hỏi", "--by", "Thư ký")

    (deposit,), (row,), entry = asked.rows(Deposit), asked.rows(Incoming), asked.rows(AuditEntry)[-1]
    assert said == Said(0, '"Báo cáo.docx" was received, receipt 1, Đơn vị 2: Báo cáo sơ kết\n')
    assert (deposit.state, deposit.late_seconds, row.state.value) == (DepositState.ACCEPTED, 0, "deposited")
    assert (entry.act.value, entry.by, entry.about, entry.because) == ("incoming", "Thư ký", "reports/u2", "Đã gọi hỏi")
    assert asked.notices("receipt") == ["reports/u2/receipt/1/u2@b.example.vn"]


def test_a_person_sets_aside_what_waits_and_that_is_final(asked, bloc, held):
    first = bloc("inbox", "set-aside", held, "--because", "Thư rác", "--by", "Thư ký")
    again = bloc("inbox", "set-aside", held, "--because", "Thư rác")

    assert first == Said(0, "Set aside.\n")
    assert again == Said(1, "", "bloc: This mail waits for nobody: what became of it is decided.\n")
    assert [(row.act.value, row.because) for row in asked.rows(AuditEntry)[-1:]] == [("incoming", "Thư rác")]
    assert bloc("audit", "list").out.splitlines()[-2].endswith("Thư ký: decided about a mail that came in")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "ffffffff"], 'There is no mail called "ffffffff". (bloc inbox list --all)'),
        (["show", "%"], 'There is no mail called "%". (bloc inbox list --all)'),
        (["set-aside", "HELD", "--because", " "], "This needs its reason."),
        (
            ["deposit", "HELD", "--unit", "u2", "--activity", "reports", "--because", "a", "--file", "b.pdf"],
            "There is no such file in this mail; it has: Báo cáo.docx; a.png",
        ),
        (
            ["deposit", "HELD", "--unit", "u9", "--activity", "reports", "--because", "a"],
            'There is no unit "u9" in this bloc; it has: u1, u2, u3',
        ),
        (["read", "no.eml"], "no.eml cannot be read: there is no such file or folder"),
        (["fetch"], "No mailbox is set (BLOC_IMAP_HOST)."),
        (["works", "x@y.vn", "--because", "a"], "Nobody has the address x@y.vn."),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said(bloc, held, words, said):
    assert bloc("inbox", *[held if word == "HELD" else word for word in words]) == Said(1, "", f"bloc: {said}\n")


def test_of_several_files_that_fit_one_must_be_chosen(asked, bloc, tmp_path):
    ref = take(bloc, tmp_path, letter(U2, MAILBOX, [("a.pdf", PDF), ("b.docx", report())])).out[:8]
    words = ["inbox", "deposit", ref, "--unit", "u2", "--activity", "reports", "--because", "a"]

    assert bloc(*words).err == "bloc: Several files of this mail fit; please choose one: a.pdf; b.docx (--file)\n"
    assert bloc(*words, "--file", "a.pdf").out.startswith('"a.pdf" was received')


@pytest.mark.parametrize("name", ["Bảng.xlsx", "Bản in.pdf"])
def test_a_mail_with_a_score_sheet_is_saved_only_once_the_own_sheet_counts(bloc, replayed, tmp_path, name):
    replayed.advance(Stage.YEAR_END, "2030-11-18 07:00")
    replayed.reach("2030-11-20 09:00")
    to = token_address(replayed.obligation("u3", "sheets"))
    ref = take(bloc, tmp_path, letter(U2, to, [(name, sheet(replayed.cycle, "u2"))])).out[:8]

    shown, early = bloc("inbox", "show", ref).out, bloc("inbox", "show", ref, "--save", "copy.eml")
    replayed.send_sheet("u1", "2030-11-20 10:00")
    late = bloc("inbox", "show", ref, "--save", "copy.eml")

    assert f"File: {name} " in shown  # enough to decide by
    assert (early.status, "waits until the score sheet of Đơn vị 1 counts" in early.err) == (1, True)
    assert late.out == "Written: copy.eml\n"
