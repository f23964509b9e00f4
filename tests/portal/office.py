"""Somebody at a browser of their own: signs in by the mailed code, and what they send is counted."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Request

from bloc.language import _catalogue
from tests.engine.waiting import eventually
from tests.portal.browsing import Screen, screen
from tests.portal.conftest import Site

# A form that was sent is counted under the first name whose pattern its path has.
ACTS = {
    "signs in": "/sign-in",
    "dates an activity, and confirms it": "/plan/",
    "gives a unit a later deadline": "/case/extend",
    "reminds those that block": "/arrivals/remind",
    "publishes the result": "/result/publish",
    "answers a consultation, signs": "/answer",
    "hands a report or a workbook over": "/file",
    "fills the sheet in, and hands it in": "/sheet",
}


def vi(text: str, **values: object) -> str:
    """Return what a page says in Vietnamese."""
    return _catalogue("vi").gettext(text).format(**values)


@dataclass
class Office:
    """A person's window, whose mails they read, and how often they sent what: not what a page saves by itself."""

    shown: Screen
    site: Site
    address: str
    width: int
    acts: Counter[str] = field(default_factory=Counter)
    too_wide: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        if request.method == "POST" and request.is_navigation_request():
            self.acts[next((name for name, path in ACTS.items() if re.search(path, request.url)), request.url)] += 1

    def open(self, path: str) -> None:
        """Go to a page; sign in by the mailed code, if it asks."""
        self.shown.open(path)
        if "/sign-in" in self.shown.page.url:
            self._sign_in()
        self.look()

    def _sign_in(self) -> None:
        before = len(self.site.mails())
        self.fill("E-mail address", self.address)
        self.press("Send link and code")
        assert eventually(lambda: len(self.site.mails()) > before)  # it is sent once the page was answered
        body = self.site.mails()[-1].get_body(("plain",))
        assert body is not None
        self.fill("Six-digit code", re.findall(r"\b\d{6}\b", body.get_content())[0])
        self.press("Sign in")

    def press(self, name: str, **values: object) -> None:
        self.shown.press(vi(name, **values))
        self.shown.page.wait_for_load_state()
        self.look()

    def follow(self, name: str) -> None:
        self.shown.page.get_by_role("link", name=name).first.click()
        self.shown.page.wait_for_load_state()
        self.look()

    def fill(self, label: str, text: str) -> None:
        self.shown.page.get_by_label(vi(label), exact=True).fill(text)

    def hand_over(self, label: str, file: Path) -> None:
        self.shown.page.get_by_label(vi(label)).set_input_files(file)
        self.press("Send")

    def look(self) -> None:
        """Note a page that is wider than its window."""
        width = self.shown.page.evaluate("document.documentElement.scrollWidth")
        if width > self.width:
            self.too_wide.append(f"{self.shown.page.url}: {width}")

    @property
    def work(self) -> int:
        """How often they sent anything, beside signing in."""
        return self.acts.total() - self.acts["signs in"]


@contextmanager
def office(browser: Browser, site: Site, address: str, viewport: dict[str, int], *, script: bool) -> Iterator[Office]:
    """Open a browser for the person who reads the mails to ``address``."""
    with screen(browser, site, viewport, script=script) as shown:
        opened = Office(shown, site, address, viewport["width"])
        shown.page.on("request", opened.note)
        yield opened
