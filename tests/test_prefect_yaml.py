import inspect
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect._internal.schemas.validators import validate_cron_string
from prefect.cli.deploy._models import (
    ConcurrencyLimitSpec,
    DeploymentConfig,
    PrefectYamlModel,
    RawScheduleConfig,
    WorkPoolConfig,
)
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.events import DeploymentEventTrigger
from pydantic import BaseModel

from bloc.cli.jobs import WHAT, in_words
from bloc.engine.deploy import FILE, load_flow
from bloc.engine.jobs import PLAN, entries, starts
from bloc.engine.parts import ROOT
from bloc.engine.prefect_api import POOL
from bloc.engine.running import CATCH_UP
from bloc.enums import WakeupKind
from bloc.events import EVENTS
from bloc.prefect_plan import DEPLOYMENTS as PLAN_DEPLOYMENTS
from bloc.prefect_plan import TAG
from bloc.prefect_runs import WATCHED

CONTENT: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = CONTENT["deployments"]
SCHEDULES = [schedule for deployment in DEPLOYMENTS for schedule in deployment.get("schedules", [])]
TRIGGERS = [trigger for deployment in DEPLOYMENTS for trigger in deployment.get("triggers", [])]

each_deployment = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["entrypoint"])
each_schedule = pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule["cron"])
each_trigger = pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger["name"])


def unknown(given: dict[str, Any], model: type[BaseModel], *others: str) -> set[str]:
    """Return the keys that Prefect would ignore in silence."""
    aliases = {field.alias for field in model.model_fields.values() if field.alias}
    return given.keys() - model.model_fields.keys() - aliases - set(others)


def test_the_file_has_only_keys_that_prefect_knows():
    assert unknown(CONTENT, PrefectYamlModel, "definitions") == set()
    assert CONTENT["pull"] == []


@each_deployment
def test_a_deployment_has_only_keys_that_prefect_knows(deployment):
    assert unknown(deployment, DeploymentConfig) == set()
    assert unknown(deployment["work_pool"], WorkPoolConfig) == set()
    assert unknown(deployment["concurrency_limit"], ConcurrencyLimitSpec) == set()
    assert deployment["work_pool"]["name"] == POOL


@each_deployment
def test_a_deployment_runs_one_at_a_time_and_loses_none(deployment):
    limit = ConcurrencyLimitConfig(**deployment["concurrency_limit"])

    alarm = deployment["name"] == "when-a-run-fails"  # a burst is one mail: those that come meanwhile are of no use
    assert (limit.limit, limit.collision_strategy) == (1, "CANCEL_NEW" if alarm else "ENQUEUE")


@each_deployment
def test_a_deployment_tells_an_operator_what_it_does(deployment):
    assert len(deployment["description"]) > 60
    assert "bloc" in deployment["tags"]


@each_deployment
def test_a_deployment_has_one_cause(deployment):
    by_hand = deployment["name"] == "by-hand"
    causes = [deployment.get("schedules"), deployment.get("triggers"), "plan" in deployment["tags"], by_hand]

    assert sum(map(bool, causes)) == 1


@each_deployment
def test_an_entrypoint_is_an_async_flow_that_has_the_parameters(deployment):
    flow = load_flow(deployment["entrypoint"])
    parameters = inspect.signature(flow.fn).parameters
    given = [deployment, *deployment.get("schedules", []), *deployment.get("triggers", [])]

    assert flow.isasync
    assert all(parameter.default is not parameter.empty for parameter in parameters.values())
    assert set().union(*(entry.get("parameters", {}) for entry in given)) <= set(parameters)


@each_deployment
def test_a_deployment_can_be_tried_without_a_trace(deployment):
    form = load_flow(deployment["entrypoint"]).parameters.properties

    assert form["dry_run"]["type"] == "boolean"
    assert all(field["description"] for field in form.values())
    assert deployment["name"] == "when-a-run-fails" or {"cycle", "as_of"} <= form.keys()


@each_deployment
def test_all_but_the_alarm_are_watched(deployment):
    assert (WATCHED in deployment["tags"]) != ("alarm" in deployment["tags"])
    assert TAG in deployment["tags"]


def test_each_part_of_the_plan_has_its_deployment():
    deployed = {
        (load_flow(each["entrypoint"]).name, each["name"]): each["tags"][-1] for each in DEPLOYMENTS if PLAN in each["tags"]
    }

    assert deployed == {(flow, name): part for part, (flow, name, _) in PLAN_DEPLOYMENTS.items()}


def test_the_jobs_are_known_by_name_without_loading_them():
    assert list(entries()) == [f"{load_flow(each['entrypoint']).name}/{each['name']}" for each in DEPLOYMENTS]
    assert list(WHAT) == list(entries())


def test_the_docs_have_the_table_of_jobs():
    rows = [f"| `{address}` | {WHAT[address]} | {in_words(starts(entry))} |" for address, entry in entries().items()]

    found = (ROOT / "docs" / "jobs.md").read_text("utf-8").splitlines()

    assert [line for line in found if line.startswith("| `") and "/" in line.split("|")[1]] == rows


def test_every_deployment_has_an_address_of_its_own():
    addresses = [f"{load_flow(deployment['entrypoint']).name}/{deployment['name']}" for deployment in DEPLOYMENTS]

    assert addresses == [
        "advance-signing/q1-covenant-signing",
        "advance-midyear/q2-midyear-reports",
        "advance-bloc-report/q3-bloc-report",
        "advance-year-end/q4-year-end-scoring",
        "aggregate-scores/q4-aggregation",
        "advance-conference/q4-conference",
        "advance-signing/daily",
        "advance-midyear/daily",
        "advance-year-end/daily",
        "send-reminders/daily",
        "aggregate-scores/when-complete",
        "deliver-notices/when-queued",
        "alarm/when-a-run-fails",
        "draft-documents/by-hand",
        "sweep/every-15-minutes",
    ]
    assert set(CATCH_UP) <= set(addresses)


@each_schedule
def test_a_schedule_is_a_cron_in_vietnam_time_with_a_slug(schedule):
    assert unknown(schedule, RawScheduleConfig) == set()
    validate_cron_string(schedule["cron"])
    assert ZoneInfo(schedule["timezone"]) == ZoneInfo("Asia/Ho_Chi_Minh")
    assert schedule["slug"]
    assert schedule["active"] is True


def test_no_two_daily_jobs_start_in_the_same_minute():
    daily = [schedule["cron"] for schedule in SCHEDULES if schedule["slug"] == "every-morning"]

    assert len(set(daily)) == len(daily) == 4


@each_trigger
def test_a_trigger_waits_for_an_event_that_bloc_emits_for_one_of_its_wakeups_or_for_a_failed_run(trigger):
    resources = {f"bloc.wakeup.{kind}" for kind in WakeupKind}

    assert unknown(trigger, DeploymentEventTrigger) == set()
    assert DeploymentEventTrigger.model_validate(trigger).enabled
    if trigger["name"] == "alarm-when-a-run-fails":
        assert set(trigger["expect"]) == {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}
        assert trigger["match_related"]["prefect.resource.id"] == f"prefect.tag.{WATCHED}"
        return
    assert set(trigger["expect"]) <= EVENTS
    assert trigger["match"]["prefect.resource.id"] in resources


def test_every_event_starts_something():
    assert {event for trigger in TRIGGERS for event in trigger["expect"] if event.startswith("bloc.")} == EVENTS
