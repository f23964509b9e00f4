"""A replay ends as the scenario says, however often it is stopped, killed and started again."""

import asyncio
import csv
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bloc import clock, queries
from bloc.actions.plans import apply_plan
from bloc.clock import at, local_day
from bloc.db import unit_of_work
from bloc.enums import CycleMode, NoticeKind, NoticeState, Stage
from bloc.errors import NotAllowed, PartFailed
from bloc.language import say
from bloc.plan import read_plan
from bloc.replay.papers import report
from bloc.replay.stagehands import WithoutPrefect, flow_named
from bloc.replay.timeline import FATES, MAILS
from flows import door
from notifications import claims
from tests.engine.waiting import free_port
from tests.replay.oracle import Year
from tests.replay.playing import ROOT, SHIPPED, SMALL, House, house, mail_named

pytestmark = pytest.mark.replay

EXPECTED = ROOT / "tests" / "data" / "expected-result-2024.csv"
THREE, TWO, RECEIVED = (SMALL / f"{name}-year.yaml" for name in ("three", "two", "received"))
DAILY = [(stage, time(7)) for stage in Stage] + [("reminders", time(7, 30)), ("sweep", time(12))]
ONE_DAY = timedelta(days=1)


# -- what comes out


def test_the_result_of_the_year_is_the_expected_one_tie_included(year):
    with EXPECTED.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    ranks = Counter(row["rank"] for row in rows)

    *_, (state, sheets, ranking) = year.house.results("hai-phong-2024")

    assert (state, sheets) == ("final", 7)
    tied = {rank for rank, times in ranks.items() if times > 1}
    expected = [f"{row['unit']} {'=' * (row['rank'] in tied)}{row['rank']} {row['score_exact']}" for row in rows]
    assert sorted(ranking.split(", ")) == sorted(expected)
    assert len(tied) == 1


def test_a_year_stopped_before_all_sheets_are_in_has_no_result(year):
    assert year.halfway == []


@pytest.mark.parametrize(
    ("cycle", "results"),
    [
        ("two-2030", [("final", 2, "b2 1 55/4, a1 2 23/2")]),
        (
            "received-2030",
            [
                ("provisional", 2, "c2 1 8, c1 2 15/2, c3 3 7"),
                ("final", 3, "c2 =1 8, c3 =1 8, c1 3 6"),
                ("final", 3, "c2 1 8, c3 2 23/3, c1 3 6"),
            ],
        ),
        ("three-2030", [("final", 3, "u3 1 10, u1 2 37/4, u2 3 25/4"), ("final", 3, "u3 1 10, u1 2 55/6, u2 3 25/4")]),
        ("changing-2030", [("provisional", 2, "m1 1 51/4, m2 2 11, m3 3 10"), ("final", 3, "m1 1 25/2, m2 2 11, m3 3 65/6")]),
        ("undated-2030", []),
    ],
    ids=["two units", "a sheet that comes late", "three units", "four units, then three", "nothing dated"],
)  # fmt: skip
def test_each_odd_bloc_comes_out_as_reckoned_by_hand(blocs, cycle, results):
    assert blocs.house.results(cycle) == results


def test_an_act_that_is_refused_is_said_and_the_year_goes_on(blocs):
    refused = [line.partition("refused: ")[2] for line in blocs.said["three-2030"] if "refused: " in line]

    assert [line for line in refused if "× refusal" not in line and line] == [
        "A comment needs its text.",
        '"Ký giao ước" asks nothing of Đơn vị một now.',
        '"Gửi báo cáo" asks nothing of Đơn vị một now.',
        "The new last day must lie after the old one (10/6/2030) and not in the past.",
        "There is no result yet.",
        "Score sheets are still missing: Đơn vị hai; Đơn vị ba.",
        "The last sheet of Đơn vị hai was not refused: there is no marked copy of it.",
    ]


def test_what_may_not_be_changed_so_is_refused_by_name(blocs):
    refused = [line.partition("refused: ")[2] for line in blocs.said["changing-2030"] if "refused: " in line]

    assert refused == [
        "Nothing is owed any more: there is nothing to waive.",
        "Đơn vị ba has sent nothing that could be returned.",
        "Đơn vị hai has sent nothing that could be returned.",
        "The covenant is signed: to change what was agreed on (members, policies), give a reason.",
        "Score sheets are still missing: Đơn vị ba và bốn. It can be closed without them only after 06/12/2030.",
        "No score sheet is missing: there is nothing to close. Aggregate them instead.",
    ]


def test_a_refused_act_of_several_units_leaves_no_trace_of_any(blocs):
    mails = blocs.house.mails("three-2030")

    assert [mail.day for mail in mails if (mail.kind, mail.activity, mail.unit) == ("receipt", "reports", "u3")] == [
        date(2030, 6, 20)
    ]


