"""What a reader sees instead of a page: one handler for all that is refused or fails, and never a traceback."""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from bloc.errors import BlocError, InputRefused, NotAllowed, NotFound, NotPermitted, TooOften
from bloc.language import Message, say
from bloc.portal.access import SignInFirst
from bloc.portal.pages import rendered, to

STATUS: Mapping[type[BlocError], int] = {
    NotFound: 404,
    NotPermitted: 403,
    NotAllowed: 409,
    TooOften: 429,
    InputRefused: 422,
}
TITLES: Mapping[int, Message] = {
    400: say("The request could not be read"),
    403: say("The form was not accepted"),
    404: say("Page not found"),
    405: say("Page not found"),
    409: say("This is not possible now"),
    413: say("The file is too large"),
    422: say("Something is missing or wrong"),
    429: say("Too many attempts"),
    500: say("Something went wrong"),
}
REASONS: Mapping[int, Message] = {
    400: say("Please go back, check what you have filled in, and send it again."),
    404: say("There is no such page, or it is not meant for your role."),
    405: say("There is no such page, or it is not meant for your role."),
    413: say("Nothing of it was kept. Please send a smaller file."),
    500: say("It is not your fault, and it is on record. Please try again later; what you had sent before is kept."),
}


def install(app: FastAPI) -> None:
    """Let all errors of ``app`` be answered here; what nothing foresaw is answered by ``broken``."""
    app.add_exception_handler(BlocError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)


def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, SignInFirst):
        return to(f"/sign-in?then={error.then}")
    assert isinstance(error, BlocError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 409)
    headers = {"Retry-After": str(60 * error.minutes)} if isinstance(error, TooOften) else {}
    return refusal(request, status, str(error), headers)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refusal(request, error.status_code, None, error.headers or {})


def _unreadable(request: Request, _error: Exception) -> Response:
    return refusal(request, 400)


def broken(request: Request, _error: Exception) -> Response:
    """Return the page for what nothing foresaw."""
    return refusal(request, 500)


def refusal(request: Request, status: int, reason: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """Return the page that says why there is no other."""
    title = TITLES.get(status) or TITLES[400 if status < 500 else 500]
    said = reason or str(REASONS.get(status) or REASONS[400 if status < 500 else 500])
    return rendered(request, "refusal", status=status, headers=headers, title=title, reason=said)
