"""What a run leaves for an operator to look at in Prefect: tables and links, one key a thing. No points, no person.

They are a window: a run whose body is called without Prefect makes none, and one that cannot be made fails nothing.
"""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact, acreate_table_artifact
from prefect.runtime import flow_run
from sqlmodel import Session

from bloc import overview, queries
from bloc.clock import local, local_day
from bloc.db import Database, reading
from bloc.enums import NoticeKind
from bloc.language import Message, short_day, told_in
from bloc.overview import WHAT, Row
from bloc.settings import installation
from notifications.states import MAILS

MOST = 40  # years whose matrix one run shows: a country's would be a page nobody reads
ROWS = 200  # rows of a table
LINES = 500  # lines of a dry run

log = logging.getLogger("bloc.flows")


class _Lines(logging.Handler):
    """Keeps what the flows log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@asynccontextmanager
async def rehearsal(dry_run: bool) -> AsyncIterator[None]:
    """Say in the log that nothing is changed, and show what was logged within as an artifact; for a true run do nothing."""
    if not dry_run:
        yield
        return
    heard = _Lines()
    log.info("dry run: what follows is what would be done; nothing is changed, nothing is sent")
    log.addHandler(heard)
    try:
        yield
    finally:
        log.removeHandler(heard)
    lines = [f"- {line}" for line in heard.lines[:LINES]] or ["- nothing: at that moment nothing is due (không có việc gì)"]
    text = "\n".join(["**Dry run (chạy thử): this would be done; nothing is changed, nothing is sent.**", "", *lines])
    key, title = f"dry-run-{_named(flow_run.flow_name or '')}", "What this run would do (việc sẽ làm nếu chạy thật)"
    await _made(lambda: acreate_markdown_artifact(text, key=key, description=title))


async def show_arrivals(base: Database, wall: datetime, keys: Iterable[str] | None = None) -> None:
    """Show who has sent what in the years named; by default in the live ones in which something is open."""
    if not flow_run.id:
        return
    with reading(base) as session:
        found = [queries.cycle_by_key(session, key) for key in keys] if keys else overview.under_way(session, MOST)
        tables = {cycle.key: overview.arrivals(session, cycle, queries.now_of(cycle, wall)) for cycle in found}
    for key, rows in tables.items():
        await _table(f"arrivals-{key}", rows, f"{key}: who has sent what (tình hình gửi văn bản)")


async def show_mails(base: Database) -> None:
    """Show which mails are to come in the live years: those that are queued, and the next reminders."""
    if not flow_run.id:
        return
    with reading(base) as session:
        rows = mails_to_come(session)
    await _table("upcoming-mails", rows, "Mails to come, if nobody does anything more (thư sẽ gửi)")


def mails_to_come(session: Session) -> list[Row]:
    """Return, by day and year, what is queued and what the plans' ladders will remind of next."""
    waiting = ({**row, WHAT: _in_both(MAILS[NoticeKind(str(row[WHAT]))])} for row in overview.waiting_mails(session, ROWS))
    return [*waiting, *overview.coming_reminders(session, ROWS)]


async def show_sweep(wall: datetime, taken: int, results: int, sent: int) -> None:
    """Show when the sweep ran last, and what it did."""
    when = f"{local(wall):%H:%M}, {short_day(local_day(wall))}"
    row: Row = {
        "Began (bắt đầu)": when, "Mails taken in (thư đến)": taken, "Rankings made (kết quả)": results,
        "Mails sent (thư đi)": sent,
    }  # fmt: skip
    await _table("last-sweep", [row], "The last sweep (lần rà soát gần nhất)")


async def show_ranking(key: str) -> None:
    """Link to a year's ranking in the portal, for those who may see it."""
    link, text = f"{installation().portal}/years/{key}/result", f"The ranking of {key}, in the portal (kết quả xếp hạng)"
    await _made(lambda: acreate_link_artifact(link, text, key=f"ranking-{_named(key)}", description=text))


async def show_documents(key: str) -> None:
    """Link to a year's documents in the portal, for those who may see them."""
    link, text = f"{installation().portal}/years/{key}/documents", f"The documents of {key}, in the portal (văn bản)"
    await _made(lambda: acreate_link_artifact(link, text, key=f"documents-{_named(key)}", description=text))


def _in_both(said: Message) -> str:
    english, vietnamese = (told_in(language, str, said) for language in ("en", "vi"))
    return f"{english} ({vietnamese})"


async def _table(key: str, rows: Sequence[Row], title: str) -> None:
    await _made(lambda: acreate_table_artifact(list(rows), key=_named(key), description=title))


async def _made(create: Callable[[], Awaitable[object]]) -> None:
    if not flow_run.id:
        return
    try:
        await create()
    except Exception as error:  # whatever Prefect has against it: what the run was for is done
        log.warning("an artifact could not be made: %s", type(error).__name__)


def _named(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
