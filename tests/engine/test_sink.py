import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP, SMTPRecipientsRefused

import pytest

from bloc.engine.sink import REFUSED, accept, main, messages, refusals, refuse
from tests.engine.waiting import answers, eventually, free_port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sink")


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bloc.engine.sink", "--port", str(port), "--folder", str(home), "--language", "en"]
    process = subprocess.Popen([*command, "--refuse", "nobody@example.vn"])
    assert eventually(lambda: answers(port))

    yield port

    process.terminate()
    assert process.wait(10) == 0


@pytest.fixture
def folder(home: Path, port: int) -> Path:
    for file in messages(home):
        file.unlink()
    return home


def mail(text: str = "Kính gửi đơn vị") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Nhắc việc", "bloc@example.vn", "dv1@example.vn"
    message.set_content(text)
    return message


def send(port: int, *texts: bytes, to: str = "dv1@example.vn") -> None:
    with SMTP("127.0.0.1", port, local_hostname="localhost") as smtp:
        for text in texts:
            smtp.sendmail("bloc@example.vn", to, text)


def test_a_message_is_kept_byte_for_byte_below_its_envelope(folder, port):
    content = mail().as_bytes().replace(b"\n", b"\r\n")

    send(port, content)

    (kept,) = messages(folder)
    assert kept.read_bytes() == b"X-Envelope-From: bloc@example.vn\r\nX-Envelope-To: dv1@example.vn\r\n" + content


def test_a_blind_copy_is_known_by_its_envelope_alone(folder, port):
    send(port, mail().as_bytes(), to="dv7@example.vn")

    (kept,) = messages(folder)
    assert b"X-Envelope-To: dv7@example.vn\r\n" in kept.read_bytes()


def test_messages_sort_in_the_order_of_their_arrival(folder, port):
    send(port, *(mail(f"so {number}").as_bytes() for number in range(12)))

    found = [file.read_text("utf-8").rstrip().splitlines()[-1] for file in messages(folder)]
    assert found == [f"so {number}" for number in range(12)]


def test_nothing_but_whole_messages_is_left_in_the_folder(folder, port):
    send(port, mail().as_bytes())

    assert sorted(file.suffix for file in folder.iterdir()) == [".eml", ".txt"]
    assert not list(folder.glob(".*"))


def test_a_mailbox_refuses_with_its_own_reply_until_it_is_told_to_accept(folder, port):
    refuse(folder, "DV4@example.vn", "450 4.2.0 Greylisted")

    with pytest.raises(SMTPRecipientsRefused) as refusal:
        send(port, mail().as_bytes(), to="dv4@example.vn")
    send(port, mail().as_bytes(), to="dv5@example.vn")
    accept(folder, "dv4@example.vn")
    send(port, mail().as_bytes(), to="dv4@example.vn")

    assert refusal.value.recipients == {"dv4@example.vn": (450, b"4.2.0 Greylisted")}
    assert [file.read_text("utf-8").splitlines()[1] for file in messages(folder)] == [
        "X-Envelope-To: dv5@example.vn",
        "X-Envelope-To: dv4@example.vn",
    ]


def test_a_mailbox_named_on_the_command_line_refuses_from_the_start(folder, port):
    with pytest.raises(SMTPRecipientsRefused) as refusal:
        send(port, mail().as_bytes(), to="nobody@example.vn")

    assert refusal.value.recipients == {"nobody@example.vn": (550, b"5.1.1 No such mailbox")}
    assert messages(folder) == []


def test_refusals_are_plain_lines_that_a_person_can_write(tmp_path):
    (tmp_path / REFUSED).write_text("dv1@example.vn 550 5.7.1 Không nhận\n\nnonsense\n", "utf-8")

    assert refusals(tmp_path) == {"dv1@example.vn": "550 5.7.1 Không nhận"}


def test_a_taken_port_is_named_and_ends_the_sink(tmp_path, port, capsys):
    code = main(["--port", str(port), "--folder", str(tmp_path), "--language", "en"])

    assert code == 1
    assert f"The mail sink cannot use port {port}" in capsys.readouterr().err
