"""What the post reports is read as its servers write it."""

import uuid

import pytest

from notifications.bounces import Bounce, read_bounce
from notifications.incoming_mail import parse
from tests.mails import FORMS, letter, report_of

MAIL = uuid.UUID("6f1c2d3e-0000-4000-8000-00000000abcd")
GONE = "dau-moi@dv3.example.vn"


def read(data: bytes) -> Bounce | None:
    mail = parse(data)
    assert mail is not None
    return read_bounce(mail)


@pytest.mark.parametrize("form", FORMS)
def test_each_server_has_its_own_way_of_saying_which_mail_failed_where(form):
    bounce = read(report_of(MAIL, GONE, "550 5.1.1 User unknown", form=form))

    said = "5.0.0 failure notice" if form == "qmail" else "550 5.1.1 User unknown"
    assert bounce == Bounce({GONE: said}, frozenset(), frozenset({MAIL}))


@pytest.mark.parametrize("form", ["postfix", "exchange", "gmail"])
def test_a_delay_is_no_failure(form):
    bounce = read(report_of(MAIL, GONE, "451 4.4.1 Connection timed out", action="delayed", form=form))

    assert bounce == Bounce({}, frozenset({GONE}), frozenset({MAIL}))


def test_an_address_is_known_by_its_small_letters():
    bounce = read(report_of(MAIL, "Dau-Moi@DV3.example.vn"))

    assert bounce and [*bounce.failed] == [GONE]


def test_a_code_that_is_told_apart_from_the_words_is_put_before_them():
    plain, of_postfix = b"Diagnostic-Code: smtp; 550 5.1.1 ", b"Diagnostic-Code: X-Postfix; "
    data = report_of(MAIL, GONE, "550 5.1.1 User unknown").replace(plain, of_postfix)

    bounce = read(data)

    assert bounce and bounce.failed == {GONE: "5.1.1 User unknown"}


def test_several_addresses_have_each_what_its_server_said():
    other = (
        b"Final-Recipient: rfc822; b@example.vn\r\nAction: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 Full\r\n"
    )
    place = b"\r\n--4F1.1717/mx.example.vn\r\nContent-Description: Undelivered"
    data = report_of(MAIL, GONE, "550 5.1.1 No").replace(place, b"\r\n" + other + place)

    bounce = read(data)

    assert bounce and bounce.failed == {GONE: "550 5.1.1 No", "b@example.vn": "552 5.2.2 Full"}


@pytest.mark.parametrize(
    "data",
    [
        letter("a@example.vn"),
        letter("a@example.vn", text=report_of(MAIL, GONE, form="qmail").decode().replace("\r\n", "\n")),
        letter("a@example.vn", Auto_Submitted="auto-replied", text="Tôi vắng mặt."),
        b"",
    ],
    ids=["a letter", "a letter that quotes one", "an automatic reply", "nothing"],
)
def test_what_is_no_bounce_is_taken_for_none(data):
    assert read(data) is None


BROKEN = {
    "no address": report_of(MAIL, ""),
    "an address of many lines": report_of(MAIL, "a@b.vn\nBcc: x@y.vn"),
    "cut off": report_of(MAIL, GONE)[:900],
    "without the parts": b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
    "a status that is a text": report_of(MAIL, GONE).replace(b"message/delivery-status", b"message/delivery-status; charset=x"),
    "bytes that are no text": report_of(MAIL, GONE).replace(b"User", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_read_as_far_as_it_goes(data):
    bounce = read(data)

    assert bounce is not None
    assert all(reply.isprintable() and "\n" not in address for address, reply in bounce.failed.items())
