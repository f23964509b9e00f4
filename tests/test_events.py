import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bloc.clock import now
from bloc.engine.prefect_api import PrefectApi
from bloc.events import EVENTS, NOTICES_QUEUED, SCORE_SHEETS_COMPLETE, ask, emit
from tests.prefect_server import Api, prefect_server


@pytest.fixture
def api() -> Iterator[Api]:
    with prefect_server() as server:
        yield server


def test_an_event_names_a_wakeup_and_carries_nothing_else(api):
    assert emit(api.url, NOTICES_QUEUED, "bloc.wakeup.delivery", 7) is True

    ((method, path, login, (event,)),) = api.seen
    assert (method, path, login) == ("POST", "/api/events", None)
    assert now() - datetime.fromisoformat(event.pop("occurred")) < timedelta(seconds=10)
    assert len(event.pop("id")) == 36
    assert event == {
        "event": "bloc.notices.queued",
        "resource": {"prefect.resource.id": "bloc.wakeup.delivery", "prefect.resource.name": "bloc.wakeup.delivery"},
        "related": [],
        "payload": {},
    }


def test_the_same_wakeup_told_twice_is_one_event_and_every_other_is_another(api):
    for event, kind, generation in [
        (NOTICES_QUEUED, "delivery", 7),
        (NOTICES_QUEUED, "delivery", 7),
        (NOTICES_QUEUED, "delivery", 8),
        (SCORE_SHEETS_COMPLETE, "aggregation", 7),
    ]:
        emit(api.url, event, f"bloc.wakeup.{kind}", generation)

    first, again, later, other = (body[0]["id"] for *_, body in api.seen)
    assert first == again
    assert len({first, later, other}) == 3


def test_an_api_that_asks_for_a_login_gets_it(api):
    emit(api.url, NOTICES_QUEUED, "bloc.wakeup.delivery", 1, auth="thu-ky:mật khẩu")

    assert api.seen[0][2] == "Basic " + b64encode("thu-ky:mật khẩu".encode()).decode()


def test_a_refused_event_is_kept_in_the_log_and_no_error(api, caplog):
    caplog.set_level("INFO")
    api.status = 503

    assert emit(api.url, NOTICES_QUEUED, "bloc.wakeup.delivery", 1) is False
    assert "Prefect was not told of bloc.notices.queued" in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "nonsense"], ids=["nobody listens", "the URL is none"])
def test_an_event_that_nobody_hears_is_kept_in_the_log_and_no_error(url, caplog):
    caplog.set_level("INFO", "bloc")

    assert emit(url, NOTICES_QUEUED, "bloc.wakeup.delivery", 1) is False
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_an_answer_is_read_from_json_and_an_empty_one_is_none(api):
    empty = ask(api.url, "/ready")
    api.status, api.answer = 200, b'{"count": 3}'

    assert empty is None
    assert ask(api.url, "/work_pools/bloc", {"is_paused": True}, method="PATCH") == {"count": 3}
    assert [(method, body) for method, _, _, body in api.seen] == [("GET", None), ("PATCH", {"is_paused": True})]


def test_an_answer_that_is_no_http_is_an_error_of_the_system(api):
    api.status = 99999  # a status line that no client takes

    with pytest.raises(OSError, match="BadStatusLine"):
        ask(api.url, "/ready")


def test_the_engine_asks_a_busy_server_again(api):
    api.busy = 1

    PrefectApi(api.url).pause_pool(True)

    assert [(method, path) for method, path, *_ in api.seen] == [("PATCH", "/api/work_pools/bloc")] * 2


def test_events_are_named_once():
    assert {SCORE_SHEETS_COMPLETE, NOTICES_QUEUED} == EVENTS


def test_a_door_that_sends_nothing_pays_for_no_http():
    look = "import sys, bloc.events; print([m for m in ('prefect', 'httpx', 'urllib.request') if m in sys.modules])"

    assert subprocess.check_output([sys.executable, "-c", look], text=True).strip() == "[]"
