"""One real server and worker from the lock: what the pins are for is that runs are made, by the clock and by an event."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bloc.engine.parts import ROOT, bloc_environment, prefect_environment, server_part, worker_part
from bloc.engine.prefect_api import PrefectApi
from bloc.engine.supervisor import Supervisor
from bloc.events import NOTICES_QUEUED, emit
from bloc.language import use
from bloc.settings import Settings
from tests.engine.waiting import eventually, free_port

pytestmark = pytest.mark.prefect

TINY = """
deployments:
  - name: every-minute
    description: Ticks.
    entrypoint: tests.engine.tiny_flows.tick
    tags: [bloc]
    concurrency_limit: &one {limit: 1, collision_strategy: ENQUEUE}
    work_pool: &pool {name: bloc, work_queue_name: default, job_variables: {}}
    schedules: [{slug: every-minute, cron: "* * * * *", timezone: Asia/Ho_Chi_Minh}]
  - name: when-queued
    description: Answers.
    entrypoint: tests.engine.tiny_flows.answer
    tags: [bloc]
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

DEPLOY = """
import asyncio, sys
from pathlib import Path
from bloc.engine.deploy import deploy
from bloc.settings import Settings

print(asyncio.run(deploy(Settings(_env_file=None), Path(sys.argv[1]))))
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("engine")
    return Settings(home=home, prefect_port=free_port(), prefect_api_auth="thu-ky:secret", language="en", _env_file=None)


@pytest.fixture(scope="module")
def file(settings: Settings) -> Path:
    file = settings.home / "prefect.yaml"
    file.write_text(TINY, "utf-8")
    return file


@pytest.fixture(scope="module")
def api(settings: Settings) -> PrefectApi:
    return PrefectApi.of(settings)


@pytest.fixture(scope="module")
def engine(settings: Settings, file: Path) -> Iterator[list[str]]:
    """Run the server and the worker; give what two deploys, one after the other, said of themselves."""
    use("en")
    with Supervisor(print) as supervisor:
        supervisor.start(server_part(settings))
        said = [deployed(settings, file), deployed(settings, file)]
        supervisor.start(worker_part(settings))
        yield said
    use("vi")


def deployed(settings: Settings, file: Path) -> str:
    """Deploy in a process of its own: this one may have imported prefect with other settings."""
    environment = os.environ | prefect_environment(settings) | bloc_environment(settings)
    return subprocess.check_output([sys.executable, "-c", DEPLOY, str(file)], text=True, env=environment, cwd=ROOT).strip()


def completed(api: PrefectApi, flow: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = api.ask("/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}})
    return [run for run in runs if run["state_type"] == "COMPLETED"]


def test_the_second_deploy_of_the_same_file_finds_nothing_to_do(engine):
    assert engine == ["True", "False"]


def test_an_event_told_twice_starts_one_run(engine, settings, api):
    auth = "thu-ky:secret"

    taken = [emit(settings.prefect_api, NOTICES_QUEUED, "bloc.wakeup.delivery", 1, auth=auth) for _ in range(2)]

    assert taken == [True, True]
    assert eventually(lambda: completed(api, "answer"), seconds=60)
    (run,) = completed(api, "answer")
    assert run["created_by"]["type"] == "AUTOMATION"


def test_the_clock_starts_a_run(engine, api):
    assert eventually(lambda: completed(api, "tick"), seconds=150)
    assert {run["auto_scheduled"] for run in completed(api, "tick")} == {True}


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
