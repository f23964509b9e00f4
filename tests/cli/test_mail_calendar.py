"""`bloc notices plan`, and what a person decides about a mail before its day."""

import json

import pytest

from bloc.enums import CycleMode, NoticeState, Stage
from models import AuditEntry, Notice, NoticeChange
from notifications.references import reference
from tests.factories import cycle_of, moved, on, plan, plan_text, report
from tests.places import kept

pytestmark = pytest.mark.replay

BY = ("--by", "Chuyên viên giúp việc Trưởng khối")
WHY = ("--because", "Đã nhắc qua điện thoại")
EVE = ("--unit", "u2", "--activity", "reports", "--kind", "reminder")


@kept
def year(base):
    """Return a year in which reports have been asked for, at its end, and the invitations have left or wait."""
    asked = moved("reports", "2030-12-19", opens="2030-12-02")  # its calendar is soon told: there is a digest each week
    found = cycle_of(base, plan(activities={**asked, "sheets": None}), mode=CycleMode.REPLAY)
    found.advance(Stage.MIDYEAR, "2030-12-02 07:00")
    found.reach("2030-12-02 09:00")
    return found


@pytest.fixture
def ref():
    """Return the reference of the first reminder of u2, which is to come."""
    return reference("b-2030/reports/u2/reminder-3/2030-12-19/u2@b.example.vn")


def coming(bloc, *asked):
    return json.loads(bloc("notices", "plan", "--json", *asked).out)


def rows(year, ref):
    return [row for row in year.rows(Notice) if reference(row.identity) == ref]


def remind(year, when="2030-12-16 07:30"):
    year.remind(when)
    year.reach(when)


def test_the_calendar_tells_when_to_whom_what_and_why(bloc, year):
    assert bloc("notices", "plan", *EVE).out.splitlines() == [
        "Monday 16/12/2030",
        "  07:30  Chuyên viên 2 <u2@b.example.vn>",
        f"         {reference('b-2030/reports/u2/reminder-3/2030-12-19/u2@b.example.vn')}  "
        "reminder: Báo cáo sơ kết (3 working days before), last day 19/12/2030, Đơn vị 2",
        "Thursday 19/12/2030",
        "  07:30  Chuyên viên 2 <u2@b.example.vn>",
        f"         {reference('b-2030/reports/u2/reminder+0/2030-12-19/u2@b.example.vn')}  "
        "reminder: Báo cáo sơ kết (the last day), last day 19/12/2030, Đơn vị 2",
        "Mails to come: 2, to 1 addresses.",
    ]


def test_what_leaves_as_one_mail_is_shown_as_one(bloc, replayed):
    both = moved("opinions", "2030-02-28", opens="2030-02-18")
    replayed.apply(plan(activities=both))

    mails = [mail for mail in coming(bloc, "--unit", "u3", "--kind", "reminder") if mail["at"].startswith("2030-02-28")]

    assert [[(each["activity"], each["step"]) for each in mail["notices"]] for mail in mails] == [
        [("covenant", 0), ("opinions", 0)]
    ]


def test_who_is_done_is_foreseen_no_mail(bloc, year):
    year.deposit("u2", report(), "2030-12-02 08:30")

    assert coming(bloc, *EVE) == []


def test_a_changed_plan_shows_what_falls_away_comes_and_moves_and_changes_nothing(bloc, replayed, tmp_path):
    changed = moved("reports", "2030-06-14") | {"opinions": None} | moved("exchange", "2030-07-31", opens="2030-07-15")
    (tmp_path / "changed.yaml").write_text(plan_text(activities=changed), encoding="utf-8")
    before = coming(bloc)

    said = bloc("notices", "plan", "--diff", "changed.yaml", "--unit", "u2").out
    told = json.loads(bloc("notices", "plan", "--diff", "changed.yaml", "--unit", "u2", "--json").out)

    assert {(each["change"], (each["after"] or each["before"])["activity"]) for each in told} == {
        ("moves", "reports"), ("falls-away", "opinions"), ("comes", "exchange"),
    }  # fmt: skip
    moves = [each for each in told if each["change"] == "moves" and each["after"]["step"] == -3]
    assert [(each["before"]["at"][:10], each["after"]["at"][:10]) for each in moves] == [("2030-06-03", "2030-06-11")]
    assert "until now: 7:30 on Monday 03/6/2030, last day 06/6/2030" in said
    assert said.endswith("This was only shown; nothing has been changed.\n")
    assert coming(bloc) == before


def test_a_plan_that_has_not_begun_shows_its_whole_year(bloc, tmp_path):
    (tmp_path / "new.yaml").write_text(plan_text(), encoding="utf-8")

    told = json.loads(bloc("notices", "plan", "--diff", "new.yaml", "--json").out)

    assert {each["change"] for each in told} == {"comes"}
    assert bloc("notices", "plan").status == 1


def test_a_suppressed_notice_is_kept_as_not_sent_when_its_day_comes(bloc, year, ref):
    said = bloc("notices", "suppress", ref, *WHY, *BY)
    shown = bloc("notices", "plan", *EVE).out
    remind(year)

    assert said.out == f"{ref} will not be sent.\n"
    assert f"{ref}  NOT SENT: reminder" in shown and f"{BY[1]}: {WHY[1]}" in shown and "Mails to come: 1" in shown
    assert [(row.state, row.reply) for row in rows(year, ref)] == [(NoticeState.CANCELLED, f"{BY[1]}: {WHY[1]}")]


