"""Prefect's automations that set a run to Crashed when nobody works on it any more, so that its slot is free again.

They are known by name: made where they are missing, renewed where they differ. What the run left undone the sweep does.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from bloc.engine.prefect_api import PrefectApi
from bloc.prefect_plan import TAG

SILENCE = 90  # seconds: three heartbeats (PREFECT_FLOWS_HEARTBEAT_FREQUENCY)
STUCK = 60  # seconds from a worker's taking of a run to the run's own first word
PAGE = 200

ENDED = [f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled", "Cancelling")]
BEGUN = [*ENDED, "prefect.flow-run.Running", "prefect.flow-run.Scheduled", "prefect.flow-run.AwaitingConcurrencySlot"]


def _automation(name: str, description: str, after: str, expect: list[str], seconds: int, message: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "enabled": True,
        "trigger": {
            "type": "event",
            "posture": "Proactive",
            "match": {"prefect.resource.id": "prefect.flow-run.*"},
            "match_related": {"prefect.resource.id": f"prefect.tag.{TAG}", "prefect.resource.role": "tag"},
            "for_each": ["prefect.resource.id"],
            "after": [after],
            "expect": expect,
            "threshold": 1,
            "within": seconds,
        },
        "actions": [{"type": "change-flow-run-state", "state": "CRASHED", "name": "Crashed", "message": message}],
    }


AUTOMATIONS = (
    _automation(
        "bloc: a run without a sign of life has crashed",
        "No heartbeat for 90 seconds: its worker or machine is gone (tiến trình đã chết).",
        "prefect.flow-run.heartbeat",
        ["prefect.flow-run.heartbeat", *ENDED],
        SILENCE,
        "No sign of life for 90 seconds; what it left undone, the sweep does.",
    ),
    *(
        _automation(
            f"bloc: a run that stays {state} has crashed",
            f"{state} for a minute: the worker that took it did not start it (không khởi động được).",
            f"prefect.flow-run.{state}",
            [*BEGUN, "prefect.flow-run.Submitting"] if state == "Pending" else BEGUN,
            STUCK,
            "It was taken by a worker and not started within a minute; the sweep does what it was for.",
        )
        for state in ("Pending", "Submitting")
    ),
)


def automate(api: PrefectApi) -> int:
    """Bring the automations to what they should be; return how many were made or changed. Raises OSError."""
    had = {each["name"]: each for each in api.ask("/automations/filter", {"limit": PAGE})}
    different = [each for each in AUTOMATIONS if not _contains(had.get(each["name"]), each)]
    for each in different:
        if each["name"] in had:
            api.ask(f"/automations/{had[each['name']]['id']}", each, method="PUT")
        else:
            api.ask("/automations/", each)
    return len(different)


def make_single(api: PrefectApi, triggers: Collection[str]) -> int:
    """Delete what there is a second time of the automations and of the ``triggers``; return how many. Raises OSError.

    Two that deploy at once leave each trigger twice, and every event would start two runs. The newest stays: whoever deploys
    looks after it has told its own, so the last to look sees all.
    """
    ours, newest, stale = {*triggers, *(each["name"] for each in AUTOMATIONS)}, dict[str, str](), list[str]()
    found = sorted(api.ask("/automations/filter", {"limit": PAGE}), key=lambda each: (each["created"], each["id"]))
    for each in found:
        if each["name"] in ours:
            stale.extend([newest[each["name"]]] if each["name"] in newest else [])
            newest[each["name"]] = each["id"]
    for automation in stale:
        try:
            api.ask(f"/automations/{automation}", method="DELETE")
        except HTTPError as error:
            if error.code != HTTPStatus.NOT_FOUND:  # the other was faster
                raise
    return len(stale)


def _contains(had: Any, wanted: Any) -> bool:
    """Return whether what the server has is what is wanted; it adds fields, and keeps sets in no order.

    An automation that an operator has switched off stays so.
    """
    if isinstance(wanted, Mapping):
        return isinstance(had, Mapping) and all(_contains(had.get(key), wanted[key]) for key in wanted if key != "enabled")
    if not isinstance(wanted, list):
        return bool(had == wanted)
    if all(isinstance(each, str) for each in wanted):
        return isinstance(had, list) and sorted(had) == sorted(wanted)
    return isinstance(had, list) and len(had) == len(wanted) and all(map(_contains, had, wanted))
