"""Tells Prefect of the flows: prefect.yaml, applied by Prefect's own public calls in a second and a half.

``prefect deploy`` does the same in thirteen. Every deploy makes the triggers anew, and what happens meanwhile is lost to
them: so it is done only when something has changed.
"""

import hashlib
import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bloc.engine.parts import ROOT
from bloc.engine.prefect_api import POOL, PrefectApi
from bloc.settings import Settings

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import PrefectClient
    from prefect.deployments.runner import RunnerDeployment

FILE = ROOT / "prefect.yaml"
RUN = "python -m flows"  # what a worker starts for a run: a worker's PATH has to find our Python first


async def deploy(settings: Settings, file: Path = FILE) -> bool:
    """Bring Prefect's work pool and deployments to what ``file`` says; return whether there was anything to do.

    The variables of ``prefect_environment`` must have been set before prefect was imported. Deployments that an earlier
    file had and this one has no longer are deleted; a schedule taken out of a deployment stays (set ``active: false``).

    Raises:
        OSError: the server is not reached.
    """
    record = settings.home / "prefect" / "deployed"
    known = _read(record)
    if known.get("fingerprint") == fingerprint(file) and _are_there(PrefectApi.of(settings), known["names"]):
        return False
    names = await _apply(yaml.safe_load(file.read_text("utf-8")), stale=known.get("names", []))
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"fingerprint": fingerprint(file), "names": names}), "utf-8")
    return True


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


def _read(record: Path) -> dict[str, Any]:
    return dict(json.loads(record.read_text("utf-8"))) if record.exists() else {}


def _are_there(api: PrefectApi, names: list[str]) -> bool:
    return all(api.has_deployment(name) for name in names)


async def _apply(content: dict[str, Any], stale: list[str]) -> list[str]:
    from prefect.client.orchestration import get_client  # 3 s: paid only when there is something to deploy

    async with get_client() as client:
        await _make_pool(client)
        deployments = [await _deployment(entry) for entry in content["deployments"]]
        names = [f"{deployment.flow_name}/{deployment.name}" for deployment in deployments]
        for deployment in deployments:
            await deployment.aapply()
        await _delete(client, set(stale) - set(names))
    return names


async def _make_pool(client: "PrefectClient") -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    template["variables"]["properties"]["command"]["default"] = RUN
    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)


async def _deployment(entry: dict[str, Any]) -> "RunnerDeployment":
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
        version=version("bloc"),
        parameters=entry.get("parameters", {}),
        concurrency_limit=ConcurrencyLimitConfig(**entry["concurrency_limit"]),
        schedules=[Schedule(**schedule) for schedule in entry.get("schedules", [])],
        triggers=triggers.validate_python(entry.get("triggers", [])),
        work_pool_name=pool["name"],
        work_queue_name=pool["work_queue_name"],
        job_variables=pool["job_variables"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def load_flow(entrypoint: str) -> "Flow[..., Any]":
    """Return the flow that ``package.module.function`` names."""
    module, _, function = entrypoint.rpartition(".")
    flow: Flow[..., Any] = getattr(import_module(module), function)
    return flow


async def _delete(client: "PrefectClient", names: set[str]) -> None:
    from prefect.exceptions import ObjectNotFound

    for name in names:
        try:
            await client.delete_deployment((await client.read_deployment_by_name(name)).id)
        except ObjectNotFound:
            continue  # an operator was faster
