"""Mail that does not arrive: marked, told to the secretary, and handed on; bounces are believed only about our own mails."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col, select

from bloc.actions.incoming import Desk, Raw, take, under_way
from bloc.actions.notice_changes import suppress
from bloc.actions.undeliverable import follow_up, works_again
from bloc.db import Database, unit_of_work
from bloc.enums import CycleMode, IncomingState, NoticeState, Stage
from bloc.errors import NotAllowed, NotFound
from bloc.language import Message
from bloc.settings import Settings
from models import AuditEntry, Contact, Notice
from notifications import ledger
from notifications.references import reference
from tests.factories import Year, cycle_of, on, plan, plan_data, report
from tests.mails import FORMS, report_of, sent
from tests.places import kept

pytestmark = pytest.mark.either

SETTINGS = Settings(_env_file=None)
GONE = "550 5.1.1 <u2@b.example.vn>: Recipient address rejected: User unknown"
U2, HEAD = "u2@b.example.vn", "head2@b.example.vn"
STAFF = [
    {"unit": "u2", "role": "deputy_contact", "name": "Chuyên viên phối hợp", "email": "deputy2@b.example.vn"},
    {"unit": "u2", "role": "head", "name": "Thủ trưởng", "email": HEAD},
]


@kept
def asked(base: Database) -> Year:
    """Return a year whose reports are asked for; u2 has all of its people."""
    year = cycle_of(base, plan(contacts=[*plan_data()["contacts"], *STAFF]))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    return year


def fail(year: Year, reply: str = GONE, when: str = "2030-05-06 08:00", to: str = U2) -> None:
    """Let the post take all that is queued, but for what goes to one address."""
    with year.open() as (work, _):
        contact = work.session.exec(select(Contact).where(Contact.email == to)).one()
        mine = work.session.exec(select(Notice.id).where(Notice.contact_id == contact.id, Notice.state == "queued")).all()
    rows = {row.id: row for row in sent(year, when)}
    with year.open() as (work, _):
        for row in work.session.exec(select(Notice)):
            if row.id in rows.keys() & set(mine):
                row.state, row.reply = NoticeState.FAILED, reply


def see_to(year: Year, when: str = "2030-05-06 08:01", settings: Settings = SETTINGS) -> int:
    with year.open() as (work, cycle):
        return follow_up(work, cycle, settings, on(when))


def queued(year: Year) -> list[str]:
    return sorted(row.identity.removeprefix(f"{year.key}/") for row in year.rows(Notice) if row.state is NoticeState.QUEUED)


def contact(year: Year, address: str = U2) -> Contact:
    with Session(year.base.engine) as session:
        return session.exec(select(Contact).where(Contact.email == address)).one()


def test_a_mailbox_that_does_not_exist_is_marked_told_and_passed_over_once(asked):
    fail(asked)

    assert [see_to(asked), see_to(asked)] == [2, 0]
    marked = contact(asked)
    assert (marked.undeliverable_since, marked.undeliverable_because) == (on("2030-05-06 08:01"), GONE)
    assert queued(asked) == [
        "reports/u2/invitation/2030-06-06/deputy2@b.example.vn",
        "undeliverable/u2@b.example.vn/2030-05-06T010100/secretary@b.example.vn",
    ]


def test_the_secretary_is_told_what_the_server_said_and_who_gets_the_mail_instead(asked):
    fail(asked)
    see_to(asked)

    told = next(row for row in asked.rows(Notice) if row.kind == "undeliverable").values

    assert (told["address"], told["reply"], told["unit"]) == (U2, GONE, "Đơn vị 2")
    assert (told["instead"], told["marked"]) == (["Chuyên viên phối hợp (deputy2@b.example.vn)"], True)


@pytest.mark.parametrize(
    "reply",
    ["554 5.7.1 Message rejected as spam", "552 5.3.4 Message too big", "450 4.2.2 Mailbox busy"],
    ids=["for what it says", "for its size", "given up after many attempts"],
)
def test_what_is_refused_for_another_reason_is_told_and_passed_on_but_marks_nobody(asked, reply):
    fail(asked, reply)

    assert see_to(asked) == 2
    assert contact(asked).undeliverable_since is None
    assert [row for row in queued(asked) if row.startswith("undeliverable")] == [
        "undeliverable/u2@b.example.vn/2030-05-06/secretary@b.example.vn"
    ]
    assert [row.values["marked"] for row in asked.rows(Notice) if row.kind == "undeliverable"] == [False]


def test_what_no_server_has_refused_is_nobodys_address(asked):
    fail(asked, "UndefinedError(\"'late' is undefined\")")

    assert (see_to(asked), queued(asked), contact(asked).undeliverable_since) == (0, [], None)


UNSAID = ["UndefinedError(\"'late' is undefined\")", "Connection lost", "Timed out waiting for server response"]


@pytest.mark.parametrize("reply", UNSAID, ids=["could not be put into words", "line lost", "timed out"])
@pytest.mark.parametrize("redirect", [None, "trial@example.vn"], ids=["in earnest", "on trial"])
def test_what_no_server_has_refused_is_told_to_the_operator_once_a_day(asked, reply, redirect):
    house = SETTINGS.model_copy(update={"operator": "operator@example.vn", "mail_redirect": redirect})
    fail(asked, reply)
    told = [see_to(asked, settings=house)]
    fail(asked, reply, "2030-05-06 09:00", "u3@b.example.vn")
    told += [see_to(asked, "2030-05-06 09:01", house)]

    (alarm,) = alarms(asked.base)
    assert (told, alarm.identity) == ([1, 0], "alarm/b-2030/unsent/2030-05-06/operator@example.vn")
    assert str(Message.from_json(alarm.values["what"])) == (
        "Mails could not be sent, though no mail server has refused them, such as "
        f"b-2030/reports/u2/invitation/2030-06-06/{U2}: {reply}. `bloc notices list --state failed` names them all."
    )


def alarms(base: Database) -> list[Notice]:
    with Session(base.engine) as session:
        return list(session.exec(select(Notice).where(Notice.kind == "alarm")))


@pytest.mark.parametrize("reply", [GONE, "Connection lost"], ids=["to no secretary", "not refused by a server"])
def test_what_a_replay_plays_alarms_nobody(base, reply):
    house = SETTINGS.model_copy(update={"operator": "operator@example.vn"})
    told = {}
    for mode in CycleMode:
        year = cycle_of(base, plan(code=mode.value), mode=mode)
        for unit in ("u1", "u2", "u3"):
            year.send_sheet(unit, "2030-12-02 09:00")
        year.aggregate()
        fail(year, reply, to=f"secretary@{mode.value}.example.vn")
        see_to(year, settings=house)
        told[mode] = len(alarms(base))

    assert told == {CycleMode.LIVE: 1, CycleMode.REPLAY: 1}


def test_on_trial_a_refusal_says_nothing_about_the_contact(asked):
    fail(asked)

    assert see_to(asked, settings=SETTINGS.model_copy(update={"mail_redirect": "trial@example.vn"})) == 0
    assert contact(asked).undeliverable_since is None


def test_what_is_wanted_no_more_is_not_passed_on(asked):
    fail(asked)
    asked.deposit("u2", report(), "2030-05-06 08:00")

    see_to(asked)

    assert not any("invitation" in row for row in queued(asked))


def test_it_goes_down_the_line_until_somebody_has_it(asked):
    fail(asked)
    see_to(asked)
    for address, when in [("deputy2@b.example.vn", "08:10"), (HEAD, "08:20")]:
        fail(asked, when=f"2030-05-06 {when}", to=address)
        see_to(asked, f"2030-05-06 {when}")

    assert queued(asked) == [
        "reports/u2/invitation/2030-06-06/secretary@b.example.vn",
        "undeliverable/head2@b.example.vn/2030-05-06T012000/secretary@b.example.vn",
    ]


def test_a_unit_of_which_somebody_else_has_the_mail_needs_nothing_more(base):
    ladder = {"ladder": [{"before": "0", "to": ["contact", "head"]}]}
    asked = cycle_of(base, plan(contacts=[*plan_data()["contacts"], *STAFF], reminders=ladder))
    asked.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    fail(asked)
    asked.remind("2030-06-06 07:30")
    before = {row.identity for row in asked.rows(Notice)}
    fail(asked, when="2030-06-06 07:31")
    see_to(asked, "2030-06-06 07:32")

    new = {row.identity.removeprefix(f"{asked.key}/") for row in asked.rows(Notice) if row.identity not in before}
    assert not any("reminder" in identity for identity in new)


@pytest.mark.parametrize("state", [NoticeState.CANCELLED, NoticeState.EXPIRED])
def test_who_has_not_got_the_mail_after_all_does_not_stand_for_the_unit(base, state):
    ladder = {"ladder": [{"before": "0", "to": ["contact", "head"]}]}
    asked = cycle_of(base, plan(contacts=[*plan_data()["contacts"], *STAFF], reminders=ladder))
    asked.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    sent(asked, "2030-05-06 08:00")
    asked.remind("2030-06-06 07:30")
    with asked.open() as (work, _):
        to_head = col(Notice.identity).endswith(f"/{HEAD}")
        assert ledger.move(work.session, NoticeState.QUEUED, state, to_head)
    fail(asked, when="2030-06-06 07:31")

    see_to(asked, "2030-06-06 07:32")

    assert "reports/u2/reminder+0/2030-06-06/deputy2@b.example.vn" in queued(asked)


def test_a_stand_in_whose_mail_a_person_has_suppressed_is_passed_over(asked):
    asked.dead(U2)
    with asked.open() as (work, cycle):
        ref = reference(f"{asked.key}/reports/u2/reminder+0/2030-06-06/deputy2@b.example.vn")
        now = on("2030-05-06 07:30")
        suppress(work, cycle, ref=ref, because="Nghỉ phép", now=now)
        works_again(work, U2, because="Đã khôi phục", now=now)
    sent(asked, "2030-05-06 08:00")
    asked.remind("2030-06-06 07:30")
    fail(asked, when="2030-06-06 07:31")

    see_to(asked, "2030-06-06 07:32")

    assert [row for row in queued(asked) if row.startswith("reports/u2")] == [f"reports/u2/reminder+0/2030-06-06/{HEAD}"]


def test_what_a_late_units_contact_is_told_falls_to_the_next_though_its_head_is_asked_to_see_to_it(asked):
    asked.remind("2030-06-07 07:30")  # late by a day: to contact and head
    fail(asked, when="2030-06-07 07:31")
    see_to(asked, "2030-06-07 07:32")

    assert "reports/u2/overdue+1/2030-06-06/deputy2@b.example.vn" in queued(asked)


def test_the_secretary_reads_no_points_of_a_unit_whose_mail_falls_to_them(base):
    year = cycle_of(base, plan())
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u2", "2030-11-20 09:00", {"u1": 77})
    year.send_sheet("u2", "2030-11-20 10:00", {"u1": 7})
    fail(year, when="2030-11-20 10:00")

    see_to(year, "2030-11-20 10:01")

    mine = [row for row in year.rows(Notice) if row.identity.endswith("/secretary@b.example.vn") and "/u2/re" in row.identity]
    said = json.dumps([(row.values, row.attachments) for row in mine])
    text = re.sub(r"[0-9a-f-]{32,}", "", said)  # a hash and a key may have any digits
    assert sorted(row.kind.value for row in mine) == ["receipt", "refusal"]
    assert ("77" in text, '"points"' in text, text.count('"marked": null')) == (False, False, 1)


def test_where_the_secretarys_own_address_takes_no_mail_the_operator_is_told(base):
    year = cycle_of(base, plan())
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate()
    fail(year, to="secretary@b.example.vn")

    assert see_to(year, settings=SETTINGS.model_copy(update={"operator": "operator@example.vn"})) == 1
    (alarm,) = alarms(base)
    assert alarm.cycle_id is None
    assert str(Message.from_json(alarm.values["what"])).startswith("Mail to secretary@b.example.vn does not arrive")


def test_the_secretaries_of_all_years_under_way_are_told_of_a_person_who_serves_in_several(base):
    shared = {"unit": "u3", "name": "Chuyên viên", "email": U2}
    years = [cycle_of(base, plan()), cycle_of(base, plan(code="c", contacts=[*plan_data(code="c")["contacts"][:3], shared]))]
    years[0].advance(Stage.MIDYEAR, "2030-05-06 07:00")
    fail(years[0])
    see_to(years[0])

    told = [[row.values["unit"] for row in year.rows(Notice) if row.kind == "undeliverable"] for year in years]
    assert told == [["Đơn vị 2"], ["Đơn vị 3"]]


def test_what_a_replay_plays_silences_nobody_of_a_live_year(base):
    cycle_of(base, plan())
    played = cycle_of(base, plan(year="2031", activities={"reports": {"opens": "2030-05-06"}}), mode=CycleMode.REPLAY)
    played.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    fail(played)

    see_to(played)

    assert contact(played).undeliverable_since is None
    assert any(row.startswith("undeliverable/") for row in queued(played))


@pytest.mark.parametrize(("mode", "stays"), [(CycleMode.REPLAY, False), (CycleMode.LIVE, True)])
def test_a_mark_that_only_a_replay_has_made_ends_when_a_live_year_writes_to_that_address(base, mode, stays):
    first = cycle_of(base, plan(activities={"reports": {"opens": "2030-05-06"}}), mode=mode)
    first.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    fail(first)
    see_to(first)
    before = contact(first).undeliverable_because

    cycle_of(base, plan(year="2031"))
    cycle_of(base, plan(code="c"))

    assert (before, contact(first).undeliverable_because) == (GONE, GONE if stays else None)


def test_an_address_that_works_again_is_written_to_by_a_persons_act(asked):
    fail(asked)
    see_to(asked)
    with unit_of_work(asked.base, "Thư ký") as work:
        works_again(work, U2.upper(), because="Đã khôi phục", now=on("2030-05-07 09:00"))

    entry = asked.rows(AuditEntry)[-1]
    assert (contact(asked).undeliverable_since, contact(asked).undeliverable_because) == (None, None)
    assert (entry.act, entry.by, entry.because, U2 in entry.model_dump_json()) == ("notice", "Thư ký", "Đã khôi phục", False)


@pytest.mark.parametrize(
    ("address", "because", "error"),
    [("x@y.vn", "a", NotFound), (HEAD, "a", NotAllowed), (U2, " ", NotAllowed)],
    ids=["unknown", "not marked", "without a reason"],
)
def test_nothing_is_cleared_for_no_reason(asked, address, because, error):
    fail(asked)
    see_to(asked)

    with pytest.raises(error), unit_of_work(asked.base) as work:
        works_again(work, address, because=because, now=on("2030-05-07 09:00"))


def receive(year: Year, data: bytes, when: str = "2030-05-06 09:00") -> tuple[IncomingState, list[str]]:
    with unit_of_work(year.base) as work:
        desk = Desk(work, under_way(work.session, None), SETTINGS, on(when))
        row = take(desk, Raw(data, on(when), len(data)))
        return row.state, [str(Message.from_json(line)) for line in row.outcome]


def mail_to(year: Year, address: str = U2) -> Notice:
    return next(row for row in sent(year, "2030-05-06 08:00") if row.identity.endswith(f"/{address}"))


@pytest.mark.parametrize("form", FORMS)
def test_a_bounce_of_our_mail_fails_its_notice_and_is_followed_up(asked, form):
    mail = mail_to(asked)

    state, said = receive(asked, report_of(mail, U2, "550 5.1.1 User unknown", form=form))

    reply = "5.0.0 failure notice" if form == "qmail" else "550 5.1.1 User unknown"
    failed = next(row for row in asked.rows(Notice) if row.id == mail.id)
    assert (state, said) == (IncomingState.BOUNCE, [f"Mail to u2@b.example.vn did not arrive: {reply}"])
    assert (failed.state, failed.reply, failed.followed_up_at) == (NoticeState.FAILED, reply, on("2030-05-06 09:00"))
    assert contact(asked).undeliverable_because == reply
    assert [row.split("/")[0] for row in queued(asked)] == ["reports", "undeliverable"]


def test_a_bounce_that_comes_late_is_in_the_next_digest_and_in_no_other(asked):
    mail = mail_to(asked)
    receive(asked, report_of(mail, U2, "552 5.2.2 Mailbox full"), "2030-05-17 09:00")

    for day in ("20", "27"):
        asked.digest(f"2030-05-{day} 07:30")

    digests = sorted((row for row in asked.rows(Notice) if row.kind == "weekly"), key=lambda row: row.identity)
    assert [[item["what"] for item in digest.values["undelivered"]] for digest in digests] == [[U2], []]


def test_a_bounce_changes_a_year_that_is_locked(asked):
    mail, done = mail_to(asked), []

    def hear(state):
        words = str(state.statement.compile(dialect=postgresql.dialect()))  # SQLite has no such words: it locks by itself
        if words.startswith("UPDATE notice") or "FOR UPDATE" in words:
            done.append(words.split()[0])

    with listening(Session, "do_orm_execute", hear):
        receive(asked, report_of(mail, U2))

    assert done[:2] == ["SELECT", "UPDATE"]


@contextmanager
def listening(target: object, what: str, hear: Callable[..., None]) -> Iterator[None]:
    event.listen(target, what, hear)
    try:
        yield
    finally:
        event.remove(target, what, hear)


def test_a_bounce_that_comes_twice_changes_nothing_more(asked):
    mail = mail_to(asked)
    receive(asked, report_of(mail, U2))
    before = asked.notices()

    assert receive(asked, report_of(mail, U2, form="gmail")) == (
        IncomingState.BOUNCE, ["That mail to u2@b.example.vn did not arrive was known already."],
    )  # fmt: skip
    assert asked.notices() == before


HARMLESS = {
    "a delay": (
        lambda mail: report_of(mail, U2, "451 4.4.1 Timed out", action="delayed"),
        IncomingState.BOUNCE, "A mail of ours is delayed and still being tried: nothing is changed.",
    ),
    "a success": (
        lambda mail: report_of(mail, U2, "250 2.1.5 OK", action="delivered"),
        IncomingState.BOUNCE, "It reports on a mail of ours, and no failure: nothing is changed.",
    ),
    "of a mail that is not ours": (
        lambda mail: report_of(uuid.UUID(int=7), U2), IncomingState.BOUNCE, "It is about no mail of ours: nothing is changed.",
    ),
    "of a mail that says whose it is and has no id": (
        lambda mail: report_of(mail, U2).replace(
            f"Message-ID: <{mail.mail_id}@example.vn>".encode(), f"X-Bloc-Notice: {mail.identity}".encode()
        ),
        IncomingState.BOUNCE, "It is about no mail of ours: nothing is changed.",
    ),
    "of an address that it did not go to": (
        lambda mail: report_of(mail, "u3@b.example.vn"),
        IncomingState.HELD, "It names u3@b.example.vn; our mail went to u2@b.example.vn. Is it passed on there?",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("forge", "state", "said"), HARMLESS.values(), ids=HARMLESS)
def test_what_does_not_return_our_mail_to_that_address_changes_nothing(asked, forge, state, said):
    mail = mail_to(asked)
    before = asked.notices()

    assert receive(asked, forge(mail)) == (state, [said])
    others = [row for row in asked.rows(Notice) if row.kind != "held"]  # of one that waits, the secretary is told
    assert {row.state for row in others} == {NoticeState.SENT}
    assert (len(others), contact(asked).undeliverable_since) == (len(before), None)
