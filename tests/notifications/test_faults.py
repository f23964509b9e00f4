"""Whatever the mail server does: nothing is lost, nothing is silently doubled, and the ledger says what happened."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bloc.enums import NoticeState
from bloc.rules.refusals import US
from bloc.settings import Settings
from notifications.delivery import Delivered
from tests.notifications.faults import LOGIN, LOOPBACK, FaultServer, identities, serving
from tests.notifications.faults import QUEUED as TAKEN

pytestmark = [pytest.mark.server, pytest.mark.either]  # the post is what fails here

FAILED, QUEUED, SENDING, SENT, UNCERTAIN = (NoticeState[name] for name in ("FAILED", "QUEUED", "SENDING", "SENT", "UNCERTAIN"))
A_DAY = timedelta(days=1)
STALL = 0.3  # seconds that a server which says nothing is waited for


class Fate(NamedTuple):
    """What becomes of a notice: at once, and by the next day, when the server works; and what the server has kept by then."""

    at_once: NoticeState
    attempts: int
    kept: int
    in_the_end: NoticeState
    kept_in_the_end: int


AGAIN = Fate(QUEUED, 1, 0, SENT, 1)  # it was tried, surely in vain
UNTRIED = Fate(QUEUED, 0, 0, SENT, 1)  # there was no server to try it at
REFUSED = Fate(FAILED, 1, 0, FAILED, 0)
LOST = Fate(UNCERTAIN, 1, 0, UNCERTAIN, 0)  # never sent again by itself
KEPT = Fate(UNCERTAIN, 1, 1, UNCERTAIN, 1)
DONE = Fate(SENT, 1, 1, SENT, 1)

LONG = "550-" + "x" * 9000 + "\r\n550 x"
ENDLESS = "550-x\r\n" * 6000 + "550 x"
VIETNAMESE = "451 4.3.0 Hộp thư đầy, gửi lại sau"
LATIN = b"451 4.3.0 bo\xeete pleine"
BYE = {"reply": "421 4.3.2 closing", "close": True}

BEFORE: dict[str, tuple[dict[str, Any], Fate]] = {  # what may happen before the first mail
    "passing refusal": ({"reply": "451 4.3.0 later"}, AGAIN),
    "refusal": ({"reply": "554 5.7.1 not from there"}, AGAIN),
    "closing": (BYE, AGAIN),
    "garbage": ({"reply": "rubbish"}, AGAIN),
    "no known code": ({"reply": "299 what"}, AGAIN),
    "long line": ({"reply": LONG}, AGAIN),
    "endless reply": ({"reply": ENDLESS}, AGAIN),
    "no text": ({"reply": LATIN}, AGAIN),
    "line dropped": ({}, UNTRIED),
}
ALWAYS: dict[str, tuple[dict[str, Any], Fate]] = {  # what may happen to a mail, at whatever stage
    "passing refusal": ({"reply": "451 4.3.0 later"}, AGAIN),
    "closing": (BYE, AGAIN),
    "Vietnamese": ({"reply": VIETNAMESE}, AGAIN),
    "no text": ({"reply": LATIN}, AGAIN),
    "refusal": ({"reply": "554 5.7.1 not wanted here"}, REFUSED),
    "refusal in many lines": ({"reply": "554-5.7.1 not\r\n554-\x07wanted\r\n554 here"}, REFUSED),
}
UNCLEAR: dict[str, dict[str, Any]] = {
    "line dropped": {"times": 1},
    "garbage": {"reply": "rubbish"},
    "no known code": {"reply": "299 what"},
    "long line": {"reply": LONG},
    "endless reply": {"reply": ENDLESS},
    "half a reply": {"reply": "250-2.0.0 Queued", "close": True},
}
TAKEN_OVER: dict[str, tuple[dict[str, Any], Fate]] = {
    "line closed": ({"reply": TAKEN, "keep": True, "close": True}, DONE),
    "and closing": ({"reply": TAKEN + "\r\n421 4.3.2 closing", "keep": True, "close": True}, DONE),
    "in many lines": ({"reply": "250-2.0.0\r\n250-Đã nhận\r\n250 ok", "keep": True}, DONE),
}
ADDRESSING = ALWAYS | {name: (how, AGAIN) for name, how in UNCLEAR.items()}
BY_WHOM = ADDRESSING | {name: (how, AGAIN) for name, (how, fate) in ALWAYS.items() if fate is REFUSED}  # not let in
HANDING_OVER = ALWAYS | {name: (how, LOST) for name, how in UNCLEAR.items()}
HANDED_OVER = {f"kept, {name}": (how | {"keep": True}, KEPT) for name, how in UNCLEAR.items()}
STALLED = {"stalls": {"stall": True, "times": 1}, "stalls in its reply": {"reply": "250-2.0.0", "stall": True, "times": 1}}


@pytest.mark.parametrize(
    ("stage", "cases"),
    [("CONNECT", BEFORE), ("EHLO", BEFORE), ("MAIL", BY_WHOM), ("CONTENT", TAKEN_OVER)],
)
def test_each_fault_of_the_line_has_its_fate_and_the_next_delivery_makes_it_good(
    office: Any, server: FaultServer, now: datetime, stage: str, cases: dict[str, tuple[dict[str, Any], Fate]]
) -> None:
    one_by_one(office, server, now, [(stage, *case) for case in cases.values()])


@pytest.mark.parametrize(
    ("stage", "cases"),
    [("RCPT", ADDRESSING), ("DATA", HANDING_OVER), ("CONTENT", HANDING_OVER | HANDED_OVER)],
)
def test_each_fault_of_a_mailbox_has_its_fate_and_touches_no_other(
    office: Any, server: FaultServer, now: datetime, stage: str, cases: dict[str, tuple[dict[str, Any], Fate]]
) -> None:
    together(office, server, now, {name: (stage, *case) for name, case in cases.items()})


@pytest.mark.parametrize(("stage", "fate"), [("CONNECT", UNTRIED), ("EHLO", UNTRIED), ("MAIL", AGAIN)])
def test_a_server_that_stalls_is_waited_for_no_longer_than_the_settings_say(
    office: Any, server: FaultServer, now: datetime, stage: str, fate: Fate
) -> None:
    office.settings = hasty(office.settings)

    one_by_one(office, server, now, [(stage, STALLED["stalls"], fate)])


def test_a_mail_at_which_the_server_stalls_after_data_is_uncertain(office: Any, server: FaultServer, now: datetime) -> None:
    office.settings = hasty(office.settings)
    kept = {name: ("CONTENT", how | {"keep": True}, KEPT) for name, how in STALLED.items()}
    stages = {"RCPT": AGAIN, "DATA": LOST, "CONTENT": LOST}

    together(office, server, now, {stage: (stage, STALLED["stalls"], fate) for stage, fate in stages.items()} | kept)


def hasty(settings: Settings) -> Settings:
    return settings.model_copy(update={"smtp_timeout": STALL})


def one_by_one(office: Any, server: FaultServer, now: datetime, cases: list[tuple[str, dict[str, Any], Fate]]) -> None:
    """For each fault deliver one notice to a server that has it; then, on the next day, to one that has none; look at all."""
    for number, (stage, how, fate) in enumerate(cases):
        office.queue(office.owe(number))
        kept = len(server.kept)
        server.fail(stage, **how)
        done = office.deliver()
        server.mend()
        assert done == counted([fate], done.reached)
        assert seen(office, f"reminder/dv{number}", len(server.kept) - kept) == fate[:3]
    make_good(office, server, now, {f"dv{number}": fate for number, (_, _, fate) in enumerate(cases)})


def together(office: Any, server: FaultServer, now: datetime, cases: dict[str, tuple[str, dict[str, Any], Fate]]) -> None:
    """Deliver to several mailboxes, each of which has its fault, and one that has none; then on the next day; look at all."""
    cases = cases | {"no fault": ("nowhere", {}, DONE)}
    for number, (stage, how, _) in enumerate(cases.values()):
        office.queue(office.owe(number))
        server.fail(stage, recipient=f"dv{number}@example.vn", **how)

    done = office.deliver()

    kept = Counter(to for to, _ in server.kept)
    assert {
        name: seen(office, f"reminder/dv{number}", kept[f"dv{number}@example.vn"]) for number, name in enumerate(cases)
    } == {name: fate[:3] for name, (_, _, fate) in cases.items()}
    assert done == counted([fate for _, _, fate in cases.values()])
    make_good(office, server, now, {f"dv{number}": fate for number, (_, _, fate) in enumerate(cases.values())})


def seen(office: Any, identity: str, kept: int) -> tuple[NoticeState, int, int]:
    """Return a notice's state and attempts beside what the server has kept of it; its reply is fit to be read."""
    notice = next(each for each in office.notices() if each.identity == identity)
    assert (notice.claimed_at, notice.reply is not None) == (None, notice.attempts > 0)
    assert notice.reply is None or (notice.reply.isprintable() and len(notice.reply) <= 500)
    return notice.state, notice.attempts, kept


