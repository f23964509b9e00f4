from bloc.actions.stages import Advanced
from bloc.enums import ActivityState, DepositState, ObligationState, Stage
from models import Obligation
from tests.factories import cycle_of, on, plan, report

NOTHING = Advanced((), (), 0)


def test_an_activity_opens_and_invites_once(year):
    first = year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    second = year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    later = year.advance(Stage.MIDYEAR, "2030-05-20 07:00")

    assert first == Advanced(("Báo cáo sơ kết",), (), 3)
    assert (second, later) == (NOTHING, NOTHING)
    assert year.notices() == [
        "reports/u1/invitation/2030-06-06/u1@b.example.vn",
        "reports/u2/invitation/2030-06-06/u2@b.example.vn",
        "reports/u3/invitation/2030-06-06/u3@b.example.vn",
    ]


def test_nothing_opens_before_its_day_or_in_another_stage(year):
    assert year.advance(Stage.MIDYEAR, "2030-05-05 23:59") == NOTHING
    assert year.advance(Stage.YEAR_END, "2030-05-06 07:00") == NOTHING
    assert year.rows(Obligation) == []


def test_what_has_no_date_never_opens(year):
    year.advance(Stage.MIDYEAR, "2030-12-31 07:00")

    assert year.activity("exchange").state is ActivityState.UNDATED


def test_only_those_who_act_owe_and_are_invited(base):
    year = cycle_of(base, plan(activities={"reports": {"actors": ["u3", "u2"]}}))

    assert year.advance(Stage.MIDYEAR, "2030-05-06 07:00").invited == 2
    assert [unit for unit, _ in year.units() if any(unit in identity for identity in year.notices())] == ["u2", "u3"]


def test_who_is_invited_late_is_not_reminded_on_the_same_day(year):
    year.advance(Stage.MIDYEAR, "2030-06-03 07:00")

    assert year.remind("2030-06-03 08:00") == 0
    assert year.obligation("u1").next_step_at == on("2030-06-06 07:30")


def test_a_missed_opening_opens_and_closes_and_what_is_overdue_stays_owed(year):
    done = year.advance(Stage.MIDYEAR, "2030-06-10 07:00")
    reminded = year.remind("2030-06-10 08:00")

    assert done == Advanced(("Báo cáo sơ kết",), ("Báo cáo sơ kết",), 3)
    assert reminded == 3
    assert year.tidied("2030-06-10 09:00") == {"expired": 3}  # invitations to what is over
    assert year.notices("overdue") == [f"reports/u{n}/overdue+1/2030-06-06/u{n}@b.example.vn" for n in (1, 2, 3)]


def test_who_sent_early_is_done_and_is_not_invited(year):
    sent = year.deposit("u2", report(), "2030-04-20 09:00")

    done = year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert (sent.state, sent.late_seconds) == (DepositState.ACCEPTED, 0)
    assert done == Advanced(("Báo cáo sơ kết",), (), 2)
    assert year.notices() == [
        "reports/u1/invitation/2030-06-06/u1@b.example.vn",
        "reports/u2/receipt/1/u2@b.example.vn",
        "reports/u3/invitation/2030-06-06/u3@b.example.vn",
    ]
    assert year.obligation("u2").state is ObligationState.ACCEPTED


def test_who_was_refused_early_is_invited(year):
    year.deposit("u2", b"no document", "2030-04-20 09:00")

    assert year.advance(Stage.MIDYEAR, "2030-05-06 07:00").invited == 3


def test_an_activity_closes_when_its_last_day_is_over_and_still_takes_what_comes_late(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    before = year.advance(Stage.MIDYEAR, "2030-06-06 23:59")
    after = year.advance(Stage.MIDYEAR, "2030-06-07 00:00")
    late = year.deposit("u1", report(), "2030-06-07 08:00")

    assert (before, after) == (NOTHING, Advanced((), ("Báo cáo sơ kết",), 0))
    assert year.activity("reports").state is ActivityState.CLOSED
    assert late.state is DepositState.ACCEPTED


def test_a_unit_that_joins_later_is_invited_and_the_others_not_again(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.apply(plan(size=4), "2030-05-20 09:00")

    assert year.advance(Stage.MIDYEAR, "2030-05-20 10:00") == Advanced((), (), 1)
    assert year.notices()[-1] == "reports/u4/invitation/2030-06-06/u4@b.example.vn"
