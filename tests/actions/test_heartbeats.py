"""A sweep that does not run is noticed: by who looks, and by the operator once it runs again."""

import pytest
from sqlmodel import Session, select

from bloc.actions.heartbeats import beat, health, silent_since, tell_operator
from bloc.db import unit_of_work
from bloc.enums import CycleMode, Stage
from bloc.settings import Settings
from models import Contact, Notice
from notifications import claims, outcomes
from tests.factories import cycle_of, on, plan

SETTINGS = Settings(_env_file=None, operator="operator@example.vn", sweep_silence=60)


def run(base, when):
    with unit_of_work(base) as work:
        told = tell_operator(work, SETTINGS, on(when))
        beat(work.session, on(when))
    return told


def wrongs(base, when):
    with Session(base.engine) as session:
        return [str(wrong) for wrong in health(session, SETTINGS, on(when))]


def test_all_is_well_while_the_sweep_runs(year, base):
    run(base, "2030-01-02 08:15")

    assert wrongs(base, "2030-01-02 09:15") == []


def test_a_silence_is_told_with_since_when(year, base):
    run(base, "2030-01-02 08:15")

    assert wrongs(base, "2030-01-02 09:16") == [
        "The sweep has not run since 8:15 on Wednesday 02/01/2030: no reminder goes out and no result is made. Is the service "
        "up (`bloc up`)?"
    ]


def test_one_that_has_never_run_is_missed_from_when_the_plan_was_applied(year, base):
    with Session(base.engine) as session:
        assert silent_since(session, SETTINGS, on("2030-01-02 09:00")) is None
        assert silent_since(session, SETTINGS, on("2030-01-02 09:01")) == on("2030-01-02 08:00")


@pytest.mark.parametrize("mode", [None, CycleMode.REPLAY], ids=["no year", "a replay"])
def test_where_no_year_is_live_nobody_waits_for_it(base, mode):
    if mode:
        cycle_of(base, plan(), mode=mode)

    assert wrongs(base, "2031-01-01 08:00") == []


def test_the_operator_is_told_once_a_silence(year, base):
    run(base, "2030-01-02 08:15")

    assert [run(base, when) for when in ("2030-01-05 08:00", "2030-01-05 08:15", "2030-01-06 08:00")] == [1, 0, 1]
    with Session(base.engine) as session:
        rows = session.exec(select(Notice, Contact.email).join(Contact).order_by(Notice.queued_at)).all()
    assert [(row.kind.value, row.cycle_id, row.values["since"], email) for row, email in rows] == [
        ("alarm", None, "2030-01-02T01:15:00Z", "operator@example.vn"),
        ("alarm", None, "2030-01-05T01:15:00Z", "operator@example.vn"),
    ]


def test_without_an_operator_nobody_is_told(year, base):
    with unit_of_work(base) as work:
        assert tell_operator(work, Settings(_env_file=None), on("2030-02-01 08:00")) == 0


def test_a_clock_that_was_put_back_is_no_silence(year, base):
    run(base, "2030-01-02 08:15")

    assert wrongs(base, "2030-01-02 07:15") == []


def test_mails_that_no_server_takes_are_told(year, base):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    run(base, "2030-05-06 08:30")

    assert wrongs(base, "2030-05-06 07:59") == []
    assert wrongs(base, "2030-05-06 08:31") == ["3 mails wait for the mail server longer than they should. Does it answer?"]


def test_mails_that_wait_for_their_turn_while_others_are_taken_are_not_stuck(year, base):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    run(base, "2030-05-06 09:30")
    with year.open() as (work, cycle):
        scope = claims.Scope(cycle.id, on("2030-05-06 08:30"), on("2030-05-06 08:30"))
        one = claims.claim_next(work.session, scope)
        outcomes.settle(work.session, [outcomes.sent(one, reply="250 OK", now=scope.now, kept=b"")])

    assert [wrongs(base, f"2030-05-06 {when}") for when in ("08:31", "09:29")] == [[], []]
    assert wrongs(base, "2030-05-06 09:30") == ["2 mails wait for the mail server longer than they should. Does it answer?"]
