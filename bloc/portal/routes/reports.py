"""The units' reports, for the deputy leader's unit and for the secretary: no score sheet is among them."""

from fastapi import APIRouter, Response

from bloc import files
from bloc.actions import compiling
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.downloads import download
from bloc.portal.forms import Posted, line
from bloc.portal.pages import page, to

router = APIRouter()


@router.get("/years/{cycle}/reports")
def reports(visit: Here) -> Response:
    """Show what the units have reported, and what is late."""
    with visit.read() as session:
        found = compiling.reports(session, visit.cycle)
    lines = {
        each.activity.code: [
            (owed, deposit, words.state_of(owed, visit.now), words.left(owed.obligation.due_at, visit.now))
            for owed, deposit in each.lines
        ]
        for each in found
    }
    late = {code: any(state is words.OVERDUE for _, _, state, _ in each) for code, each in lines.items()}
    return page(visit, "reports", reports=found, lines=lines, late=late)


@router.get("/years/{cycle}/reports/archive")
def archive(visit: Here, activity: str = "") -> Response:
    """Give the reports of an activity as one archive, with a table to compile from."""
    with visit.read() as session:
        data = compiling.archive(session, visit.cycle, activity, visit.now)
    return download(data, f"bao-cao-{visit.cycle.key}-{activity}.zip")


@router.post("/years/{cycle}/reports/remind")
def remind(visit: Here, form: Posted) -> Response:
    """Remind the units whose report is late."""
    with visit.work() as work:
        new = compiling.remind_late(work, visit.cycle, line(form, "activity"), visit.now)
    return to(f"/years/{visit.cycle.key}/reports", note="reminded" if new else "reminded-today")


@router.get("/reports/{report}/file")
def report_file(visit: Here) -> Response:
    """Give a unit's report as it was sent."""
    with visit.read() as session:
        return download(files.read(session, visit.deposit.sha256), visit.deposit.file_name)
