"""The jobs as they stand: what prefect.yaml has, what Prefect knows of it, and what is out of step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from bloc.db import Database
from bloc.engine.deploy import FILE
from bloc.engine.prefect_api import POOL
from bloc.enums import RunState
from bloc.language import Message, say
from bloc.prefect_plan import PAGE, TAG, Ask, compared
from bloc.prefect_runs import state_of

BY_HAND = "by-hand"  # also its name
EVENT, PLAN = "event", "plan"  # what starts a job that has no schedule of its own
Entry = Mapping[str, Any]  # of prefect.yaml


@dataclass(frozen=True)
class Job:
    """One deployment: ``cron`` or ``EVENT`` or ``PLAN`` starts it; when next, and how its last run stands, since when."""

    address: str
    starts: str
    next: datetime | None = None
    last: RunState | None = None
    last_at: datetime | None = None


def entries() -> dict[str, Entry]:
    """Return what prefect.yaml has, by address. A flow is called as its function, with dashes: tested."""
    content = yaml.safe_load(FILE.read_text("utf-8"))
    return {f"{_flow(entry)}/{entry['name']}": entry for entry in content["deployments"]}


def _flow(entry: Entry) -> str:
    return str(entry["entrypoint"]).rpartition(".")[2].replace("_", "-")


def starts(entry: Entry) -> str:
    """Return what starts a job: its cron, or ``EVENT``, or ``PLAN``."""
    schedules = entry.get("schedules", [])
    if entry["name"] == BY_HAND:
        return BY_HAND
    return str(schedules[0]["cron"]) if schedules else EVENT if entry.get("triggers") else PLAN


def unasked() -> list[Job]:
    """Return the jobs as prefect.yaml has them, where Prefect is away."""
    return [Job(address, starts(entry)) for address, entry in entries().items()]


def asked(ask: Ask, wall: datetime) -> list[Job]:
    """Return the jobs with their next and last runs. Raises OSError: Prefect is not reached."""
    rows = deployed(ask)
    return [_job(ask, address, entry, rows.get(address), wall) for address, entry in entries().items()]


def deployed(ask: Ask) -> dict[str, dict[str, Any]]:
    """Return our deployments as Prefect has them, by address."""
    flows = {row["id"]: row["name"] for row in ask("/flows/filter", {"limit": PAGE})}
    rows = ask("/deployments/filter", {"deployments": {"tags": {"all_": [TAG]}}, "limit": PAGE})
    return {f"{flows.get(row['flow_id'])}/{row['name']}": row for row in rows}


def _job(ask: Ask, address: str, entry: Entry, row: Mapping[str, Any] | None, wall: datetime) -> Job:
    if row is None:
        return Job(address, starts(entry))
    mine = {"deployments": {"id": {"any_": [row["id"]]}}, "limit": 1}
    scheduled, others = {"type": {"any_": ["SCHEDULED"]}}, {"type": {"not_any_": ["SCHEDULED"]}}
    coming = {"flow_runs": {"state": scheduled, "expected_start_time": {"after_": wall.isoformat()}}}
    ahead = ask("/flow_runs/filter", {**mine, **coming, "sort": "EXPECTED_START_TIME_ASC"})
    past = ask("/flow_runs/filter", {**mine, "flow_runs": {"state": others}, "sort": "EXPECTED_START_TIME_DESC"})
    return Job(
        address, starts(entry),
        next=_moment(ahead[0]["expected_start_time"]) if ahead else None,
        last=state_of(past[0]) if past else None,
        last_at=_moment(past[0]["start_time"] or past[0]["expected_start_time"]) if past else None,
    )  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def out_of_step(base: Database, ask: Ask, wall: datetime) -> list[Message]:
    """Return what is not as it should be in Prefect, each in a sentence. Raises OSError: Prefect is not reached."""
    rows = deployed(ask)
    return [*_missing(rows), *_paused(rows), *_days(base, ask, wall), *_workers(ask)]


def _missing(rows: Mapping[str, Any]) -> Iterator[Message]:
    missing = [address for address in entries() if address not in rows]
    if missing:
        yield say("Prefect does not have: {jobs}. `bloc deploy` tells it.", jobs=", ".join(missing))


def _paused(rows: Mapping[str, Any]) -> Iterator[Message]:
    for address, row in rows.items():
        slugs: Sequence[str] = [each["slug"] or "-" for each in row["schedules"] if not each["active"]]
        if row.get("paused"):
            yield say("{job} is paused in Prefect.", job=address)
        elif slugs:
            yield say("{job} has paused schedules: {slugs}.", job=address, slugs=", ".join(slugs))


def _days(base: Database, ask: Ask, wall: datetime) -> Iterator[Message]:
    _, found = compared(base, ask, wall)
    missing, stale = sum(len(each.missing) for each in found), sum(len(each.stale) for each in found)
    if missing or stale:
        yield say(
            "The plan's days are not in step: {missing} are missing in Prefect, {stale} are there no longer planned. The next "
            "sweep, or `bloc deploy`, sees to it.",
            missing=missing, stale=stale,
        )  # fmt: skip


def _workers(ask: Ask) -> Iterator[Message]:
    if ask(f"/work_pools/{POOL}").get("is_paused"):
        yield say("The work pool is paused: no job starts.")
    workers = ask(f"/work_pools/{POOL}/workers/filter", {})
    if not any(worker["status"] == "ONLINE" for worker in workers):
        yield say("No worker is at work: no job starts. Start one, as `bloc up` does.")
