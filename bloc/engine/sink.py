"""The embedded mail sink: an SMTP server of its own process that keeps every message as a file and sends nothing on.

``python -m bloc.engine.sink --port 8025 --folder var/mail``. A message is one ``.eml``: two lines with its envelope
(``X-Envelope-From``, ``X-Envelope-To``), then its bytes as they came. File names sort in the order of arrival.
``refuse`` and ``accept`` make a mailbox refuse mail for a while: the sink reads ``refused.txt`` at every recipient.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import time_ns

from aiosmtpd.smtp import SMTP, Envelope, Session

from bloc.language import LANGUAGES, say, use

HOST = "127.0.0.1"
REFUSED = "refused.txt"  # lines of `address code text`
NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox"
SIZE_LIMIT = 100_000_000  # bytes: above every upload, so that the sink is never what refuses


def refuse(folder: Path, address: str, reply: str = NO_SUCH_MAILBOX) -> None:
    """Let the mailbox ``address`` refuse mail from now on with ``reply``, such as "450 4.2.0 Greylisted"."""
    _keep_refusals(folder, refusals(folder) | {address.lower(): reply})


def accept(folder: Path, address: str) -> None:
    """Let the mailbox ``address`` take mail again."""
    _keep_refusals(folder, {at: reply for at, reply in refusals(folder).items() if at != address.lower()})


def refusals(folder: Path) -> dict[str, str]:
    """Return the mailboxes that refuse mail, each with its reply."""
    file = folder / REFUSED
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {address: reply for address, _, reply in (line.partition(" ") for line in lines) if reply}


def messages(folder: Path) -> list[Path]:
    """Return the files of the messages kept, in the order of their arrival."""
    return sorted(folder.glob("*.eml"))


def _keep_refusals(folder: Path, replies: dict[str, str]) -> None:
    _write(folder / REFUSED, "".join(f"{address} {reply}\n" for address, reply in replies.items()).encode())


def _write(file: Path, content: bytes) -> None:
    """Write ``file`` so that whoever looks sees all of it or nothing, even after a crash."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename last: on Linux it is the folder's own entry that has to reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Sink:
    """What aiosmtpd asks of whoever handles mail (the names are its own)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = messages(folder)
        self._last = int(kept[-1].stem) if kept else 0

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]) -> str:
        """Take a recipient, or answer as its mailbox is told to."""
        refusal = refusals(self.folder).get(address.lower())
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a message; it is on the disk before the sender is told so."""
        _write(self._next_file(), _with_envelope(envelope))
        return "250 OK"

    def _next_file(self) -> Path:
        self._last = max(self._last + 1, time_ns())  # two within one tick, or a clock set back, still sort as they came
        return self.folder / f"{self._last:020}.eml"


def _with_envelope(envelope: Envelope) -> bytes:
    head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
    content = envelope.content
    return head.encode() + (content if isinstance(content, bytes) else (content or "").encode())


async def serve(folder: Path, port: int) -> None:
    """Take mail until SIGTERM or SIGINT.

    Raises:
        OSError: the port is in use.
    """
    sink, loop, stop = Sink(folder), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: _session(sink, loop), HOST, port)
    try:
        await stop.wait()
    finally:
        server.close()


def _session(sink: Sink, loop: asyncio.AbstractEventLoop) -> SMTP:
    # Without a hostname aiosmtpd asks the DNS for one, which may take seconds.
    return SMTP(sink, hostname="localhost", data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, loop=loop)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sink and return its exit code."""
    chosen = _parser().parse_args(arguments)
    use(chosen.language)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for address in chosen.refuse:
        refuse(chosen.folder, address)
    try:
        asyncio.run(serve(chosen.folder, chosen.port))
    except OSError as error:
        print(say("The mail sink cannot use port {port}: {reason}", port=chosen.port, reason=str(error)), file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bloc.engine.sink", description="Keep every mail as a file.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--refuse", nargs="*", default=[], metavar="ADDRESS", help="mailboxes that refuse mail")
    parser.add_argument("--language", choices=LANGUAGES, default="vi")
    return parser


if __name__ == "__main__":
    sys.exit(main())
