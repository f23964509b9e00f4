"""The units' reports for who compiles them: what has come, what is late, and all of it as one archive (plan, section III.2)."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlmodel import Session, col, select

from bloc import files, queries
from bloc.actions.urging import urge
from bloc.db import Work
from bloc.documents.reports_table import ReportRow, make_reports_table
from bloc.enums import ActivityKind, DepositState, ObligationState
from bloc.errors import NotFound
from bloc.language import say
from bloc.queries import Owed
from bloc.rules.deadlines import is_late
from models import Activity, Cycle, Deposit, Obligation

TABLE_NAME = "tong-hop-bao-cao.xlsx"
LONGEST_NAME = 100  # signs of a file's own name in the archive


@dataclass(frozen=True)
class Reports:
    """An activity that asks for reports: each unit's obligation with the version that counts, None if there is none."""

    activity: Activity
    lines: Sequence[tuple[Owed, Deposit | None]]


def reports(session: Session, cycle: Cycle) -> list[Reports]:
    """Return what units were asked to report in the year, with what they sent; score sheets are none of it."""
    accepted = select(Deposit).join(Obligation, col(Deposit.obligation_id) == Obligation.id)
    accepted = accepted.where(Obligation.cycle_id == cycle.id, Deposit.state == DepositState.ACCEPTED)
    last = {deposit.obligation_id: deposit for deposit in session.exec(accepted.order_by(col(Deposit.version)))}
    found: dict[str, list[tuple[Owed, Deposit | None]]] = {}
    for owed in queries.owed(session, cycle.id):
        if owed.activity.kind is ActivityKind.REPORT:
            found.setdefault(owed.activity.code, []).append((owed, last.get(owed.obligation.id)))
    places = queries.places_of(session, cycle.id)
    ordered = [sorted(lines, key=lambda line: places[line[0].unit.id]) for lines in found.values()]
    return [Reports(lines[0][0].activity, lines) for lines in ordered]


def archive(session: Session, cycle: Cycle, activity: str, now: datetime) -> bytes:
    """Return the reports of an activity as a .zip, each under its unit's code, with a table to compile from.

    Raises:
        NotFound: no such reports have been asked for.
    """
    found = next((each for each in reports(session, cycle) if each.activity.code == activity), None)
    if found is None:
        raise NotFound(say("No such reports have been asked for."))
    rows, target = [], io.BytesIO()
    with zipfile.ZipFile(target, "w") as bundle:
        for owed, deposit in found.lines:
            name = f"{owed.unit.code}-{_plain(deposit.file_name)}" if deposit else ""
            if deposit:
                bundle.writestr(name, files.read(session, deposit.sha256))  # stored as it is: .docx and .pdf are packed
            rows.append(ReportRow.of(owed, deposit, name, now))
        bundle.writestr(TABLE_NAME, make_reports_table(found.activity.title, rows))
    return target.getvalue()


def remind_late(work: Work, cycle: Cycle, activity: str, now: datetime) -> int:
    """Remind each unit whose report for an activity is late, and no other; return how many notices are new.

    Source: plan, section III.2 (urging).
    """
    late = [
        owed
        for each in reports(work.session, cycle)
        for owed, _ in each.lines
        if each.activity.code == activity and owed.obligation.state is ObligationState.OPEN
        if is_late(now, owed.obligation.due_at)
    ]
    return sum(urge(work, cycle, unit=owed.unit.code, activity=activity, now=now) for owed in late)


def _plain(name: str) -> str:
    """Return a file's name as it may stand in an archive: no folder, no sign that a system forbids."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join("_" if sign in '<>:"|?*' else sign for sign in last)[-LONGEST_NAME:] or "tep"
