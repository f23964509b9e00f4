"""The page of the result workbook on deadlines: what each unit sent by when, what was extended and waived, and why."""

from datetime import datetime
from itertools import groupby

from bloc.clock import local
from bloc.documents.result_layout import (
    CLOCK,
    DAYS_LATE,
    DEADLINE_HEADS,
    DEADLINE_WIDTHS,
    DEADLINES_NOTE,
    DEADLINES_TITLE,
    EXTENDED,
    LINE_HEIGHT,
    NO_SHEET,
    WAIVED,
    Paper,
)
from bloc.documents.result_page import lines_of, set_columns, set_paper, write_heads, write_title
from bloc.documents.result_table import Timing
from bloc.language import short_day

LAST = len(DEADLINE_WIDTHS) - 1  # column


def write_deadlines(paper: Paper) -> None:
    """Write the page: under each report and the score sheets a row for each unit. It tells no scores."""
    set_columns(paper.sheet, DEADLINE_WIDTHS)
    top = write_title(paper, 0, (0, LAST), DEADLINES_TITLE, paper.table.bloc_name)
    write_heads(paper, top, DEADLINE_HEADS, DEADLINE_WIDTHS)
    row = top + 1
    for activity, timings in groupby(paper.table.timings, key=lambda timing: timing.activity):
        paper.across(row, (0, LAST), activity, "group")
        paper.sheet.set_row(row, LINE_HEIGHT * lines_of(activity, sum(DEADLINE_WIDTHS) - 10) + 2)
        for timing in timings:
            _write_timing(paper, row := row + 1, timing)
        row += 1
    paper.sheet.set_row(row + 1, 2 * LINE_HEIGHT)
    paper.across(row + 1, (0, LAST), DEADLINES_NOTE, "note")
    set_paper(paper.sheet, top, landscape=True)


def _write_timing(paper: Paper, row: int, timing: Timing) -> None:
    name, why = paper.table.members[timing.unit], _why(timing)
    heights = (lines_of(name, DEADLINE_WIDTHS[0]), lines_of(why, DEADLINE_WIDTHS[LAST]))
    paper.sheet.set_row(row, LINE_HEIGHT * max(heights) + 2)
    paper.text(row, 0, name, "text")
    cells = (
        short_day(timing.last_day),
        short_day(timing.extended_until) if timing.extended_until else NO_SHEET,
        _moment(timing.received_at) if timing.received_at else NO_SHEET,
        DAYS_LATE.format(days=timing.days_late) if timing.days_late else NO_SHEET,
    )
    for column, text in enumerate(cells, 1):
        paper.text(row, column, text, "cell")
    paper.text(row, LAST, why, "text")


def _why(timing: Timing) -> str:
    lines = [EXTENDED.format(because=timing.extended_because)] if timing.extended_because else []
    lines += [WAIVED.format(because=timing.waived_because)] if timing.waived_because else []
    return "\n".join(lines)


def _moment(moment: datetime) -> str:
    there = local(moment)
    return CLOCK.format(hour=there.hour, minute=there.minute, day=short_day(there.date()))
