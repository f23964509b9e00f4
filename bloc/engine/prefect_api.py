"""The few questions that the engine asks of Prefect's API, in plain HTTP."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from bloc.events import ask, ask_again
from bloc.settings import Settings

POOL = "bloc"
WORKER = "bloc"

BUSY = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
PAGE = 200  # runs asked for at once: the most that the API gives
TIMEOUT = 30.0  # seconds to wait for an answer: a server that starts, on a busy machine, is not away
POLL = 0.5  # seconds between two looks at a server
LEASE = 60.0  # seconds for which one may be alone at something: the least that the API gives
OTHERS = 120.0  # seconds to wait for others who are at it; the server looks for leases that are over every 15


@dataclass(frozen=True)
class PrefectApi:
    """Prefect's API at ``url``; ``auth`` is the ``user:password`` it may ask for. All methods may raise OSError."""

    url: str
    auth: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "PrefectApi":
        """Return the API that the settings name."""
        return cls(settings.prefect_api, settings.prefect_login)

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Send one request and return its answer; a server that is busy is asked again."""
        return ask_again(self.url, path, body, method=method, auth=self.auth, timeout=TIMEOUT)

    def is_ready(self) -> bool:
        """Return whether the server answers and its database is in place."""
        return answers(lambda: ask(self.url, "/ready", auth=self.auth))

    def has_worker(self, since: datetime) -> bool:
        """Return whether the pool's worker has given a sign of life after ``since``."""
        return answers(lambda: any(_seen(worker) > since for worker in self._workers()))

    def _workers(self) -> list[dict[str, Any]]:
        workers: list[dict[str, Any]] = self.ask(f"/work_pools/{POOL}/workers/filter", {})
        return [worker for worker in workers if worker["name"] == WORKER]

    def has_deployments(self, ids: Collection[str]) -> bool:
        """Return whether the server has all of these deployments."""
        return bool(self.ask("/deployments/count", {"deployments": {"id": {"any_": list(ids)}}}) == len(ids))

    def record(self, name: str) -> Any:
        """Return what a variable of Prefect holds; None: there is none of that name."""
        try:
            return self.ask(f"/variables/name/{name}")["value"]
        except HTTPError as error:
            if error.code != HTTPStatus.NOT_FOUND:
                raise
            return None

    def keep(self, name: str, value: Any) -> None:
        """Let a variable of Prefect hold ``value``, which is JSON."""
        try:
            self.ask("/variables/", {"name": name, "value": value})
        except HTTPError as error:
            if error.code != HTTPStatus.CONFLICT:
                raise
            self.ask(f"/variables/name/{name}", {"value": value}, method="PATCH")

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Do something while nobody else, on whatever machine, does what has that name.

        Raises TimeoutError, an OSError: somebody else is at it for too long. One that died at it is in the way for ``LEASE``.
        """
        lease = self._lease(name)
        try:
            yield
        finally:
            self.ask("/v2/concurrency_limits/decrement-with-lease", {"lease_id": lease})

    def _lease(self, name: str) -> str:
        """Take the one slot of a concurrency limit, which is made if there is none."""
        wanted, end = {"names": [name], "slots": 1, "lease_duration": LEASE}, time.monotonic() + OTHERS
        while time.monotonic() < end:
            try:
                taken = self.ask("/v2/concurrency_limits/increment-with-lease", wanted)
                if taken["limits"]:
                    return str(taken["lease_id"])
                self.ask("/v2/concurrency_limits/", {"name": name, "limit": 1})
            except HTTPError as error:
                if error.code == HTTPStatus.LOCKED:
                    time.sleep(POLL)
                elif error.code != HTTPStatus.CONFLICT:  # somebody else has just made it
                    raise
        raise TimeoutError(f"{name} is taken")

    def run(self, deployment: str) -> None:
        """Ask for a run of the deployment ``<flow>/<deployment>`` now."""
        found = self.ask(f"/deployments/name/{deployment}")
        self.ask(f"/deployments/{found['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})

    def pause_pool(self, paused: bool) -> None:
        """Let the pool hand out no more runs, or hand them out again."""
        self.ask(f"/work_pools/{POOL}", {"is_paused": paused}, method="PATCH")

    def wait_until_idle(self, seconds: float, deployments: Collection[str] | None = None) -> bool:
        """Wait until the pool, or these deployments, have no run under way, at most ``seconds``; return whether it is so."""
        which = _in_pool() if deployments is None else {"deployments": {"id": {"any_": list(deployments)}}}
        end = time.monotonic() + seconds
        while self.ask("/flow_runs/count", {"flow_runs": BUSY, **which}):
            if time.monotonic() > end:
                return False
            time.sleep(POLL)
        return True

    def crash_leftovers(self, reason: str, *, pool_only: bool = False) -> int:
        """Set the runs that nobody works on any more to Crashed, which frees their slots too; return how many."""
        query = {"flow_runs": BUSY, "limit": PAGE, **(_in_pool() if pool_only else {})}
        runs = self.ask("/flow_runs/filter", query)
        state = {"type": "CRASHED", "name": "Crashed", "message": reason}
        for run in runs:
            try:
                self.ask(f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})
            except HTTPError as error:
                if error.code != HTTPStatus.INTERNAL_SERVER_ERROR:  # its deployment is gone: Prefect cannot end it
                    raise
                self.ask(f"/flow_runs/{run['id']}", method="DELETE")
        return len(runs)


def answers(question: Callable[[], Any]) -> bool:
    """Return whether ``question`` is answered with yes; an API that is not there yet answers no."""
    try:
        return bool(question())
    except OSError:
        return False


def _in_pool() -> dict[str, Any]:
    return {"work_pools": {"name": {"any_": [POOL]}}}


def _seen(worker: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(worker["last_heartbeat_time"])
