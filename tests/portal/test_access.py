"""Every route, with every role: pages, acts and error texts. A new route needs its line in ACCESS and values in SAMPLES."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bloc import queries
from bloc.actions.document_sending import send
from bloc.actions.documents import document_named, issue, make
from bloc.actions.proposals import propose
from bloc.documents.templates import Templates
from bloc.enums import DocumentKind, DocumentState
from bloc.plan.schema import Recipient
from bloc.portal.access import ACCESS
from bloc.portal.app import ROUTERS
from bloc.portal.who import Who
from models import Deposit, Notice
from notifications.references import reference
from tests.factories import on
from tests.portal.conference import invited
from tests.portal.conftest import CITY, DEPUTY, FOREIGN, HEAD, NOW, OTHER, OWN, SECRETARY, SHEET_NAME, Site, held, opened
from tests.portal.tour import kept

ROUTES = [f"{method} {route.path}" for router in ROUTERS for route in router.routes for method in sorted(route.methods)]
EVERYONE = {Who.ANYONE, Who.PERSON}
# Whom SAMPLES are for: who each of these is to the unit u3 of the bloc b.
STANDING = {
    None: {Who.ANYONE},
    OWN: EVERYONE | {Who.UNIT},
    HEAD: EVERYONE | {Who.HEAD},
    OTHER: EVERYONE,
    DEPUTY: EVERYONE | {Who.DEPUTY},
    SECRETARY: EVERYONE | {Who.SECRETARY},
    FOREIGN: EVERYONE,
    CITY: EVERYONE | {Who.CITY},
}
NAMES = {None: "anonymous", OWN: "own unit", HEAD: "head", OTHER: "other unit", DEPUTY: "deputy", SECRETARY: "secretary",
         FOREIGN: "other bloc's secretary", CITY: "the city"}  # fmt: skip
SECRET = ("Đơn vị 3", SHEET_NAME, "Excel", "Receipt no. 1")
NOWHERE = {
    "cycle": "z-2030",
    "unit": "u9",
    "obligation": str(uuid.UUID(int=1)),
    "deposit": str(uuid.UUID(int=2)),
    "report": str(uuid.UUID(int=3)),
    "scan": str(uuid.UUID(int=5)),
    "token": "x",
    "secret": "y",
    "chart": "dots",
    "activity": "nothing",
    "proposal": str(uuid.UUID(int=4)),
    "ref": "0" * 8,
    "mail": "0" * 64,
    "year": "1999",
    "bloc": "z",
    "document": "no-paper",
    "title": "no-title",
    "attendance": str(uuid.UUID(int=6)),
    "conference": "no-meeting",
}


@pytest.fixture(scope="module")
def sampled(played, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """Return the file of a database in which there is what SAMPLES stand for, and these."""
    home = tmp_path_factory.mktemp("samples")
    with opened(played, home) as site:
        values = samples(site)
        return kept(site.year.base, home / "sampled.db"), values


@pytest.fixture
def site(sampled, tmp_path) -> Iterator[Site]:
    with opened(sampled[0], tmp_path) as site:
        yield site


@pytest.fixture(scope="module")
def closed(sampled, tmp_path_factory) -> Iterator[Site]:
    """Return one for all who are refused: they change nothing."""
    with opened(sampled[0], tmp_path_factory.mktemp("closed")) as site:
        yield site


@pytest.fixture
def values(sampled) -> dict[str, str]:
    return sampled[1]


def samples(site) -> dict[str, str]:
    """Return what stands for the names in paths: all of them are of u3."""
    invited(site)
    mine = site.year.obligation("u3", "sheets").id
    refused = next(row for row in site.rows(Deposit) if row.obligation_id == mine)
    return {
        "cycle": "b-2030",
        "unit": "u3",
        "obligation": str(refused.obligation_id),
        "deposit": str(refused.id),
        "report": str(next(row.id for row in site.rows(Deposit) if row.receipt == 1 and row.cycle_id == site.year.cycle.id)),
        "scan": str(site.year.deposit("u3", b"%PDF-1.7 %%EOF", NOW, "covenant", "Giao ước.pdf").id),
        "token": "x",
        "secret": "y",
        "chart": "dots",
        "year": "2030",
        "bloc": "b",
        "document": sent_document(site),
        "title": "flag",
        "attendance": str(invited(site)),
        "conference": "meeting",
        **decided(site),
    }


def decided(site) -> dict[str, str]:
    """Return what stands for what the secretary decides about."""
    with site.year.open() as (work, cycle):
        changed = queries.plan_of(cycle).model_copy(update={"recipients": (Recipient(name="Sở"),)})
        proposal = propose(work, cycle, changed, on(NOW))
    return {"activity": "sheets", "proposal": str(proposal.id), "ref": reference(receipt(site)), "mail": held(site)}


def sent_document(site) -> str:
    """Return the name of a document that was issued and sent to all units."""
    with site.year.open() as (work, cycle):
        make(work, cycle, on(NOW), Templates(), [DocumentKind.EXCHANGE_PLAN])
        name = "ke-hoach-giao-luu"
        if document_named(work.session, cycle, name).state is DocumentState.DRAFT:
            issue(work, cycle, name, number="09/KH-KTĐ", day=on(NOW).date(), now=on(NOW), templates=Templates())
        send(work, cycle, name, now=on(NOW))
    return name


def receipt(site) -> str:
    return next(row.identity for row in site.rows(Notice) if "sheets" in row.identity and "u3@" in row.identity)


def asked(visitor, route: str, values: dict[str, str]):
    method, _, path = route.partition(" ")
    return (visitor.get if method == "GET" else visitor.post)(path.format(**values))


def let_in(response) -> bool:
    """Return whether a page was answered by its own function."""
    refused = "There is no such page, or it is not meant for your role." in response.text
    return not refused and not response.headers.get("location", "").startswith("/sign-in?then=")


def test_every_route_has_its_line_in_the_table_and_every_line_its_route():
    assert sorted(ROUTES) == sorted(ACCESS)


def test_every_name_in_a_path_has_a_sample(values):
    assert {name for route in ACCESS for name in re.findall(r"{(\w+)}", route)} == values.keys() == NOWHERE.keys()


@pytest.mark.parametrize("role", STANDING, ids=NAMES.get)
def test_each_role_is_let_in_where_the_table_says_so_and_nowhere_else(site, values, role):
    reader = site.visitor(role)  # who acts may be signed out by it
    answers = {route: asked(reader if route.startswith("GET") else site.visitor(role), route, values) for route in ACCESS}

    assert {route for route, answer in answers.items() if answer.status_code == 500} == set()
    assert {route for route, answer in answers.items() if let_in(answer)} == {
        route for route, allowed in ACCESS.items() if allowed & STANDING[role]
    }


def test_the_secrets_that_are_looked_for_are_on_the_pages_of_those_who_may_see_them(site, values):
    visitor = site.visitor(OWN)

    seen = " ".join(asked(visitor, route, values).text for route in ACCESS if "{" in route and route.startswith("GET"))

    assert [secret for secret in SECRET if secret not in seen] == []


@pytest.mark.parametrize("role", [role for role in STANDING if role not in (OWN, HEAD)], ids=NAMES.get)
def test_what_is_not_for_a_role_looks_as_if_it_were_not_there_and_tells_nothing(closed, values, role):
    visitor = closed.visitor(role)
    refused = [route for route, allowed in ACCESS.items() if "{" in route and not allowed & STANDING[role]]

    there = [asked(visitor, route, values) for route in refused]
    not_there = [asked(visitor, route, NOWHERE) for route in refused]

    assert refused != []
    assert [plain(one, values) for one in there] == [plain(other, NOWHERE) for other in not_there]
    assert [secret for secret in SECRET for answer in there if secret in answer.text] == []


def plain(answer, values) -> tuple[int, str, str]:
    """Return an answer without what its own path says."""
    names = {value: name for name, value in reversed(values.items())}
    known = re.compile(rf"(?<=/)({'|'.join(map(re.escape, names))})(?=[/\"]|$)")
    texts = [known.sub(lambda found: names[found[1]], text) for text in (answer.headers.get("location", ""), answer.text)]
    return answer.status_code, texts[0], texts[1]


@pytest.mark.parametrize("route", [route for route in ACCESS if route.startswith("POST")])
def test_no_form_is_taken_that_is_not_from_a_page_of_ours(closed, values, route):
    visitor = closed.visitor(OWN)
    path = route.partition(" ")[2].format(**values)

    without = visitor.client.post(path)
    of_another = visitor.client.post(path, data={"csrf": closed.visitor().csrf})
    elsewhere = visitor.post(path, headers={"Sec-Fetch-Site": "cross-site"})

    expected = 403 if ACCESS[route] & STANDING[OWN] else 404
    assert [answer.status_code for answer in (without, of_another, elsewhere)] == [expected] * 3
