"""What a replay ends with: the ranking, the counts of mails, where the result workbook lies, where to look on."""

from rich.console import Console
from rich.table import Table
from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.result_tables import result_table
from bloc.db import Database, reading
from bloc.documents.ranking_table import ranking_table
from bloc.documents.result_workbook import make_result_workbook
from bloc.enums import NoticeKind, NoticeState
from bloc.language import _, say
from bloc.replay.timeline import FATES
from bloc.settings import Settings
from models import Cycle, Notice
from notifications.states import MAILS


def summary(console: Console, base: Database, settings: Settings, key: str) -> None:
    """Print how the cycle ``key`` stands, and write its result workbook."""
    with reading(base) as session:
        cycle = queries.cycle_by_key(session, key)
        console.print()
        _result(console, session, settings, cycle)
        console.print(_mails(session, cycle))
    console.print(str(say("Mails are kept in {folder}", folder=str(settings.mail_folder))), soft_wrap=True)


def _result(console: Console, session: Session, settings: Settings, cycle: Cycle) -> None:
    newest = queries.latest_result(session, cycle.id)
    if newest is None:
        missing = queries.sheet_arrivals(session, cycle.id).missing
        console.print(str(say("There is no result yet; score sheets are missing of: {units}", units=", ".join(missing))))
        return
    table = result_table(session, cycle, newest)
    console.print(ranking_table(table, console.width))
    path = settings.home / "results" / f"{cycle.key}-v{newest.version}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_result_workbook(table))
    console.print(str(say("Result workbook: {path}", path=str(path))), soft_wrap=True)


def _mails(session: Session, cycle: Cycle) -> Table:
    rows = session.exec(
        select(Notice.kind, Notice.state, func.count())
        .where(Notice.cycle_id == cycle.id)
        .group_by(col(Notice.kind), col(Notice.state))
    )
    counts = {(kind, state): count for kind, state, count in rows}
    present = [state for state in NoticeState if any(state == other for (_kind, other) in counts)]
    grid = Table(title=_("Mails"), title_style="bold", title_justify="left")
    grid.add_column(_("Message"))
    for state in present:
        grid.add_column(str(FATES[state]), justify="right")
    for kind in NoticeKind:
        if any((kind, state) in counts for state in present):
            grid.add_row(str(MAILS[kind]), *(str(counts.get((kind, state), "")) for state in present))
    totals = [sum(count for (_kind, other), count in counts.items() if other == state) for state in present]
    grid.add_section()
    grid.add_row(_("In all"), *map(str, totals))
    return grid
