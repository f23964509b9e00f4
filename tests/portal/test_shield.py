import logging

import pytest

from bloc.portal.forms import own_path
from tests.portal.conftest import OWN, SECRETARY

STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.mark.parametrize("path", ["/sign-in", "/healthz", "/nowhere", "/years/b-2030/desk", "/broken"])
def test_every_answer_has_the_headers_that_keep_it_to_itself(site, path):
    site.app.add_api_route("/broken", _broken)

    headers = site.visitor().get(path).headers

    assert {name: headers[name] for name in STRICT} == STRICT
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["form-action"], policy["base-uri"]) == ("'none'", "'self'", "'none'")
    assert "strict-transport-security" not in headers


def _broken() -> None:
    raise RuntimeError("secret of the house")


def test_what_nothing_foresaw_is_a_page_and_stands_in_the_log(site, caplog):
    site.app.add_api_route("/broken", _broken)

    answer = site.visitor().get("/broken")

    assert (answer.status_code, "Something went wrong" in answer.text) == (500, True)
    assert "secret of the house" not in answer.text and "Traceback" not in answer.text
    (record,) = (each for each in caplog.records if each.levelno == logging.ERROR)
    assert (record.getMessage(), record.name, str(record.exc_info[1])) == ("GET /broken", "bloc.portal", "secret of the house")


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [("GET", "/nowhere", 404, "Page not found"), ("PUT", "/sign-in", 405, "Page not found")],
    ids=["no such page", "no such method"],
)
def test_what_is_not_there_is_said_as_a_page(site, method, path, status, title):
    answer = site.visitor().client.request(method, path)

    assert (answer.status_code, f"<h1>{title}</h1>" in answer.text) == (status, True)


def test_a_page_is_in_the_language_that_was_chosen(site):
    visitor = site.visitor(language="vi")
    before = visitor.get("/sign-in").text

    answer = visitor.post("/language", {"language": "en", "then": "/sign-in?then=/seats"})

    assert ('<html lang="vi">' in before, "<h1>Đăng nhập</h1>" in before) == (True, True)
    assert answer.headers["location"] == "/sign-in?then=/seats"
    assert "<h1>Sign in</h1>" in visitor.get("/sign-in").text


def test_a_body_over_the_cap_is_refused_while_it_comes_whatever_its_head_says(site):
    visitor, taken = site.visitor(OWN), 0
    path, csrf = f"/obligations/{site.year.obligation('u3', 'sheets').id}/file", visitor.csrf

    def body():
        nonlocal taken
        yield f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n'.encode()
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
        for _ in range(100):
            taken += 1
            yield b"0" * 10_000

    answer = visitor.client.post(path, content=body(), headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert (answer.status_code, "The file is too large" in answer.text) == (413, True)


def test_who_may_not_send_is_refused_before_the_body_is_read(site):
    path = f"/obligations/{site.year.obligation('u3', 'sheets').id}/file"

    answer = site.visitor(SECRETARY).client.post(path, files={"file": ("a.xlsx", b"0" * 900_000)})

    assert answer.status_code == 404


def test_files_that_never_change_may_be_kept_and_pages_may_not(site):
    visitor = site.visitor()
    page = visitor.get("/sign-in")
    (sheet,) = (part.partition('"')[0] for part in page.text.split('href="')[1:] if part.startswith("/static/portal.css"))

    answer = visitor.get(sheet)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/years/b-2030/desk?q=1", "/years/b-2030/desk?q=1"),
        ("", "/"),
        ("years", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:/evil.example", "/"),
        ("/a b", "/"),
        ("/a\nb", "/"),
        ("/ế", "/"),
        ("/" + "a" * 1_000, "/"),
    ],
    ids=range(10),
)
def test_only_a_path_of_ours_is_a_way_on(text, path):
    assert own_path(text) == path


@pytest.mark.parametrize("path", ["/years/%00/desk", "/years/b-2030/mails/ledger?unit=%00", "/feeds/%00.ics"])
def test_a_sign_that_no_database_takes_leads_nowhere(site, path):
    assert site.visitor(SECRETARY).get(path).status_code == 404


def test_a_token_that_is_no_text_is_refused_as_any_other_wrong_one(site):
    part = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n\\ud800\r\n--x--\r\n'
    visitor = site.visitor()
    visitor.get("/sign-in")
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"

    answer = visitor.client.post("/sign-in", content=part, headers={"Content-Type": kind})

    assert answer.status_code == 403
