"""Forms: that they come from a page of ours, and what is wrong with their fields."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request, UploadFile
from starlette.datastructures import FormData

from bloc.errors import NotPermitted
from bloc.language import Message, on_one_line, say
from bloc.portal import cookies
from bloc.portal.access import Here
from bloc.portal.door import Portal, Visit
from bloc.seal import same, sealed

FIELD = "csrf"
LONGEST = 20_000  # signs of a comment
LONGEST_PATH = 1_000  # signs: it goes into a cookie, of which browsers keep 4,096 bytes
MOST_FIELDS = 5_000  # a score sheet of sixty units and forty criteria has half as many


async def posted(request: Request, visit: Here) -> AsyncIterator[FormData]:
    """Return the form that was sent, if a page of ours sent it; nothing is read of it before whoever sends it is let in.

    Raises:
        NotPermitted: another site sent it, or its page is older than the cookie.
    """
    if request.method in ("GET", "HEAD"):
        yield FormData()
        return
    async with request.form(max_files=10, max_fields=MOST_FIELDS) as form:
        _check(request, visit, line(form, FIELD))
        yield form


Posted = Annotated[FormData, Depends(posted)]


def _check(request: Request, visit: Visit, token: str) -> None:
    visitor = cookies.read(request, visit.portal, cookies.VISITOR)
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if elsewhere or visitor is None or not same(token, token_of(visit.portal, visitor)):
        raise NotPermitted(say("The page was open for too long. Please open it anew and send it again."))


def visitor_of(request: Request, portal: Portal) -> tuple[str, bool]:
    """Return the word that this browser's forms are bound to, and whether it is new to it."""
    known = cookies.read(request, portal, cookies.VISITOR)
    return (known, False) if known else (secrets.token_urlsafe(18), True)


def token_of(portal: Portal, visitor: str) -> str:
    """Return what a form must carry: bound to the browser's word, which is another one after signing in or out."""
    return sealed(portal.key, "form", visitor)


@dataclass
class Faults:
    """What is wrong with a form: messages by the name of the field; empty (false) if nothing is."""

    by_field: dict[str, Message] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_field)

    def add(self, name: str, message: Message) -> None:
        """Say what is wrong with a field; the first thing that is said of it stands."""
        self.by_field.setdefault(name, message)

    def of(self, name: str) -> Message | None:
        """Return what is wrong with a field."""
        return self.by_field.get(name)


def line(form: FormData, name: str) -> str:
    """Return what was typed in a field, on one line; empty if nothing was."""
    value = form.get(name)
    return on_one_line(value) if isinstance(value, str) else ""


def text(form: FormData, name: str) -> str:
    """Return what was typed in a field of several lines, each as ``line`` returns it; empty if nothing was."""
    value = form.get(name)
    return "\n".join(map(on_one_line, value.splitlines())).strip() if isinstance(value, str) else ""


def too_long(text: str, most: int) -> Message | None:
    """Return what is said of a text of more than ``most`` signs, None of a shorter one: nothing is cut off silently."""
    over = say("This is too long: {count} characters, and at most {most} can be kept.", count=len(text), most=most)
    return over if len(text) > most else None


def file(form: FormData, name: str) -> UploadFile | None:
    """Return the file that was chosen in a field, or None."""
    value = form.get(name)
    return None if value is None or isinstance(value, str) or not value.filename else value  # type: ignore[return-value]


def own_path(text: str) -> str:
    """Return ``text`` if it is a path on this site, else the start page: a link may lead nowhere else."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text
    fits = text.isascii() and text.isprintable() and " " not in text and len(text) <= LONGEST_PATH
    return text if plain and fits else "/"
