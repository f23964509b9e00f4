"""One real server and worker from the lock: what the pins are for is that runs are made, by the clock and by an event."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from sqlmodel import select

from bloc.actions.plans import apply_plan
from bloc.clock import local_day, now
from bloc.db import Database, reading, unit_of_work
from bloc.engine.automations import AUTOMATIONS, automate, make_single
from bloc.engine.parts import ROOT, bloc_environment, prefect_environment, server_part, worker_part
from bloc.engine.prefect_api import PrefectApi
from bloc.engine.supervisor import Supervisor
from bloc.enums import NoticeKind
from bloc.events import NOTICES_QUEUED, emit
from bloc.language import use
from bloc.migrations import ready_database
from bloc.plan import Plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.prefect_plan import show_plan
from bloc.settings import Settings
from models import Notice
from tests.engine.waiting import eventually, free_port
from tests.factories import Year, moved, plan_text

pytestmark = pytest.mark.prefect

YEAR = local_day(now()).year + 2  # of a plan whose days lie ahead

TINY = """
deployments:
  - name: every-minute
    description: Ticks.
    entrypoint: tests.engine.tiny_flows.tick
    tags: [bloc]
    concurrency_limit: &one {limit: 1, collision_strategy: ENQUEUE}
    work_pool: &pool {name: bloc, work_queue_name: default, job_variables: {}}
    schedules: [{slug: every-minute, cron: "* * * * *", timezone: Asia/Ho_Chi_Minh}]
  - name: q2-midyear-reports
    description: The plan's days.
    entrypoint: flows.midyear.advance_midyear
    tags: [bloc, plan, midyear]
    concurrency_limit: *one
    work_pool: *pool
  - name: when-a-run-fails
    description: Tells the operator.
    entrypoint: flows.alarm.alarm
    tags: [bloc, alarm]
    concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}
    work_pool: *pool
    triggers:
      - type: event
        name: alarm
        match: {prefect.resource.id: prefect.flow-run.*}
        match_related: {prefect.resource.id: prefect.tag.watched, prefect.resource.role: tag}
        expect: [prefect.flow-run.Failed, prefect.flow-run.Crashed]
        posture: Reactive
        threshold: 1
        within: 0
  - name: when-queued
    description: Answers.
    entrypoint: tests.engine.tiny_flows.answer
    tags: [bloc, watched]
    concurrency_limit: *one
    work_pool: *pool
    triggers:
      - type: event
        name: answer
        match: {prefect.resource.id: bloc.wakeup.delivery}
        expect: [bloc.notices.queued]
        posture: Reactive
        threshold: 1
        within: 0
"""

OLD, NEW, NEWEST = "0.1", "0.2", "0.3"  # versions of Bloc

DEPLOY = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from bloc.engine.deploy import deploy
from bloc.settings import Settings

def told(each):
    release, _, file = each.partition(":")
    return asyncio.run(deploy(Settings(_env_file=None), Path(file), release.rstrip("!"), older=release.endswith("!")))

with ThreadPoolExecutor(int(sys.argv[1])) as pool:
    print(*pool.map(told, sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("engine")
    return Settings(
        home=home, prefect_port=free_port(), prefect_api_auth="thu-ky:secret", language="en", operator="van-hanh@example.vn",
        sink_port=free_port(), _env_file=None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def file(settings: Settings) -> Path:
    return written(settings, "prefect.yaml", TINY)


def written(settings: Settings, name: str, text: str) -> Path:
    file = settings.home / name
    file.write_text(text, "utf-8")
    return file


def of_an_older_version(settings: Settings) -> Path:
    """Return a file that has another job with a trigger, and lacks one."""
    return written(settings, "older.yaml", TINY.replace("every-minute", "every-hour").replace("when-queued", "when-asked")
                   .replace("name: answer", "name: answer-when-asked").replace("Answers", "Answers as it did"))  # fmt: skip


@pytest.fixture(scope="module")
def api(settings: Settings) -> PrefectApi:
    return PrefectApi.of(settings)


@pytest.fixture(scope="module")
def engine(settings: Settings, file: Path) -> Iterator[list[str]]:
    """Run the server and the worker; give what came of five deploys, two by an older version among them."""
    use("en")
    old = of_an_older_version(settings)
    with Supervisor(print) as supervisor:
        supervisor.start(server_part(settings))
        said = deployed(settings, (NEW, file), (NEW, file), (OLD, old), (f"{OLD}!", old), (NEW, file))
        supervisor.start(worker_part(settings))
        yield said
    use("vi")


@pytest.fixture(scope="module")
def base(settings: Settings) -> Iterator[Database]:
    """Return the database, with a live year that lies ahead by Prefect's clock."""
    base = ready_database(settings)
    with unit_of_work(base) as work:
        apply_plan(work, ahead(), now())
    yield base
    base.engine.dispose()


