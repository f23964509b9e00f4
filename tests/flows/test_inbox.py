"""The mailbox, against a real Dovecot: what is new is taken once, in the year's database, and nothing is deleted."""

import logging
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, create_engine, select

from bloc import clock
from bloc.actions.incoming import Raw
from bloc.db import Database
from bloc.enums import IncomingState, Stage
from bloc.errors import MailboxFailed, PartFailed
from bloc.language import say
from bloc.settings import Settings
from bloc.sheets import apart
from flows import inbox
from flows.inbox import read_mailbox, take_in
from models import Deposit, Incoming
from notifications.mailbox import KEYWORD, open_mailbox
from tests.factories import START, Year, cycle_of, on, plan, report, sheet
from tests.mails import MAILBOX, PDF, SERVER, letter, token_address
from tests.notifications.dovecot import PASSWORD, Dovecot, dovecot
from tests.places import kept

pytestmark = [pytest.mark.process, pytest.mark.either]

WALL = on("2030-05-20 09:00")
U2 = "u2@b.example.vn"


@pytest.fixture(scope="module")
def house() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def post(house) -> Dovecot:
    """Return the server with an empty mailbox."""
    house.empty()
    return house


@kept
def asked(base) -> Year:
    """Return a year that began long ago, by the clock of the mail server, whose reports are asked for."""
    year = cycle_of(base, plan(), "2024-01-02 08:00")
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    return year


def settings(post: Dovecot, security: str = "none", **changes: object) -> Settings:
    return Settings(_env_file=None, **post.settings(security, imap_address=MAILBOX, imap_authserv=SERVER, **changes))


def read(base: Database, post: Dovecot, **changes: object) -> int:
    return read_mailbox(base, settings(post, **changes), clock.now())


def states(base: Database) -> list[IncomingState]:
    with Session(base.engine) as session:
        return list(session.exec(select(Incoming.state).order_by(Incoming.sender)))


def test_what_is_new_is_taken_once_and_stays_where_it_is_unread(asked, base, post):
    post.put("1", letter(U2, token_address(asked.obligation("u2")), [("Báo cáo.docx", report())]))
    post.put("2", letter("x@strange.example"))

    counts = [read(base, post), read(base, post)]

    assert counts == [2, 0]
    assert states(base) == [IncomingState.DEPOSITED, IncomingState.SET_ASIDE]
    assert [KEYWORD.encode() in each and b"Seen" not in each for each in post.flags()] == [True, True]
    assert len(asked.rows(Deposit)) == 1


def test_the_hour_of_the_mail_server_counts_and_not_that_of_the_sender(asked, base, post):
    before = clock.now().replace(microsecond=0)
    post.put("1", letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)]))
    read(base, post)

    (deposit,) = asked.rows(Deposit)
    assert before <= deposit.received_at <= clock.now()


def test_what_others_gave_up_is_not_deleted_by_us(asked, base, post):
    post.put("1", letter("x@strange.example"))
    with post.line() as line:
        line.store("1", "+FLAGS", "\\Deleted")

    read(base, post)

    assert [b"Deleted" in each and KEYWORD.encode() in each for each in post.flags()] == [True]


def test_after_a_crash_between_the_commit_and_the_mark_nothing_happens_twice(asked, base, post):
    post.put("1", letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)]))
    read(base, post)
    with post.line() as line:
        line.store("1", "-FLAGS", KEYWORD)

    assert read(base, post) == 1
    assert (states(base), len(asked.rows(Deposit)), len(asked.notices("receipt"))) == ([IncomingState.DEPOSITED], 1, 1)


def test_a_mail_that_cannot_be_taken_now_is_not_marked_and_the_others_are_taken(asked, base, post, monkeypatch):
    post.put("1", letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)]))
    post.put("2", letter("x@strange.example"))
    take = inbox.take

    def broken(desk, raw):
        if b"strange" not in raw.data:
            raise PartFailed(say("The reader of score sheets does not start."))
        return take(desk, raw)

    monkeypatch.setattr(inbox, "take", broken)
    first = read(base, post)
    monkeypatch.undo()

    assert [first, read(base, post)] == [1, 1]
    assert len(asked.rows(Deposit)) == 1


