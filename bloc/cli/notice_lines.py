"""How notices are told: in lines that a terminal of a hundred columns holds."""

from collections.abc import Iterable, Iterator
from datetime import date
from textwrap import wrap

from bloc.actions.notice_records import Record
from bloc.clock import local, local_day
from bloc.enums import NoticeState
from bloc.language import on_one_line, say, week_day
from notifications.states import STATES, kind_said

WIDTH = 100  # columns
TOLD = (NoticeState.FAILED, NoticeState.UNCERTAIN, NoticeState.CANCELLED)  # the last word about them is shown in lists
INDENT = 19  # columns: time of day and reference


def folded(text: object, head: str = "", indent: int = INDENT) -> Iterator[str]:
    """Yield a text in lines, the first behind ``head``, the others below it."""
    lines = wrap(str(text), WIDTH - indent, break_on_hyphens=False) or [""]
    yield f"{head:<{indent}}{lines[0]}".rstrip()
    yield from (f"{'':<{indent}}{line}" for line in lines[1:])


def listed(records: Iterable[Record]) -> Iterator[str]:
    """Yield the ledger's notices under their days."""
    day: date | None = None
    for record in records:
        if local_day(record.moment) != day:
            day = local_day(record.moment)
            yield week_day(day)
        yield from _listed(record)


def _listed(record: Record) -> Iterator[str]:
    notice = record.notice
    what = kind_said(notice.kind, record.which.step, record.activity.name if record.activity else None)
    said = say("{state} - {mail}", state=STATES[notice.state], mail=what)
    yield from folded(said, f"  {local(record.moment):%H:%M}  {record.which.ref}")
    yield from folded(reader(notice.name, record.address, record.unit.name if record.unit else None))
    if notice.state in TOLD and notice.reply:
        yield from folded(on_one_line(notice.reply))


def reader(name: str, address: str, unit: str | None) -> str:
    """Return whom a mail is for."""
    return f"{name} <{address}>, {unit}" if unit else f"{name} <{address}>"