def make_good(office: Any, server: FaultServer, now: datetime, fates: dict[str, Fate]) -> None:
    """Mend the server and deliver on the next day, and once more: each notice comes to its end, once."""
    server.mend()
    office.settings = office.settings.model_copy(update={"smtp_timeout": 5})
    done = office.deliver(now + A_DAY), office.deliver(now + 2 * A_DAY)
    assert done == (Delivered(sent=sum(fate.at_once is QUEUED for fate in fates.values())), Delivered())
    assert {each.identity: each.state for each in office.notices()} == {
        f"reminder/{unit}": fate.in_the_end for unit, fate in fates.items()
    }
    kept = Counter(to for to, _ in server.kept)
    assert {unit: kept[f"{unit}@example.vn"] for unit in fates} == {unit: fate[-1] for unit, fate in fates.items()}


def counted(fates: list[Fate], reached: bool = True) -> Delivered:
    names = {QUEUED: "again", SENT: "sent", FAILED: "failed", UNCERTAIN: "uncertain"}
    return Delivered(**Counter(names[fate.at_once] for fate in fates), reached=reached)


LETS_NOBODY_IN = [
    ("CONNECT", "421 4.3.2 closing"),
    ("EHLO", "554 5.7.1 not from there"),
    ("MAIL", "550 5.1.0 <bloc@example.vn>: user unknown"),
]


