"""The score sheet on the page: a grid that is saved as a draft, looked over, and handed in."""

import re

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from bloc import queries
from bloc.actions import drafts
from bloc.actions.drafts import Overtaken
from bloc.actions.punctuality import records_of
from bloc.enums import ActivityKind
from bloc.language import clock_time, say
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.forms import Posted, line
from bloc.portal.grid import Grid, typed
from bloc.portal.pages import page, to
from bloc.sheets import punctual
from bloc.sheets.form import Form
from bloc.sheets.layout import Note
from models import SheetDraft

router = APIRouter()


@router.get("/obligations/{obligation}/sheet")
def sheet(visit: Here, unit: str = "") -> Response:
    """Show the score sheet to be filled in: all units, or one alone (``unit``)."""
    return _show(visit, unit)


def _form(visit: Visit) -> Form:
    if visit.owed.activity.kind is not ActivityKind.SCORE_SHEETS:
        raise nothing_here()
    return drafts.form_for(visit.cycle, visit.owed)


def _read(visit: Visit, unit: str = "") -> tuple[Grid, SheetDraft | None, int, bool]:
    """Return the sheet as it stands, its draft, its revision, and whether another sheet was sent after that was saved."""
    form = _form(visit)
    with visit.read() as session:
        draft = drafts.draft_of(session, visit.owed.obligation)
        revision = drafts.revision_of(session, visit.owed.obligation)
        contents = drafts.contents_of(session, visit.cycle, visit.owed, draft)
        last = queries.last_deposit(session, visit.owed.obligation)
    units = (form.unit, *form.others)
    newer = bool(draft and last and last.version > draft.sent)
    return Grid(form, contents, (unit,) if unit in units else units), draft, revision, newer


def _show(visit: Visit, unit: str = "", *, status: int = 200) -> Response:
    grid, draft, revision, newer = _read(visit, unit)
    with visit.read() as session:
        records = records_of(session, visit.cycle, visit.now)
    return page(
        visit,
        "sheet",
        status=status,
        owed=visit.owed,
        grid=grid,
        draft=draft,
        revision=revision,
        newer=newer,
        one=unit if grid.units == (unit,) else "",
        units=(grid.form.unit, *grid.form.others),
        notes=list(Note),
        records=records,
        told=punctual,
        until=words.until(visit.owed.obligation.due_at),
        left=words.left(visit.owed.obligation.due_at, visit.now),
        **({"faults": grid.faults} if status == 422 else {}),
    )


@router.post("/obligations/{obligation}/sheet")
def save(visit: Here, sent: Posted) -> Response:
    """Save what was typed as the draft; in answer to a script, say how the sheet stands."""
    form, script = _form(visit), visit.request.headers.get("accept", "").startswith("application/json")
    later, here = typed(sent, form), f"/obligations/{visit.owed.obligation.id}/sheet"
    try:
        with visit.work() as work:
            draft = drafts.save_draft(
                work, visit.cycle, visit.owed, later, revision=_revision(sent), now=visit.moment
            )  # fmt: skip
            contents = drafts.contents_of(work.session, visit.cycle, visit.owed, draft)
            revision, saved = draft.revision, clock_time(draft.saved_at)
    except Overtaken as overtaken:
        return _overtaken(visit, Grid(form, later, (form.unit, *form.others)), overtaken, script=script)
    if script:
        return _told(Grid(form, contents, (form.unit, *form.others)), revision, saved)
    then = line(sent, "then")
    if then == "summary":
        return to(f"{here}/summary")
    return to(f"{here}?unit={then}" if then in form.members else here, note="draft-saved")


def _revision(sent: FormData) -> int:
    found = re.fullmatch(r"\d{1,9}", line(sent, "revision"))
    return int(found[0]) if found else -1


def _told(grid: Grid, revision: int, saved: str) -> Response:
    wrong = {name: str(message) for name, message in grid.wrong.items()}
    said = str(say("Saved at {moment}.", moment=saved))
    left = str(say("{count} cells are still empty.", count=len(grid.filled.left)))
    return JSONResponse({"revision": revision, "saved": said, "left": left, "wrong": wrong})


def _overtaken(visit: Visit, mine: Grid, overtaken: Overtaken, *, script: bool) -> Response:
    """Tell the second of two people what differs; nothing was written."""
    if script:
        return JSONResponse({"overtaken": str(overtaken)}, status_code=409)
    if overtaken.draft is None:
        raise overtaken
    with visit.read() as session:
        theirs = drafts.contents_of(session, visit.cycle, visit.owed, overtaken.draft)
    differing, revision = mine.other_than(theirs), overtaken.draft.revision
    return page(
        visit, "sheet-overtaken", status=409, owed=visit.owed, told=str(overtaken), differing=differing, revision=revision
    )  # fmt: skip


@router.post("/obligations/{obligation}/sheet/anew")
def begin_anew(visit: Here, sent: Posted) -> Response:
    """Forget the draft, and begin from the sheet that was sent last."""
    _form(visit)
    with visit.work() as work:
        drafts.drop_draft(work, visit.owed, revision=_revision(sent))
    return to(f"/obligations/{visit.owed.obligation.id}/sheet", note="draft-dropped")


@router.get("/obligations/{obligation}/sheet/summary")
def summary(visit: Here) -> Response:
    """Show what would be handed in, to be confirmed; while anything is wrong or missing, the sheet with all of it."""
    grid, draft, _, _ = _read(visit)
    if draft is None or not grid.filled.complete:
        return _show(visit, status=422)
    return page(visit, "sheet-summary", owed=visit.owed, grid=grid, draft=draft, filled=grid.filled)


@router.post("/obligations/{obligation}/sheet/hand-in")
def hand_in(visit: Here, sent: Posted) -> Response:
    """Hand the sheet in; lead to its receipt, or to its faults."""
    _form(visit)
    limit = visit.portal.settings.upload_limit
    with visit.work() as work:
        deposit = drafts.hand_in_draft(
            work, visit.cycle, visit.owed, revision=_revision(sent), now=visit.now, limit=limit
        )  # fmt: skip
        found = deposit.id
    return to(f"/deposits/{found}")
