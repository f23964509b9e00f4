import logging
import re
from contextlib import ExitStack

import pytest

from bloc.actions import signing_in
from models import SignedIn, SignIn
from tests.portal.conftest import OWN, SECRETARY

TASK = "/obligations/00000000-0000-0000-0000-000000000001"


def asked(site, address, then="/", visitor=None):
    """Ask to sign in; return the browser that did, and the answer."""
    visitor = visitor or site.visitor()
    return visitor, visitor.post("/sign-in", {"address": address, "then": then})


def text_of(mail) -> str:
    return str(mail.get_body(("plain",)).get_content())


def code_in(mail) -> str:
    return re.search(r"\b\d{6}\b", text_of(mail))[0]


def link_in(mail) -> str:
    return re.search(r"http://127\.0\.0\.1:8080(/sign-in/link/\S+)", text_of(mail))[1]


def is_signed_in(visitor) -> bool:
    return visitor.get("/sessions").status_code == 200


def test_the_code_of_the_mail_signs_in_and_leads_to_the_page_that_was_asked_for(site):
    visitor = site.visitor()
    turned_away = visitor.get(TASK)
    then = turned_away.headers["location"].partition("then=")[2]

    visitor, answer = asked(site, OWN.upper(), then, visitor)
    (mail,) = site.mails()
    signed_in = visitor.post("/sign-in/code", {"code": f" {code_in(mail)[:3]} {code_in(mail)[3:]} "})

    assert (mail["X-Envelope-To"], answer.headers["location"]) == (OWN, "/sign-in/code")
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, TASK)
    assert is_signed_in(visitor)


@pytest.mark.parametrize(("chosen", "kept"), [(None, "vi"), ("en", "en")], ids=["none chosen", "another chosen"])
def test_who_has_chosen_no_language_reads_their_own_after_signing_in(site, chosen, kept):
    visitor = site.visitor(language=chosen or "vi")
    if chosen is None:
        visitor.client.cookies.delete("bloc-language")
    asked(site, OWN, visitor=visitor)

    visitor.post("/sign-in/code", {"code": code_in(site.mails()[0])})

    assert visitor.client.cookies["bloc-language"].partition(".")[0] == kept


def test_only_the_button_behind_the_link_spends_it_and_only_once_in_whatever_browser(site):
    asked(site, OWN, "/seats")
    link = link_in(site.mails()[0])
    scanner, reader, late = site.visitor(), site.visitor(), site.visitor()

    seen = [scanner.get(link).status_code for _ in range(3)]
    token = re.search(r'name="token" value="([^"]+)"', reader.get(link).text)[1]
    used = reader.post("/sign-in/link", {"token": token})
    again = late.post("/sign-in/link", {"token": token})

    assert seen == [200, 200, 200]
    assert (used.status_code, used.headers["location"]) == (303, "/seats")
    assert [is_signed_in(each) for each in (scanner, reader, late)] == [False, True, False]
    assert again.status_code == late.get(link).status_code == 410


def test_the_answer_does_not_tell_whether_anybody_has_the_address(site):
    known, unknown = (asked(site, address) for address in (OWN, "nobody@b.example.vn"))

    pages = [visitor.get("/sign-in/code").text for visitor, _ in (known, unknown)]
    wrong = [visitor.post("/sign-in/code", {"code": "000000x"}) for visitor, _ in (known, unknown)]

    assert [answer.status_code for _, answer in (known, unknown)] == [303, 303]
    assert known[1].headers["location"] == unknown[1].headers["location"]
    without = [re.sub(r'value="\w{64}"', "", text) for text in (*pages, *(answer.text for answer in wrong))]
    assert (without[0], without[2]) == (without[1], without[3])
    assert [mail["X-Envelope-To"] for mail in site.mails()] == [OWN]


def test_a_code_may_be_tried_five_times_and_the_sixth_is_not_looked_at(site):
    visitor, _ = asked(site, OWN)
    code = code_in(site.mails()[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"

    tried = [visitor.post("/sign-in/code", {"code": wrong}).status_code for _ in range(signing_in.TRIES)]
    right = visitor.post("/sign-in/code", {"code": code})

    assert tried == [422] * 5
    assert (right.status_code, is_signed_in(visitor)) == (422, False)


def test_a_code_is_of_no_use_in_a_browser_that_did_not_ask(site):
    asked(site, OWN)
    other, _ = asked(site, SECRETARY)

    answer = other.post("/sign-in/code", {"code": code_in(site.mails()[0])})

    assert (answer.status_code, is_signed_in(other)) == (422, False)


@pytest.mark.parametrize(("minutes", "status"), [(14, 303), (16, 422)], ids=["in time", "too late"])
def test_a_code_is_good_for_a_quarter_of_an_hour(site, minutes, status):
    visitor, _ = asked(site, OWN)

    site.clock.forward(minutes=minutes)

    assert visitor.post("/sign-in/code", {"code": code_in(site.mails()[0])}).status_code == status


@pytest.mark.parametrize("address", [OWN, "nobody@b.example.vn"], ids=["known", "unknown"])
def test_an_address_may_ask_five_times_in_a_quarter_of_an_hour(site, address):
    answers = [asked(site, address)[1] for _ in range(6)]
    site.clock.forward(minutes=16)
    later = asked(site, address)[1]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "900"
    assert later.status_code == 303


def test_a_client_may_ask_for_so_many_addresses_and_no_more(site):
    answers = [asked(site, f"n{n}@b.example.vn")[1].status_code for n in range(signing_in.MOST_BY_CLIENT + 1)]

    assert answers == [303] * signing_in.MOST_BY_CLIENT + [429]


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nX: y",
        "\\\\evil.example",
        "/ế",
        "/" + "a" * 4_000,
    ],
    ids=range(8),
)
def test_signing_in_leads_nowhere_else(site, then):
    visitor, _ = asked(site, OWN, then)

    signed_in = visitor.post("/sign-in/code", {"code": code_in(site.mails()[0])})

    assert signed_in.headers["location"] == "/"


