"""Write docs/images/prefect-*.png anew: Prefect's pages as an operator of two blocs sees them.

    .venv/bin/python docs/prefect_pictures.py

Needs Chromium. A server and a worker of their own run in a temporary folder; the year's first weeks are played by runs that
are started by hand "as of" a day.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402 - the browser is the tests', which are no package that is installed

from bloc.actions.plans import apply_plan  # noqa: E402
from bloc.actions.responses import respond  # noqa: E402
from bloc.clock import now  # noqa: E402
from bloc.db import Database, unit_of_work  # noqa: E402
from bloc.engine.running import running  # noqa: E402
from bloc.enums import ResponseKind  # noqa: E402
from bloc.migrations import ready_database  # noqa: E402
from bloc.plan import read_plan  # noqa: E402
from bloc.prefect_plan import Ask, asking  # noqa: E402
from bloc.queries import cycle_by_key  # noqa: E402
from bloc.settings import Settings  # noqa: E402
from tests.engine.waiting import eventually, free_port  # noqa: E402
from tests.factories import on  # noqa: E402
from tests.portal.browsing import chromium  # noqa: E402

PLANS = (ROOT / "plans" / "lam-dong-2027.yaml", ROOT / "plans" / "dac-khu-quang-ninh-2028.yaml")
YEAR, OPENS, REMINDS = PLANS[0].stem, "2027-01-18 08:00", "2027-02-03 08:00"
SIGNING = "advance-signing/q1-covenant-signing"
WINDOW = {"width": 1400, "height": 950}  # pixels
PATIENCE = 180_000.0  # milliseconds until a page shows what it has, on a machine that others use as well
SETTLES = 3_000.0  # milliseconds: a page draws on for a while, and says of nothing when it has ended
SELDOM = "window.requestAnimationFrame = draw => setTimeout(() => draw(performance.now()), 200)"  # a run's page draws its graph
# sixty times a second, which without a graphics card is all that the machine then does
ENDED = {"COMPLETED", "FAILED", "CRASHED"}


@dataclass(frozen=True)
class Runs:
    """The runs that are photographed, by id."""

    dry: str
    reminders: str


def main() -> None:
    """Start the service, play, photograph."""
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as (settings, base):
        ask = asking(settings)
        runs = played(ask, base)
        photograph(settings.prefect_ui, ask, runs)


@contextmanager
def service(home: Path) -> Iterator[tuple[Settings, Database]]:
    """Run the parts, with two years whose plans have been applied."""
    os.environ |= {"BLOC_HOME": str(home), "BLOC_LANGUAGE": "en"}
    settings = Settings(prefect_port=free_port(), sink_port=free_port(), _env_file=None)
    base = ready_database(settings)
    for file in PLANS:
        with unit_of_work(base) as work:
            apply_plan(work, read_plan(file), now())
    with running(settings, print, base=base):
        yield settings, base


def played(ask: Ask, base: Database) -> Runs:
    """Open the year's first activity, let some units answer, remind the others."""
    dry = started(ask, SIGNING, cycle=YEAR, as_of=on(OPENS).isoformat(), dry_run=True)
    started(ask, SIGNING, cycle=YEAR, as_of=on(OPENS).isoformat())
    answered(base)
    return Runs(dry, started(ask, "send-reminders/daily", cycle=YEAR, as_of=on(REMINDS).isoformat()))


def answered(base: Database) -> None:
    """Let every other unit answer the first consultation."""
    with unit_of_work(base) as work:
        cycle = cycle_by_key(work.session, YEAR)
        plan = read_plan(PLANS[0])
        asked = next(each for each in plan.activities if each.kind == "consultation")
        for unit in plan.units[::2]:
            respond(work, cycle, unit=unit.code, activity=asked.code, kind=ResponseKind.AGREED, now=on("2027-01-20 09:00"))


def started(ask: Ask, deployment: str, **parameters: Any) -> str:
    """Start a run, as by hand; return its id when it has ended."""
    found = ask(f"/deployments/name/{deployment}")
    wanted = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    run = str(ask(f"/deployments/{found['id']}/create_flow_run", wanted)["id"])
    assert eventually(lambda: ask(f"/flow_runs/{run}")["state_type"] in ENDED, 240), deployment
    return run


def photograph(url: str, ask: Ask, runs: Runs) -> None:
    """Take the pictures."""
    signing = ask(f"/deployments/name/{SIGNING}")["id"]
    arrivals = ask("/artifacts/filter", {"artifacts": {"key": {"any_": [f"arrivals-{YEAR}"]}}, "sort": "CREATED_DESC"})
    with chromium() as browser:
        page = browser.new_page(viewport=WINDOW, locale="en-GB", timezone_id="Asia/Ho_Chi_Minh")
        page.set_default_timeout(PATIENCE)
        page.add_init_script(SELDOM)
        take(page, "deployments", f"{url}/deployments", "q4-aggregation")
        take(page, "upcoming", f"{url}/deployments/deployment/{signing}?tab=Upcoming", "Q1 covenant signing")
        take(page, "run", f"{url}/runs/flow-run/{runs.reminders}", "upcoming-mails", tab="Artifacts")
        take(page, "arrivals", f"{url}/artifacts/artifact/{arrivals[0]['id']}", "in on")
        take(page, "dry-run", f"{url}/runs/flow-run/{runs.dry}", "opened:")
        take(page, "form", f"{url}/deployments/deployment/{signing}/run", "dry_run")


def take(page: Page, name: str, address: str, shown: str, tab: str | None = None) -> None:
    """Photograph a page, or one of its tabs, once it shows a text."""
    page.goto(address)
    if tab:
        page.get_by_text("Beginning flow run").first.wait_for()  # then it has settled on its first tab
        page.get_by_text(tab, exact=True).first.click()
    page.get_by_text(shown).first.wait_for()
    page.wait_for_timeout(SETTLES)
    target = ROOT / "docs" / "images" / f"prefect-{name}.png"
    page.screenshot(path=target)
    print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
