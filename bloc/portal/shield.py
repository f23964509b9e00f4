"""What surrounds every request: the language, a cap on its size, the headers of its answer, one line in the log."""

import logging
import time
from collections.abc import Callable

from fastapi import Request
from fastapi.exceptions import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bloc.language import LANGUAGES, use
from bloc.portal import cookies
from bloc.portal.door import Portal

log = logging.getLogger("bloc.portal")

AROUND = 200_000  # bytes of a form beside the file in it
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
ONLY_HTTPS = "max-age=31536000"  # a year, in seconds


class Shield:
    """An ASGI layer around the application; ``broken`` answers what nothing else has."""

    def __init__(self, app: ASGIApp, portal: Portal, broken: Callable[[Request, Exception], ASGIApp]) -> None:
        self.app, self.portal, self.broken = app, portal, broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, answer = Request(scope), _Answer(send, self.portal)
        use(language_of(request, self.portal))
        start = time.monotonic()
        try:
            await self.app(scope, _capped(receive, self.portal.settings.upload_limit + AROUND), answer.send)
        except Exception as error:  # the door's last word: on record, and a page instead of a traceback
            log.exception("%s %s", request.method, _named(scope))
            if not answer.status:
                await self.broken(request, error)(scope, receive, answer.send)
        log.info("%s %s %s %d ms", request.method, _named(scope), answer.status, 1000 * (time.monotonic() - start))


class _Answer:
    def __init__(self, send: Send, portal: Portal) -> None:
        self._send, self._portal, self.status = send, portal, 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._portal.secure:
                headers["Strict-Transport-Security"] = ONLY_HTTPS
        await self._send(message)


def _named(scope: Scope) -> str:
    """Return the route and not the path, which may hold a token."""
    return str(getattr(scope.get("route"), "path", "(no page)"))


def _capped(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def capped() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413)
        return message

    return capped


def language_of(request: Request, portal: Portal) -> str:
    """Return the language that the reader has chosen; Vietnamese if none."""
    chosen = cookies.read(request, portal, cookies.LANGUAGE)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]