def test_what_opens_by_a_late_date_opens_the_next_morning(blocs):
    said = blocs.said["three-2030"]

    assert said[said.index("Wednesday 09/01/2030") + 1] == "  07:00  opened: Dự thảo"


def test_the_sweep_aggregates_when_an_event_was_lost_and_the_next_event_is_heard_again(blocs):
    lines = [line for line in blocs.said["three-2030"] if "aggregated: version" in line]

    assert lines == [
        "  00:00  aggregated: version 1, final, 3 of 3 sheets",
        "  14:00  aggregated: version 2, final, 3 of 3 sheets",
    ]


def test_the_report_that_a_replay_writes_is_the_same_bytes_each_time():
    plan = read_plan(SMALL / "three.yaml")

    first, second = (report(plan.units[1].name, plan.activities[3].title, plan.bloc.name) for _ in range(2))

    assert first == second


@pytest.mark.either
def test_mails_that_no_server_takes_do_not_stop_the_year(home, tmp_path):
    for name in ("received.yaml", "received.csv"):
        shutil.copy(SMALL / name, tmp_path)
    refusing = '{address: giup-viec@received.example.vn, reply: "535 5.7.8 Sign in first"}'
    text = (SMALL / "received-year.yaml").read_text("utf-8")
    (tmp_path / "year.yaml").write_text(
        text.replace("acts:\n", f"acts:\n  - {{at: 2030-12-02 06:00, mailbox: {refusing}}}\n"), "utf-8"
    )

    said = home.play(tmp_path / "year.yaml", date(2030, 12, 2))

    assert [line for line in said if line.startswith("  07:00")] == [
        "  07:00  opened: Gửi bảng chấm điểm",
        *(
            f"  07:00  put back, to be tried again: 1 × invitation, to {unit}: Gửi bảng chấm điểm"
            for unit in ("c1", "c2", "c3")
        ),
    ]


def test_without_a_mail_server_a_year_stands_still_and_nothing_is_lost_of_it(home, blocs, monkeypatch):
    reached = home.settings.sink_port
    monkeypatch.setenv("BLOC_SINK_PORT", str(free_port()))
    with pytest.raises(PartFailed, match=r"^The replay stands still: "):
        home.play(RECEIVED)
    door.database().engine.dispose()
    monkeypatch.setenv("BLOC_SINK_PORT", str(reached))

    home.play(RECEIVED)

    assert home.results("received-2030") == blocs.house.results("received-2030")
    assert home.mails() == blocs.house.mails("received-2030")


@pytest.mark.either
def test_a_replay_ends_at_once_when_a_part_of_it_has_died(home):
    def look() -> None:
        raise PartFailed(say("a part has died"))

    with pytest.raises(PartFailed, match=r"^a part has died$"):
        asyncio.run(replace(home.course(RECEIVED), check=look).run())

    assert home.mails() == Counter()


# -- stopped, and gone on with


def test_a_third_run_changes_nothing(year):
    before = year.house.rows()

    with house(year.house.settings.home, year.house.settings.database_url) as again:
        said = again.play(SHIPPED)

    assert said == []
    assert year.house.rows() == before


def test_a_run_up_to_a_day_that_has_been_reached_changes_nothing(year):
    before = year.house.rows()

    with house(year.house.settings.home, year.house.settings.database_url) as again:
        said = again.play(SHIPPED, date(2024, 3, 1))

    assert said == []
    assert year.house.rows() == before


class Watched(WithoutPrefect):
    """Runs flows and remembers on which days."""

    def __init__(self) -> None:
        super().__init__()
        self.days: set[date] = set()

    async def run(self, flow: str, cycle: str, as_of: datetime) -> Any:
        self.days.add(local_day(as_of))
        return await super().run(flow, cycle, as_of)


@dataclass
class Days:
    """The days of a year: how many the replay skipped, on which of these a job would have done something, how many changed."""

    skipped: int = 0
    missed: list[date] = field(default_factory=list)
    changed: int = 0


def stopped_every_day(home: House, scenario: Path) -> Days:
    """Stop the year after each day. On the days that the replay skips run all jobs as of that day."""
    hands, days = Watched(), Days()
    course = home.course(scenario, hands)
    acts = {local_day(act.at) for act in course.script.acts}
    first, last = course.script.scenario.starts, course.script.scenario.ends
    for day in (first + n * ONE_DAY for n in range((last - first).days + 1)):
        before = home.rows()
        asyncio.run(course.run(day))
        after = home.rows()
        days.changed += after != before
        if day not in hands.days | acts:
            asyncio.run(jobs_of(day, course.script.plan.key))
            days.skipped += 1
            days.missed += [day] * (home.rows() != after)
    return days


async def jobs_of(day: date, cycle: str) -> None:
    for flow, strikes in DAILY:
        await flow_named(flow).fn(cycle=cycle, as_of=at(day, strikes))


