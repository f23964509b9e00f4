import pytest

from bloc.actions.undeliverable import follow_up
from bloc.db import unit_of_work
from bloc.enums import CycleMode, NoticeState, Stage
from bloc.settings import Settings
from notifications.claims import Scope, claim_next
from notifications.outcomes import failed, settle
from tests.cli.conftest import Said
from tests.factories import cycle_of, on, plan, plan_data, report
from tests.mails import PDF, letter, sent

SINK = "Mail: no mail server is set (BLOC_SMTP_HOST); messages are kept in {folder}, as .eml.\n"


@pytest.fixture
def sink(tmp_path) -> str:
    """Return what is said where no mail server is set."""
    return SINK.format(folder=tmp_path / "home" / "mail")


def test_before_the_first_plan_it_says_what_to_do(bloc, sink):
    assert bloc("status") == Said(0, "There is no bloc's year yet; apply a plan first: bloc plan apply FILE\n" + sink)


def test_what_is_open_and_owed_and_by_whom(bloc, replayed, sink):
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    replayed.deposit("u1", report(), "2030-05-20 09:00")
    replayed.extend("u3", "2030-06-14", "2030-05-20 09:00")
    replayed.reach("2030-06-03 08:00")

    assert bloc("status") == Said(
        0,
        "Khối B, year 2030 - replayed, as of 8:00 on Monday 03/6/2030\n"
        "Open: Báo cáo sơ kết (through Thursday 06/6/2030)\n"
        "  owed: Đơn vị 2\n"
        "  owed: Đơn vị 3 (extended through Friday 14/6/2030)\n"
        "Mail: 0 sent, 4 queued.\n" + sink,
    )


def test_who_is_late_and_who_blocks_the_aggregation(bloc, replayed):
    for when in ("2030-11-18 07:00", "2030-12-07 07:00"):
        replayed.advance(Stage.YEAR_END, when)
    replayed.send_sheet("u1", "2030-12-02 09:00")
    replayed.reach("2030-12-09 08:00")

    assert bloc("status").out.splitlines()[1:5] == [
        "  LATE by 3 days: Đơn vị 2 - Gửi bảng chấm điểm",
        "  LATE by 3 days: Đơn vị 3 - Gửi bảng chấm điểm",
        "Nothing is open.",
        "Aggregation waits for 2 of 3 score sheets: Đơn vị 2; Đơn vị 3.",
    ]


def test_a_year_that_lies_ahead_says_what_opens_next(bloc, replayed):
    assert bloc("status").out.splitlines()[1:3] == [
        "Nothing is open.",
        "Next: Góp ý dự thảo giao ước opens on Monday 11/02/2030 (through Friday 15/02/2030).",
    ]


def test_before_the_sheets_are_asked_for_nobody_blocks(bloc, replayed):
    assert [line for line in bloc("status").out.splitlines() if "Aggregation" in line] == []


def test_what_became_of_the_result(bloc, replayed):
    for unit in ("u1", "u2", "u3"):
        replayed.send_sheet(unit, "2030-12-02 09:00")
    replayed.aggregate()
    before = bloc("status").out.splitlines()[3]
    replayed.publish("2030-12-10 09:00")

    assert (before, bloc("status").out.splitlines()[3]) == (
        "Result: version 1, final, not published.",
        "Result: version 1, final, published.",
    )


def test_mails_that_failed_are_named_with_what_the_server_said(bloc, replayed, base):
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    scope, addresses = Scope(replayed.cycle.id, on("2030-05-06 07:01"), on("2030-05-06 07:01")), []
    with unit_of_work(base) as work:
        while claim := claim_next(work.session, scope):
            addresses.append(claim.address)
            settle(work.session, [failed(claim, reply="550 5.1.1 No such user here " + "x" * 200)])

    lines = bloc("status").out.splitlines()
    place = next(n for n, line in enumerate(lines) if "failed for good" in line)

    assert lines[place + 1 : -1] == [f"    {address}: 550 5.1.1 No such user here..." for address in sorted(addresses)]


def test_all_years_are_told(bloc, replayed, base):
    cycle_of(base, plan(code="c"))

    heads = [line.partition(" - ")[0] for line in bloc("status").out.splitlines() if line.startswith("Khối")]

    assert heads == ["Khối B, year 2030", "Khối C, year 2030"]


def test_an_address_that_takes_no_mail_is_named_with_what_to_do(bloc, replayed, base):
    replayed.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    sent(replayed, "2030-05-06 07:01", state=NoticeState.FAILED, reply="550 5.1.1 No such user")
    with replayed.open() as (work, cycle):
        follow_up(work, cycle, Settings(), on("2030-05-06 07:01"))

    assert [line for line in bloc("status").out.splitlines() if "takes no mail" in line] == [
        f"  u{n}@b.example.vn takes no mail since 7:01 on Monday 06/5/2030 (Đơn vị {n}); the next in line gets it. Change the "
        f"address in the plan, or: bloc inbox works u{n}@b.example.vn"
        for n in (1, 2, 3)
    ]


def test_an_address_of_who_has_left_is_named_no_more(bloc, base):
    others = [each for each in plan_data()["contacts"] if each["unit"] != "u3"]
    former = {"unit": "u3", "name": "Cũ", "email": "old@b.example.vn", "until": "2030-05-31"}
    year = cycle_of(base, plan(contacts=[*others, former]), mode=CycleMode.REPLAY)
    year.dead("old@b.example.vn")
    year.reach("2030-05-31 23:00")
    in_office = bloc("status").out
    year.reach("2030-06-01 01:00")

    assert ["old@b.example.vn" in said for said in (in_office, bloc("status").out)] == [True, False]


def test_what_came_in_and_waits_is_counted(bloc, replayed, tmp_path):
    (tmp_path / "a.eml").write_bytes(letter("x@strange.example", files=[("a.pdf", PDF)]))
    bloc("inbox", "read", "a.eml")

    assert "1 mails that came in wait for you: bloc inbox list" in bloc("status").out.splitlines()


def test_on_trial_it_says_where_all_mail_goes(bloc, replayed, monkeypatch):
    monkeypatch.setenv("BLOC_MAIL_REDIRECT", "trial@example.vn")

    assert "Mail: on trial, all of it goes to trial@example.vn (BLOC_MAIL_REDIRECT)." in bloc("status").out.splitlines()


def test_a_silent_sweep_is_said_first_in_words(bloc, base):
    cycle_of(base, plan(), "2024-01-02 08:00")

    assert (
        bloc("status")
        .out.splitlines()[0]
        .startswith("ATTENTION: The sweep has not run since 8:00 on Tuesday 02/01/2024: no reminder goes out")
    )


def test_health_is_one_line_and_an_exit_status(bloc, base):
    well = bloc("health")
    cycle_of(base, plan(), "2024-01-02 08:00")
    ill = bloc("health")

    assert well == Said(0, "All is well.\n")
    assert (ill.status, ill.out.count("\n")) == (1, 1)