@pytest.mark.parametrize(("stage", "reply"), LETS_NOBODY_IN)
def test_a_server_that_lets_nobody_in_costs_one_mail_one_attempt(
    office: Any, server: FaultServer, stage: str, reply: str
) -> None:
    for number in range(5):
        office.queue(office.owe(number))
    server.fail(stage, reply)

    assert office.deliver() == Delivered(again=1, reached=False)
    assert sorted(notice.attempts for notice in office.notices()) == [0, 0, 0, 0, 1]
    assert [notice.reply for notice in office.notices() if notice.reply] == [f"{US}{reply}"]
    server.mend()
    assert office.deliver(now=office.notices()[0].queued_at + A_DAY) == Delivered(sent=5)


@pytest.mark.parametrize(("stage", "most"), [("MAIL", 1), ("RCPT", 3), ("DATA", 2), ("CONTENT", 3)])
def test_a_server_that_closes_after_some_mails_takes_them_all_in_the_end(
    office: Any, server: FaultServer, now: datetime, stage: str, most: int
) -> None:
    for number in range(7):
        office.queue(office.owe(number))
    server.fail(stage, "421 4.7.0 too many mails on one connection", after=most, close=True)

    days = [office.deliver(now + A_DAY * day) for day in range(7)]

    assert (sum(done.sent for done in days), office.states()) == (7, [SENT] * 7)
    assert sorted(to for to, _ in server.kept) == [f"dv{number}@example.vn" for number in range(7)]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "CONTENT"])
