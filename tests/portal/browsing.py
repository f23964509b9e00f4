"""A portal that a real browser can open, and the browser: Debian's Chromium, driven by Playwright."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.engine.waiting import eventually, free_port
from tests.portal.conftest import Site, opened

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 800}
DESKTOP = {"width": 1200, "height": 850}
EXPECTED = "the server responded with a status of 4"  # a refused form is a page; Chromium still tells its console of it


@dataclass
class Screen:
    """A browser's window, and what its console has complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()


@contextmanager
def served(played: Path, home: Path) -> Iterator[Site]:
    """Open a portal, as ``opened`` does, that listens at its port."""
    port = free_port()
    with opened(played, home, portal_port=port) as site:
        server = uvicorn.Server(uvicorn.Config(site.app, port=port, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert eventually(lambda: server.started, 20)
            yield site
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def screen(browser: Browser, site: Site, viewport: dict[str, int], *, script: bool = True) -> Iterator[Screen]:
    """Open a window of a browser of its own, with no cookies."""
    context: BrowserContext = browser.new_context(viewport=viewport, java_script_enabled=script, locale="vi-VN")  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    shown = Screen(context.new_page(), site.portal.settings.portal)
    shown.page.on("console", lambda said: _note(shown, said.type, said.text))
    shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    yield shown
    context.close()


def _note(shown: Screen, kind: str, text: str) -> None:
    if kind in ("error", "warning") and EXPECTED not in text:
        shown.complaints.append(text)
