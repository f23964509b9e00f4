"""Asks Prefect for runs of the flows and how they went, in plain HTTP; its own pages show the rest.

What a run is asked for with is a year's key and nothing else: whoever can see Prefect's pages sees it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bloc.enums import RunState, Trigger
from bloc.errors import BlocError
from bloc.events import ask_again
from bloc.language import say
from bloc.settings import Settings

T = TypeVar("T")

DEPLOYMENTS = {  # prefect.yaml: flow, deployment; and whether its run is of one year
    Trigger.REMIND: ("send-reminders", "daily", True),
    Trigger.DELIVER: ("deliver-notices", "when-queued", True),
    Trigger.AGGREGATE: ("aggregate-scores", "when-complete", True),
    Trigger.DOCUMENTS: ("draft-documents", "by-hand", True),
    Trigger.SWEEP: ("sweep", "every-15-minutes", True),
}
WATCHED = "watched"  # the tag of the deployments whose failure is told to the operator: all but the alarm
PAGE = 200  # rows asked for at once: the most that the API gives
LOOKED_AT = 50  # runs of one flow: those of other years among them are left out
SHOWN = 3  # runs of one flow
TIMEOUT = 10.0  # seconds to wait for an answer: a Prefect that is busy is not away


class PrefectAway(BlocError):
    """Prefect is not reached, or does not have the flows."""

    def __init__(self) -> None:
        super().__init__(say("Prefect is not reachable at present."))


@dataclass(frozen=True)
class Run:
    """A run of a flow: its id, how it stands, when it began or is to begin, and its page among Prefect's."""

    id: str
    state: RunState
    at: datetime
    url: str


@dataclass(frozen=True)
class PrefectRuns:
    """The runs of the flows, at the API ``url``; ``pages`` is where its pages are. All methods may raise PrefectAway."""

    url: str
    pages: str
    auth: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "PrefectRuns":
        """Return those of the Prefect that the settings name."""
        return cls(settings.prefect_api, settings.prefect_ui, settings.prefect_login)

    def start(self, trigger: Trigger, cycle: str, now: datetime) -> str:
        """Ask for a run for the year ``cycle``; return its id. Asked for twice within a minute it is one run."""
        flow, deployment, of_one_year = DEPLOYMENTS[trigger]
        wanted = {
            "state": {"type": "SCHEDULED"},
            "parameters": {"cycle": cycle} if of_one_year else {},
            "idempotency_key": f"{flow}/{cycle}/{now:%Y-%m-%dT%H:%M}",
        }

        def created() -> str:
            found = self._ask(f"/deployments/name/{flow}/{deployment}")
            return str(self._ask(f"/deployments/{found['id']}/create_flow_run", wanted)["id"])

        return _answered(created)

    def latest(self, trigger: Trigger, cycle: str, now: datetime) -> list[Run]:
        """Return the last runs that were for the year ``cycle`` or for all, the newest first; none that is yet to begin."""
        query = {
            "flows": {"name": {"any_": [DEPLOYMENTS[trigger][0]]}},
            "flow_runs": {"expected_start_time": {"before_": now.isoformat()}},
            "sort": "EXPECTED_START_TIME_DESC",
            "limit": LOOKED_AT,
        }

        def found() -> list[Run]:
            rows = self._ask("/flow_runs/filter", query)
            return [self._run(row) for row in rows if row["parameters"].get("cycle") in (None, cycle)][:SHOWN]

        return _answered(found)

    def failed(self, since: datetime) -> dict[str, int]:
        """Return how many runs have failed or crashed since a moment, by flow; those of the alarm itself are left out."""
        query = {
            "flow_runs": {
                "state": {"type": {"any_": [RunState.FAILED, RunState.CRASHED]}},
                "tags": {"all_": [WATCHED]},
                "expected_start_time": {"after_": since.isoformat()},
            },
            "limit": PAGE,
        }

        def found() -> dict[str, int]:
            ids = Counter(row["flow_id"] for row in self._ask("/flow_runs/filter", query))
            flows = self._ask("/flows/filter", {"flows": {"id": {"any_": list(ids)}}}) if ids else []
            return {flow["name"]: ids[flow["id"]] for flow in flows}

        return _answered(found)

    def _run(self, row: dict[str, Any]) -> Run:
        return Run(
            row["id"], state_of(row),
            datetime.fromisoformat(row["start_time"] or row["expected_start_time"]),
            f"{self.pages}/runs/flow-run/{row['id']}",
        )  # fmt: skip

    def _ask(self, path: str, body: Any = None) -> Any:
        return ask_again(self.url, path, body, auth=self.auth, timeout=TIMEOUT)


def state_of(row: dict[str, Any]) -> RunState:
    """Return how a run stands, of which Prefect tells."""
    state = RunState(row["state_type"])
    return RunState.LATE if (state, row["state_name"]) == (RunState.SCHEDULED, "Late") else state


def _answered(question: Callable[[], T]) -> T:
    try:
        return question()
    except (OSError, ValueError, LookupError, TypeError) as error:  # not reached; an error; an answer that is not Prefect's
        raise PrefectAway from error
