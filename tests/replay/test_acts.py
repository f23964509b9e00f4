from pathlib import Path

import pytest
from sqlmodel import select

from bloc.actions.undeliverable import follow_up
from bloc.enums import CycleMode, NoticeState
from bloc.enums import Stage as PartOfYear
from bloc.errors import NotFound
from bloc.replay.acts import Stage, perform
from bloc.replay.scenario import read_scenario
from bloc.replay.schema import Bounces, Mailbox, Nothing
from bloc.settings import Settings
from models import Contact, Notice
from tests.factories import cycle_of, on, plan
from tests.mails import sent
from tests.places import kept

SCENARIO = Path(__file__).parent.parent / "data" / "replay" / "received-year.yaml"


def test_a_result_that_is_published_again_is_told_to_be_so_already(base):
    year = cycle_of(base, plan())
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate()

    with year.open() as (work, cycle):
        stage = Stage(work, cycle, on("2030-12-10 09:00"), read_scenario(SCENARIO), Settings(), lambda lost: None)
        said = [str(line) for _ in range(2) for line in perform(stage, "publish", Nothing())]

    assert said == ["version 1 of the result is published", "version 1 of the result has been published already"]


U2 = "u2@b.example.vn"


@kept
def mailed(base):
    """Return a replayed year whose invitations have left."""
    year = cycle_of(base, plan(), mode=CycleMode.REPLAY)
    year.advance(PartOfYear.MIDYEAR, "2030-05-06 07:00")
    year.reach("2030-05-06 10:00")
    sent(year, "2030-05-06 07:05")
    return year


def bounce(year, address, reply):
    with year.open() as (work, cycle):
        stage = Stage(work, cycle, on("2030-05-06 10:00"), read_scenario(SCENARIO), Settings(), lambda lost: None)
        return [str(line) for line in perform(stage, "bounces", Bounces(address=address, reply=reply))]


def test_a_bounce_is_a_report_of_the_last_mail_to_that_address(mailed):
    assert bounce(mailed, U2, "550 5.1.1 User unknown") == [
        f"the post reports: Mail to {U2} did not arrive: 550 5.1.1 User unknown"
    ]
    states = {row.identity.rpartition("/")[2]: row.state for row in mailed.rows(Notice) if row.kind == "invitation"}
    assert states[U2] is NoticeState.FAILED
    assert mailed.notices("undeliverable") == [f"undeliverable/{U2}/2030-05-06T030000/secretary@b.example.vn"]


def test_a_delay_changes_nothing(mailed):
    before = mailed.notices()

    assert bounce(mailed, U2, "451 4.4.1 Timed out") == [
        "the post reports: A mail of ours is delayed and still being tried: nothing is changed."
    ]
    assert mailed.notices() == before


def test_where_no_mail_has_gone_none_comes_back(mailed):
    with pytest.raises(NotFound, match=r"^no mail has left for secretary@b\.example\.vn$"):
        bounce(mailed, "secretary@b.example.vn", "550 5.1.1 User unknown")


def test_a_mailbox_that_works_again_in_a_replay_clears_no_mark_of_a_live_year(base, tmp_path):
    live = cycle_of(base, plan())
    live.advance(PartOfYear.MIDYEAR, "2030-05-06 07:00")
    sent(live, "2030-05-06 07:05", state=NoticeState.FAILED, reply="550 5.1.1 User unknown")
    with live.open() as (work, cycle):
        follow_up(work, cycle, Settings(), on("2030-05-06 07:06"))
    played = cycle_of(base, plan(year="2031"), mode=CycleMode.REPLAY)

    with played.open() as (work, cycle):
        house = Settings(home=tmp_path)
        stage = Stage(work, cycle, on("2030-05-06 10:00"), read_scenario(SCENARIO), house, lambda lost: None)
        said = [str(line) for line in perform(stage, "mailbox", Mailbox(address=U2))]
        contact = work.session.exec(select(Contact).where(Contact.email == U2)).one()

    assert said == [f"the mailbox {U2} works again"]
    assert contact.undeliverable_since == on("2030-05-06 07:06")
