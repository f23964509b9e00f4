from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier

import pytest
from sqlmodel import Session, select

from bloc.actions.aggregation import aggregate_next, claim_if_due, cycles_due, reopen
from bloc.actions.deposits import Incoming, receive_deposit
from bloc.db import Database, Wake, unit_of_work
from bloc.enums import AggregationState, CycleMode, ResultState, Stage, WakeupKind
from bloc.errors import NotAllowed
from models import Aggregation, Deposit, Notice, Result
from tests.factories import LIMIT, Year, cycle_of, on, plan, sheet, sheets_asked
from tests.places import kept

pytestmark = pytest.mark.replay

GIVEN = {  # scorer -> unit -> points; each sheet gives one point more to everyone
    "u1": {"u1": 20, "u2": 10, "u3": 15},
    "u2": {"u1": 18, "u2": 12, "u3": 15},
    "u3": {"u1": 19, "u2": 11, "u3": 15.25},
}
RANKING = [("u1", 1, False, "20"), ("u3", 2, False, "193/12"), ("u2", 3, False, "12")]
RECEIVED = {"missing_sheet": "received"}
IN_TIME, LATE = "2030-12-02 09:00", "2030-12-09 09:00"


year = kept(sheets_asked)


def send(year, *units, when=IN_TIME):
    return [year.send_sheet(unit, when, GIVEN[unit]) for unit in units]


def states(year):
    return [row.state for row in sorted(year.rows(Aggregation), key=lambda row: row.claimed_at)]


def results(year):
    return [(row.version, row.state, row.sheets) for row in sorted(year.rows(Result), key=lambda row: row.version)]


def test_the_last_sheet_makes_the_claim_and_no_earlier_one_does(year, told):
    made = []
    for unit in ("u3", "u1", "u2"):
        send(year, unit)
        made.append(states(year))

    assert made == [[], [], [AggregationState.DUE]]
    assert [wake for wake in told if wake.kind is WakeupKind.AGGREGATION] == [Wake(WakeupKind.AGGREGATION, 1)]


def test_the_claim_is_committed_with_its_sheet_and_told_after_that(base, year):
    seen = []

    def look(wake):
        with Session(base.engine) as session:
            seen.append((wake.kind, len(session.exec(select(Aggregation)).all()), len(session.exec(select(Deposit)).all())))

    send(Year(Database(base.engine, look), year.key), "u1", "u2", "u3")

    assert seen == [(WakeupKind.AGGREGATION, 1, 3)]


def test_a_deposit_that_is_rolled_back_leaves_no_claim(year, told):
    send(year, "u1", "u2")
    told.clear()

    def fail():
        with year.open() as (work, cycle):
            incoming = Incoming("u3", "sheets", "a.xlsx", sheet(cycle, "u3"))
            receive_deposit(work, cycle, incoming, now=on(IN_TIME), limit=LIMIT)
            assert len(work.session.exec(select(Aggregation)).all()) == 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert (states(year), told) == ([], [])


def test_two_last_sheets_at_the_same_moment_give_one_aggregation(year, told):
    send(year, "u1")
    start = Barrier(2)

    def send_at_once(unit):
        data = sheet(year.cycle, unit, GIVEN[unit])
        start.wait()
        return year.deposit(unit, data, IN_TIME, "sheets")

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(send_at_once, ["u2", "u3"]))

    assert [each.receipt for each in sent] in ([2, 3], [3, 2])
    assert states(year) == [AggregationState.DUE]
    assert [wake.kind for wake in told].count(WakeupKind.AGGREGATION) == 1
    assert year.ranking(year.aggregate()) == RANKING
    assert year.aggregate() is None


def test_two_runs_at_the_same_moment_make_one_result(year):
    send(year, "u1", "u2", "u3")
    start = Barrier(2)

    def aggregate(_):
        start.wait()
        return year.aggregate()

    with ThreadPoolExecutor(2) as pool:
        made = [result for result in pool.map(aggregate, range(2)) if result]

    assert len(made) == 1
    assert results(year) == [(1, ResultState.FINAL, 3)]


def test_scores_are_exact(year):
    send(year, "u1", "u2", "u3")

    result = year.aggregate()

    assert year.ranking(result) == RANKING
    assert Fraction(193, 12) == Fraction(16_000 + 16_000 + 16_250, 3 * 1000)
    assert (result.version, result.state, result.sheets, result.members) == (1, ResultState.FINAL, 3, 3)
    assert result.policies["missing_sheet"] == "wait"


def test_equals_share_a_rank_in_the_order_of_the_plan(year):
    for unit in ("u3", "u2", "u1"):
        year.send_sheet(unit, IN_TIME, {"u2": 5})

    assert year.ranking(year.aggregate()) == [("u1", 1, True, "11"), ("u3", 1, True, "11"), ("u2", 3, False, "6")]


