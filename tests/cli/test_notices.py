"""`bloc notices`: the ledger, and what a person decides about a notice in it."""

import json
import zlib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlmodel import col

from bloc.actions.notice_records import known_by
from bloc.enums import CycleMode, NoticeState, Stage
from bloc.errors import NotFound
from models import AuditEntry, Notice
from notifications import claims, outcomes
from notifications.ledger import move
from notifications.references import reference
from tests.factories import cycle_of, moved, on, plan, plan_data, report

pytestmark = pytest.mark.replay

BY = ("--by", "Chuyên viên giúp việc Trưởng khối")
WHY = ("--because", "Đã gọi điện hỏi")
OTHER = {NoticeState.SENT: {"sent_at": on("2030-05-06 07:00")}}


@pytest.fixture
def year(replayed):
    """Return a year in which reports have been asked for."""
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    replayed.reach("2030-05-06 09:00")
    return replayed


def ref_of(year, unit="u2", kind="invitation"):
    return reference(next(row.identity for row in year.rows(Notice) if row.kind == kind and f"/{unit}/" in row.identity))


def end(year, ref, state, reply="451 timed out"):
    """Let a notice have been claimed, and end."""
    mine = col(Notice.id).in_([row_of(year, ref).id])
    with year.open() as (work, _):
        move(work.session, NoticeState.QUEUED, NoticeState.SENDING, mine, claimed_at=on("2030-05-06 07:01"), attempts=1)
        move(work.session, NoticeState.SENDING, state, mine, reply=reply, **OTHER.get(state, {}))


def row_of(year, ref):
    return next(row for row in year.rows(Notice) if reference(row.identity) == ref)


def test_the_ledger_is_listed_by_day_with_reference_state_mail_and_reader(bloc, year):
    said = bloc("notices", "list", "--unit", "u2")

    assert said.out.splitlines() == [
        "Monday 06/5/2030",
        f"  07:00  {ref_of(year)}  waiting to be sent - invitation: Báo cáo sơ kết",
        "                   Chuyên viên 2 <u2@b.example.vn>, Đơn vị 2",
        "Notices: 1.",
    ]


def test_no_line_of_the_list_is_wider_than_the_terminal(bloc, year):
    end(year, ref_of(year), NoticeState.FAILED, "550 " + "no such user here " * 20)

    lines = bloc("notices", "list").out.splitlines()

    assert max(map(len, lines)) <= 100
    assert sum("no such user" in line for line in lines) > 1


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ((), 3),
        (("--state", "uncertain"), 1),
        (("--state", "uncertain", "--state", "queued"), 3),
        (("--activity", "reports", "--unit", "u3"), 1),
        (("--activity", "sheets"), 0),
        (("--kind", "reminder"), 0),
        (("--to", "VIÊN 3"), 1),
        (("--to", "@b.example.vn"), 3),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_the_list_can_be_narrowed(bloc, year, asked, count):
    end(year, ref_of(year), NoticeState.UNCERTAIN)

    assert len(json.loads(bloc("notices", "list", "--json", *asked).out)) == count


def test_machines_get_all_of_it(bloc, year):
    found = json.loads(bloc("notices", "list", "--json", "--unit", "u2").out)

    assert [(each["ref"], each["state"], each["kind"], each["activity"], each["unit"], each["address"]) for each in found] == [
        (ref_of(year), "queued", "invitation", "reports", "u2", "u2@b.example.vn")
    ]


def test_one_notice_is_shown_with_its_message_made_anew_where_none_was_kept(bloc, year):
    said = bloc("notices", "show", ref_of(year)).out

    assert "Báo cáo sơ kết" in said and "waiting to be sent" in said
    assert "Last day:               Thursday 06/6/2030\n" in said
    assert "2030-06-06" not in said  # a day is told as people write it; the reference is what commands take
    assert "No message was kept; as it would be made now:" in said
    assert "  To: Chuyên viên 2 <u2@b.example.vn>" in said


