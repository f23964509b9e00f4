"""The cookies: each signed, HttpOnly and SameSite=Lax; Secure, and bound to the host, where the portal is opened over https."""

from datetime import timedelta

from fastapi import Request, Response
from itsdangerous import BadSignature, Signer

from bloc.actions import sessions, signing_in
from bloc.portal.door import Portal

SESSION = "session"  # the token of a session
WISH = "wish"  # the id of a wish to sign in, for whoever types its code
VISITOR = "visitor"  # a random word that forms are bound to
LANGUAGE = "language"
YEAR = timedelta(days=365)
LIVES = {SESSION: sessions.LIFE, WISH: signing_in.LIFE, VISITOR: YEAR, LANGUAGE: YEAR}


def read(request: Request, portal: Portal, what: str) -> str | None:
    """Return what a cookie of ours says, None if there is none or somebody else wrote it."""
    value = request.cookies.get(_name(portal, what))
    try:
        return _signer(portal, what).unsign(value).decode() if value else None
    except (BadSignature, UnicodeDecodeError):
        return None


def write(response: Response, portal: Portal, what: str, value: str) -> None:
    """Set a cookie."""
    response.set_cookie(
        _name(portal, what),
        _signer(portal, what).sign(value).decode(),
        max_age=round(LIVES[what].total_seconds()),
        secure=portal.secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, portal: Portal, what: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(_name(portal, what), secure=portal.secure, httponly=True, samesite="lax")


def signed_in(response: Response, portal: Portal, token: str) -> Response:
    """Return the response with a session's token; forms that were open before are good no more."""
    write(response, portal, SESSION, token)
    drop(response, portal, VISITOR)
    return response


def _name(portal: Portal, what: str) -> str:
    return f"__Host-bloc-{what}" if portal.secure else f"bloc-{what}"


def _signer(portal: Portal, what: str) -> Signer:
    return Signer(portal.key, salt=f"cookie/{what}")