def test_the_secretary_alone_is_told_and_reads_no_scores(year):
    send(year, "u1", "u2", "u3")
    year.aggregate()

    notice = next(row for row in year.rows(Notice) if row.kind == "result-ready")
    assert year.notices("result-ready", "result") == ["result-ready/1/secretary@b.example.vn"]
    assert {key: notice.values[key] for key in ("version", "final", "sheets", "members")} == {
        "version": 1, "final": True, "sheets": 3, "members": 3,
    }  # fmt: skip
    assert "193" not in str(notice.values)


def test_a_run_twice_makes_no_second_result(year):
    send(year, "u1", "u2", "u3")

    assert [bool(year.aggregate()) for _ in range(3)] == [True, False, False]
    assert results(year) == [(1, ResultState.FINAL, 3)]
    assert states(year) == [AggregationState.DONE]


def test_a_run_that_fails_leaves_the_claim_due(year, base):
    send(year, "u1", "u2", "u3")

    def fail():
        with unit_of_work(base) as work:
            assert aggregate_next(work, on(LATE), year.cycle.id) is not None
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert (states(year), results(year)) == ([AggregationState.DUE], [])
    assert year.ranking(year.aggregate()) == RANKING


def test_who_counts_again_makes_no_second_claim(year, told):
    send(year, "u1", "u2", "u3")
    year.aggregate()
    told.clear()

    with year.open() as (work, cycle):
        new = claim_if_due(work, cycle, on(IN_TIME), late=False)

    assert (new, year.claim(IN_TIME), told) == (False, False, [])


def test_a_sheet_corrected_in_time_makes_a_new_version_and_the_old_one_stays(year):
    send(year, "u1", "u2", "u3")
    first = year.aggregate()

    year.send_sheet("u3", "2030-12-05 09:00", GIVEN["u3"] | {"u2": 20})
    second = year.aggregate()

    assert results(year) == [(1, ResultState.FINAL, 3), (2, ResultState.FINAL, 3)]
    assert year.ranking(first) == RANKING
    assert year.ranking(second) == [("u1", 1, False, "20"), ("u3", 2, False, "193/12"), ("u2", 3, False, "15")]


def test_a_sheet_corrected_before_the_run_leaves_one_result(year):
    send(year, "u1", "u2", "u3")
    year.send_sheet("u3", "2030-12-05 09:00", GIVEN["u3"] | {"u2": 20})

    assert [bool(year.aggregate()) for _ in range(2)] == [True, False]
    assert states(year) == [AggregationState.STALE, AggregationState.DONE]


def test_a_late_sheet_after_the_final_result_waits_for_the_secretary(year, told):
    send(year, "u1", "u2", "u3")
    year.aggregate()
    told.clear()

    late = year.send_sheet("u3", LATE, GIVEN["u3"] | {"u2": 20})
    before = year.aggregate()
    claimed = year.claim("2030-12-10 09:00")

    assert (late.late_seconds > 0, before, claimed) == (True, None, True)
    assert year.aggregate().version == 2


def test_a_late_last_sheet_completes_the_sheets(year):
    send(year, "u1", "u2")
    send(year, "u3", when=LATE)

    assert year.ranking(year.aggregate()) == RANKING


@pytest.mark.parametrize("when", [IN_TIME, LATE], ids=["before the deadline", "after it"])
def test_under_wait_nobody_closes_while_a_sheet_is_missing(year, when):
    send(year, "u1", "u2")

    with pytest.raises(NotAllowed, match=r"^Score sheets are still missing: Đơn vị 3\.$"):
        year.claim(when)

    assert states(year) == []


@kept
def lenient(base: Database) -> Year:
    """Return a year in which the secretary may close with the sheets received."""
    year = cycle_of(base, plan(policies=RECEIVED))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    return year


def test_under_received_the_secretary_closes_after_the_deadline_with_a_provisional_result(lenient):
    send(lenient, "u1", "u2")

    claimed = lenient.claim("2030-12-07 00:00")
    result = lenient.aggregate()

    assert claimed is True
    assert (result.state, result.sheets, result.members) == (ResultState.PROVISIONAL, 2, 3)
    assert lenient.ranking(result) == [("u1", 1, False, "20"), ("u3", 2, False, "16"), ("u2", 3, False, "12")]


def test_a_sheet_that_comes_after_the_secretary_has_closed_makes_a_new_version(lenient):
    send(lenient, "u1")
    lenient.claim("2030-12-07 00:00")
    closed = lenient.aggregate()

    send(lenient, "u2", when=LATE)
    with_two = lenient.aggregate()
    send(lenient, "u3", when=LATE)
    with_all = lenient.aggregate()

    versions = [(each.version, each.state, each.sheets) for each in (closed, with_two, with_all)]
    assert versions == [(1, ResultState.PROVISIONAL, 1), (2, ResultState.PROVISIONAL, 2), (3, ResultState.FINAL, 3)]