def test_lines_too_many_make_no_mail_look_sent_that_was_not(
    office: Any, server: FaultServer, now: datetime, stage: str
) -> None:
    for number in range(6):
        office.queue(office.owe(number))
    server.fail(stage, "250 OK\r\n250 OK\r\n250 OK", times=1, after=2, keep=True)
    server.fail("RCPT", "550 5.1.1 no such mailbox", recipient="dv4@example.vn")
    office.settings = office.settings.model_copy(update={"smtp_timeout": STALL})  # replies taken for others leave one awaited

    for day in range(3):
        office.deliver(now + A_DAY * day)

    judge(office, server, strictly=False)


def judge(office: Any, server: FaultServer, strictly: bool = True) -> None:
    """Check what must always hold. ``strictly``: what the server said that it took is not only sent or uncertain, but sent."""
    kept = [identity for _, mail in server.kept for identity in identities(mail)]
    taken = {identity for mail in server.taken for identity in identities(mail)}
    found = {state: {each.identity for each in office.notices() if each.state is state} for state in NoticeState}
    assert len(kept) == len(set(kept)), "doubled"
    assert found[SENDING] == set()
    assert found[SENT] <= taken, "said to be sent, and was not"
    assert taken <= (found[SENT] if strictly else found[SENT] | found[UNCERTAIN]), "sent, and said not to be"
    assert set(kept) <= found[SENT] | found[UNCERTAIN], "kept, and will be sent again"


def secured(port: int, **changes: Any) -> Settings:
    given = {"smtp_host": LOOPBACK, "smtp_port": port, "smtp_security": "starttls", "smtp_timeout": 5} | changes
    return Settings(**given, smtp_username=LOGIN[0], smtp_password=LOGIN[1], _env_file=None)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what makes a certificate, signed by itself, for an address; its key is in the same file."""

    def of(address: str) -> Path:
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
        begins = datetime.now().astimezone() - A_DAY
        built = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, begins + 2 * A_DAY)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=True)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, SHA256())
        )
        file = tmp_path_factory.mktemp("tls") / "certificate.pem"
        written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(written + built.public_bytes(Encoding.PEM))
        return file

    return of


@pytest.fixture(scope="module")
def own(certificate: Callable[[str], Path]) -> Path:
    """Return the certificate of the server."""
    return certificate(LOOPBACK)


def context(certificate: Path) -> SSLContext:
    made = SSLContext(PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.fixture
def encrypting(unused_port: int, own: Path, office: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """Return a server that offers STARTTLS, with a certificate that this machine trusts, and an office that asks for it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    office.settings = secured(unused_port)
    with serving(unused_port, context(own)) as server:
        yield server


BEFORE_THE_LOGIN = {"EHLO", "STARTTLS"}  # all that may be said on a line that is not encrypted


def test_an_encrypted_line_carries_login_and_mail(office: Any, encrypting: FaultServer) -> None:
    office.queue(office.owe())

    assert office.deliver() == Delivered(sent=1)
    assert set(encrypting.in_clear) == BEFORE_THE_LOGIN


SECURING: list[tuple[str, dict[str, Any], Fate]] = [
    ("STARTTLS", {"reply": "454 4.7.0 TLS not available"}, AGAIN),
    ("STARTTLS", {"reply": "554 5.7.3 no"}, AGAIN),
    ("STARTTLS", {"reply": "rubbish"}, AGAIN),
    ("AUTH", {"reply": "454 4.7.0 later"}, AGAIN),
    ("AUTH", {"reply": "535 5.7.8 wrong"}, AGAIN),
    ("AUTH", {"reply": "534 5.7.9 too weak"}, AGAIN),
    ("AUTH", {"reply": "rubbish"}, AGAIN),
]
UNSECURED: list[tuple[str, dict[str, Any]]] = [
    ("STARTTLS", {}),
    ("STARTTLS", {"reply": "220 go ahead", "close": True}),
    ("STARTTLS", {"stall": True}),
    ("STARTTLS", {"reply": "220 go ahead", "stall": True}),
    ("STARTTLS", {"reply": "220 go ahead\r\n250 in clear", "stall": True}),
    ("AUTH", {}),
    ("AUTH", BYE),  # another way to log in would be tried, and the line is closed
    ("AUTH", {"stall": True}),
]