def test_a_message_can_be_saved_and_read_raw(bloc, year, tmp_path):
    bloc("notices", "show", ref_of(year), "--out", "thu.eml")

    mail = message_from_bytes((tmp_path / "thu.eml").read_bytes(), policy=default)
    assert mail["To"].addresses[0].addr_spec == "u2@b.example.vn"
    assert "Message-ID:" in bloc("notices", "show", ref_of(year), "--raw").out


@pytest.mark.parametrize("command", [("show",), ("resend", *WHY), ("settle", "--as", "lost", *WHY)], ids=lambda words: words[0])
def test_what_nobody_knows_is_said_so(bloc, year, command):
    said = bloc("notices", command[0], "ffffffff", *command[1:])

    assert said.status == 1
    assert said.err == 'bloc: There is no notice "ffffffff" in the ledger. (bloc notices list)\n'


def test_a_failed_notice_is_sent_again_with_who_and_why_on_record(bloc, year):
    ref = ref_of(year)
    end(year, ref, NoticeState.FAILED)

    said = bloc("notices", "resend", ref, *WHY, *BY)

    row, entry = row_of(year, ref), max(year.rows(AuditEntry), key=lambda row: row.number)
    assert said.out == f"To be sent again: {ref}.\n"
    assert (row.state, row.attempts, row.send_at) == (NoticeState.QUEUED, 1, on("2030-05-06 09:00"))
    assert (entry.act, entry.about, entry.by, entry.because) == ("notice", "reports/u2", BY[1], WHY[1])
    assert (entry.before, entry.after["state"], entry.after["kind"]) == ({"state": "failed"}, "queued", "invitation")
    assert "@" not in entry.model_dump_json(include={"about", "before", "after"})


def test_the_record_is_told_by_the_trail_and_by_the_notice(bloc, year):
    ref = ref_of(year)
    end(year, ref, NoticeState.UNCERTAIN)
    bloc("notices", "settle", ref, "--as", "arrived", *WHY, *BY)

    trail, shown = bloc("audit", "list").out, bloc("notices", "show", ref).out

    assert f"      {ref} - settled: sent\n      because: Đã gọi điện hỏi\n" in trail
    assert "settled: sent (because: Đã gọi điện hỏi)" in " ".join(shown.split())


@pytest.mark.parametrize(("fate", "state"), [("arrived", NoticeState.SENT), ("lost", NoticeState.FAILED)])
def test_an_uncertain_notice_is_settled(bloc, year, fate, state):
    ref = ref_of(year)
    end(year, ref, NoticeState.UNCERTAIN)

    bloc("notices", "settle", ref, "--as", fate, *WHY, *BY)

    row = row_of(year, ref)
    assert (row.state, row.sent_at is not None, row.reply) == (state, fate == "arrived", f"{BY[1]}: {WHY[1]} (451 timed out)")


def test_a_reminder_that_is_sent_again_counts_its_days_anew(bloc, year):
    year.remind("2030-06-03 07:30")
    ref = ref_of(year, kind="reminder")
    end(year, ref, NoticeState.FAILED)
    year.reach("2030-06-05 08:00")

    bloc("notices", "resend", ref, *WHY)

    assert "(còn 01 ngày)" in " ".join(bloc("notices", "show", ref).out.split())


def test_what_reminds_of_something_done_is_not_sent_again(bloc, year):
    ref = ref_of(year)
    end(year, ref, NoticeState.FAILED)
    year.deposit("u2", report(), "2030-05-06 08:00")

    said = bloc("notices", "resend", ref, *WHY)

    assert (said.status, row_of(year, ref).state) == (1, NoticeState.FAILED)
    assert said.err.startswith("bloc: What it reminds of is done")


def test_what_is_of_no_use_any_more_is_not_sent_again(bloc, year):
    ref = ref_of(year)
    end(year, ref, NoticeState.FAILED)
    year.reach("2030-06-07 08:00")

    assert bloc("notices", "resend", ref, *WHY).err == "bloc: It has been of no use since 0:00 on Friday 07/6/2030.\n"


