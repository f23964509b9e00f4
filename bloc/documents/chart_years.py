"""The charts over time: when things came by their deadlines, and how the units stood from year to year."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import groupby
from textwrap import wrap
from typing import Any

from bloc.clock import end_of
from bloc.documents.chart_style import BLUE, COLOURS, INK, LINE, MARKERS, ORANGE, name_rows, write_names
from bloc.documents.result_table import ResultTable, Timing
from bloc.language import rounded, say

LEGEND = 90  # signs of an activity's name on a line
BESIDE = 0.08  # of the whole width: where what never came stands beside the latest that did


def draw_timeline(axes: Any, table: ResultTable) -> None:
    """Draw for each unit how many days before or after its deadline each report and its score sheet came."""
    rows = {line.unit: row for row, line in enumerate(table.lines)}
    activities = [(name, list(timings)) for name, timings in groupby(table.timings, key=lambda timing: timing.activity)]
    days = [_days(timing) for timing in table.timings if timing.received_at] or [0.0]
    first, last = min(*days, -1.0), max(*days, 1.0)
    never = last + max(BESIDE * (last - first), 1)
    missing = False
    for number, (activity, timings) in enumerate(activities):
        marker, off = MARKERS[number % len(MARKERS)], 0.5 * ((number + 0.5) / len(activities) - 0.5)
        for timing in timings:
            if timing.unit not in rows or (timing.waived_because and not timing.received_at):
                continue
            came = _days(timing) if timing.received_at else never
            missing = missing or timing.received_at is None
            colour = ORANGE if came > 0 else BLUE
            face = colour if timing.received_at else "none"
            axes.scatter([came], [rows[timing.unit] + off], s=60, marker=marker, facecolors=face, edgecolors=colour, zorder=3)
        axes.scatter([], [], s=60, marker=marker, color=INK, label="\n".join(wrap(activity, LEGEND)))
    axes.axvline(0, color=INK, lw=1.5, zorder=2)
    name_rows(axes, [table.members[unit] for unit in rows])
    axes.set_xlim(first - 0.05 * (never - first), never + 0.05 * (never - first))
    axes.set_xlabel(str(say("days before (-) or after (+) each unit's own deadline")))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else str(say("deadline")))
    axes.set_xticks([tick for tick in axes.get_xticks() if first <= tick <= last and tick == int(tick)])
    if missing:
        axes.axvline((last + never) / 2, color=LINE, lw=1, ls="--")
        axes.annotate(str(say("nothing sent")), (never, 1), (0, 4), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha="center")  # fmt: skip
    _bare(axes)
    axes.grid(axis="x", color=LINE)
    axes.figure.legend(loc="outside lower center", ncols=1, frameon=False)


def _days(timing: Timing) -> float:
    """Return how many days after the end of its last day it came; less than 0: in time."""
    assert timing.received_at is not None
    end = end_of(timing.extended_until or timing.last_day)
    return (timing.received_at - end) / timedelta(days=1)


def draw_years(axes: Any, table: ResultTable) -> None:
    """Draw the rank of each unit in this year and in former ones, its score beside it; equals stand one below the other."""
    now = {line.unit: (line.rank, line.score) for line in table.lines}
    years: Sequence[tuple[int, Mapping[str, tuple[int, Fraction]]]] = [(each.year, each.lines) for each in table.former]
    years = [*years, (table.year, now)]
    rows = [_rows(lines, list(now)) for _, lines in years]
    for number, unit in enumerate(now):
        colour, dashes = COLOURS[number % len(COLOURS)], ("-", "--", ":")[number // len(COLOURS) % 3]
        for column in range(1, len(years)):
            if unit in rows[column - 1] and unit in rows[column]:
                axes.plot(
                    [column - 1, column], [rows[column - 1][unit], rows[column][unit]], zorder=1, color=colour, lw=2, ls=dashes
                )
        for column, (_, lines) in enumerate(years):
            if unit in lines:
                _mark(axes, column, rows[column][unit], lines[unit], colour, table.decimals)
    name_rows(axes, [""] * max(map(len, rows)))
    axes.set_yticks([], [])
    twin = axes.secondary_yaxis("right")
    twin.set_yticks(list(rows[-1].values()))
    write_names(twin, [table.members[unit] for unit in rows[-1]])
    twin.spines[:].set_visible(False)
    twin.tick_params(length=0)
    axes.set_xticks(range(len(years)), [str(year) for year, _ in years])
    axes.xaxis.tick_top()
    axes.set_xlim(-0.3, len(years) - 0.7)
    _bare(axes)
    axes.set_xlabel(str(say("in the circle the rank, below it the score")))


def _rows(lines: Mapping[str, tuple[int, Fraction]], order: Sequence[str]) -> dict[str, int]:
    """Return the row of each unit of today, best first, equals in today's order."""
    known = [unit for unit in order if unit in lines]
    return {unit: row for row, unit in enumerate(sorted(known, key=lambda unit: lines[unit][0]))}


def _mark(axes: Any, column: int, row: int, line: tuple[int, Fraction], colour: str, decimals: int) -> None:
    rank, score = line
    axes.scatter([column], [row], s=330, facecolors="white", edgecolors=colour, linewidths=2, zorder=2)
    axes.text(column, row, str(rank), ha="center", va="center", zorder=3)
    axes.annotate(rounded(score, decimals), (column, row), (0, -18), textcoords="offset points", ha="center", fontsize=8,
                  zorder=3, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip


def _bare(axes: Any) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