def test_a_line_that_may_not_be_secured_or_logged_in_on_carries_nothing(
    office: Any, encrypting: FaultServer, now: datetime
) -> None:
    one_by_one(office, encrypting, now, SECURING)

    assert set(encrypting.in_clear) == BEFORE_THE_LOGIN


def test_a_line_lost_before_the_first_mail_is_no_attempt(office: Any, encrypting: FaultServer, now: datetime) -> None:
    office.queue(office.owe(0))
    office.settings, patient = hasty(office.settings), office.settings
    for stage, how in UNSECURED:
        encrypting.fail(stage, **how)
        assert office.deliver() == Delivered(again=1, reached=False)
        assert seen(office, "reminder/dv0", len(encrypting.kept)) == UNTRIED[:3]
        encrypting.mend()
    office.settings = patient

    make_good(office, encrypting, now, {"dv0": UNTRIED})
    assert set(encrypting.in_clear) == BEFORE_THE_LOGIN


def test_a_server_that_offers_no_encryption_is_told_nothing(office: Any, server: FaultServer, unused_port: int) -> None:
    office.queue(office.owe())
    office.settings = secured(unused_port)

    assert office.deliver() == Delivered(again=1, reached=False)
    assert (set(server.in_clear), server.kept, office.notices()[0].attempts) == ({"EHLO"}, [], 0)


def test_a_challenge_that_makes_no_sense_is_an_attempt_at_most(office: Any, encrypting: FaultServer, now: datetime) -> None:
    office.queue(office.owe(0))
    for day, challenge in enumerate(["334 no base64!", "334 =", "334 \r\n334 ", "335 ", "235"]):
        encrypting.fail("EHLO", "250-sink.example.vn\r\n250 AUTH CRAM-MD5 UNKNOWN", after=1)
        encrypting.fail("AUTH", challenge)
        assert office.deliver(now + day * A_DAY) == Delivered(again=1, reached=False)
        encrypting.mend()

    assert (encrypting.kept, office.states()) == ([], [QUEUED])


@pytest.mark.parametrize("host", ["mail..example.vn", "thư." + "x" * 70, "\udc80.example.vn"])
def test_a_host_that_no_name_can_be_leaves_every_notice_as_it_was(office: Any, unused_port: int, host: str) -> None:
    office.settings = secured(unused_port).model_copy(update={"smtp_host": host})
    office.queue(office.owe())

    assert office.deliver() == Delivered(again=1, reached=False)
    assert (office.states(), office.notices()[0].attempts) == ([QUEUED], 0)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    office: Any, encrypting: FaultServer, monkeypatch: pytest.MonkeyPatch, unused_port: int, security: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    office.settings = secured(unused_port, smtp_security=security)
    office.queue(office.owe())

    assert office.deliver() == Delivered(again=1, reached=False)
    assert (encrypting.kept, set(encrypting.in_clear) - BEFORE_THE_LOGIN) == ([], set())


def test_a_certificate_of_another_server_is_not_trusted(
    office: Any, encrypting: FaultServer, monkeypatch: pytest.MonkeyPatch, certificate: Callable[[str], Path]
) -> None:
    another = certificate("127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(another))
    encrypting.tls = context(another)
    office.queue(office.owe())

    assert office.deliver() == Delivered(again=1, reached=False)
    assert (encrypting.kept, set(encrypting.in_clear)) == ([], BEFORE_THE_LOGIN)