@pytest.mark.parametrize("given", [{"u1": 3}, {"u1": 77}], ids=["a good one", "one with faults"])
def test_while_a_score_sheet_is_read_the_database_is_everybodys(base, monkeypatch, given):
    year = cycle_of(base, plan(), "2024-01-02 08:00")
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    mail = letter(U2, MAILBOX, [("a.xlsx", sheet(year.cycle, "u2", given))])
    wall, asked_for, ask = on("2030-11-20 09:00"), [], apart._Child.ask

    def writing(child, request):
        asked_for.append(claimed(base))
        return ask(child, request)

    monkeypatch.setattr(apart._Child, "ask", writing)
    row = take_in(base, Settings(_env_file=None, imap_authserv=SERVER), Raw(mail, wall, len(mail)), wall)

    assert (row.state, len(year.rows(Deposit))) == (IncomingState.DEPOSITED, 1)
    assert asked_for == [True, True]  # whose it is, and what it says


def claimed(base: Database) -> bool:
    """Return whether somebody else could write to the year at this moment."""
    if base.engine.dialect.name == "sqlite":
        statement, other = "BEGIN IMMEDIATE", create_engine(base.engine.url, connect_args={"timeout": 0})
    else:
        statement, other = "SELECT id FROM cycle FOR UPDATE NOWAIT", create_engine(base.engine.url)
    try:
        with other.connect() as line:
            line.exec_driver_sql(statement)
            return True
    except OperationalError:
        return False
    finally:
        other.dispose()


def test_a_mail_that_is_an_error_of_ours_is_kept_for_a_person(asked, base, post, monkeypatch, caplog):
    post.put("1", letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF)]))
    monkeypatch.setattr(inbox, "take", lambda desk, raw: 1 / 0)

    assert read(base, post) == 1
    assert (states(base), read(base, post)) == ([IncomingState.HELD], 0)
    assert "ZeroDivisionError" in caplog.text


def test_of_a_mail_that_is_too_large_the_head_alone_is_taken(asked, base, post):
    post.put("1", letter(U2, token_address(asked.obligation("u2")), [("a.pdf", PDF.ljust(30_000))]))

    read(base, post, upload_limit=10_000)

    with Session(base.engine) as session:
        row = session.exec(select(Incoming)).one()
    assert (row.state, row.sender, row.subject) == (IncomingState.HELD, U2, "Gửi báo cáo")


def test_what_came_before_the_first_live_year_began_is_not_for_us(base, post):
    cycle_of(base, plan(), START)  # in years to come, by the clock of the mail server
    post.put("1", letter(U2))

    assert read(base, post) == 0


def test_where_no_year_is_live_the_mailbox_is_left_alone(base, post):
    assert read(base, post, imap_host="no-such-host.invalid") == 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_nobody_vouches_for_is_refused_before_the_login(asked, base, post, security):
    with pytest.raises(MailboxFailed, match=r"(?i)certificate verify failed"):
        read(base, post, security=security)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_one_that_is_vouched_for_is_read_in_each_way(asked, base, post, security, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(post.certificate))
    post.put("1", letter(U2))

    assert read(base, post, security=security) == 1


def test_a_certificate_for_another_name_is_refused(asked, base, post, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(post.certificate))

    with pytest.raises(MailboxFailed, match=r"(?i)mismatch|not valid for"):
        read(base, post, security="tls", imap_host="127.0.0.1")


@pytest.mark.parametrize(
    "changes",
    [
        {"imap_password": "wrong-secret"},
        {"imap_username": "nobody\r\nx"},
        {"imap_folder": "Không có"},
        {"imap_port": 1},
        {"imap_host": "no-such-host.invalid"},
    ],
    ids=["a wrong password", "a broken name", "a folder that is not there", "nobody listens", "no such host"],
)
def test_a_mailbox_that_cannot_be_read_is_told_without_its_password(asked, base, post, changes, caplog):
    caplog.set_level(logging.DEBUG)

    with pytest.raises(MailboxFailed) as failed:
        read(base, post, **changes)

    assert str(failed.value).startswith("The mailbox (BLOC_IMAP_HOST) cannot be read: ")
    for secret in (PASSWORD, "wrong-secret"):
        assert secret not in f"{failed.value} {caplog.text}"


def test_a_folder_with_a_vietnamese_name_is_read(asked, base, post):
    with post.line() as line:
        line.create('"B&AOE-o c&AOE-o"')
        line.append('"B&AOE-o c&AOE-o"', None, None, letter(U2))

    assert read(base, post, imap_folder="Báo cáo") == 1


def test_a_mail_that_is_gone_meanwhile_is_passed_over(post):
    with open_mailbox(settings(post)) as mailbox:
        assert (mailbox.new(date(2024, 1, 1)), mailbox.fetch("4711", 1000)) == ([], None)
