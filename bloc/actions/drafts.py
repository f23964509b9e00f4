"""Score sheets that are being filled in on the page: saved by revision, so that nobody overwrites another, and handed in."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bloc import files, queries
from bloc.actions.deposits import Incoming, receive_deposit
from bloc.actions.reading import form_of
from bloc.db import Work
from bloc.enums import DepositState
from bloc.errors import NotAllowed
from bloc.language import clock_time, say
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of
from bloc.sheets.apart import read_apart
from bloc.sheets.form import Form
from bloc.sheets.layout import Note
from bloc.sheets.on_page import Contents
from bloc.sheets.write import make_sheet
from models import Cycle, Deposit, Obligation, SheetDraft


class Overtaken(NotAllowed):
    """Somebody else has saved the draft since it was read; ``draft`` is theirs, None if it was handed in or dropped."""

    def __init__(self, draft: SheetDraft | None) -> None:
        who = say("{by} saved it at {moment}", by=draft.by, moment=clock_time(draft.saved_at)) if draft else None
        gone = say("The sheet was handed in, or begun anew, by somebody else meanwhile. Please open it again.")
        super().__init__(say("{who}: nothing of yours was written over it.", who=who) if who else gone)
        self.draft = draft


def form_for(cycle: Cycle, owed: Owed) -> Form:
    """Return the sheet that ``owed`` asks for."""
    return form_of(queries.plan_of(cycle), cycle, owed.unit.code, last_day_of(owed.obligation.due_at))


def draft_of(session: Session, obligation: Obligation) -> SheetDraft | None:
    """Return the sheet that is being filled in for an obligation, or None."""
    row = _row(session, obligation)
    return None if row is None or row.ended else row


def revision_of(session: Session, obligation: Obligation) -> int:
    """Return which revision whoever saves next has read; 0: there never was a draft."""
    row = _row(session, obligation)
    return row.revision if row else 0


def _row(session: Session, obligation: Obligation) -> SheetDraft | None:
    mine = select(SheetDraft).where(SheetDraft.obligation_id == obligation.id)
    return session.exec(mine.execution_options(populate_existing=True)).first()


def contents_of(session: Session, cycle: Cycle, owed: Owed, draft: SheetDraft | None) -> Contents:
    """Return what stands in the draft; without one, what can be read of the sheet that the unit sent last."""
    if draft is None:
        last = queries.last_deposit(session, owed.obligation)
        if last is None:
            return Contents()
        reading = read_apart(files.read(session, last.sha256), form_for(cycle, owed))
        return Contents({**reading.typed, **reading.points}, reading.notes)
    cells = {(unit, code): content for unit, given in draft.points.items() for code, content in given.items()}
    return Contents(cells, {(code, Note(note)): text for code, kept in draft.notes.items() for note, text in kept.items()})


def save_draft(work: Work, cycle: Cycle, owed: Owed, later: Contents, *, revision: int, now: datetime) -> SheetDraft:
    """Write what stands in some places of a sheet over its draft; other places keep what they hold.

    Args:
        revision: that was read (``revision_of``).
        now: the wall clock's, for those who are told of it.

    Raises:
        Overtaken: the draft has another revision by now; nothing is written.
    """
    session, draft = work.session, _row(work.session, owed.obligation)
    there = draft_of(session, owed.obligation)
    if (draft.revision if draft else 0) != revision:
        raise Overtaken(there)
    kept, last = contents_of(session, cycle, owed, there).with_(later), queries.last_deposit(session, owed.obligation)
    values: dict[str, Any] = {
        "points": _points(kept),
        "notes": _notes(kept),
        "by": work.by,
        "saved_at": now,
        "sent": last.version if last else 0,
        "revision": revision + 1,
        "ended": False,
    }
    if draft is None:
        draft = SheetDraft(cycle_id=cycle.id, obligation_id=owed.obligation.id, **values)
        try:
            with session.begin_nested():
                session.add(draft)
                session.flush()
        except IntegrityError:  # somebody else began at this moment
            raise Overtaken(draft_of(session, owed.obligation)) from None
        return draft
    changed = update(SheetDraft).where(col(SheetDraft.id) == draft.id, col(SheetDraft.revision) == revision)
    if session.execute(changed.values(**values)).rowcount != 1:  # type: ignore[attr-defined]
        raise Overtaken(draft_of(session, owed.obligation))
    session.refresh(draft)
    return draft


def _points(contents: Contents) -> dict[str, dict[str, int | str]]:
    found: dict[str, dict[str, int | str]] = {}
    for (unit, code), content in contents.cells.items():
        if content is not None:
            found.setdefault(unit, {})[code] = content
    return found


def _notes(contents: Contents) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for (code, note), text in contents.notes.items():
        if text:
            found.setdefault(code, {})[note.value] = text
    return found


def drop_draft(work: Work, owed: Owed, *, revision: int) -> None:
    """Forget a draft: the sheet begins anew from what was sent last.

    Raises:
        Overtaken: somebody has saved it since.
    """
    mine = update(SheetDraft).where(col(SheetDraft.obligation_id) == owed.obligation.id, ~col(SheetDraft.ended))
    mine = mine.where(col(SheetDraft.revision) == revision)
    emptied = mine.values(ended=True, revision=revision + 1, points={}, notes={})
    if work.session.execute(emptied).rowcount != 1:  # type: ignore[attr-defined]
        raise Overtaken(draft_of(work.session, owed.obligation))


def hand_in_draft(work: Work, cycle: Cycle, owed: Owed, *, revision: int, now: datetime, limit: int) -> Deposit:
    """Hand in what stands in the draft, as the workbook that it makes: by the action that takes every sheet.

    Raises:
        Overtaken: somebody has saved the draft since it was looked over.
        NotAllowed: as ``bloc.actions.deposits.receive_deposit``.
    """
    cycle = queries.locked(work.session, cycle.id)
    draft = draft_of(work.session, owed.obligation)
    if draft is None or draft.revision != revision:
        raise Overtaken(draft)
    contents = contents_of(work.session, cycle, owed, draft)
    data = make_sheet(form_for(cycle, owed), contents.cells, contents.notes)
    name = f"bang-cham-diem-{owed.unit.code}-{cycle.year}.xlsx"
    deposit = receive_deposit(work, cycle, Incoming(owed.unit.code, owed.activity.code, name, data), now=now, limit=limit)
    if deposit.state is DepositState.ACCEPTED:
        drop_draft(work, owed, revision=revision)
    return deposit
