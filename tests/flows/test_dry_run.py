"""A dry run changes nothing, sends nothing, and says what would be done."""

import logging
from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from bloc import clock
from bloc.actions.alarms import QUIET, tell_of_failures
from bloc.db import reading, unit_of_work
from bloc.enums import NoticeKind
from bloc.overview import arrivals
from bloc.settings import Settings
from flows.aggregation import aggregate_scores
from flows.artifacts import mails_to_come
from flows.bloc_report import advance_bloc_report
from flows.conference import advance_conference
from flows.delivery import deliver_notices
from flows.midyear import advance_midyear
from flows.reminders import send_reminders
from flows.sweep import show_days, sweep
from models import Notice
from tests.factories import START, cycle_of, moved, on, plan, report
from tests.flows.conftest import run

pytestmark = [pytest.mark.process, pytest.mark.either]

OPENING, LATE = on("2030-05-06 07:00"), on("2030-06-10 08:00")
HELD = {"kind": "conference", "actors": "leader", "title": "Hội nghị", "quarter": "4", "source": "II.2.4",
        **moved("held", "2030-12-20", opens="2030-12-16")["held"]}  # fmt: skip


@pytest.fixture
def one(home):
    return cycle_of(home, plan(activities={"held": HELD}))


def everything(base):
    """Return all rows of all tables."""
    with reading(base) as session:
        return {name: session.execute(select(table)).all() for name, table in SQLModel.metadata.tables.items()}


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        (advance_midyear, "b-2030: opened: Báo cáo sơ kết"),
        (send_reminders, "b-2030: 3 reminders queued, 1 digests"),
        (deliver_notices, "to be sent: "),
        (sweep, "b-2030: version 1: final, 3 of 3 sheets"),
        (aggregate_scores, "b-2030: version 1: final, 3 of 3 sheets"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_dry_run_says_what_would_be_done_and_changes_nothing(one, home, flow, said, caplog):
    if flow is not advance_midyear:
        run(advance_midyear, as_of=OPENING)
    if flow in (sweep, aggregate_scores):
        for unit, _ in one.units():
            one.send_sheet(unit, "2030-12-02 09:00")
    before = everything(home)
    caplog.set_level(logging.INFO, "bloc.flows")

    count = run(flow, as_of=OPENING if flow is advance_midyear else LATE, dry_run=True)

    assert count > 0
    assert any(line.startswith(said) for line in caplog.messages), caplog.messages
    assert everything(home) == before


def test_the_conference_is_opened_by_its_own_flow_and_nothing_else_is(one):
    done = run(advance_conference, as_of=on("2030-12-16 06:50"))

    assert done == 1
    assert {code: one.activity(code).state.value for code in ("held", "sheets")} == {"held": "open", "sheets": "planned"}


def test_the_flow_of_the_blocs_own_report_leaves_the_units_reports_alone(one):
    assert run(advance_bloc_report, as_of=OPENING) == 0
    assert one.activity("reports").state.value == "planned"


def test_the_matrix_shows_who_has_sent_and_no_points(one, home):
    run(advance_midyear, as_of=OPENING)
    one.deposit("u2", report(), "2030-05-20 09:00")

    with reading(home) as session:
        rows = arrivals(session, one.cycle, LATE)

    assert rows == [
        {"Unit (đơn vị)": "Đơn vị 1", "Báo cáo sơ kết": "LATE since 06/6/2030 (quá hạn)"},
        {"Unit (đơn vị)": "Đơn vị 2", "Báo cáo sơ kết": "in on 20/5/2030"},
        {"Unit (đơn vị)": "Đơn vị 3", "Báo cáo sơ kết": "LATE since 06/6/2030 (quá hạn)"},
    ]


def test_the_mails_to_come_are_counted_and_name_nobody(one, home):
    run(advance_midyear, as_of=OPENING)

    with reading(home) as session:
        rows = mails_to_come(session)

    assert [tuple(row.values())[1:4] for row in rows] == [
        ("b-2030", "invitation (thư mời thực hiện)", 3),
        ("b-2030", "Báo cáo sơ kết", 3),
    ]
    assert "@" not in str(rows)


def test_without_a_server_the_plans_days_wait_and_nothing_fails(one, home, caplog):
    show_days(home, Settings())

    assert "Prefect does not show the plan's days" in caplog.text


def test_a_server_that_was_down_for_days_is_caught_up_with_once(one, home):
    run(advance_midyear, as_of=OPENING)
    one.deposit("u2", report(), "2030-06-05 09:00")  # deposits go on

    back = on("2030-06-12 09:00")
    first = [run(flow, as_of=back) for flow in (advance_midyear, send_reminders)]
    kinds = sorted(row.kind.value for row in one.rows(Notice) if row.queued_at == back)
    again = [run(flow, as_of=back + timedelta(hours=-1)) for flow in (advance_midyear, send_reminders)]

    assert first[0] == 1
    assert kinds.count("overdue") == 2
    assert again == [0, 0]  # the clock was set back by an hour


def test_a_burst_of_failures_is_one_mail_and_the_next_hour_has_its_own(home):
    settings = Settings(operator="van-hanh@example.vn", _env_file=None)
    moments = (START, START + timedelta(seconds=5), START + QUIET + timedelta(seconds=1))

    told = []
    for moment in moments:
        with unit_of_work(home) as work:
            told.append(tell_of_failures(work, settings, {"sweep": 3}, "http://127.0.0.1:4200", moment))

    assert told == [1, 0, 1]
    with reading(home) as session:
        (first, *_) = session.exec(select(Notice).order_by(Notice.queued_at)).all()
    assert (first.kind, first.values["what"]["values"]) == (NoticeKind.ALARM, {"flows": "sweep (3)"})


def test_nobody_is_told_of_nothing(home):
    settings = Settings(operator="van-hanh@example.vn", _env_file=None)

    with unit_of_work(home) as work:
        assert tell_of_failures(work, settings, {}, "http://127.0.0.1:4200", clock.now()) == 0