def test_under_received_nobody_closes_before_the_deadline_an_extended_one_included(lenient):
    send(lenient, "u1", "u2")
    lenient.extend("u3", "2030-12-13", "2030-12-05 09:00", "sheets")

    for when in ("2030-12-06 23:59", "2030-12-13 23:59"):
        with pytest.raises(NotAllowed, match=r"missing: Đơn vị 3\. It can be closed without them only after 13/12/2030\.$"):
            lenient.claim(when)

    assert lenient.claim("2030-12-14 00:00") is True


def test_without_any_sheet_nobody_closes(lenient):
    with pytest.raises(NotAllowed, match=r"^Score sheets are still missing: Đơn vị 1; Đơn vị 2; Đơn vị 3\.$"):
        lenient.claim(LATE)


def test_a_sheet_that_comes_after_a_provisional_result_makes_the_final_one(lenient):
    send(lenient, "u1", "u2")
    lenient.claim(LATE)
    lenient.aggregate()

    send(lenient, "u3", when="2030-12-12 09:00")

    assert lenient.ranking(lenient.aggregate()) == RANKING
    assert results(lenient) == [(1, ResultState.PROVISIONAL, 2), (2, ResultState.FINAL, 3)]


def test_equal_inputs_have_equal_hashes_and_one_changed_point_another(base):
    hashes = []
    for code, changed in (("a", 15.25), ("b", 15.25), ("c", 15.5)):
        year = cycle_of(base, plan(code=code))
        for unit, given in (GIVEN | {"u3": GIVEN["u3"] | {"u3": changed}}).items():
            year.send_sheet(unit, IN_TIME, given)
        hashes.append(year.aggregate().input_hash)

    assert hashes[0] == hashes[1] != hashes[2]


def test_another_policy_has_another_hash(base):
    hashes = set()
    for code, policies in (("a", {}), ("b", RECEIVED)):
        year = cycle_of(base, plan(code=code, policies=policies))
        send(year, "u1", "u2", "u3")
        hashes.add(year.aggregate().input_hash)

    assert len(hashes) == 2


def test_every_bloc_whose_sheets_are_in_is_due_once(base):
    years = [cycle_of(base, plan(code=mode.value), mode=mode) for mode in CycleMode]
    for year in years:
        send(year, "u1", "u2", "u3")

    def due():
        with unit_of_work(base) as work:
            return set(cycles_due(work.session))

    before = due()
    first = years[0].aggregate()

    assert before == {year.cycle.id for year in years}
    assert (first.cycle_id, due()) == (years[0].cycle.id, {years[1].cycle.id})


def test_a_replayed_result_is_dated_by_the_clock_of_the_replay(base):
    year = cycle_of(base, plan(), mode=CycleMode.REPLAY)
    send(year, "u1", "u2", "u3")

    assert year.aggregate("2031-07-01 09:00").computed_at == year.cycle.reached_at


def test_closing_is_for_what_is_missing(year):
    send(year, "u1", "u2", "u3")

    with pytest.raises(NotAllowed, match=r"^No score sheet is missing: there is nothing to close\."):
        year.close(IN_TIME)


def opened_again(year, when="2030-12-10 09:00", because="Đơn vị 3 sắp gửi"):
    with year.open() as (work, cycle):
        return reopen(work, cycle, on(when), because)


def test_a_closing_is_withdrawn_for_a_reason_and_the_sheets_are_waited_for_again(lenient):
    send(lenient, "u1", "u2")
    lenient.close(LATE)
    lenient.aggregate()

    withdrawn = opened_again(lenient)

    with pytest.raises(NotAllowed, match="withdrawn"):
        lenient.publish("2030-12-10 10:00", provisional=True)
    with pytest.raises(NotAllowed, match="no closing"):
        opened_again(lenient)
    assert (withdrawn.version, withdrawn.withdrawn_because) == (1, "Đơn vị 3 sắp gửi")
    send(lenient, "u2", when="2030-12-10 11:00")  # the same once more: nothing is made of it
    assert lenient.aggregate("2030-12-10 11:00") is None
    send(lenient, "u3", when="2030-12-10 12:00")
    lenient.aggregate("2030-12-10 12:00")
    assert results(lenient) == [(1, ResultState.PROVISIONAL, 2), (2, ResultState.FINAL, 3)]


def test_the_scoring_is_closed_anew_after_it_was_reopened(lenient):
    send(lenient, "u1", "u2")
    lenient.close(LATE)
    lenient.aggregate()
    opened_again(lenient)

    new = lenient.close("2030-12-11 09:00")
    lenient.aggregate("2030-12-11 09:00")

    assert new is True
    assert results(lenient) == [(1, ResultState.PROVISIONAL, 2), (2, ResultState.PROVISIONAL, 2)]
    assert lenient.publish("2030-12-11 10:00", provisional=True).version == 2


@pytest.mark.parametrize("published", [True, False], ids=["published", "no result"])
def test_what_is_published_or_was_never_closed_is_not_reopened(lenient, published):
    if published:
        send(lenient, "u1", "u2")
        lenient.close(LATE)
        lenient.aggregate()
        lenient.publish("2030-12-10 08:00", provisional=True)

    with pytest.raises(NotAllowed, match="no closing"):
        opened_again(lenient)
