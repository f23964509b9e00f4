"""Whatever the mail server does: nothing is lost, nothing is silently doubled, and the ledger says what happened."""

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
from bloc.settings import Settings
from notifications.delivery import Delivered
from tests.notifications.faults import LOGIN, LOOPBACK, FaultServer, identities, serving
from tests.notifications.faults import QUEUED as TAKEN

FAILED, QUEUED, SENDING, SENT, UNCERTAIN = (NoticeState[name] for name in ("FAILED", "QUEUED", "SENDING", "SENT", "UNCERTAIN"))
A_DAY = timedelta(days=1)
STALL = 0.25  # seconds that a server which says nothing is waited for


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

CONNECTING = ["CONNECT", "EHLO"]
SPEAKING = ["MAIL", "RCPT"]
ALL = [*CONNECTING, *SPEAKING, "DATA", "CONTENT"]


def at(stages: list[str], fate: Fate, name: str, **how: Any) -> list[Any]:
    return [pytest.param(stage, how, fate, id=f"{stage} {name}") for stage in stages]


TABLE = [
    *at(CONNECTING, AGAIN, "passing refusal", reply="451 4.3.0 later"),
    *at(CONNECTING, AGAIN, "refusal", reply="554 5.7.1 not from there"),
    *at(CONNECTING, AGAIN, "closing", **BYE),
    *at(CONNECTING, AGAIN, "garbage", reply="rubbish"),
    *at(CONNECTING, AGAIN, "no known code", reply="299 what"),
    *at(CONNECTING, AGAIN, "long line", reply=LONG),
    *at(CONNECTING, AGAIN, "endless reply", reply=ENDLESS),
    *at(CONNECTING, AGAIN, "bytes that are no text", reply=LATIN),
    *at(CONNECTING, UNTRIED, "line dropped"),
    *at(SPEAKING, REFUSED, "refusal", reply="554 5.7.1 not wanted here"),
    *at(["DATA", "CONTENT"], REFUSED, "refusal", reply="554 5.7.1 not wanted here"),
    *at([*SPEAKING, "DATA", "CONTENT"], AGAIN, "passing refusal", reply="451 4.3.0 later"),
    *at([*SPEAKING, "DATA", "CONTENT"], AGAIN, "closing", **BYE),
    *at([*SPEAKING, "DATA", "CONTENT"], AGAIN, "Vietnamese", reply=VIETNAMESE),
    *at([*SPEAKING, "DATA", "CONTENT"], AGAIN, "bytes that are no text", reply=LATIN),
    *at(SPEAKING, AGAIN, "line dropped", times=1),
    *at(SPEAKING, AGAIN, "garbage", reply="rubbish"),
    *at(SPEAKING, AGAIN, "no known code", reply="299 what"),
    *at(SPEAKING, AGAIN, "long line", reply=LONG),
    *at(SPEAKING, AGAIN, "endless reply", reply=ENDLESS),
    *at(["DATA", "CONTENT"], LOST, "line dropped"),
    *at(["DATA", "CONTENT"], LOST, "garbage", reply="rubbish"),
    *at(["DATA", "CONTENT"], LOST, "no known code", reply="299 what"),
    *at(["DATA", "CONTENT"], LOST, "long line", reply=LONG),
    *at(["DATA", "CONTENT"], LOST, "endless reply", reply=ENDLESS),
    *at(["CONTENT"], KEPT, "kept, line dropped", keep=True),
    *at(["CONTENT"], KEPT, "kept, garbage", keep=True, reply="rubbish"),
    *at(["CONTENT"], KEPT, "kept, no known code", keep=True, reply="299 what"),
    *at(["CONTENT"], KEPT, "kept, endless reply", keep=True, reply=ENDLESS),
    *at(["CONTENT"], KEPT, "kept, half a reply", keep=True, reply="250-2.0.0 Queued", close=True),
    *at(["CONTENT"], DONE, "taken, line closed", keep=True, reply=TAKEN, close=True),
    *at(["CONTENT"], DONE, "taken, and closing", keep=True, reply=TAKEN + "\r\n421 4.3.2 closing", close=True),
    *at(["CONTENT"], DONE, "taken, in many lines", keep=True, reply="250-2.0.0\r\n250-Đã nhận\r\n250 ok"),
]
STALLS = [
    *at(CONNECTING, UNTRIED, "stalls", stall=True),
    *at(SPEAKING, AGAIN, "stalls", stall=True, times=1),
    *at(["DATA", "CONTENT"], LOST, "stalls", stall=True),
    *at(["CONTENT"], KEPT, "kept, stalls", stall=True, keep=True),
    *at(["CONTENT"], KEPT, "kept, stalls in its reply", stall=True, keep=True, reply="250-2.0.0 Queued"),
]