def test_words_of_ones_own_stand_in_the_notice(bloc, year, ref):
    bloc("notices", "edit", ref, "--say", "Đề nghị gửi sớm", *WHY, *BY)
    shown = bloc("notices", "plan", *EVE).out
    remind(year)

    assert "with the words: Đề nghị gửi sớm" in shown
    assert [(row.state, row.values["remark"]) for row in rows(year, ref)] == [(NoticeState.QUEUED, "Đề nghị gửi sớm")]


@pytest.mark.parametrize("command", [("suppress",), ("edit", "--say", "Gửi sớm")], ids=lambda words: words[0])
def test_either_is_taken_back(bloc, year, ref, command):
    before = coming(bloc)
    bloc("notices", command[0], ref, *command[1:], *WHY)

    said = bloc("notices", "restore", ref, "--because", "Nhầm")

    assert said.out == f"{ref} will be sent as it was.\n"
    assert (coming(bloc), year.rows(NoticeChange)) == (before, [])


def test_what_waits_already_is_changed_where_it_stands(bloc, year, ref):
    remind(year)

    bloc("notices", "edit", ref, "--say", "Gửi sớm", *WHY)
    edited = rows(year, ref)[0]
    bloc("notices", "restore", ref, *WHY)
    restored = rows(year, ref)[0]
    bloc("notices", "suppress", ref, *WHY, *BY)

    assert (edited.values["remark"], restored.values.get("remark")) == ("Gửi sớm", None)
    assert [(row.state, row.reply) for row in rows(year, ref)] == [(NoticeState.CANCELLED, f"{BY[1]}: {WHY[1]}")]


@pytest.mark.parametrize("when", ["before its day", "while it waits"])
def test_what_was_suppressed_can_be_put_back_while_it_is_of_use(bloc, year, ref, when):
    if when == "before its day":
        bloc("notices", "suppress", ref, *WHY)
    remind(year)
    bloc("notices", "suppress", ref, *WHY)
    year.reach("2030-12-17 10:00")

    said = bloc("notices", "restore", ref, "--because", "Nhầm", *BY)

    assert said.out == f"{ref} will be sent as it was.\n"
    assert [(row.state, row.reply, row.send_at) for row in rows(year, ref)] == [
        (NoticeState.QUEUED, None, on("2030-12-17 10:00"))
    ]
    assert year.rows(NoticeChange) == []
    assert max(year.rows(AuditEntry), key=lambda row: row.number).after["decision"] == "restored"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("time", "It has been of no use since 0:00 on Friday 20/12/2030."),
        ("done", "What it reminds of is done, waived, or has another deadline: there is nothing to remind of."),
    ],
)
def test_what_was_suppressed_is_not_put_back_once_it_is_of_no_use(bloc, year, ref, act, said):
    remind(year)
    bloc("notices", "suppress", ref, *WHY)
    if act == "done":
        year.deposit("u2", report(), "2030-12-17 08:00")
    else:
        year.reach("2030-12-20 08:00")

    assert bloc("notices", "restore", ref, *WHY).err == f"bloc: {said}\n"
    assert [row.state for row in rows(year, ref)] == [NoticeState.CANCELLED]


def test_what_has_left_or_has_lapsed_is_changed_no_more(bloc, year, ref):
    remind(year)
    year.extend("u2", "2030-12-27", "2030-12-16 08:00")  # what was queued of the former deadline lapses

    for command in (("suppress",), ("edit", "--say", "Gửi sớm")):
        assert bloc("notices", command[0], ref, *command[1:], *WHY).err == "bloc: It can be changed no more: not sent.\n"
    assert bloc("notices", "restore", ref, *WHY).err == "bloc: It can be changed no more: not sent.\n"


@pytest.mark.parametrize("words", [(), ("--because", "  ")], ids=["no reason", "an empty one"])
def test_a_reason_must_be_given(bloc, year, ref, words):
    assert bloc("notices", "suppress", ref, *words).status in (1, 2)
    assert year.rows(NoticeChange) == []


def test_a_decision_is_on_record_without_an_address(bloc, year, ref):
    bloc("notices", "suppress", ref, *WHY, *BY)

    entry = max(year.rows(AuditEntry), key=lambda row: row.number)

    assert (entry.act, entry.about, entry.by, entry.because) == ("notice", "reports/u2", BY[1], WHY[1])
    assert entry.after == {"notice": ref, "kind": "reminder", "step": -3, "decision": "suppressed"}
    assert f"      {ref} - not to be sent\n" in bloc("audit", "list").out


def test_what_is_neither_queued_nor_to_come_is_said_so(bloc, year):
    said = bloc("notices", "suppress", "ffffffff", *WHY)

    assert said.err == 'bloc: There is no notice "ffffffff", queued or to come. (bloc notices plan)\n'


def test_suppressing_twice_names_who_did_so_first(bloc, year, ref):
    bloc("notices", "suppress", ref, *WHY, *BY)

    assert bloc("notices", "suppress", ref, *WHY).err == f"bloc: It is suppressed already: {BY[1]}: {WHY[1]}\n"