def ahead(**changes: Any) -> Plan:
    """Return the plan of a year to come."""
    return plan_of(read_source("plan.yaml", plan_text(activities=changes).replace("2030", str(YEAR)).encode()))


def coming(api: PrefectApi) -> dict[str, str]:
    """Return the coming runs of the plan's days: when, and what they are called."""
    scheduled = {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": ["plan", "auto-scheduled"]}}
    rows = api.ask("/flow_runs/filter", {"flow_runs": scheduled, "sort": "EXPECTED_START_TIME_ASC"})
    return {run["expected_start_time"][:10]: run["name"] for run in rows}


def deployed(settings: Settings, *told: tuple[str, Path], at_once: int = 1) -> list[str]:
    """Deploy what versions have ("!": although it is older), and return what came of it.

    In a process of its own: this one may have imported prefect already.
    """
    environment = os.environ | prefect_environment(settings) | bloc_environment(settings)
    command = [sys.executable, "-c", DEPLOY, str(at_once), *(f"{release}:{file}" for release, file in told)]
    return subprocess.check_output(command, text=True, env=environment, cwd=ROOT).split()


def completed(api: PrefectApi, flow: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = api.ask("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}})
    return [run for run in runs if run["state_type"] == "COMPLETED"]


def test_what_is_there_is_told_once_and_an_older_version_leaves_it_unless_it_is_told_to(engine):
    assert engine == ["told", "same", "newer", "told", "told"]


def test_an_event_told_twice_starts_one_run(engine, settings, api):
    auth = "thu-ky:secret"

    taken = [emit(settings.prefect_api, NOTICES_QUEUED, "bloc.wakeup.delivery", 1, auth=auth) for _ in range(2)]

    assert taken == [True, True]
    assert eventually(lambda: completed(api, "answer"), seconds=120)
    (run,) = completed(api, "answer")
    assert run["created_by"]["type"] == "AUTOMATION"


def test_a_run_that_nobody_works_on_any_more_is_set_to_crashed(engine, api):
    deployment = api.ask("/deployments/name/answer/when-queued")
    api.pause_pool(True)
    run = api.ask(f"/deployments/{deployment['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})
    api.ask(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True})

    count = api.crash_leftovers("The test says so.")
    api.pause_pool(False)

    found = api.ask(f"/flow_runs/{run['id']}")
    assert count >= 1
    assert (found["state_type"], found["state"]["message"]) == ("CRASHED", "The test says so.")
    assert api.wait_until_idle(seconds=30)


def test_the_coming_runs_are_the_plans_days_and_move_with_it(engine, api, base, settings):
    first = show_plan(base, settings, now())
    before, again = coming(api), show_plan(base, settings, now())
    with unit_of_work(base) as work:
        apply_plan(work, ahead(**moved("reports", "2030-06-14")), now())

    then = show_plan(base, settings, now())

    opens, closes = f"opens: Báo cáo sơ kết | b-{YEAR}", f"closes: Báo cáo sơ kết | b-{YEAR}"
    assert (first.made, bool(again)) == (2, False)
    assert before == {
        f"{YEAR}-05-05": f"Q2 mid-year reports | 06/05/{YEAR} | {opens}",
        f"{YEAR}-06-06": f"Q2 mid-year reports | 07/06/{YEAR} | {closes}",
    }
    assert (then.made, then.removed) == (1, 1)
    assert coming(api) == {
        f"{YEAR}-05-05": f"Q2 mid-year reports | 06/05/{YEAR} | {opens}",
        f"{YEAR}-06-14": f"Q2 mid-year reports | 15/06/{YEAR} | {closes}",
    }


def test_a_run_by_hand_takes_only_a_year_that_there_is_and_a_dry_one_changes_nothing(engine, api, base, settings):
    show_plan(base, settings, now())
    path = f"/deployments/{api.ask('/deployments/name/advance-midyear/q2-midyear-reports')['id']}/create_flow_run"
    as_of = f"{YEAR}-05-06T08:00:00+07:00"

    with pytest.raises(HTTPError, match="409"):
        api.ask(path, {"parameters": {"cycle": "nope"}, "state": {"type": "SCHEDULED"}})
    asked = {"cycle": f"b-{YEAR}", "as_of": as_of, "dry_run": True}
    run = api.ask(path, {"parameters": asked, "state": {"type": "SCHEDULED"}})

    assert eventually(lambda: api.ask(f"/flow_runs/{run['id']}")["state_type"] == "COMPLETED", seconds=180)
    assert api.ask(f"/flow_runs/{run['id']}")["name"] == f"advance-midyear | b-{YEAR} | 06/05/{YEAR} | dry run"
    (shown,) = api.ask("/artifacts/filter", {"artifacts": {"key": {"any_": ["dry-run-advance-midyear"]}}})
    assert f"- b-{YEAR}: opened: Báo cáo sơ kết" in shown["data"]
    assert Year(base, f"b-{YEAR}").activity("reports").state.value == "planned"


def has(api: PrefectApi) -> tuple[list[str], list[str]]:
    """Return the deployments that Prefect has, whose and with what description, and its triggers."""
    rows = api.ask("/deployments/filter", {"sort": "NAME_ASC"})
    triggers = sorted(each["name"] for each in api.ask("/automations/filter", {}))
    return [f"{row['name']} {row['version']}: {row['description']}" for row in rows], triggers


def test_of_two_versions_that_deploy_at_once_the_newer_ones_jobs_are_there_and_no_others(engine, api, settings):
    newest = written(settings, "newest.yaml", TINY.replace("Answers", "Answers better"))
    older = written(settings, "older-still.yaml", of_an_older_version(settings).read_text("utf-8").replace("Ticks", "Ticked"))

    said = deployed(settings, (NEW, older), (NEWEST, newest), at_once=2)

    assert said in (["told", "told"], ["newer", "told"])  # whoever came first
    assert has(api) == (
        [
            f"every-minute {NEWEST}: Ticks.",
            f"q2-midyear-reports {NEWEST}: The plan's days.",
            f"when-a-run-fails {NEWEST}: Tells the operator.",
            f"when-queued {NEWEST}: Answers better.",
        ],
        ["alarm", "answer"],
    )


def test_the_automations_that_find_dead_runs_are_made_once(engine, api):
    assert [automate(api), automate(api)] == [len(AUTOMATIONS), 0]


def test_what_two_that_deploy_at_once_have_left_twice_is_there_once_again_the_newest(engine, api):
    automate(api)
    before = {each["name"]: each["id"] for each in api.ask("/automations/filter", {})}
    kept = ("name", "trigger", "actions", "description", "enabled")
    for each in api.ask("/automations/filter", {}):
        api.ask("/automations/", {name: each[name] for name in kept})
    added = {each["name"]: each["id"] for each in api.ask("/automations/filter", {}) if each["id"] not in before.values()}

    deleted = [make_single(api, {"answer"}), make_single(api, {"answer"})]

    found = {each["id"]: each["name"] for each in api.ask("/automations/filter", {})}
    assert deleted == [len(AUTOMATIONS) + 1, 0]
    assert sorted(found.values()) == sorted([*before, "alarm"])  # what the file does not name is somebody else's
    assert added["answer"] in found and before["answer"] not in found


def test_of_runs_that_crash_the_operator_is_told_once(engine, api, base):
    deployment = api.ask("/deployments/name/answer/when-queued")
    for _ in range(2):
        run = api.ask(f"/deployments/{deployment['id']}/create_flow_run", {"state": {"type": "PENDING"}})
        crashed = {"type": "CRASHED", "name": "Crashed", "message": "The test says so."}
        api.ask(f"/flow_runs/{run['id']}/set_state", {"state": crashed, "force": True})

    assert eventually(lambda: completed(api, "alarm"), seconds=180)
    with reading(base) as session:
        told = [notice for notice in session.exec(select(Notice)) if notice.kind is NoticeKind.ALARM]
    assert len(told) == 1
    assert "answer" in told[0].values["what"]["values"]["flows"]


def test_the_clock_has_started_a_run_meanwhile(engine, api):
    assert eventually(lambda: completed(api, "tick"), seconds=150)
    assert {run["auto_scheduled"] for run in completed(api, "tick")} == {True}