@pytest.mark.parametrize(("stage", "how", "fate"), TABLE)
def test_each_fault_has_its_fate_and_the_next_delivery_makes_it_good(
    office: Any, server: FaultServer, now: datetime, stage: str, how: dict[str, Any], fate: Fate
) -> None:
    office.queue(office.owe())
    server.fail(stage, **how)

    check(office, server, now, fate)


@pytest.mark.parametrize(("stage", "how", "fate"), STALLS)
def test_a_server_that_stalls_is_waited_for_no_longer_than_the_settings_say(
    office: Any, server: FaultServer, now: datetime, stage: str, how: dict[str, Any], fate: Fate
) -> None:
    office.queue(office.owe())
    server.fail(stage, **how)
    office.settings = office.settings.model_copy(update={"smtp_timeout": STALL})

    check(office, server, now, fate)


def check(office: Any, server: FaultServer, now: datetime, fate: Fate) -> None:
    """Deliver, look, mend the server, deliver on the next day, look again."""
    done = office.deliver()

    notice = office.notices()[0]
    assert (notice.state, notice.attempts, len(server.kept), done) == (*fate[:3], counted(fate, done.reached))
    assert (notice.claimed_at, notice.reply is not None) == (None, notice.attempts > 0)
    assert notice.reply is None or (notice.reply.isprintable() and len(notice.reply) <= 500)
    server.mend()
    office.settings = office.settings.model_copy(update={"smtp_timeout": 5})
    done = office.deliver(now + A_DAY), office.deliver(now + 2 * A_DAY)
    assert done == (Delivered(sent=fate.at_once is QUEUED), Delivered())
    assert (office.states(), len(server.kept)) == ([fate.in_the_end], fate.kept_in_the_end)


def counted(fate: Fate, reached: bool) -> Delivered:
    names = {QUEUED: "again", SENT: "sent", FAILED: "failed", UNCERTAIN: "uncertain"}
    return Delivered(**{names[fate.at_once]: 1}, reached=reached)


@pytest.mark.parametrize("stage", CONNECTING)
@pytest.mark.parametrize("reply", ["554 5.7.1 not from there", "421 4.3.2 closing", "rubbish"])
def test_a_server_that_lets_nobody_in_costs_one_mail_one_attempt(
    office: Any, server: FaultServer, stage: str, reply: str
) -> None:
    for number in range(5):
        office.queue(office.owe(number))
    server.fail(stage, reply)

    assert office.deliver() == Delivered(again=1, reached=False)
    assert sorted(notice.attempts for notice in office.notices()) == [0, 0, 0, 0, 1]
    server.mend()
    assert office.deliver(now=office.notices()[0].queued_at + A_DAY) == Delivered(sent=5)


ONE_MAILBOX = [
    ("RCPT", {"reply": "550 5.1.1 no such mailbox"}, REFUSED),
    ("RCPT", {"reply": "450 4.2.0 Greylisted"}, AGAIN),
    ("RCPT", {}, AGAIN),
    ("DATA", {"reply": "554 5.7.1 no"}, REFUSED),
    ("CONTENT", {"reply": "552 5.2.2 full"}, REFUSED),
    ("CONTENT", {"reply": "452 4.2.2 full"}, AGAIN),
    ("CONTENT", {"keep": True}, KEPT),
    ("CONTENT", {"reply": "rubbish"}, LOST),
]


