"""Whatever is sent to whichever route, by whomever: no server error, no traceback, nothing that is another unit's."""

import os
from functools import partial
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from bloc.portal.access import ACCESS
from tests.portal.conftest import CITY, DEPUTY, FOREIGN, HEAD, OTHER, OWN, SECRETARY, opened
from tests.portal.test_access import NOWHERE, SECRET, STANDING, samples

TRIES = int(os.environ.get("BLOC_FUZZ", "15"))  # of a role
ROLES = {None: "anonymous", OWN: "own unit", HEAD: "head", OTHER: "other unit", DEPUTY: "deputy", SECRETARY: "secretary",
         FOREIGN: "other bloc's secretary", CITY: "the city"}  # fmt: skip
HOSTILE = [
    "", " ", "..", "../../etc/passwd", "%2e%2e%2f", "' OR 1=1 --", "{{7*7}}", "<script>alert(1)</script>", "\x00",
    "\r\nSet-Cookie: a=b", "9" * 400, "-1", "1e999", "NaN", "2030-13-45",
    "31/02/2030", "０１", "ệ" * 300, "\ud7ff", "\U0010ffff", "null", "[]",
    "granted", "=cmd|' /C calc'!A0", "//evil.example", "https://evil.example/", "a@b", "a@b.example.vn\nBcc: c@d",
]  # fmt: skip
TEXTS = some.sampled_from(HOSTILE) | some.text(max_size=40)
# What forms have; a route is sent some of what others ask for, too.
FIELDS = [
    "address", "answer", "because", "code", "confirmed", "contact", "day", "email", "extend_because", "how", "kind",
    "language", "name", "number", "office", "opens", "p/u1/I.1", "n/u1/I.1/evidence", "pair", "quarter", "request",
    "revision", "session", "signatory", "text", "then", "title", "token", "unit", "until", "version", "waive_because",
    "return_because",
]  # fmt: skip
# Not the one after which nobody in particular would ask, nor the one that says by its status how the service is.
ROUTES = sorted(ACCESS.keys() - {"POST /sign-out", "GET /healthz"})
HEADERS = [
    "accept", "accept-language", "content-type", "cookie", "host", "if-none-match", "origin", "range", "referer",
    "sec-fetch-site", "user-agent", "x-forwarded-for",
]  # fmt: skip
LATIN = some.text(some.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)


@pytest.fixture(scope="module")
def site(played, tmp_path_factory):
    with opened(played, tmp_path_factory.mktemp("fuzzed")) as site:
        yield site


@pytest.fixture(scope="module")
def values(site):
    return samples(site)


@some.composite
def requests(draw, values):
    """Draw a route, what stands in its path, and what is sent with it."""
    method, _, path = draw(some.sampled_from(ROUTES)).partition(" ")
    odd = some.sampled_from(sorted({*values.values(), *NOWHERE.values()})) | TEXTS
    headers = draw(some.dictionaries(some.sampled_from(HEADERS), LATIN, max_size=2))
    named = {name: quote(draw(some.just(values[name]) | odd), safe="") for name in values}
    return method, path.format(**named), {
        "params": draw(some.dictionaries(some.sampled_from(FIELDS) | TEXTS, TEXTS, max_size=4)),
        "data": draw(some.dictionaries(some.sampled_from(FIELDS), TEXTS, max_size=8)),
        "files": draw(some.none() | some.tuples(TEXTS, some.binary(max_size=300)).map(lambda file: {"file": file})),
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
    }, draw(some.booleans())  # fmt: skip


@pytest.mark.parametrize("role", ROLES, ids=ROLES.get)
def test_nothing_that_is_sent_breaks_the_portal_or_gets_what_is_another_units(site, values, role):
    visitor = site.visitor(role)
    token = visitor.csrf
    mine = {route for route, allowed in ACCESS.items() if allowed & STANDING[role] and "{" in route}
    secrets = [] if mine & {"GET /deposits/{deposit}", "GET /years/{cycle}/desk"} else list(SECRET)

    @settings(max_examples=TRIES, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(requests(values))
    def send(request):
        method, path, what, ours = request
        if method == "GET":
            del what["data"], what["files"]
        elif ours:
            what["data"] = {**what["data"], "csrf": token}
        answer = partial(visitor.client.request, method)(path, **what)

        assert answer.status_code < 500
        assert "Traceback" not in answer.text
        assert [secret for secret in secrets if secret in answer.text] == []

    send()
