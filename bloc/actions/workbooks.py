"""The score workbooks that go with mails: the unit's own to fill in, and its marked copy to correct. Each is kept once."""

from bloc import files
from bloc.actions.notices import Post
from bloc.actions.punctuality import records_of
from bloc.actions.reading import form_of
from bloc.enums import ActivityKind
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of
from bloc.sheets.write import make_sheet
from models import Deposit
from notifications.ledger import Attachment


def to_fill_in(post: Post, owed: Owed) -> tuple[Attachment, ...]:
    """Return the workbook that ``owed.unit`` is asked to fill in, still empty; none for what is no score sheet."""
    if owed.activity.kind is not ActivityKind.SCORE_SHEETS or post.work.rehearsed:
        return ()
    form = form_of(post.plan, post.cycle, owed.unit.code, last_day_of(owed.obligation.due_at))
    data = make_sheet(form, records=records_of(post.work.session, post.cycle, post.now))
    return (Attachment(f"{_name(post, owed)}.xlsx", files.put(post.work.session, data)),)


def to_correct(post: Post, owed: Owed, deposit: Deposit) -> tuple[Attachment, ...]:
    """Return the marked copy of a refused score sheet, for the unit's own people alone: nobody else may read its points."""
    if deposit.marked is None or not post.reaches(owed.unit):
        return ()
    return (Attachment(f"{_name(post, owed)}-can-sua-{deposit.version}.xlsx", deposit.marked),)


def _name(post: Post, owed: Owed) -> str:
    return f"bang-cham-diem-{owed.unit.code}-{post.cycle.year}"