@pytest.mark.parametrize(("stage", "how", "fate"), ONE_MAILBOX, ids=str)
def test_what_one_mailbox_of_many_does_touches_no_other(
    office: Any, server: FaultServer, now: datetime, stage: str, how: dict[str, Any], fate: Fate
) -> None:
    for number in range(1, 6):
        office.queue(office.owe(number))
    server.fail(stage, recipient="dv3@example.vn", **how)

    office.deliver()

    assert office.states() == [SENT, SENT, fate.at_once, SENT, SENT]
    server.mend()
    office.deliver(now + A_DAY)
    assert office.states() == [SENT, SENT, fate.in_the_end, SENT, SENT]
    others = [f"dv{number}@example.vn" for number in (1, 2, 4, 5)]
    assert sorted(to for to, _ in server.kept) == sorted(others + ["dv3@example.vn"] * fate.kept_in_the_end)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "CONTENT"])
@pytest.mark.parametrize("most", [1, 3])
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


SECURING = [
    *at(["STARTTLS"], AGAIN, "passing refusal", reply="454 4.7.0 TLS not available"),
    *at(["STARTTLS"], AGAIN, "refusal", reply="554 5.7.3 no"),
    *at(["STARTTLS"], AGAIN, "garbage", reply="rubbish"),
    *at(["STARTTLS"], UNTRIED, "line dropped"),
    *at(["STARTTLS"], UNTRIED, "closed in the handshake", reply="220 go ahead", close=True),
    *at(["AUTH"], AGAIN, "passing refusal", reply="454 4.7.0 later"),
    *at(["AUTH"], AGAIN, "refusal", reply="535 5.7.8 wrong"),
    *at(["AUTH"], AGAIN, "too weak", reply="534 5.7.9 too weak"),
    *at(["AUTH"], AGAIN, "garbage", reply="rubbish"),
    *at(["AUTH"], UNTRIED, "closing", **BYE),
    *at(["AUTH"], UNTRIED, "line dropped"),
]
SECURING_STALLS = [
    *at(["STARTTLS"], UNTRIED, "stalls", stall=True),
    *at(["STARTTLS"], UNTRIED, "stalls in the handshake", reply="220 go ahead", stall=True),
    *at(["STARTTLS"], UNTRIED, "words in the handshake", reply="220 go ahead\r\n250 in clear", stall=True),
    *at(["AUTH"], UNTRIED, "stalls", stall=True),
]


@pytest.mark.parametrize(("stage", "how", "fate"), SECURING)
def test_a_line_that_cannot_be_secured_or_logged_in_on_carries_nothing(
    office: Any, encrypting: FaultServer, now: datetime, stage: str, how: dict[str, Any], fate: Fate
) -> None:
    office.queue(office.owe())
    encrypting.fail(stage, **how)

    check(office, encrypting, now, fate)
    assert set(encrypting.in_clear) == BEFORE_THE_LOGIN


@pytest.mark.parametrize(("stage", "how", "fate"), SECURING_STALLS)
def test_a_stall_before_the_first_mail_is_no_attempt(
    office: Any, encrypting: FaultServer, now: datetime, stage: str, how: dict[str, Any], fate: Fate
) -> None:
    office.queue(office.owe())
    encrypting.fail(stage, **how)
    office.settings = office.settings.model_copy(update={"smtp_timeout": STALL})

    check(office, encrypting, now, fate)
    assert set(encrypting.in_clear) == BEFORE_THE_LOGIN


def test_a_server_that_offers_no_encryption_is_told_nothing(office: Any, server: FaultServer, unused_port: int) -> None:
    office.queue(office.owe())
    office.settings = secured(unused_port)

    assert office.deliver() == Delivered(again=1, reached=False)
    assert (set(server.in_clear), server.kept, office.notices()[0].attempts) == ({"EHLO"}, [], 0)


@pytest.mark.parametrize("challenge", ["334 no base64!", "334 =", "334 \r\n334 ", "335 ", "235"])
def test_a_challenge_that_makes_no_sense_is_no_attempt_or_one(office: Any, encrypting: FaultServer, challenge: str) -> None:
    encrypting.fail("EHLO", "250-sink.example.vn\r\n250 AUTH CRAM-MD5 UNKNOWN", after=1)
    encrypting.fail("AUTH", challenge)
    office.queue(office.owe())

    done = office.deliver()

    assert (done.sent, done.uncertain, done.failed, encrypting.kept, office.states()) == (0, 0, 0, [], [QUEUED])


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
