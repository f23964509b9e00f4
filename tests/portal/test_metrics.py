import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tests.factories import on
from tests.portal.conftest import SECRETARY

TOKEN = "a-token-of-more-than-thirty-two-signs"
HERE, ELSEWHERE = ("127.0.0.1", 50000), ("192.0.2.7", 50000)


def asked(site, client, **headers):
    with TestClient(site.app, base_url=site.portal.settings.portal, client=client, follow_redirects=False) as machine:
        return machine.get("/metrics", headers=headers)


def test_figures_are_counts_and_ages_of_live_years(site):
    site.visitor(SECRETARY)
    site.clock.forward(days=3)

    answer = asked(site, HERE)

    samples = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    told = {one.labels.get("state", one.name.removeprefix("bloc_")): one.value for one in samples}
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert told == {
        "queued": 45, "sending": 0, "sent": 0, "failed": 0, "uncertain": 0, "cancelled": 0, "expired": 0,
        "oldest_due_notice_seconds": (site.clock() - on("2030-02-12 08:00")).total_seconds(),  # others have expired by then
        "last_sweep_seconds": 3 * 86400, "live_years": 2, "obligations_late": 12, "sessions": 1, "sign_ins_last_day": 0,
    }  # fmt: skip
    assert "example" not in answer.text


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (HERE, {}, 200),
        (HERE, {"X-Forwarded-For": "192.0.2.7"}, 404),
        (ELSEWHERE, {}, 404),
        (ELSEWHERE, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (ELSEWHERE, {"Authorization": f"Bearer {TOKEN}x"}, 404),
        (ELSEWHERE, {"Authorization": "Bearer mật khẩu".encode()}, 404),
    ],
    ids=["this machine", "through a proxy on this machine", "elsewhere", "with the token", "another token", "no token at all"],
)
def test_figures_are_read_on_this_machine_or_with_the_token(opening, client, headers, status):
    with opening(metrics_token=TOKEN) as site:
        assert asked(site, client, **headers).status_code == status