def test_a_year_stopped_every_day_ends_as_one_uninterrupted_and_no_skipped_day_was_missed(home, blocs):
    days = stopped_every_day(home, RECEIVED)

    assert (days.skipped, days.missed, days.changed) == (16, [], 30)  # not skipped: five weeks' first working days
    assert home.results("received-2030") == blocs.house.results("received-2030")
    assert home.mails() == blocs.house.mails("received-2030")


@pytest.mark.soak
@pytest.mark.parametrize("scenario", [SHIPPED, THREE], ids=["shipped", "three"])
def test_no_day_that_a_long_year_skips_was_missed(home, scenario):
    days = stopped_every_day(home, scenario)

    assert days.skipped > 230
    assert days.missed == []
    assert home.mails() == Year(scenario).mails


# -- killed, and started again


class Killed(BaseException):
    """What no code catches, as a process that is killed says nothing to its code."""


class Mortal(WithoutPrefect):
    """Dies once before and once after every flow that it is to run; ``lives`` remembers which."""

    def __init__(self, deaths: set[tuple[object, ...]]) -> None:
        super().__init__()
        self.deaths = deaths

    def die_once(self, *where: object) -> None:
        if where not in self.deaths:
            self.deaths.add(where)
            raise Killed

    async def run(self, flow: str, cycle: str, as_of: datetime) -> Any:
        self.die_once("before", flow, as_of)
        await super().run(flow, cycle, as_of)
        self.die_once("after", flow, as_of)

    async def aggregated(self, done: Callable[[], bool]) -> bool:
        if self.told:
            self.die_once("told")
        return await super().aggregated(done)


def test_a_replay_that_dies_between_any_two_steps_ends_as_one_that_does_not(home, blocs):
    deaths: set[tuple[object, ...]] = set()
    while True:
        try:
            home.play(RECEIVED, hands=Mortal(deaths))
            break
        except Killed:
            continue

    assert len(deaths) > 25
    assert home.results("received-2030") == blocs.house.results("received-2030")
    assert home.mails() == blocs.house.mails("received-2030")


class Undelivered(WithoutPrefect):
    """Dies before the first delivery."""

    async def run(self, flow: str, cycle: str, as_of: datetime) -> Any:
        if flow == "delivery":
            raise Killed
        return await super().run(flow, cycle, as_of)


def test_a_mail_that_was_being_sent_when_the_replay_was_killed_is_uncertain_and_not_sent_again(home):
    with pytest.raises(Killed):
        home.play(TWO, hands=Undelivered())
    with unit_of_work(home.base) as work:
        (cycle,) = queries.cycles(work.session)
        claimed = claims.claim_next(work.session, claims.Scope(cycle.id, cycle.reached_at, clock.now()))

    home.play(TWO)

    assert (
        home.notices(NoticeState.UNCERTAIN)
        == list(claimed.identities)
        == ["two-2030/sheets/a1/invitation/2031-01-03/a1@two.example.vn"]
    )
    assert [mail[:5] for mail in Year(TWO).mails - home.mails()] == [mail_named(claimed.identities[0])]


# -- said, and refused


def test_the_timeline_has_words_for_every_mail_and_every_fate():
    assert (set(MAILS), set(FATES)) == (set(NoticeKind), set(NoticeState))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("year.yaml", "at: 2030-12-20", "at: 2030-12-23"),
        ("year.yaml", "ends: 2031-01-31", "ends: 2031-01-30"),
        ("two.yaml", "max: 10", "max: 12"),
    ],
    ids=["another act", "another end", "another plan"],
)
@pytest.mark.either
def test_another_scenario_on_a_begun_year_is_refused_by_name(home, tmp_path, file, old, new):
    for name, copy in (("two.yaml", "two.yaml"), ("two-year.yaml", "year.yaml"), ("two-a1.csv",) * 2, ("two-b2.csv",) * 2):
        shutil.copy(SMALL / name, tmp_path / copy)
    home.play(tmp_path / "year.yaml", date(2030, 12, 2))
    before = home.rows()
    changed = (tmp_path / file).read_text("utf-8").replace(old, new)
    (tmp_path / file).write_text(changed, "utf-8")

    with pytest.raises(NotAllowed) as refused:
        home.play(tmp_path / "year.yaml")

    assert str(refused.value) == "two-2030 was begun with another scenario; `make clean-data` begins anew."
    assert home.rows() == before


@pytest.mark.either
def test_a_live_year_is_not_replayed(home):
    with unit_of_work(home.base) as work:
        apply_plan(work, read_plan(SMALL / "two.yaml"), at(date(2030, 12, 2)), CycleMode.LIVE)
    before = home.rows()

    with pytest.raises(NotAllowed) as refused:
        home.play(TWO)

    assert str(refused.value) == "two-2030 is a live year; it can't be replayed in the same database."
    assert home.rows() == before