@pytest.mark.parametrize("address", ["", "x", "a@b", "a b@example.vn", f"{'a' * 250}@example.vn"], ids=range(5))
def test_what_is_no_address_is_said_at_its_field(site, address):
    _, answer = asked(site, address)

    assert (answer.status_code, site.rows(SignIn)) == (422, [])
    assert '<a href="#address">Enter an e-mail address in full' in answer.text


def test_neither_token_nor_code_nor_address_is_kept_or_logged(site, caplog):
    caplog.set_level(logging.DEBUG)
    asked(site, OWN)
    (mail,) = site.mails()
    token = link_in(mail).rpartition("/")[2]
    visitor = site.visitor()
    visitor.get(link_in(mail))
    visitor.post("/sign-in/link", {"token": token})

    kept = repr([row.model_dump() for table in (SignIn, SignedIn) for row in site.rows(table)])

    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("bloc", "notifications")))
    assert "/sign-in/link/{token}" in said
    assert [secret for secret in (token, code_in(mail), OWN) if secret in kept or secret in said] == []


def test_a_person_sees_their_sign_ins_and_ends_one_or_all(site):
    here, there, elsewhere, other = (site.visitor(address) for address in (OWN, OWN, OWN, SECRETARY))
    mine = re.findall(r'name="session" value="([^"]+)"', here.get("/sessions").text)
    theirs = re.findall(r'name="session" value="([^"]+)"', other.get("/sessions").text)

    foreign = here.post("/sessions/end", {"session": theirs[0]})
    one = here.post("/sign-out")
    left = [is_signed_in(each) for each in (here, there, elsewhere, other)]
    there.post("/sessions/end", {"session": "all"})

    assert (len(mine), foreign.status_code, one.status_code) == (4, 303, 303)
    assert left == [False, True, True, True]
    assert [is_signed_in(each) for each in (here, there, elsewhere, other)] == [False, False, False, True]


def test_a_session_ends_by_its_age(site):
    visitor = site.visitor(OWN)
    before = is_signed_in(visitor)

    site.clock.forward(days=15)

    assert (before, is_signed_in(visitor)) == (True, False)


def test_a_cookie_that_somebody_else_wrote_is_none(site):
    visitor = site.visitor(OWN)
    before = is_signed_in(visitor)
    value = visitor.client.cookies["bloc-session"]

    visitor.client.cookies.clear()
    visitor.client.cookies.set(
        "bloc-session", value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1]
    )  # of the last sign not all counts

    assert (before, is_signed_in(visitor)) == (True, False)


@pytest.mark.parametrize(
    ("url", "name", "more"),
    [("http://127.0.0.1:8080", "bloc-session", ""), ("https://thidua.example.vn", "__Host-bloc-session", "; Secure")],
    ids=["http", "https"],
)
def test_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites(opening, url, name, more):
    with opening(portal_url=url) as site:
        visitor, _ = asked(site, OWN)
        answer = visitor.post("/sign-in/code", {"code": code_in(site.mails()[0])})

        (cookie,) = (line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}="))
        assert re.sub(r"=\S+;", "=;", cookie, count=1) == f"{name}=; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax{more}"
        assert ("strict-transport-security" in answer.headers) is bool(more)


def test_where_somebody_signed_in_from_and_when_is_on_record(site):
    visitor, _ = asked(site, OWN)
    visitor.post("/sign-in/code", {"code": code_in(site.mails()[0])})

    (row,) = site.rows(SignedIn)

    assert (row.client, row.browser, row.begun_at, row.demo) == ("testclient", "testclient", site.clock(), False)


def test_when_a_session_was_used_last_is_known_to_ten_minutes(site):
    visitor, begun = site.visitor(OWN), site.clock()
    seen = []

    for minutes in (5, 5, 1):
        site.clock.forward(minutes=minutes)
        visitor.get("/sessions")
        seen.append(site.rows(SignedIn)[0].seen_at - begun)

    assert [round(each.total_seconds() / 60) for each in seen] == [0, 0, 11]
    assert site.rows(SignedIn)[0].client == "testclient"


def test_who_waits_for_a_connection_to_note_that_it_was_used_holds_no_other_one(site):
    visitor, engine = site.visitor(OWN), site.portal.base.engine
    site.clock.forward(minutes=11)

    with ExitStack() as taken:
        while engine.pool.checkedout() < 14:  # of SQLAlchemy's fifteen
            taken.enter_context(engine.connect())
        answer = visitor.get("/years/b-2030/units/u3")

    assert answer.status_code == 200
    assert [row.seen_at for row in site.rows(SignedIn)] == [site.clock()]


def test_who_signs_out_everywhere_leaves_no_link_that_still_signs_in(site):
    asked(site, OWN)
    link = link_in(site.mails()[-1])
    good = site.visitor().get(link).status_code

    site.visitor(OWN).post("/sessions/end", {"session": "all"})

    assert (good, site.visitor().get(link).status_code) == (200, 410)
