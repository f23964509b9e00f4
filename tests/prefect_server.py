"""A server that answers as Prefect's API does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


class Api(HTTPServer):
    """Takes requests as Prefect's API does, keeps them, and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.status = 204
        self.busy = 0  # answers of 503 to give before others
        self.answer = b""
        self.answers: dict[str, Any] = {}  # path -> what is answered there, as JSON, in the place of ``answer``
        self.seen: list[tuple[str, str, str | None, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api"


class Door(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers["Authorization"], json.loads(body) if body else None))
        self.server.busy -= 1
        found = self.server.answers.get(self.path.removeprefix("/api"))
        self.send_response(503 if self.server.busy >= 0 else 200 if found is not None else self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer if found is None else json.dumps(found).encode())

    do_GET = do_PATCH = do_DELETE = do_POST  # noqa: N815 - the names are http.server's

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def prefect_server() -> Iterator[Api]:
    """Serve on loopback, as long as it is wanted."""
    server = Api()
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
