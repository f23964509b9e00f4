"""Tells Prefect of the flows: prefect.yaml, applied by Prefect's own public calls in a second and a half.

``prefect deploy`` does the same in thirteen. Every deploy makes the triggers anew, and what happens meanwhile is lost to
them: so it is done only when something has changed. Prefect keeps the record of what it was told (a variable of that name), so
that all who tell it know the same; one at a time tells, and none what an older version of Bloc would.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import yaml
from packaging.version import Version

from bloc.engine.parts import DRAIN, ROOT
from bloc.engine.prefect_api import POOL, PrefectApi
from bloc.settings import Settings

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import PrefectClient
    from prefect.deployments.runner import RunnerDeployment

FILE = ROOT / "prefect.yaml"
RECORD = "bloc-deployed"  # the variable that holds what was told, by which version, and the name under which one tells
RUN = "python -m flows"  # what a worker starts for a run: a worker's PATH has to find our Python first


class Outcome(StrEnum):
    """What came of telling Prefect of the flows."""

    TOLD = "told"
    SAME = "same"  # it had been told all of it
    NEWER = "newer"  # it had been told by a newer version of Bloc, and was left alone


async def deploy(settings: Settings, file: Path = FILE, release: str | None = None, older: bool = False) -> Outcome:
    """Bring Prefect's work pool and deployments to what ``file`` says; return what came of it.

    The variables of ``prefect_environment`` must have been set before prefect was imported. Deployments that an earlier
    file had and this one has no longer are deleted; a schedule taken out of a deployment stays (set ``active: false``).

    Args:
        release: the version of Bloc that tells; default: this one.
        older: tell it also if a newer version has.

    Raises:
        OSError: the server is not reached, or somebody else tells it for minutes.
    """
    api, release = PrefectApi.of(settings), release or version("bloc")
    wanted = {"release": release, "fingerprint": fingerprint(file)}
    if found := _as_it_is(api, api.record(RECORD), wanted, older):
        return found
    content = yaml.safe_load(file.read_text("utf-8"))
    deployments = [await _deployment(entry, release) for entry in content["deployments"]]
    with api.alone(RECORD):
        known = api.record(RECORD)
        if found := _as_it_is(api, known, wanted, older):  # another was faster
            return found
        made = await _apply(deployments)
        stale = {name: each for name, each in _ids(known).items() if name not in made}
        if stale:
            api.wait_until_idle(DRAIN, stale.values())  # Prefect cannot end a run whose deployment is gone
            await _delete(stale.values())
        api.keep(RECORD, {**wanted, "deployments": made})
    return Outcome.TOLD


def _as_it_is(api: PrefectApi, known: Any, wanted: Mapping[str, str], older: bool) -> Outcome | None:
    """Return why Prefect is left as it is; None: it is to be told."""
    if not known or not api.has_deployments(_ids(known).values()):
        return None
    if all(known[name] == value for name, value in wanted.items()):
        return Outcome.SAME
    return Outcome.NEWER if not older and Version(known["release"]) > Version(wanted["release"]) else None


def _ids(known: Any) -> dict[str, str]:
    """Return the deployments of a record: ``<flow>/<deployment>`` -> id."""
    return dict(known["deployments"]) if known else {}


def fingerprint(file: Path) -> str:
    """Return a hash of what a deployment is made from: the file, the flows (parameters and docstrings), the version, this."""
    content = hashlib.sha256(version("bloc").encode() + file.read_bytes())
    for source in (Path(__file__), *sorted((ROOT / "flows").glob("*.py"))):
        content.update(source.read_bytes())
    return content.hexdigest()


def triggers(file: Path = FILE) -> set[str]:
    """Return the names of the triggers that ``file`` has."""
    entries = yaml.safe_load(file.read_text("utf-8"))["deployments"]
    return {trigger["name"] for entry in entries for trigger in entry.get("triggers", ())}


async def _apply(deployments: "Sequence[RunnerDeployment]") -> dict[str, str]:
    """Tell Prefect of the pool and the deployments; return their ids."""
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        await _make_pool(client)
    return {f"{each.flow_name}/{each.name}": str(await each.aapply()) for each in deployments}


async def _make_pool(client: "PrefectClient") -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    template["variables"]["properties"]["command"]["default"] = RUN
    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)


async def _deployment(entry: dict[str, Any], release: str) -> "RunnerDeployment":
    from prefect.client.schemas.objects import ConcurrencyLimitConfig
    from prefect.events import DeploymentTriggerTypes
    from prefect.schedules import Schedule
    from prefect.types.entrypoint import EntrypointType
    from pydantic import TypeAdapter

    pool = entry["work_pool"]
    triggers: TypeAdapter[Any] = TypeAdapter(list[DeploymentTriggerTypes])
    return await load_flow(entry["entrypoint"]).ato_deployment(
        name=entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        version=release,
        parameters=entry.get("parameters", {}),
        concurrency_limit=ConcurrencyLimitConfig(**entry["concurrency_limit"]),
        schedules=[Schedule(**schedule) for schedule in entry.get("schedules", [])],
        triggers=triggers.validate_python(entry.get("triggers", [])),
        work_pool_name=pool["name"],
        work_queue_name=pool["work_queue_name"],
        job_variables=pool["job_variables"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def load_flows(file: Path = FILE) -> None:
    """Load all flows of ``file``, which takes seconds: worth doing while a server starts that is to be told of them."""
    for entry in yaml.safe_load(file.read_text("utf-8"))["deployments"]:
        load_flow(entry["entrypoint"])


def load_flow(entrypoint: str) -> "Flow[..., Any]":
    """Return the flow that ``package.module.function`` names."""
    module, _, function = entrypoint.rpartition(".")
    flow: Flow[..., Any] = getattr(import_module(module), function)
    return flow


async def _delete(ids: Iterable[str]) -> None:
    """Delete deployments with their triggers, which Prefect would leave, to fail at every event."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    async with get_client() as client:
        for each in ids:
            await client.delete_resource_owned_automations(f"prefect.deployment.{each}")
            with suppress(ObjectNotFound):  # an operator was faster
                await client.delete_deployment(UUID(each))
