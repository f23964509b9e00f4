"""A Dovecot of the tests' own: on a free port, with one user, a mailbox in a temporary folder, and a certificate of its own."""

import getpass
import imaplib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.engine.waiting import eventually, free_port

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
USER, PASSWORD = "thidua", "mat-khau#1"
CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/Maildir
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
{users}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
{chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
{chroot}
}}
service stats {{
{chroot}
}}
namespace inbox {{
  inbox = yes
}}
"""


NOBODY = 65534  # whose the mails are where root runs the tests: Dovecot then insists on users of its own for all it does


@dataclass(frozen=True)
class Dovecot:
    """A running server: its folder, its ports, and the file of its certificate."""

    folder: Path
    port: int
    tls_port: int

    @property
    def certificate(self) -> Path:
        """Return the file of the certificate that vouches for it."""
        return self.folder / "cert.pem"

    def settings(self, security: str = "none", **changes: Any) -> dict[str, Any]:
        """Return the settings of a mailbox at this server."""
        port = self.tls_port if security == "tls" else self.port
        login = {"imap_username": USER, "imap_password": PASSWORD}
        return {"imap_host": "localhost", "imap_port": port, "imap_security": security, **login, **changes}

    @contextmanager
    def line(self) -> Iterator[imaplib.IMAP4]:
        """Open the mailbox as a person's mail program does."""
        with imaplib.IMAP4("localhost", self.port) as line:
            line.login(USER, PASSWORD)
            line.select()
            yield line

    def empty(self) -> None:
        """Delete all mails."""
        with self.line() as line:
            if line.search(None, "ALL")[1] != [b""]:
                line.store("1:*", "+FLAGS", "\\Deleted")
                line.expunge()

    def put(self, name: str, data: bytes) -> None:
        """Let a mail arrive, as a delivery agent does."""
        place = self.folder / "Maildir" / "new"
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)

    def flags(self) -> list[bytes]:
        """Return the flags of each mail."""
        with self.line() as line:
            return [each for each in line.fetch("1:*", "(FLAGS)")[1] if isinstance(each, bytes)]


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Run a server; where there is none on this machine the test is skipped, with the reason; in CI that is an error."""
    if PROGRAM is None or shutil.which("openssl") is None:
        assert not os.environ.get("CI"), "CI needs dovecot-imapd"
        pytest.skip("Dovecot is not installed (dovecot-imapd)")
    with TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # for its users
        made = Dovecot(folder, free_port(), free_port())
        _prepare(made)
        yield from _running(made)


def _running(made: Dovecot) -> Iterator[Dovecot]:
    folder = made.folder
    process = subprocess.Popen([str(PROGRAM), "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.PIPE)
    try:
        assert eventually(lambda: _greets(made.port), 20), (folder / "dovecot.log").read_text(encoding="utf-8")
        yield made
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _prepare(made: Dovecot) -> None:
    """Write the configuration, the one user and the certificate. Who runs the tests runs all of it: it is theirs alone."""
    folder = made.folder
    mine = _as_nobody(made) if os.getuid() == 0 else _as_myself()
    (folder / "run").mkdir()
    text = CONFIGURATION.format(folder=folder, port=made.port, tls_port=made.tls_port, **mine)
    (folder / "dovecot.conf").write_text(text, encoding="utf-8")
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    certificate = ["-keyout", str(folder / "key.pem"), "-out", str(made.certificate), "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", *certificate],
        check=True,
        capture_output=True,
    )


def _as_nobody(made: Dovecot) -> dict[str, object]:
    for part in ("cur", "new", "tmp"):
        (made.folder / "Maildir" / part).mkdir(parents=True)
    for place in (made.folder / "Maildir", *made.folder.glob("Maildir/*")):
        os.chown(place, NOBODY, NOBODY)
    return {"uid": NOBODY, "gid": NOBODY, "users": "", "chroot": ""}


def _as_myself() -> dict[str, object]:
    user, group = getpass.getuser(), subprocess.check_output(["id", "-gn"], text=True).strip()
    users = f"default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}"
    return {"uid": os.getuid(), "gid": os.getgid(), "users": users, "chroot": "  chroot ="}


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            return line.recv(4) == b"* OK"
    except OSError:
        return False