@pytest.mark.parametrize("command", [("resend",), ("settle", "--as", "lost")], ids=lambda words: words[0])
def test_what_waits_is_neither_sent_again_nor_settled(bloc, year, command):
    said = bloc("notices", command[0], ref_of(year), *command[1:], *WHY)

    assert (said.status, "waiting to be sent" in said.err) == (1, True)


def test_a_reference_that_two_share_asks_for_more_signs():
    names = {}
    first, second = next(
        (names[short], name) for name in map(str, range(100_000)) if names.setdefault(short := reference(name, 4), name) != name
    )

    with pytest.raises(NotFound, match="stands for more than one notice"):
        known_by(reference(first, 4), [first, second])
    assert known_by(reference(second, 16), [first, second]) == second
    assert known_by(reference(second)[:3], [second]) is None


def handed_over(year, ref, message, reply="250 OK"):
    """Let a notice have left in a message."""
    with year.open() as (work, cycle):
        scope = claims.Scope(cycle.id, on("2030-05-06 07:00"), on("2030-05-06 07:00"))
        looked = [mail for mail in claims.look(work.session, scope, most=10) if ref in map(reference, mail.identities)]
        mail = next(iter(claims.claim(work.session, scope, looked).values()))
        outcomes.settle(work.session, [outcomes.sent(mail, reply=reply, now=scope.now, kept=zlib.compress(message))])


def written():
    mail = EmailMessage(policy=default)
    mail["Subject"] = "Đề nghị gửi Báo cáo sơ kết"
    mail["Date"] = on("2030-05-06 07:00")
    mail.set_content("Kính gửi Đơn vị 2\n")
    mail.add_alternative("<p>Kính gửi Đơn vị 2</p>\n", subtype="html")
    mail.add_attachment(b"x", "application", "octet-stream", filename="mẫu.xlsx")
    return mail.as_bytes()


def test_a_message_that_was_kept_is_shown_decoded_with_what_the_server_said(bloc, year):
    handed_over(year, ref_of(year), written())

    lines = bloc("notices", "show", ref_of(year)).out.splitlines()

    assert [line for line in lines if line.startswith(("State", "Sent", "Attempts", "Last word"))] == [
        "State:                  sent",
        "Sent:                   7:00 on Monday 06/5/2030",
        "Attempts:               1",
        "Last word about it:     250 OK",
    ]
    assert lines[lines.index("The message as it was handed over:") :] == [
        "The message as it was handed over:",
        "  Subject: Đề nghị gửi Báo cáo sơ kết",
        "  Dated: 7:00 on Monday 06/5/2030",
        "",
        "  Kính gửi Đơn vị 2",
        "  attached: mẫu.xlsx",
    ]


def test_a_kept_message_is_saved_byte_for_byte_and_its_html_apart(bloc, year, tmp_path):
    message = written()
    handed_over(year, ref_of(year), message)

    bloc("notices", "show", ref_of(year), "--out", "thu.eml", "--html", "thu.html")

    assert (tmp_path / "thu.eml").read_bytes() == message
    assert (tmp_path / "thu.html").read_text("utf-8") == "<p>Kính gửi Đơn vị 2</p>\n"


def test_a_message_without_html_says_so_and_writes_nothing(bloc, year, tmp_path):
    mail = EmailMessage(policy=default)
    mail.set_content("Kính gửi\n")
    handed_over(year, ref_of(year), mail.as_bytes())

    assert bloc("notices", "show", ref_of(year), "--html", "thu.html").err == "bloc: That mail has no such part.\n"
    assert not (tmp_path / "thu.html").exists()


