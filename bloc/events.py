"""Tells Prefect what happened, in plain HTTP, so that no door pays for an import of Prefect.

An event is a hint that makes things prompt: the truth is a row, and the sweep does what an event missed. So an event names
a wake-up and nothing else: no score, no ballot, no person.
"""

import json
import logging
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bloc.clock import now
from bloc.db import Wake
from bloc.enums import WakeupKind
from bloc.settings import Settings

SCORE_SHEETS_COMPLETE = "bloc.score-sheets.complete"
NOTICES_QUEUED = "bloc.notices.queued"
EVENTS = frozenset({SCORE_SHEETS_COMPLETE, NOTICES_QUEUED})

PATIENCE = 3.0  # seconds: a door that has committed does not keep its user waiting for a hint
BUSY_NOW = 503  # what Prefect answers while its SQLite is locked, as it may well be just after the start
AGAIN = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds before each further try

logger = logging.getLogger(__name__)


def emit(
    api_url: str, event: str, resource_id: str, generation: int, auth: str | None = None, timeout: float = PATIENCE
) -> bool:
    """Tell Prefect that ``event`` happened to ``resource_id``; return whether it took it. That it did not is no failure.

    Args:
        api_url: Prefect's API, without a slash at its end.
        event: one of ``EVENTS``.
        resource_id: ``bloc.wakeup.<kind>``; the triggers in prefect.yaml match it.
        generation: counts the wake-ups of this kind, so that one told twice is one.
        auth: ``user:password`` of the API, if it asks for one.
        timeout: seconds to wait for an answer.
    """
    try:
        ask(api_url, "/events", [_body(event, resource_id, generation)], auth=auth, timeout=timeout)
    except (OSError, ValueError) as error:  # not reached, or answered with an error; or the URL in the settings is none
        logger.info("Prefect was not told of %s (%s); the sweep will see to it.", event, error)
        return False
    return True


def _body(event: str, resource_id: str, generation: int) -> dict[str, Any]:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{event}/{resource_id}/{generation}")),
        "occurred": now().isoformat(),
        "event": event,
        "resource": {"prefect.resource.id": resource_id, "prefect.resource.name": resource_id},
        "related": [],
        "payload": {},
    }


def ask(
    api_url: str, path: str, body: Any = None, *, method: str | None = None, auth: str | None = None, timeout: float = PATIENCE
) -> Any:
    """Send ``body`` as JSON (none: a GET) to Prefect's API and return its answer from JSON, None if it is empty.

    Raises:
        OSError: the API is not reached, or answers with an error.
    """
    from http.client import HTTPException  # with the next, 40 ms that a door which sends nothing need not pay
    from urllib.request import ProxyHandler, Request, build_opener

    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **_login(auth)}
    request = Request(api_url + path, data, headers, method=method)  # noqa: S310 - the URL is the operator's own setting
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=timeout) as answer:  # no proxy: the API is near
            text = answer.read()
    except HTTPException as error:  # a broken answer; the rest (URLError, HTTPError, a timeout) are OSError already
        raise OSError(f"{type(error).__name__}: {error}") from error
    return json.loads(text) if text else None


def ask_again(api_url: str, path: str, body: Any = None, **how: Any) -> Any:
    """Do as ``ask``; a server that is busy is asked again, for some seconds. Raises as ``ask`` does."""
    from urllib.error import HTTPError

    for pause in AGAIN:
        try:
            return ask(api_url, path, body, **how)
        except HTTPError as error:
            if error.code != BUSY_NOW:
                raise
        time.sleep(pause)
    return ask(api_url, path, body, **how)


def _login(auth: str | None) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(auth.encode()).decode()}"} if auth else {}


EVENT_OF = {WakeupKind.AGGREGATION: SCORE_SHEETS_COMPLETE, WakeupKind.DELIVERY: NOTICES_QUEUED}


def tell(settings: Settings, wake: Wake, api_url: str | None = None) -> bool:
    """Tell Prefect of a wake-up, after the commit that made it; return whether it took it."""
    resource = f"bloc.wakeup.{wake.kind}"
    return emit(api_url or settings.prefect_api, EVENT_OF[wake.kind], resource, wake.generation, settings.prefect_login)


def teller(settings: Settings) -> Callable[[Wake], bool]:
    """Return what a database tells its wake-ups to."""
    return lambda wake: tell(settings, wake)