@pytest.mark.parametrize("command", [("resend",), ("settle", "--as", "lost")], ids=lambda words: words[0])
def test_what_was_one_mail_is_decided_about_together(bloc, replayed, command):
    replayed.apply(plan(activities=moved("opinions", "2030-02-28", opens="2030-02-18")))
    replayed.advance(Stage.SIGNING, "2030-02-18 07:00")
    replayed.remind("2030-02-25 07:30")
    replayed.reach("2030-02-25 08:00")
    both = [row for row in replayed.rows(Notice) if row.kind == "reminder" and "/u2/" in row.identity]
    refs = [reference(row.identity) for row in both]
    for ref in refs:
        end(replayed, ref, NoticeState.UNCERTAIN)

    said = bloc("notices", command[0], refs[0], *command[1:], *WHY)

    assert len(refs) == 2 and all(ref in said.out for ref in refs)
    assert {row_of(replayed, ref).state for ref in refs} == {
        NoticeState.QUEUED if command[0] == "resend" else NoticeState.FAILED
    }
    assert [row.about for row in replayed.rows(AuditEntry) if row.act == "notice"] == ["covenant/u2", "opinions/u2"]


def test_a_long_name_in_the_head_is_read_without_gaps(bloc, replayed):
    name = "Khối thi đua các cơ quan Quản lý kinh tế thành phố và các đơn vị trực thuộc"
    changed = plan_data()
    changed["bloc"]["name"] = name
    replayed.apply(plan(bloc=changed["bloc"]))
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert f"  From: {name} <bloc@example.vn>" in bloc("notices", "show", ref_of(replayed)).out


def scoring(replayed):
    """Let u2 and u3 have their answers to a good and to a faulty sheet; return the references of what was sent, by kind."""
    replayed.advance(Stage.YEAR_END, "2030-11-18 07:00")
    replayed.send_sheet("u2", "2030-11-20 09:00", {"u1": 7.5})
    replayed.send_sheet("u3", "2030-11-20 09:00", {"u1": 99})
    return {row.kind.value: reference(row.identity) for row in replayed.rows(Notice) if row.kind in ("receipt", "refusal")}


WITHHELD = "It holds points that others have given, and waits until the score sheet of Đơn vị 1 counts."


def test_what_quotes_the_points_of_others_is_withheld_until_the_secretarys_own_sheet_counts(bloc, replayed, tmp_path):
    refs = scoring(replayed)

    early = {kind: bloc("notices", "show", ref).out for kind, ref in refs.items()}
    saved = [
        bloc("notices", "show", ref, *how).err for ref in refs.values() for how in (["--raw"], ["--out", "a"], ["--html", "b"])
    ]
    replayed.send_sheet("u1", "2030-11-21 09:00")
    later = {kind: bloc("notices", "show", ref).out for kind, ref in refs.items()}

    assert [(said.endswith(f"\n\n{WITHHELD}\n"), "8,5" in said, "99" in said) for said in early.values()] == [
        (True, False, False)
    ] * 2
    assert saved == [f"bloc: {WITHHELD}\n"] * 6
    assert list(tmp_path.glob("[ab]")) == []
    assert "8,5" in later["receipt"] and "99" in later["refusal"]


@pytest.mark.parametrize("act", ["own", "waived"])
def test_a_units_own_points_and_those_that_the_own_unit_cannot_move_are_shown(bloc, base, act):
    year = cycle_of(base, plan(policies={"missing_sheet": "received"}), mode=CycleMode.REPLAY)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    unit = {"own": "u1", "waived": "u2"}[act]
    if act == "waived":
        year.waive("u1", "2030-11-19 09:00", "sheets")
    year.send_sheet(unit, "2030-11-20 09:00", {"u3": 7.5})

    said = bloc("notices", "show", *[reference(row.identity) for row in year.rows(Notice) if row.kind == "receipt"]).out

    assert "8,5" in said


def test_a_report_is_no_score_sheet_and_its_answer_is_shown(bloc, year):
    year.deposit("u2", report(), "2030-05-06 08:00")
    (ref,) = [reference(row.identity) for row in year.rows(Notice) if row.kind == "receipt"]

    assert "Báo cáo.docx" in bloc("notices", "show", ref).out
